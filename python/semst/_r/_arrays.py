"""What crosses the border: the parts of sparse matrices, label codes, records of plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst import _keys
from semst._errors import SemSTError
from semst._log import logger
from semst.data import spread_graph

# what all slices of a joint run have, or none
_OF_ALL = {"depth_key": "depth", "image_key": "image_features", "use_existing_graph": "a graph"}


def csr(parts: Mapping[str, Any], n_columns: int) -> sparse.csr_matrix:
    """Take the columns of a ``dgCMatrix`` as rows; the arrays stay where R has them.

    Parameters
    ----------
    parts
        ``i``, ``p`` and ``x`` of a ``dgCMatrix``.
    n_columns
        Its number of rows.

    Returns
    -------
    Its transpose.

    Examples
    --------
    >>> csr({"i": [0, 1, 1], "p": [0, 2, 3], "x": [5.0, 6.0, 7.0]}, 2).toarray()
    array([[5., 6.],
           [0., 7.]])
    """
    pointers = np.asarray(parts["p"])
    return sparse.csr_matrix(
        (np.asarray(parts["x"]), np.asarray(parts["i"]), pointers), shape=(len(pointers) - 1, n_columns)
    )


def parts(counts: sparse.csr_matrix) -> dict[str, np.ndarray]:
    """Give a csr matrix of spots x genes as the parts of a ``dgCMatrix`` of genes x spots.

    Parameters
    ----------
    counts
        Spots x genes.

    Returns
    -------
    ``i``, ``p`` and ``x``; whole numbers as int32, which crosses in half the room, others as float64.

    Examples
    --------
    >>> found = parts(sparse.csr_matrix([[0.0, 2.0]]))
    >>> found["i"].tolist(), found["x"].tolist(), found["x"].dtype.name
    ([1], [2], 'int32')
    """
    with np.errstate(invalid="ignore"):
        values = counts.data.astype(np.int32, copy=False)
    if not np.array_equal(values, counts.data):
        values = counts.data.astype(np.float64, copy=False)
    return {
        "i": counts.indices.astype(np.int32, copy=False),
        "p": counts.indptr.astype(np.int32, copy=False),
        "x": values,
    }


def slice_of(
    counts: Mapping[str, Any],
    coordinates: Any,
    *,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    graph: Mapping[str, Any] | None = None,
    image: Any = None,
    inside: Any = None,
) -> tuple[AnnData, dict[str, Any]]:
    """Make an ``AnnData`` of what R gave.

    Parameters
    ----------
    counts
        A ``dgCMatrix`` of genes x spots in its parts: ``i``, ``p``, ``x``, and ``genes``.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3), or ``None``.
    samples
        Name of the slice of every spot.
    depth
        Library sizes over all genes.
    graph
        Spatial graph; parts as of ``counts``.
    image
        Features of the image at every spot, (n_spots, p).
    inside
        Which spots lie in the tissue; ``None`` where all do. Others are left out, and :func:`onto_all` puts
        what is found back among them.

    Returns
    -------
    The slice, and what of :class:`semst.data.SliceKeys` tells where these are in it.

    Examples
    --------
    >>> counts = {"i": [0, 1], "p": [0, 1, 2], "x": [5.0, 6.0], "genes": ["MBP", "GFAP"]}
    >>> slice_of(counts, [[0, 0], [0, 1]], samples=["s", "t"])[1]
    {'sample_key': 'sample'}
    """
    genes = pd.Index([str(name) for name in counts["genes"]], dtype=object)
    rows = csr(counts, len(genes))
    spots = pd.RangeIndex(1, rows.shape[0] + 1).astype(str)
    adata = AnnData(rows, obs=pd.DataFrame(index=spots), var=pd.DataFrame(index=genes))
    keys: dict[str, Any] = {}
    if coordinates is not None:
        adata.obsm[_keys.SPATIAL] = np.asarray(coordinates, dtype=np.float64)
    if samples is not None:
        adata.obs["sample"] = pd.Categorical(list(samples))
        keys["sample_key"] = "sample"
    if depth is not None:
        adata.obs["depth"] = np.asarray(depth, dtype=np.float64)
        keys["depth_key"] = "depth"
    if image is not None:
        adata.obsm["image"] = np.asarray(image, dtype=np.float32)
        keys["image_key"] = "image"
    if graph is not None:
        adata.obsp[_keys.SPATIAL_CONNECTIVITIES] = csr(graph, adata.n_obs)
        keys["use_existing_graph"] = True
    if inside is not None:
        mask = np.asarray(inside, dtype=bool)
        logger.info(
            "%d of %d spots lie outside the tissue (in_tissue) and are left out", (~mask).sum(), len(mask)
        )
        adata = adata[mask].copy()
    return adata, keys


def onto_all(found: Mapping[str, Any], inside: Any) -> dict[str, Any]:
    """Put what was found of the spots in the tissue back among all spots of the slice.

    Parameters
    ----------
    found
        By name: arrays with a row per spot in the tissue, sparse matrices of them, dictionaries of these, and
        ``None``.
    inside
        Which spots lie in the tissue; ``None`` where all do.

    Returns
    -------
    The same for all spots: 0 for whole numbers, false, NaN and no edge where there was nothing.

    Examples
    --------
    >>> found = onto_all({"labels": np.array([1, 2], dtype=np.int32)}, [True, False, True])
    >>> found["labels"].tolist()
    [1, 0, 2]
    """
    if inside is None:
        return dict(found)
    mask = np.asarray(inside, dtype=bool)
    return {name: _onto_all(values, mask) for name, values in found.items()}


def _onto_all(values: Any, mask: np.ndarray) -> Any:
    if values is None:
        return None
    if isinstance(values, Mapping):
        return onto_all(values, mask)
    if sparse.issparse(values):
        return spread_graph(values, mask)
    rows = np.asarray(values)
    whole = np.full((len(mask), *rows.shape[1:]), np.nan if rows.dtype.kind == "f" else 0, dtype=rows.dtype)
    whole[mask] = rows
    return whole


def slices_of(
    slices: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[dict[str, AnnData], dict[str, Any]]:
    """Make an ``AnnData`` of each of several slices.

    Parameters
    ----------
    slices
        Arguments of :func:`slice_of`, for each.
    names
        Their names.

    Returns
    -------
    The slices by name, and where things are in every one of them. Where one has samples, those without are
    a sample of their own name.

    Raises
    ------
    SemSTError
        If some slices have library sizes, image features or a graph, and others do not.

    Examples
    --------
    >>> counts = {"i": [0], "p": [0, 1], "x": [5.0], "genes": ["MBP"]}
    >>> first, second = ({"counts": counts, "coordinates": [[0, 0]], "samples": s} for s in (["s"], None))
    >>> found, keys = slices_of([first, second], ["a", "b"])
    >>> found["b"].obs["sample"].tolist(), keys
    (['b'], {'sample_key': 'sample'})
    """
    made = {name: slice_of(**one) for name, one in zip(names, slices, strict=True)}
    keys = {key: value for _, own in made.values() for key, value in own.items()}
    for key, what in _OF_ALL.items():
        without = [name for name, (_, own) in made.items() if key not in own]
        if key in keys and without:
            raise SemSTError(
                f"Other slices have {what}, and {', '.join(without)} not; give it for all or for none."
            )
    for name, (adata, own) in made.items():
        if "sample_key" in keys and "sample_key" not in own:
            adata.obs[keys["sample_key"]] = pd.Categorical([name] * adata.n_obs)
    return {name: adata for name, (adata, _) in made.items()}, keys


def codes(labels: Any) -> np.ndarray:
    """Give a categorical as 1 to K, with 0 for none.

    Parameters
    ----------
    labels
        ``pandas.Categorical``.

    Returns
    -------
    int32.

    Examples
    --------
    >>> codes(pd.Categorical(["a", None, "b"])).tolist()
    [1, 0, 2]
    """
    return labels.codes.astype(np.int32) + 1


def optional(given: Sequence[int]) -> np.ndarray:
    """Take 1 to K with 0 for none as labels with ``None``.

    Parameters
    ----------
    given
        Codes.

    Returns
    -------
    Of type object.

    Examples
    --------
    >>> optional([2, 0]).tolist()
    [2, None]
    """
    return np.array([code if code > 0 else None for code in np.asarray(given).tolist()], dtype=object)
