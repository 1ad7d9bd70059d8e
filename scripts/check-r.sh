#!/usr/bin/env bash
# Build the R package, R CMD check it (its tests, examples and vignettes are part of that) and BiocCheck it.
# Fails on errors and warnings of the check, on skipped tests and on errors of BiocCheck. What the notes mean
# stands in docs/developers/r-package.md. Nothing is downloaded. Without R and its packages nothing is checked, which is a failure
# where SEMST_CHECK_R_REQUIRED is set.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted="SpatialExperiment SeuratObject reticulate testthat knitr rmarkdown BiocStyle BiocCheck HDF5Array ggplot2"
if ! Rscript --vanilla -e 'quit(status = !all(commandArgs(TRUE) %in% rownames(installed.packages())))' \
  $wanted >/dev/null 2>&1; then
  echo "check-r: skipped, because R or one of its packages $wanted is not installed (see scripts/setup-r.sh)"
  [ -z "${SEMST_CHECK_R_REQUIRED:-}" ] || exit 1
  exit 0
fi

stage() { echo "check-r: $1 (${SECONDS} s)"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A Python with the packages of .venv but without the project's own, which is installed there as a link: the
# check runs on the core that is inside the built package.
.venv/bin/python -m venv --without-pip "$work/python"
.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
  > "$work/python/$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib", vars={"base": ""})[1:])')/packages.pth"
export RETICULATE_PYTHON=$work/python/bin/python
export UV_OFFLINE=1 PIP_NO_INDEX=1 HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1
export SEMST_SHARED_DATA=${SEMST_SHARED_DATA:-$PWD/../shared/data}
export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_FORCE_SUGGESTS_=false

stage "R CMD build, which runs the vignettes"
scripts/build-r.sh "$work"
cd "$work"
package=$(ls SemST_*.tar.gz)
for page in SemST visium several-slices seurat pictures language-models; do
  tar xzOf "$package" "SemST/inst/doc/$page.html" | grep -c 'data:image/png' >/dev/null || {
    echo "check-r: the vignette $page was made without its pictures" >&2
    exit 1
  }
done
# The vignettes have just been run by R CMD build: once is enough.
stage "R CMD check"
R CMD check --no-manual --no-vignettes "$package" | tee check.log || {
  tail -n 100 SemST.Rcheck/00install.out SemST.Rcheck/tests/*.Rout.fail 2>/dev/null || true
  exit 1
}
if grep -q '^Status: .*WARNING' check.log; then
  echo "check-r: R CMD check gave warnings" >&2
  exit 1
fi
# Python is there, so that no test has a reason to be skipped.
counted=$(grep -E '^\[ FAIL [0-9]+ ' SemST.Rcheck/tests/testthat.Rout | tail -n 1)
echo "check-r: tests $counted"
case $counted in
  *"| SKIP 0 |"*) ;;
  *)
    grep -A 20 'Skipped tests' SemST.Rcheck/tests/testthat.Rout >&2 || true
    echo "check-r: tests were skipped although Python is there" >&2
    exit 1
    ;;
esac

stage "BiocCheck"
# A new package's name is held against those that are taken, which takes a network.
BIOCONDUCTOR_ONLINE_VERSION_DIAGNOSIS=FALSE Rscript --vanilla -e '
  views <- "http://bioconductor.org/packages/devel/bioc/VIEWS"
  online <- !inherits(try(suppressWarnings(readLines(views, n = 1L)), silent = TRUE), "try-error")
  asked <- c("no-check-deprecated", "no-check-remotes", "no-check-CRAN", "no-check-bioc-help", "no-check-bioc-views",
    if (online) "new-package")
  found <- do.call(BiocCheck::BiocCheck, c(commandArgs(TRUE), as.list(setNames(rep(TRUE, length(asked)), asked))))
  quit(status = as.integer(length(found$error) > 0L))' "$package"
stage "done"
