#!/usr/bin/env bash
# Everything the project needs, on a fresh Debian 12 machine or a later one: R with mclust, and .venv with the
# `semst` command. Idempotent; done in a second or two when nothing is missing. SEMST_PYTHON names the Python to
# take, else the newest that is tested is looked for; SEMST_WITHOUT_R=1 leaves R as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

# Python comes first: R's packages bring a newer python3 along where there is none, and no venv module for it.
find_python() {
  for candidate in ${SEMST_PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}
python=$(find_python)
if [ -z "$python" ] && command -v apt-get >/dev/null 2>&1; then
  echo "setup: no Python 3.11 or newer with its venv module was found; installing python3-venv"
  sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends python3 python3-venv python3-dev
  python=$(find_python)
fi
[ -n "$python" ] || { echo "setup: Python 3.11 or newer with its venv module is needed and was not found" >&2; exit 1; }

[ -n "${SEMST_WITHOUT_R:-}" ] || scripts/setup-r.sh

extras=$(sed -nE 's/^all = \["semst\[(.*)\]"\]$/\1/p' pyproject.toml)
[ -n "$extras" ] || { echo "setup: pyproject.toml has no extra all" >&2; exit 1; }
# rpy2 is built against R
if [ -n "${SEMST_WITHOUT_R:-}" ] || ! command -v Rscript >/dev/null 2>&1; then extras=${extras/,r,/,}; fi
stamp=.venv/.semst-setup
wanted=$( (cat pyproject.toml benchmark/pyproject.toml constraints.txt scripts/setup.sh; echo "$extras") | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/semst ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted $(pwd)" ]; then exit 0; fi

echo "setup: Python packages into .venv (a few minutes, once)"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" # knows --group
# The constraints hold torch at one version in every resolution: a free choice would fetch a larger build of it.
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --constraint constraints.txt --editable ".[$extras]" --editable ./benchmark --group dev
echo "$wanted $(pwd)" > "$stamp"
