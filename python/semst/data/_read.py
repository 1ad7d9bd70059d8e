"""From AnnData to a slice."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys, _words, gr
from semst._errors import SemSTError
from semst._log import logger
from semst._settings import Settings, documented, setting
from semst._validate import check_unique_names, get_coordinates, open_counts, require_key

from ._kinds import genes_only
from ._overlap import warn_of_overlap
from ._slice import Slice

PANEL = "Reading the input"
FEW_SPOTS = 13  # a spot and the dozen neighbours of the default


@documented
@dataclass(frozen=True, kw_only=True)
class SliceKeys(Settings):
    """Where things are in an ``AnnData`` object."""

    layer: str | None = setting(None, "Layer with the raw counts; none takes X.", panel=PANEL)
    use_raw: bool = setting(False, "Take the counts of raw.", panel=PANEL)
    depth_key: str | None = setting(
        None,
        "obs column with the library size over all genes, where the matrix holds only part of them.",
        panel=PANEL,
    )
    spatial_key: str = setting(_keys.SPATIAL, "obsm slot with the coordinates.", panel=PANEL)
    sample_key: str | None = setting(
        None, "obs column that tells several slices apart; no spatial edge joins two of them.", panel=PANEL
    )
    image_key: str | None = setting(
        None, "obsm slot with features of the image at every spot, for models that use them.", panel=PANEL
    )
    use_existing_graph: bool = setting(
        False,
        f'Take obsp["{_keys.SPATIAL_CONNECTIVITIES}"] as the spatial graph instead of making one.',
        panel=PANEL,
    )


def read_slice(
    adata: AnnData, keys: SliceKeys | None = None, *, coordinates: bool = True
) -> tuple[Slice, np.ndarray]:
    """Check ``adata`` and take out what a model needs of the spots that hold counts.

    Parameters
    ----------
    adata
        Left as it is.
    keys
        Where things are; the usual places by default.
    coordinates
        Whether coordinates are needed; without them those of the slice have no columns.

    Returns
    -------
    The slice, and a mask over the spots of ``adata``: those with counts are in it. Counts that are on disk
    (``backed="r"``) or in Dask stay there and are read block by block.

    Raises
    ------
    SemSTError
        If counts, coordinates, names, samples, depths, image features or graph cannot be used; the message
        says why.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=120, random_state=0)
    >>> slice_, kept = read_slice(adata)
    >>> slice_.n_spots, bool(kept.all())
    (120, True)
    """
    keys = keys or SliceKeys()
    check_unique_names(adata)
    counts, genes = open_counts(adata, layer=keys.layer, use_raw=keys.use_raw)
    counts, genes = genes_only(adata, counts, genes, use_raw=keys.use_raw)
    places = np.empty((adata.n_obs, 0))
    if coordinates:
        places = get_coordinates(adata, spatial_key=keys.spatial_key)
    kept = np.asarray(counts.sum(axis=1)).ravel() > 0
    if not kept.all():
        logger.warning(
            f"{(~kept).sum()} of {kept.size} spots have no counts: they are kept, without a domain (NaN)"
        )
    samples = None
    if keys.sample_key is not None:
        samples = _samples(adata, keys.sample_key)[kept]
        _warn_of_few(samples)
    elif coordinates and not keys.use_existing_graph:
        warn_of_overlap(places, adata.obs)
    return (
        Slice(
            counts if kept.all() else counts[kept],  # no second copy of what can be large
            genes,
            places[kept],
            samples,
            None if keys.depth_key is None else _depth(adata, keys.depth_key)[kept],
            None if keys.image_key is None else _image(adata, keys.image_key)[kept],
            _graph(adata, kept, samples) if keys.use_existing_graph else None,
        ),
        kept,
    )


def _samples(adata: AnnData, key: str) -> np.ndarray:
    column = require_key(adata.obs, key, what=f"obs column ({_words.name('sample_key')})")
    if column.isna().any():
        raise SemSTError(
            f"obs[{key!r}] is missing for {column.isna().sum()} of {len(column)} spots; every spot needs to "
            "belong to a slice."
        )
    return column.astype(str).to_numpy()


def _warn_of_few(samples: np.ndarray) -> None:
    """Tell which slices are too small to have what neighbours a model asks for."""
    names, sizes = np.unique(samples, return_counts=True)
    few = sizes < FEW_SPOTS
    if few.any():
        listed = ", ".join(f"{name} ({size})" for name, size in zip(names[few], sizes[few], strict=True))
        logger.warning(
            f"slices of fewer than {FEW_SPOTS} spots: {listed}. Their spots keep what neighbours they have, "
            "which say little of their surroundings."
        )


def _depth(adata: AnnData, key: str) -> np.ndarray:
    column = require_key(adata.obs, key, what=f"obs column ({_words.name('depth_key')})")
    try:
        return column.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SemSTError(f"obs[{key!r}] holds no numbers ({error}).") from error


def _image(adata: AnnData, key: str) -> np.ndarray:
    slot = require_key(adata.obsm, key, what=f"obsm slot ({_words.name('image_key')})")
    image = np.asarray(slot, dtype=np.float32)
    if image.ndim != 2 or not np.isfinite(image).all():
        raise SemSTError(
            f"obsm[{key!r}] has the shape {image.shape} and {int((~np.isfinite(image)).sum())} values that "
            "are missing or infinite; image features are a table of finite numbers, a row a spot."
        )
    return image


def _graph(adata: AnnData, kept: np.ndarray, samples: np.ndarray | None) -> sp.csr_matrix:
    """The graph of the spots that are kept; edges between slices, which it may hold, are taken out."""
    adjacency = gr.spatial_graph_from(adata).adjacency[kept][:, kept]
    if samples is None:
        return adjacency
    edges = adjacency.tocoo()
    within = samples[edges.row] == samples[edges.col]
    if within.all():
        return adjacency
    logger.warning(
        f"{int((~within).sum())} edges of the given graph join different slices "
        f"({_words.name('sample_key')}): left out"
    )
    joined = (edges.data[within], (edges.row[within], edges.col[within]))
    return sp.csr_matrix(joined, shape=adjacency.shape)
