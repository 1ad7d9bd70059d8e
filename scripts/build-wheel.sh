#!/usr/bin/env bash
# Wheel and source archive into a folder (default: dist); the wheel is made from the archive, so that both are whole.
# PYTHON names the Python that builds. What the wheel has to hold is asked by tests/python/test_packaging.py.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-dist}
python=${PYTHON:-.venv/bin/python}
rm -f "$out"/semst-*.whl "$out"/semst-*.tar.gz
"$python" -m hatchling build -d "$out" -t sdist >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
  --wheel-dir "$out" "$out"/semst-*.tar.gz
ls "$out"/semst-*
