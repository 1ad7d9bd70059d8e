#!/usr/bin/env bash
# R (>= 4.3) with the packages this project uses. Quick when nothing is missing.
# On Debian 12, whose own R is 4.2, the packages come from the next release (trixie),
# pinned so low that nothing else on the machine moves by itself.
set -euo pipefail

# for clustering: mclust; for the R package and .rds files: the rest
r_packages=(
  clue mclust reticulate Seurat SeuratObject SingleCellExperiment SpatialExperiment DropletUtils HDF5Array ggplot2
  scattermore testthat roxygen2 knitr rmarkdown BiocStyle BiocCheck BiocParallel
)
apt_packages=(
  r-base-core r-base-dev pandoc r-cran-clue r-cran-mclust r-cran-reticulate r-cran-seurat r-cran-seuratobject
  r-bioc-singlecellexperiment r-bioc-spatialexperiment r-bioc-dropletutils r-bioc-hdf5array r-cran-ggplot2
  r-cran-scattermore r-cran-magick r-cran-testthat r-cran-roxygen2 r-cran-knitr r-cran-rmarkdown r-bioc-biocstyle
  r-bioc-bioccheck r-bioc-biocparallel
)

r_is_ready() {
  command -v Rscript >/dev/null 2>&1 || return 1
  Rscript --vanilla -e '
    wanted <- commandArgs(trailingOnly = TRUE)
    ok <- getRversion() >= "4.3" && all(wanted %in% rownames(installed.packages()))
    quit(status = if (ok) 0L else 1L)' "${r_packages[@]}" >/dev/null 2>&1
}

by_hand() {
  echo "setup: R >= 4.3 with ${r_packages[*]} was not found and cannot be installed here ($1)."
  echo "setup: going on with what is there; without R or mclust, clustering uses the Gaussian mixture in Python,"
  echo "setup: and without the others the R package is not checked and .rds files cannot be read."
  echo "setup: to have mclust too, install R and run: Rscript -e 'install.packages(\"mclust\")'"
  exit 0
}

if r_is_ready; then exit 0; fi

command -v apt-get >/dev/null 2>&1 || by_hand "no apt-get"
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || by_hand "not root, no password-less sudo"
  sudo=(sudo)
fi

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
target=()
derived=/etc/apt/sources.list.d/semst-trixie
if [ -f "$derived.sources" ] || [ -f "$derived.list" ]; then
  target=(-t trixie)
elif [ "$codename" = bookworm ]; then
  # The machine's own source file with another suite name: whatever mirror it uses stays in use.
  if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    awk 'BEGIN { RS = ""; ORS = "\n\n" } !/-security/' /etc/apt/sources.list.d/debian.sources |
      sed -E 's/^Suites:.*/Suites: trixie/' | "${sudo[@]}" tee "$derived.sources" >/dev/null
  else
    grep -E '^deb .*\bbookworm main' /etc/apt/sources.list | head -n 1 |
      sed -E 's/\bbookworm\b/trixie/' | "${sudo[@]}" tee "$derived.list" >/dev/null
  fi
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' |
    "${sudo[@]}" tee /etc/apt/preferences.d/semst-trixie >/dev/null
  target=(-t trixie)
fi

echo "setup: installing R with ${r_packages[*]} (a few minutes, once)"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${target[@]}" \
  -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "${apt_packages[@]}"
r_is_ready || { echo "setup: R was installed but is not usable; see the lines above" >&2; exit 1; }
