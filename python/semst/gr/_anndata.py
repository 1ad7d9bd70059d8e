"""The doors for AnnData: graphs read from and written to ``obsp``."""

from typing import Any, Literal

import numpy as np
from anndata import AnnData
from scipy import sparse
from scipy.sparse import csr_matrix

from semst import _keys, _words
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import get_coordinates, require_key

from ._expression import expression_graph
from ._knn import knn_spatial_graph
from ._spatial import SpatialGraph, spatial_graph


def spatial_neighbors(
    adata: AnnData,
    *,
    method: Literal["radius", "knn"] = "radius",
    n_neighs: int = 12,
    radius: float | None = None,
    sample_key: str | None = None,
    spatial_key: str = _keys.SPATIAL,
    key_added: str = "spatial",
    copy: bool = False,
) -> AnnData | None:
    """Build the spatial graph of a data set.

    Parameters
    ----------
    adata
        Spots with coordinates.
    method
        ``"radius"``: :func:`spatial_graph`; ``"knn"``: :func:`knn_spatial_graph`.
    n_neighs
        Wanted mean degree (radius) or neighbours of each spot (knn).
    radius
        Fixed radius in the unit of the coordinates, instead of ``n_neighs``.
    sample_key
        Column of ``obs`` with the slice of each spot: spots of different slices are never joined.
    spatial_key
        Coordinates in ``obsm``.
    key_added
        Stem of the names written.
    copy
        Return a changed copy instead of changing ``adata``.

    Returns
    -------
    Nothing, or the copy. Writes ``obsp["<key_added>_connectivities"]`` and ``uns["<key_added>_neighbors"]``.

    Raises
    ------
    SemSTError
        If keys are missing, coordinates are unusable, or arguments contradict each other.

    Examples
    --------
    >>> import numpy as np, anndata
    >>> adata = anndata.AnnData(np.ones((9, 2)), obsm={"spatial": np.argwhere(np.ones((3, 3)))})
    >>> spatial_neighbors(adata, n_neighs=4)
    >>> int(adata.obsp["spatial_connectivities"].sum())
    24
    """
    if method not in ("radius", "knn"):
        raise SemSTError(f'method must be "radius" or "knn", not {method!r}.')
    if method == "knn" and radius is not None:
        raise SemSTError(
            f"radius has no meaning with {_words.given('method', 'knn')}; leave one of the two out."
        )
    adata = adata.copy() if copy else adata
    coordinates = get_coordinates(adata, spatial_key=spatial_key)
    samples = None
    if sample_key is not None:
        samples = np.asarray(require_key(adata.obs, sample_key, what=_words.slot("obs")), dtype=object)
    if method == "knn":
        graph = knn_spatial_graph(coordinates, n_neighs=n_neighs, samples=samples)
    else:
        graph = spatial_graph(coordinates, n_neighs=n_neighs, radius=radius, samples=samples)
    params = {"method": method, "n_neighs": n_neighs, "spatial_key": spatial_key}
    if sample_key is not None:
        params["sample_key"] = sample_key
    _store(adata, key_added, graph.adjacency, params | graph.describe())
    return adata if copy else None


def expression_neighbors(
    adata: AnnData,
    *,
    use_rep: str = "X_pca",
    n_neighs: int = 14,
    metric: Literal["cosine", "euclidean"] = "cosine",
    random_state: int = 0,
    key_added: str = "expression",
    copy: bool = False,
) -> AnnData | None:
    """Build the expression graph of a data set from an embedding in ``obsm``.

    Parameters
    ----------
    adata
        Spots with an embedding.
    use_rep
        The embedding in ``obsm``; ``"X"`` takes the matrix itself.
    n_neighs, metric, random_state
        As in :func:`expression_graph`.
    key_added
        Stem of the names written.
    copy
        Return a changed copy instead of changing ``adata``.

    Returns
    -------
    Nothing, or the copy. Writes ``obsp["<key_added>_connectivities"]`` and ``uns["<key_added>_neighbors"]``.

    Raises
    ------
    SemSTError
        If the embedding is missing or unusable.

    Examples
    --------
    >>> import numpy as np, anndata
    >>> rows = np.random.default_rng(0).normal(size=(20, 3))
    >>> adata = anndata.AnnData(rows, obsm={"X_pca": rows})
    >>> expression_neighbors(adata, n_neighs=3)
    >>> adata.obsp["expression_connectivities"].shape
    (20, 20)
    """
    adata = adata.copy() if copy else adata
    features = adata.X if use_rep == "X" else require_key(adata.obsm, use_rep, what=_words.slot("obsm"))
    graph = expression_graph(features, n_neighs=n_neighs, metric=metric, random_state=random_state)
    params = {"use_rep": use_rep, "n_neighs": n_neighs, "metric": metric, "random_state": random_state}
    _store(adata, key_added, graph, params)
    return adata if copy else None


def spatial_graph_from(adata: AnnData, key: str = _keys.SPATIAL_CONNECTIVITIES) -> SpatialGraph:
    """Take a spatial graph that is already in ``obsp``.

    Parameters
    ----------
    adata
        Spots with a graph.
    key
        Its name in ``obsp``. Weights are dropped (an edge is an edge), and so are self loops.

    Returns
    -------
    The graph with its mean degree and number of isolated spots, which are logged too.

    Raises
    ------
    SemSTError
        If the matrix is missing, negative, not finite, not symmetric or empty.

    Examples
    --------
    >>> import numpy as np, anndata
    >>> weights = np.array([[0, 0.5], [0.5, 0]])
    >>> adata = anndata.AnnData(np.ones((2, 1)), obsp={"spatial_connectivities": weights})
    >>> spatial_graph_from(adata).adjacency.toarray().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    matrix, where = stored_graph(adata, key), _words.slot("obsp", key)
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    matrix.data[:] = 1.0
    one_way = int((matrix != matrix.T).nnz)
    if one_way:
        raise SemSTError(
            f"{where} is not symmetric: {one_way // 2} edges run one way only. "
            "Symmetrise it (A + A.T), or let the graph be built from the coordinates."
        )
    if matrix.nnz == 0:
        raise SemSTError(f"{where} has no edge. Build the graph again, with a larger radius.")
    return SpatialGraph.of(matrix.astype(np.float32))


def stored_graph(adata: AnnData, key: str) -> csr_matrix:
    """Copy a graph out of ``obsp`` with its weights and self loops, checked."""
    stored = require_key(adata.obsp, key, what=_words.slot("obsp"))
    matrix = csr_matrix(stored, dtype=np.float64, copy=True)
    where = _words.slot("obsp", key)
    if matrix.shape != (adata.n_obs, adata.n_obs):
        raise SemSTError(f"{where} has shape {matrix.shape}; {adata.n_obs} x {adata.n_obs} is needed.")
    if not np.isfinite(matrix.data).all():
        raise SemSTError(f"{where} has NaN or infinite weights. Build the graph again.")
    if (matrix.data < 0).any():
        raise SemSTError(f"{where} has negative weights. Connectivities of 0 or more are needed.")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _store(adata: AnnData, stem: str, graph: sparse.csr_matrix, params: dict[str, Any]) -> None:
    connectivities = f"{stem}_connectivities"
    adata.obsp[connectivities] = graph
    adata.uns[f"{stem}_neighbors"] = {"connectivities_key": connectivities, "params": params}
    logger.info('added obsp["%s"] and uns["%s_neighbors"]', connectivities, stem)
