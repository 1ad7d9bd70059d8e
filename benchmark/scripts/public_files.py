"""What public repositories ship as test data of the field's tools: what is read, run and refused.

Nothing of it is kept here. Clone the repositories (a bare clone will do) into one folder as owner+name, and:

    python benchmark/scripts/public_files.py --repos clones --out files.md
"""

import argparse
import subprocess
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

import semst
from semst import SemSTError

FILES = {
    "drighelli/SpatialExperiment": [
        "inst/extdata/10xVisium/section1",
        "inst/extdata/10xVisium/section2/outs",
    ],
    "waldronlab/VisiumIO": [
        "inst/extdata/10xVisium/section1/outs",
        "inst/extdata/binned_outputs/square_002um",
    ],
    "pachterlab/SpatialFeatureExperiment": [
        "inst/extdata/sample01",
        "inst/extdata/sample02/outs",
        "inst/extdata/seu_vis_toy.rds",
        "inst/extdata/seu_vis_toy_multi.rds",
        "inst/extdata/sfe_multi_sample.rds",
        "inst/extdata/sfe_old_spi.rds",
        "inst/extdata/sfe_toy.rds",
        "inst/extdata/sfe_visium.rds",
        "inst/extdata/colgraph1.rds",
    ],
    "estellad/SpatialExperimentIO": [
        "inst/extdata/CosMx_small",
        "inst/extdata/MERSCOPE_small",
        "inst/extdata/STARmapPLUS_small",
        "inst/extdata/Xenium_small",
    ],
    "satijalab/seurat": [
        "tests/testdata/visium",
        "tests/testdata/visium_hd/binned_outputs/square_008um",
        "tests/testdata/visium_hd",
        "tests/testdata/cr3.0",
        "tests/testdata/nbt_small.Rdata",
    ],
    "scverse/scanpy": [
        "tests/_data/visium_data/1.0.0",
        "tests/_data/visium_data/2.1.0",
        "tests/_data/10x_data/3.0.0",
        "tests/_data/10x-10k-subset.zarr",
        "src/scanpy/datasets/10x_pbmc68k_reduced.zarr.zip",
    ],
    "scverse/squidpy": [
        "tests/_data",
        "tests/_data/test_data.h5ad",
        "tests/_data/ligrec_pvalues_reference.h5ad",
    ],
    "scverse/anndata": [
        f"tests/data/archives/{name}"
        for name in (
            "v0.5.0/adata.h5ad",
            "v0.7.0/adata.h5ad",
            "v0.7.0/adata.zarr.zip",
            "v0.7.8/adata.h5ad",
            "v0.7.8/adata.zarr.zip",
            "v0.11.4/adata.h5ad",
            "v0.11.4/adata.zarr.zip",
        )
    ],
    "scverse/anndataR": ["inst/extdata/example.h5ad"],
    "theislab/zellkonverter": ["inst/extdata/krumsiek11.h5ad", "inst/extdata/example_anndata.h5ad"],
    "labsyspharm/scimap": ["scimap/tests/_data/example_data.h5ad"],
    "HelenaLC/SpatialData": ["inst/extdata/blobs.zarr", "inst/extdata/blobs_v3.zarr"],
    "prabhakarlab/Banksy": ["inst/extdata/STARmap.rds"],
    "BIMSBbioinfo/VoltRon": ["inst/extdata/xenium_mappingparameters.rds"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repos", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", help="part of a repository's name")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = ["| repository | file | read | run |", "|---|---|---|---|"]
    for repo, paths in FILES.items():
        if args.only and args.only not in repo:
            continue
        for path in paths:
            with tempfile.TemporaryDirectory() as room:
                lines.append(
                    f"| {repo} | {path} | {' | '.join(tried(unpacked(args.repos, repo, path, Path(room))))} |"
                )
            print(lines[-1], flush=True)
    if args.out:
        args.out.write_text("\n".join(lines) + "\n")


def unpacked(repos: Path, repo: str, path: str, room: Path) -> Path:
    """A file or folder of the newest commit, on its own."""
    clone = repos / repo.replace("/", "+")
    clone = clone / "repo" if (clone / "repo").exists() else clone
    tar = subprocess.run(
        ["git", "-C", str(clone), "archive", "HEAD", path], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(tar)) as bundle:
        bundle.extractall(room, filter="data")
    return room / path


def tried(place: Path) -> tuple[str, str]:
    """What reading said, and what a run."""
    adata, said = attempt(lambda: semst.io.read(place), place)
    if adata is None:
        return said, ""
    where = "" if "spatial" in adata.obsm else ", no coordinates"
    read = f"{adata.n_obs:,} × {adata.n_vars:,}{where}"
    began = time.perf_counter()
    _, said = attempt(
        lambda: semst.tl.semst(adata, 3, cluster="mixture", n_starts=4, explain=False, progress=False), place
    )
    if said:
        return read, said
    took = time.perf_counter() - began
    found = adata.obs["semst"]
    _, said = attempt(lambda: semst.io.write(adata, place.parent / "written.h5ad"), place)
    kept = f"; not written: {said}" if said else ""
    return read, f"{found.nunique()} domains of {int(np.sum(found.notna())):,} spots, {took:.0f} s{kept}"


def attempt(do: Callable[[], Any], place: Path) -> tuple[Any, str]:
    """The result, or what was said in its place; what is no answer of the package's own is a fault."""
    try:
        return do(), ""
    except SemSTError as error:
        return None, f"refused: {shortened(error, place)}"
    except Exception as error:  # noqa: BLE001 -- any: it is what this script looks for
        return None, f"FAULT: {type(error).__name__}: {shortened(error, place)}"


def shortened(error: Exception, place: Path) -> str:
    text = " ".join(str(error).split()).replace(f"{place.parent}/", "").replace("|", "/")
    return text if len(text) < 150 else text[:147] + "..."


if __name__ == "__main__":
    main()
