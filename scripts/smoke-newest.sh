#!/usr/bin/env bash
# A whole run with the newest versions that resolve, instead of those in constraints.txt: what someone gets who
# installs today. The package is installed as a wheel and used from elsewhere, so that a file it lacks shows too.
# The packages lie in .venv-newest and are resolved anew when pyproject.toml changes, and every week.
# torch alone keeps its version: a free choice would fetch a larger build of it. SMOKE_TORCH names another one, and
# SMOKE_PYTHON another Python: the newest versions of some packages need a newer one than .venv may have.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${SMOKE_PYTHON:-.venv/bin/python}
[ -x "$(command -v "$python")" ] || { echo "smoke-newest: $python was not found; scripts/setup.sh makes it" >&2; exit 1; }
torch=${SMOKE_TORCH:-$(grep -E '^torch==' constraints.txt)}
venv=$PWD/.venv-newest
stamp=$venv/.semst-newest
wanted=$( (cat pyproject.toml scripts/smoke-newest.sh; "$python" --version; echo "$torch"; date +%G-%V) | sha256sum | cut -d' ' -f1)
export PIP_DISABLE_PIP_VERSION_CHECK=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}

stage() { echo "smoke-newest: $1 (${SECONDS} s)"; }
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted $PWD" ]; then
  stage "packages into .venv-newest"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --upgrade pip
  "$venv/bin/python" -m pip install --quiet "$torch" .
  echo "$wanted $PWD" > "$stamp"
fi
stage "the package"
"$venv/bin/python" -m pip install --quiet --no-deps --force-reinstall .

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
script=$PWD/scripts/smoke.py
cd "$work"
unset PYTHONPATH
stage "the run"
"$venv/bin/python" "$script"
stage "done"
