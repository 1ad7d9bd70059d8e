#!/usr/bin/env bash
# A whole run with the newest versions that resolve, instead of those in constraints.txt: what someone gets who
# installs today. The packages lie in .venv-newest and are resolved anew when pyproject.toml changes, and every week.
# torch alone keeps its version: a free choice would fetch a larger build of it. SMOKE_TORCH names another one, and
# SMOKE_PYTHON another Python: the newest versions of some packages need a newer one than .venv may have.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${SMOKE_PYTHON:-.venv/bin/python}
[ -x "$(command -v "$python")" ] || { echo "smoke-newest: $python was not found; scripts/setup.sh makes it" >&2; exit 1; }
torch=${SMOKE_TORCH:-$(grep -E '^torch==' constraints.txt)}
venv=$PWD/.venv-newest
wanted="$(cat pyproject.toml scripts/smoke-newest.sh) $("$python" --version) $torch $(date +%G-%V) $PWD"
unset PYTHONPATH # pip would take what lies there for installed
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1 # most files are never imported

if [ ! -f "$venv/.wanted" ] || [ "$(cat "$venv/.wanted")" != "$wanted" ]; then
  echo "smoke-newest: packages into .venv-newest"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --upgrade pip
  "$venv/bin/python" -m pip install --quiet "$torch" .
  echo "$wanted" > "$venv/.wanted"
  echo "smoke-newest: installed (${SECONDS} s)"
fi
scripts/smoke.sh "$venv/bin/python"
echo "smoke-newest: done (${SECONDS} s)"
