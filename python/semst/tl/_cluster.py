"""Single steps on AnnData: cluster an embedding, let neighbours vote."""

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words, gr
from semst import cluster as clusterers
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain
from semst._typed import typed
from semst._validate import check_n_domains, require_key

from ._result import forget
from ._target import check_key_added, check_target


@typed
def cluster(
    adata: AnnData,
    n_domains: int,
    *,
    use_rep: str = _keys.embedding(_keys.KEY_ADDED),
    method: str = "auto",
    sample_key: str | None = None,
    random_state: int = 0,
    key_added: str = "domains",
    copy: bool = False,
    **options: Any,
) -> AnnData | None:
    """Cluster an embedding that is already there, for example with another number of domains.

    Parameters
    ----------
    adata
        Spots with an embedding; rows that are NaN throughout (spots without counts) stay without a domain.
    n_domains
        Wanted number of domains.
    use_rep
        ``obsm`` slot of the embedding, spots x dimensions.
    method
        See :func:`semst.cluster.cluster`.
    sample_key
        ``obs`` column of the slice, where there are several: what the mixtures draw comes evenly from them.
    random_state
        Seed.
    key_added
        Stem of the slots that are written.
    copy
        Return a changed copy instead of writing into ``adata``.
    **options
        For the clusterer, e.g. ``n_starts``.

    Returns
    -------
    ``None``, or the copy. Written are ``obs[key_added]`` (domains ``"1"`` to ``"K"``, categorical),
    ``obs[key_added + "_uncertainty"]`` (1 - posterior, where the clusterer has one) and ``uns[key_added]``.

    Raises
    ------
    SemSTError
        If a slot or column is missing, ``n_domains`` does not fit, or the clusterer fails.

    Examples
    --------
    >>> import numpy as np
    >>> from anndata import AnnData
    >>> adata = AnnData(np.ones((60, 1), dtype=np.float32))
    >>> adata.obsm["X_pca"] = np.repeat([[0.0], [9.0]], 30, axis=0) + np.linspace(0, 1, 60)[:, None]
    >>> cluster(adata, 2, use_rep="X_pca", method="mixture")
    >>> adata.obs["domains"].value_counts().tolist()
    [30, 30]
    """
    check_target(adata, copy=copy)
    check_key_added(adata, key_added, columns=(key_added, _keys.uncertainty(key_added)))
    embedding = np.asarray(require_key(adata.obsm, use_rep, what=f"obsm slot ({_words.name('use_rep')})"))
    kept = ~np.isnan(embedding).all(axis=1)
    n_domains = check_n_domains(n_domains, int(kept.sum()))
    samples = samples_of(adata, sample_key, kept)
    drawn = {"samples": samples} if clusterers.get(method).is_mixture else {}
    found = clusterers.cluster(
        embedding[kept], n_domains, method=method, random_state=random_state, **drawn, **options
    )
    target = adata.copy() if copy else adata
    target.obs[key_added] = as_categorical(found.labels, kept, n_domains)
    forget(target.obs, _keys.uncertainty(key_added), gone=found.uncertainty is None)
    if found.uncertainty is not None:
        uncertainty = np.full(len(kept), np.nan, dtype=np.float32)
        uncertainty[kept] = found.uncertainty
        target.obs[_keys.uncertainty(key_added)] = uncertainty
    params = {"n_domains": n_domains, "use_rep": use_rep, "sample_key": sample_key}
    params |= {"random_state": random_state, **options}
    target.uns[key_added] = plain({"params": params, "clustering": {"method": found.method, **found.details}})
    logger.info(f"added obs[{key_added!r}], uns[{key_added!r}]")
    return target if copy else None


@typed
def refine(
    adata: AnnData,
    key: str,
    *,
    graph_key: str = _keys.SPATIAL_CONNECTIVITIES,
    key_added: str | None = None,
    copy: bool = False,
) -> AnnData | None:
    """Let every spot take the most frequent domain among itself and its spatial neighbours.

    Parameters
    ----------
    adata
        Spots with domains and a spatial graph (see :func:`semst.gr.spatial_neighbors`).
    key
        ``obs`` column of the domains; missing ones stay missing and have no vote.
    graph_key
        ``obsp`` slot of the graph.
    key_added
        ``obs`` column to write; ``None`` takes ``key + "_refined"``.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy, with ``obs[key_added]``, categorical with the categories of ``key``.

    Raises
    ------
    SemSTError
        If the column or the graph is missing.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)
    >>> semst.gr.spatial_neighbors(adata, n_neighs=6)
    >>> refine(adata, "ground_truth")
    >>> "ground_truth_refined" in adata.obs
    True
    """
    check_target(adata, copy=copy)
    column = pd.Categorical(require_key(adata.obs, key, what="obs column (key)"))
    kept = column.codes >= 0
    if not kept.any():
        raise SemSTError(f"obs[{key!r}] holds no domain at all.")
    adjacency = gr.spatial_graph_from(adata, graph_key).adjacency
    codes = column.codes.astype(np.intp)
    codes[kept] = clusterers.refine(codes[kept], adjacency[kept][:, kept])
    target = adata.copy() if copy else adata
    key_added = key_added or f"{key}_refined"
    target.obs[key_added] = pd.Categorical.from_codes(codes, categories=column.categories)
    logger.info(f"added obs[{key_added!r}]")
    return target if copy else None


def samples_of(adata: AnnData, sample_key: str | None, kept: np.ndarray) -> np.ndarray | None:
    """Slices of the spots in the mask ``kept``; ``None`` where no column tells slices apart."""
    if sample_key is None:
        return None
    return np.asarray(require_key(adata.obs, sample_key, what=f"obs column ({_words.name('sample_key')})"))[
        kept
    ]


def find_domains(
    embedding: np.ndarray,
    n_domains: int,
    *,
    method: str,
    n_starts: int,
    random_state: int,
    samples: np.ndarray | None = None,
) -> clusterers.ClusterResult:
    """Cluster as a model's settings say; ``n_starts`` and the slices go to the mixtures only."""
    options = {"n_starts": n_starts, "samples": samples} if clusterers.get(method).is_mixture else {}
    return clusterers.cluster(embedding, n_domains, method=method, random_state=random_state, **options)


def as_categorical(labels: np.ndarray, kept: np.ndarray, n_domains: int) -> "pd.Categorical[str]":
    """Name labels 0 to K - 1 of the spots in the mask ``kept`` "1" to "K"; the others are missing."""
    codes = np.full(len(kept), -1, dtype=np.intp)
    codes[kept] = labels
    return pd.Categorical.from_codes(codes, categories=pd.Index([str(k + 1) for k in range(n_domains)]))
