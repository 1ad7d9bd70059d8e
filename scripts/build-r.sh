#!/usr/bin/env bash
# R CMD build of a copy that holds only what belongs to the R package, into a folder (default: dist): a checkout
# that is worked in has gigabytes beside it, which R CMD build would copy first. Options of R CMD build may follow.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-dist}
[ $# -eq 0 ] || shift
# for the vignettes; without a Python they are made without their results
[ -n "${RETICULATE_PYTHON:-}" ] || [ ! -x .venv/bin/python ] || export RETICULATE_PYTHON=$PWD/.venv/bin/python
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/SemST/tests" "$stage/SemST/python"
cp -r DESCRIPTION NAMESPACE LICENSE NEWS.md .Rbuildignore R man inst vignettes "$stage/SemST"
cp -r tests/testthat tests/testthat.R "$stage/SemST/tests"
cp -r python/semst "$stage/SemST/python" # inst/python/semst is a link to it
cd "$stage"
R CMD build --no-resave-data "$@" SemST
mv SemST_*.tar.gz "$out"
echo "built: $out/$(ls -t "$out" | grep -m 1 '^SemST_.*\.tar\.gz$')"
