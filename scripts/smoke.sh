#!/usr/bin/env bash
# Install the package as a wheel into a Python that has what it needs, and run scripts/smoke.py there from an empty
# folder: neither the checkout nor a file that the wheel lacks can help.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?usage: scripts/smoke.sh PYTHON}
script=$PWD/scripts/smoke.py
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall .
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
env -u PYTHONPATH OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}" "$python" "$script"
