#!/usr/bin/env bash
# Build SemST_<version>.tar.gz into a folder (default: dist): only what belongs to the R package, and the
# Python core from python/semst.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-dist}
# for the vignettes; without a Python they are made without their results
[ -n "${RETICULATE_PYTHON:-}" ] || [ ! -x .venv/bin/python ] || export RETICULATE_PYTHON=$PWD/.venv/bin/python
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/SemST/tests"
cp -r DESCRIPTION NAMESPACE LICENSE NEWS.md .Rbuildignore bootstrap.R pyproject.toml R man inst vignettes "$stage/SemST"
cp -r tests/testthat tests/testthat.R "$stage/SemST/tests"
mkdir "$stage/SemST/python"
cp -rL python/semst "$stage/SemST/python" # io/objects.R is a link
# R wants the two lines that fill the MIT template; the root has the whole text
sed -nE 's/^Copyright \(c\) ([0-9]+) (.*)/YEAR: \1\nCOPYRIGHT HOLDER: \2/p' LICENSE > "$stage/SemST/LICENSE"
(cd "$stage/SemST" && Rscript --vanilla bootstrap.R)
cd "$stage"
R CMD build --no-resave-data SemST
mv SemST_*.tar.gz "$out"
echo "built: $out/$(ls -t "$out" | grep -m 1 '^SemST_.*\.tar\.gz$')"
