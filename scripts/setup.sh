#!/usr/bin/env bash
# Everything the project needs, on a fresh Debian 12 machine or a later one: R with mclust, and .venv with the
# `semst` command. Idempotent; done in a second or two when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup-r.sh

stamp=.venv/.semst-setup
wanted=$(cat pyproject.toml constraints.txt scripts/setup.sh | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/semst ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted $(pwd)" ]; then exit 0; fi

python=
for candidate in python3.13 python3.12 python3.11 python3; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "setup: Python 3.11 or newer is needed; none of python3.11 to python3.13 was found" >&2; exit 1; }

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "setup: $python has no venv module; installing python3-venv"
  sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq && "${sudo[@]}" apt-get install -y -qq --no-install-recommends python3-venv python3-dev
fi

echo "setup: Python packages into .venv (a few minutes, once)"
[ -x .venv/bin/python ] || "$python" -m venv .venv
extras=spatialdata,integration
command -v Rscript >/dev/null 2>&1 && extras=$extras,r
.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" # knows --group
# The constraints hold torch at one version in every resolution: a free choice would fetch a larger build of it.
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --constraint constraints.txt --editable ".[$extras]" --group dev
echo "$wanted $(pwd)" > "$stamp"
