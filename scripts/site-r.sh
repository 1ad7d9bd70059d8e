#!/usr/bin/env bash
# The R reference and the vignettes as pages, into a folder (default: build/site/r). Needs the R package pkgdown.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-build/site/r}
mkdir -p "$out"
out=$(cd "$out" && pwd)
[ -n "${RETICULATE_PYTHON:-}" ] || export RETICULATE_PYTHON=$PWD/.venv/bin/python
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/SemST" "$work/library"
# what the package holds, and what pkgdown reads besides
scripts/build-r.sh "$work" --no-build-vignettes >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
tar xzf "$work"/SemST_*.tar.gz -C "$work"
cp _pkgdown.yml LICENSE.md "$work/SemST"
R CMD INSTALL --library="$work/library" "$work/SemST" >"$work/install.log" 2>&1 || { tail "$work/install.log"; exit 1; }
R_LIBS=$work/library Rscript --vanilla -e '
  folder <- commandArgs(TRUE)
  pkgdown::build_site(folder[1], override = list(destination = folder[2]), preview = FALSE, install = FALSE,
    new_process = FALSE, devel = FALSE, examples = TRUE)' "$work/SemST" "$out"
echo "site-r: $out/index.html"
