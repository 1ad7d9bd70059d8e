"""A slice of any size: copies of a small one, mirrored at every seam, with counts drawn anew.

Layers run on across the seams, no two spots have the same counts, the annotation is carried along.
Without a source the simulated cortex is copied; genes beyond those of the source are drawn a second time.

    python benchmark/scripts/large_slice.py --out large.h5ad --spots 500000 --genes 500 --source slice.h5ad
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse
from scipy.spatial import KDTree

import semst

_NEAREST = 6  # the rates of a spot come from its own counts and those of this many around it
_DRAWS = 4_000  # spots drawn in one go


def large_slice(
    source: AnnData | None = None,
    *,
    n_spots: int,
    n_genes: int,
    mean_counts: float | None = None,
    random_state: int = 0,
) -> AnnData:
    """Copy a slice side by side until it has ``n_spots``, and draw all counts anew.

    Parameters
    ----------
    source
        Slice with raw counts in ``X`` and ``obsm["spatial"]``; ``None`` copies 4,000 spots of simulated
        cortex.
    n_spots, n_genes
        Wanted size. The genes with the most counts are taken; where the source has too few, they are drawn a
        second time under another name.
    mean_counts
        Mean counts of a spot over the genes taken; ``None`` keeps the source's.
    random_state
        Seed.

    Returns
    -------
    Slice with counts in ``X`` (csr, float32), ``obs["ground_truth"]`` where the source has it and
    ``obs["copy"]``, coordinates in ``obsm["spatial"]``.
    """
    rng = np.random.default_rng(random_state)
    if source is None:
        source = semst.datasets.simulated_cortex(4_000, 850, random_state=random_state)
    xy = np.asarray(source.obsm["spatial"], dtype=np.float64)[:, :2]
    genes = _most_counted(source, n_genes)
    rates = _rates(source, xy, genes, mean_counts)
    origin, copy, placed = _copies(xy, n_spots)
    counts = _draw(rates, origin, rng)
    names = pd.Index(source.var_names[genes]).astype(str)
    again = pd.Series(names).groupby(names).cumcount().to_numpy()
    obs = pd.DataFrame({"copy": copy}, index=np.char.add("spot", np.arange(n_spots).astype(str)))
    if "ground_truth" in source.obs:
        obs["ground_truth"] = pd.Categorical(source.obs["ground_truth"].to_numpy()[origin])
    var = pd.DataFrame(
        index=[name if k == 0 else f"{name}.{k + 1}" for name, k in zip(names, again, strict=True)]
    )
    return AnnData(counts, obs=obs, var=var, obsm={"spatial": placed})


def _most_counted(source: AnnData, n_genes: int) -> np.ndarray:
    """The genes with the most counts, from the top again where there are too few of them."""
    total = np.asarray(source.X.sum(axis=0)).ravel()
    ranked = np.argsort(-total, kind="stable")[: np.count_nonzero(total)]
    return np.resize(ranked, n_genes)


def _rates(
    source: AnnData, xy: np.ndarray, genes: np.ndarray, mean_counts: float | None
) -> sparse.csr_matrix:
    """Expected counts of every spot: mean of its own counts and those of the nearest spots."""
    near = KDTree(xy).query(xy, k=_NEAREST + 1)[1]
    pooling = sparse.csr_matrix(
        (
            np.full(near.size, 1 / near.shape[1], dtype=np.float32),
            near.ravel(),
            np.arange(0, near.size + 1, near.shape[1]),
        ),
        shape=(len(xy), len(xy)),
    )
    rates = sparse.csr_matrix(pooling @ sparse.csr_matrix(source.X, dtype=np.float32)[:, genes])
    if mean_counts is not None:
        rates.data *= mean_counts * rates.shape[0] / rates.data.sum()
    return rates


def _copies(xy: np.ndarray, n_spots: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spot of the source, number of the copy and place of every spot, copy by copy in a near square."""
    nearest = np.median(KDTree(xy).query(xy, k=2)[0][:, 1])
    xy = xy - xy.min(axis=0)
    extent = xy.max(axis=0)
    n_copies = -(-n_spots // len(xy))
    across = max(1, round(np.sqrt(n_copies * extent[1] / extent[0])))
    by_place = np.argsort(xy[:, 0], kind="stable")  # the last copy is cut off straight
    origin, copy, placed = [], [], []
    for number in range(n_copies):
        row, column = divmod(number, across)
        chosen = by_place[: n_spots - number * len(xy)]
        here = xy[chosen].copy()
        for axis, place in ((0, column), (1, row)):
            if place % 2:
                here[:, axis] = extent[axis] - here[:, axis]
            here[:, axis] += place * (extent[axis] + nearest)
        origin.append(chosen)
        copy.append(np.full(len(chosen), number))
        placed.append(here)
    return np.concatenate(origin), np.concatenate(copy), np.concatenate(placed)


def _draw(rates: sparse.csr_matrix, origin: np.ndarray, rng: np.random.Generator) -> sparse.csr_matrix:
    """Poisson counts around the rates of the spots ``origin``; an empty spot gets one count."""
    parts = []
    for start in range(0, len(origin), _DRAWS):
        block = rates[origin[start : start + _DRAWS]]
        block.data = rng.poisson(block.data).astype(np.float32)
        block.eliminate_zeros()
        empty = np.flatnonzero(np.diff(block.indptr) == 0)
        if len(empty):
            one = (np.ones(len(empty), dtype=np.float32), (empty, np.zeros(len(empty), dtype=np.int64)))
            block = block + sparse.csr_matrix(one, shape=block.shape)
        parts.append(sparse.csr_matrix(block))
    return sparse.vstack(parts, format="csr", dtype=np.float32)


def main() -> None:
    """Write a large slice to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--spots", type=int, required=True)
    parser.add_argument("--genes", type=int, required=True)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--mean-counts", type=float)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    adata = large_slice(
        None if given.source is None else semst.io.read(given.source),
        n_spots=given.spots,
        n_genes=given.genes,
        mean_counts=given.mean_counts,
        random_state=given.seed,
    )
    semst.io.write(adata, given.out, overwrite=True)
    filled = adata.X.nnz / np.prod(adata.shape)
    print(f"{adata.n_obs} spots x {adata.n_vars} genes, {filled:.0%} of the entries filled: {given.out}")


if __name__ == "__main__":
    main()
