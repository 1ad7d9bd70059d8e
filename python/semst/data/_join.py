"""Several objects as one, for a joint run, and their results apart again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_unique_names, get_coordinates, open_counts, require_key

from ._kinds import genes_only
from ._read import SliceKeys

SAMPLE_KEY = "slice"  # column of a joint object that tells its slices apart, where the call names none
N_NAMED = 5

Slices: TypeAlias = AnnData | Sequence[AnnData] | Mapping[str, AnnData]  # one, or several for a joint run


def named_slices(slices: Any) -> dict[str, AnnData] | None:
    """Give several slices names: their own in a mapping, else their numbers; ``None`` for one object.

    Parameters
    ----------
    slices
        An ``AnnData``, a sequence of several, or a mapping from names to them.

    Returns
    -------
    Slices by name, in order.

    Raises
    ------
    SemSTError
        If there is none, one occurs twice, or something else is among them.

    Examples
    --------
    >>> one = AnnData(np.ones((2, 1)))
    >>> list(named_slices([one, one.copy()])), named_slices(one)
    (['1', '2'], None)
    """
    if isinstance(slices, AnnData):
        return None
    if isinstance(slices, Mapping):
        named = {str(name): one for name, one in slices.items()}
    elif isinstance(slices, Sequence) and not isinstance(slices, str | bytes):
        named = {str(number + 1): one for number, one in enumerate(slices)}
    else:
        raise SemSTError(
            f"semst takes an AnnData object, or several in a list or by name in a dict, and was given "
            f"{type(slices).__name__}; semst.io.read opens files and SpatialData objects."
        )
    wrong = {name: type(one).__name__ for name, one in named.items() if not isinstance(one, AnnData)}
    if wrong or not named:
        found = ", ".join(f"{name}: {kind}" for name, kind in wrong.items()) or "nothing"
        raise SemSTError(f"Several slices have to be AnnData objects, each; there is {found}.")
    if len({id(one) for one in named.values()}) < len(named):
        raise SemSTError("The same object is given twice; its results would be written over each other.")
    return named


def join_slices(slices: Mapping[str, AnnData], keys: SliceKeys | None = None) -> tuple[AnnData, SliceKeys]:
    """Put several slices into one object, with the genes that all of them have.

    Parameters
    ----------
    slices
        By name; left as they are. What is on disk is read.
    keys
        Where things are in each of them.

    Returns
    -------
    One object: counts where ``keys`` say, coordinates, image features and given graphs, the columns of
    ``obs`` that all slices have, and the column that tells slices apart; and ``keys`` with that column as
    ``sample_key``. Spots are in the order of the slices. Where ``keys`` name a ``sample_key`` its values are
    kept, with the slice's name in front where two of the objects share one; else slices have their names.

    Raises
    ------
    SemSTError
        If the slices have no gene in common, or one of them cannot be read; its name is in the message.

    Examples
    --------
    >>> a = AnnData(np.ones((2, 2)), var=pd.DataFrame(index=["A", "B"]), obsm={"spatial": np.eye(2)})
    >>> b = AnnData(np.ones((1, 2)), var=pd.DataFrame(index=["C", "B"]), obsm={"spatial": np.ones((1, 2))})
    >>> joint, keys = join_slices({"first": a, "second": b})
    >>> joint.shape, joint.var_names.tolist(), joint.obs[keys.sample_key].tolist()
    ((3, 1), ['B'], ['first', 'first', 'second'])
    """
    keys = keys or SliceKeys()
    parts: list[dict[str, Any]] = []
    for name, adata in slices.items():
        with _of_slice(name):
            parts.append(_part(adata, keys))
    genes = _shared_genes({name: part["genes"] for name, part in zip(slices, parts, strict=True)})
    counts = sp.vstack(
        [_columns(part["counts"], part["genes"].get_indexer(genes)) for part in parts], format="csr"
    )
    spots = pd.Index(
        [f"{spot}-{name}" for name, adata in slices.items() for spot in adata.obs_names], dtype=object
    )
    obs = pd.concat([adata.obs for adata in slices.values()], join="inner", ignore_index=True)
    obs.index = spots
    sample_key = keys.sample_key or SAMPLE_KEY
    obs[sample_key] = pd.Categorical(_sample_names(slices, keys.sample_key))
    first = next(iter(slices.values()))
    var = (first.raw.var if keys.use_raw and first.raw is not None else first.var).loc[genes]
    joint = AnnData(
        X=None if keys.layer else counts,
        obs=obs,
        var=var.copy(),
        layers={keys.layer: counts} if keys.layer else None,
        obsm={
            name: _stacked(name, slices, [part["obsm"][name] for part in parts]) for name in parts[0]["obsm"]
        },
        obsp={
            name: sp.block_diag([part["obsp"][name] for part in parts], format="csr")
            for name in parts[0]["obsp"]
        },
    )
    if keys.use_raw:
        joint.raw = joint
    sizes = ", ".join(f"{name} {adata.n_obs}" for name, adata in slices.items())
    logger.info(f"joint run of {len(slices)} slices (spots: {sizes})")
    return joint, replace(keys, sample_key=sample_key)


def rows_of(slices: Mapping[str, AnnData]) -> list[slice]:
    """Say which rows of a joint object are whose.

    Examples
    --------
    >>> rows_of({"a": AnnData(np.ones((2, 1))), "b": AnnData(np.ones((3, 1)))})
    [slice(0, 2, None), slice(2, 5, None)]
    """
    ends = np.cumsum([adata.n_obs for adata in slices.values()]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _part(adata: AnnData, keys: SliceKeys) -> dict[str, Any]:
    """What a joint object takes of one slice."""
    check_unique_names(adata)
    counts, genes = open_counts(adata, layer=keys.layer, use_raw=keys.use_raw)
    counts, genes = genes_only(adata, counts, genes, use_raw=keys.use_raw)
    obsm = {keys.spatial_key: get_coordinates(adata, spatial_key=keys.spatial_key)}
    if keys.image_key is not None:
        obsm[keys.image_key] = np.asarray(
            require_key(adata.obsm, keys.image_key, what=f"obsm slot ({_words.name('image_key')})")
        )
    obsp = {}
    if keys.use_existing_graph:
        graph = _keys.SPATIAL_CONNECTIVITIES
        obsp[graph] = require_key(adata.obsp, graph, what=f"obsp slot ({_words.name('use_existing_graph')})")
    for name in ("sample_key", "depth_key"):
        column = getattr(keys, name)
        if column is not None:
            require_key(adata.obs, column, what=f"obs column ({name})")
    return {"counts": counts, "genes": genes, "obsm": obsm, "obsp": obsp}


def _columns(counts: Any, columns: np.ndarray) -> sp.csr_matrix:
    return sp.csr_matrix(counts[:, columns], dtype=np.float32)


def _shared_genes(genes: Mapping[str, pd.Index]) -> pd.Index:
    """Genes of the first slice that all others have, in its order; the log says how many each one has."""
    first, *others = genes.values()
    shared = first
    for other in others:
        shared = shared[shared.isin(other)]
    sizes = ", ".join(f"{name} {len(own)}" for name, own in genes.items())
    if not len(shared):
        examples = "; ".join(f"{name}: {', '.join(map(str, own[:N_NAMED]))}" for name, own in genes.items())
        raise SemSTError(
            f"The slices have no gene in common (genes: {sizes}). Their names have to be of one kind: "
            f"{examples}."
        )
    if any(len(own) > len(shared) for own in genes.values()):
        logger.info(f"{len(shared)} genes that all slices have are used (genes: {sizes})")
    return shared


def _sample_names(slices: Mapping[str, AnnData], sample_key: str | None) -> list[str]:
    """Name of the slice of every spot, the same for no two objects."""
    if sample_key is None:
        return [name for name, adata in slices.items() for _ in range(adata.n_obs)]
    own = {name: adata.obs[sample_key] for name, adata in slices.items()}
    for name, column in own.items():
        if column.isna().any():
            raise SemSTError(
                f"Slice {name!r}: obs[{sample_key!r}] is missing for {int(column.isna().sum())} of "
                f"{len(column)} spots; every spot needs to belong to a slice."
            )
    values = [set(column.astype(str)) for column in own.values()]
    apart = sum(map(len, values)) == len(set().union(*values))
    return [
        value if apart else f"{name}/{value}" for name, column in own.items() for value in column.astype(str)
    ]


def _stacked(name: str, slices: Mapping[str, AnnData], values: list[np.ndarray]) -> np.ndarray:
    widths = {one: part.shape[1] for one, part in zip(slices, values, strict=True)}
    if len(set(widths.values())) > 1:
        found = ", ".join(f"{one} {width}" for one, width in widths.items())
        raise SemSTError(f"obsm[{name!r}] has different numbers of columns in the slices: {found}.")
    return np.vstack(values)


@contextmanager
def _of_slice(name: str) -> Iterator[None]:
    """Put the slice's name in front of what is wrong with it."""
    try:
        yield
    except SemSTError as error:
        raise type(error)(f"Slice {name!r}: {error}") from error
