#!/usr/bin/env bash
# A whole run with the lowest versions that pyproject.toml allows, in .venv-lowest, which is made anew. Needs uv, which
# says what they are. SMOKE_TORCH names another torch than the lowest, SMOKE_PYTHON the Python (3.11 by default: the
# lowest versions may have no builds for a newer one).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${SMOKE_PYTHON:-python3.11}
command -v uv >/dev/null 2>&1 || { echo "smoke-lowest: uv was not found: pip install uv" >&2; exit 1; }
venv=$PWD/.venv-lowest
rm -rf "$venv"
"$python" -m venv "$venv"
compile() {
  uv pip compile --quiet --no-header --no-annotate --resolution lowest-direct --python "$venv/bin/python" "$@" pyproject.toml
}
# of the versions that fit together those of the project's own needs; pip adds the newest of what these need in turn
names=$(compile --no-deps | sed 's/==.*//' | paste -s -d '|' -)
compile | grep -E "^($names)==" > "$venv/lowest.txt"
[ -z "${SMOKE_TORCH:-}" ] || sed -i.all "s/^torch==.*/$SMOKE_TORCH/" "$venv/lowest.txt"
unset PYTHONPATH # pip would take what lies there for installed
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$venv/bin/python" -m pip install --quiet --upgrade pip
"$venv/bin/python" -m pip install --quiet --requirement "$venv/lowest.txt"
echo "smoke-lowest: installed (${SECONDS} s)"
scripts/smoke.sh "$venv/bin/python"
echo "smoke-lowest: done (${SECONDS} s)"
