"""Readers of gene tables, vectors, gene sets and vector caches."""

import gzip
import pickle
from functools import cache, partial
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import torch

from semst.explain import gene_sets
from semst.semantics import GeneTable, Precomputed, Spots
from semst.semantics._cache import VectorCache, text_key
from semst.semantics._read_table import read_gene_table

from .door import Door, digest
from .slices import cortex

N_COLUMNS = 6


@cache
def _table() -> tuple[list[str], np.ndarray]:
    vectors = np.random.default_rng(0).normal(size=(60, N_COLUMNS)).astype(np.float32)
    return cortex().var_names.tolist(), vectors


def _make_table(folder: Path, *, ending: str) -> None:
    symbols, vectors = _table()
    file = folder / f"genes{ending}"
    frame = pd.DataFrame(vectors, index=symbols)
    if ending == ".npz":
        np.savez_compressed(file, symbols=np.array(symbols), vectors=vectors)
    elif ending == ".csv":
        frame.to_csv(file)
    elif ending == ".tsv.gz":
        file.write_bytes(gzip.compress(frame.to_csv(sep="\t").encode(), mtime=0))
    elif ending == ".parquet":
        frame.rename(columns=str).to_parquet(file)
    elif ending == ".pt":
        torch.save({"symbols": symbols, "vectors": torch.from_numpy(vectors)}, file)
    elif ending == ".pkl":
        file.write_bytes(pickle.dumps(dict(zip(symbols, vectors, strict=True))))
    else:
        ad.AnnData(vectors, obs=pd.DataFrame(index=symbols)).write_h5ad(file, compression="gzip")


def _read_table(folder: Path, *, ending: str) -> dict[str, str]:
    """Read the table, and average its vectors over a slice, as a run would."""
    file = folder / f"genes{ending}"
    symbols, vectors = read_gene_table(file)
    used = GeneTable(file).embed(Spots(cortex().X, cortex().var_names.tolist())).vectors
    return {"symbols": digest(symbols), "vectors": digest(vectors), "of spots": digest(used)}


def _make_vectors(folder: Path) -> None:
    np.save(folder / "v.npy", np.random.default_rng(1).normal(size=(120, 5)).astype(np.float32))


def _read_vectors(folder: Path) -> dict[str, str]:
    spots = Spots(cortex().X, cortex().var_names.tolist())
    return {"vectors": digest(Precomputed(folder / "v.npy").embed(spots).vectors)}


def _make_sets(folder: Path) -> None:
    genes = cortex().var_names.tolist()
    sets = [f"SET_{i}\tabout it\t" + "\t".join(genes[i * 5 : i * 5 + 8]) for i in range(10)]
    (folder / "sets.gmt").write_text("\n".join(sets) + "\n")


def _read_sets(folder: Path) -> dict[str, str]:
    found = gene_sets(folder / "sets.gmt")
    members = [sorted(np.array(found.genes)[row.indices].tolist()) for row in found.membership]
    return {"names": digest(list(found.names)), "genes": digest(members)}


_IDENTITY = {"model": "toy"}
_TEXTS = [f"gene {i}" for i in range(30)]


def _vectors_of_texts() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(30, 4)).astype(np.float32)


def _make_shards(folder: Path) -> None:
    cached, vectors = VectorCache(folder / "cache", _IDENTITY), _vectors_of_texts()
    for rows in (slice(0, 20), slice(20, 30)):
        cached.write([text_key(text) for text in _TEXTS[rows]], vectors[rows])


def _read_shards(folder: Path) -> dict[str, str]:
    """Vectors by text; a text that is not there is embedded anew."""
    wanted = {text_key(text): text for text in _TEXTS}
    found: dict[str, Any] = {t: digest(row) for t, row in zip(_TEXTS, _vectors_of_texts(), strict=True)}
    for keys, vectors in VectorCache(folder / "cache", _IDENTITY).shards(wanted):
        found |= {wanted[key]: digest(row) for key, row in zip(keys, vectors, strict=True) if key in wanted}
    return found


TABLES = (
    *(
        Door(f"genes {end}", partial(_make_table, ending=end), partial(_read_table, ending=end))
        for end in (".npz", ".csv", ".tsv.gz", ".parquet", ".pt", ".pkl", ".h5ad")
    ),
    Door("vectors .npy", _make_vectors, _read_vectors),
    Door("gene sets .gmt", _make_sets, _read_sets),
    Door("vector cache", _make_shards, _read_shards, ("*.npz",)),
)
