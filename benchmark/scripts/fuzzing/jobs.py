"""What is killed: jobs that leave something behind, and how it is told whether that is whole."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
from anndata import AnnData

import semst
from semst_benchmark import parse_suite, run_suite
from semst_benchmark._store import Store

from .door import digest
from .slices import cortex

State = dict[str, str]


@dataclass(frozen=True)
class Job:
    """A job and what it leaves.

    Attributes
    ----------
    name
        For the table.
    do
        Does it in a folder: a killed one is done again by the same call. ``seed`` tells results apart.
    state
        What lies in the folder and can be read: names to a digest of each. Something that is there and cannot
        be read is an exception.
    share
        Share of all kills; jobs that take long have a small one.
    at_once
        How many processes do it at the same time, to the same output.
    """

    name: str
    do: Callable[[Path, int], None]
    state: Callable[[Path], State]
    share: int
    at_once: int = 1


def _found(seed: int) -> AnnData:
    """A slice with results that differ from seed to seed."""
    adata = cortex().copy()
    rng = np.random.default_rng(seed)
    adata.obs["domain"] = rng.integers(0, 3, adata.n_obs).astype(str)
    adata.obsm["X_wide"] = rng.random((adata.n_obs, 400))
    return adata


def _write(ending: str, *, overwrite: bool) -> Callable[[Path, int], None]:
    def do(folder: Path, seed: int) -> None:
        semst.io.write(_found(seed), folder / f"out{ending}", overwrite=overwrite)

    return do


def _written(ending: str) -> Callable[[Path], State]:
    def state(folder: Path) -> State:
        place = folder / f"out{ending}"
        if not place.exists():
            return {}
        adata = semst.io.read(place)
        return {"out": digest([digest(adata.X), adata.obs["domain"].tolist(), digest(adata.obsm["X_wide"])])}

    return state


def _run(folder: Path, seed: int) -> None:
    adata = cortex().copy()
    semst.tl.semst(
        adata,
        3,
        preset="network",
        epochs=12,
        n_networks=1,
        cluster="mixture",
        n_starts=4,
        random_state=seed,
        checkpoint_dir=folder / f"checkpoints{seed}",
        explain=False,
        progress=False,
    )
    adata.uns.clear()  # holds how long it took
    semst.io.write(adata, folder / "out.h5ad", overwrite=True)


def _run_state(folder: Path) -> State:
    if not (folder / "out.h5ad").exists():
        return {}
    adata = ad.read_h5ad(folder / "out.h5ad")
    return {"domains": digest(adata.obs["semst"].tolist()), "embedding": digest(adata.obsm["X_semst"])}


def _embed(folder: Path, seed: int) -> None:
    adata = cortex()[:40]
    found = semst.semantics.embed_spots(
        adata.X,
        adata.var_names.tolist(),
        source="minilm",
        k_g=3 + seed,
        cache_dir=folder / "cache",
        device="cpu",
        progress=False,
    )
    with semst._atomic.atomic_path(folder / "out.npy", overwrite=True) as part:
        np.save(part, found.vectors)


def _embed_state(folder: Path) -> State:
    file = folder / "out.npy"
    return {"vectors": digest(np.load(file))} if file.exists() else {}


def _write_rds(folder: Path, seed: int) -> None:
    semst.io.write_rds(_found(seed), folder / "out.rds", overwrite=True)


def _rds_state(folder: Path) -> State:
    """R is not needed to tell whether the file is whole: it is gone through, and has a checksum."""
    from semst.io._rds_content import check_rds

    file = folder / "out.rds"
    if not file.exists():
        return {}
    check_rds(file, trust=False)
    return {"out": digest(file.read_bytes())}


@cache
def _suite() -> Any:
    content = {
        "title": "A small one",
        "about": "For kills.",
        "name": "small",
        "datasets": [{"name": "one", "simulate": {"n_spots": 80, "n_genes": 60}, "n_domains": 3}],
        "arms": [
            {"name": "SemST", "model": "semst", "settings": {"n_pcs": 10, "n_starts": 2}},
            {"name": "PCA", "model": "pca"},
        ],
        "seeds": 3,
        "clusterers": ["own"],
        "refinements": ["none", "own"],
        "headline": ["own", "own"],
    }
    return parse_suite(content, where="small")


def _benchmark(folder: Path, seed: int) -> None:
    run_suite(_suite(), None, folder / "rows", jobs=0, progress=False)


def _rows(folder: Path) -> State:
    """Every finished row by its key; ``seconds`` and the like are left out."""
    if not (folder / "rows").exists():
        return {}
    store = Store(folder / "rows")
    table = store.collect()
    found = {}
    for _, row in table.iterrows():
        scores = {name: value for name, value in row.items() if str(name).startswith("own.")}
        arrays = store.arrays(row["key"])
        found[str(row["key"])] = digest([repr(sorted(scores.items())), sorted(map(digest, arrays.values()))])
    return found


JOBS = (
    Job("write .h5ad", _write(".h5ad", overwrite=True), _written(".h5ad"), 130),
    Job("write .zarr", _write(".zarr", overwrite=True), _written(".zarr"), 60),
    Job("write .rds", _write_rds, _rds_state, 5),
    Job("embed", _embed, _embed_state, 8),
    Job("run", _run, _run_state, 40),
    Job("benchmark", _benchmark, _rows, 12),
    Job("two processes to one .h5ad", _write(".h5ad", overwrite=False), _written(".h5ad"), 25, at_once=2),
    Job("two processes to one .zarr", _write(".zarr", overwrite=False), _written(".zarr"), 20, at_once=2),
)
