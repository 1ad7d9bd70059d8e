"""UMAP of the semantic vectors (Figure 3 of the paper)."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from anndata import AnnData
from matplotlib.axes import Axes

from semst import _keys, _words
from semst._errors import MissingKeyError, SemSTError
from semst._log import logger
from semst._optional import optional
from semst._typed import typed

from ._figure import (
    check_picture_path,
    figure_of,
    legend_beside,
    legend_entries,
    legend_width,
    new_panels,
    save_figure,
)
from ._labels import get_labels
from ._palette import MISSING, category_colors
from ._spots import RASTERISE_ABOVE


@typed
def semantic_umap(
    adata: AnnData,
    color: str = _keys.KEY_ADDED,
    *,
    key: str = _keys.KEY_ADDED,
    vectors: np.ndarray | None = None,
    n_neighbors: int = 15,
    min_dist: float = 0.3,
    random_state: int = 0,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Axes:
    """Lay the semantic vectors of the spots out in two dimensions, coloured by labels.

    Figure 3 of the SemST paper shows this for two language models, coloured by the annotation. Rows that are
    not finite (spots without counts) are left out and reported.

    Parameters
    ----------
    adata
        Data with labels. Not changed.
    color
        Column of ``adata.obs`` with labels, e.g. ``"ground_truth"``.
    key
        The ``key_added`` of a run with ``store_semantic=True``; ``adata.obsm["X_" + key + "_semantic"]`` is
        used.
    vectors
        Another array of semantic vectors, one row per spot, instead.
    n_neighbors
        Neighbours of a spot by cosine distance; fewer where there are fewer spots.
    min_dist
        How close spots may come in the layout (UMAP's parameter).
    random_state
        Seed; the same seed gives the same layout.
    colors
        Colours in the order of the legend, or by name; default as in :func:`domains`.
    title
        Title; default: the name of the slot.
    ax
        Axes to draw into; default: a new figure.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The axes.

    Raises
    ------
    MissingKeyError
        If the labels or the semantic vectors are not there.
    MissingDependencyError
        If umap-learn is not installed.
    SemSTError
        If ``vectors`` has the wrong number of rows, fewer than 4 rows are finite, or ``save`` cannot be
        written.

    Examples
    --------
    >>> import anndata, numpy as np
    >>> import semst.pl
    >>> adata = anndata.AnnData(np.ones((20, 1)))
    >>> adata.obs["layer"] = ["a", "b"] * 10
    >>> vectors = np.random.default_rng(0).normal(size=(20, 8))
    >>> ax = semst.pl.semantic_umap(adata, "layer", vectors=vectors)  # doctest: +SKIP
    """
    check_picture_path(save, overwrite=overwrite)
    labels = get_labels(adata, color)
    chosen = category_colors(adata, color, labels.categories, colors)
    array, name = _vectors(adata, key, vectors)
    rows = np.flatnonzero(np.isfinite(array).all(axis=1))
    if len(rows) < adata.n_obs:
        logger.info("%d spots have no semantic vector and are left out of the UMAP", adata.n_obs - len(rows))
    if len(rows) < 4:
        raise SemSTError(f"Only {len(rows)} spots have a semantic vector; a UMAP needs 4 or more.")
    layout = _layout(array[rows], n_neighbors=n_neighbors, min_dist=min_dist, random_state=random_state)
    shown = labels[rows]

    entries = legend_entries(shown, chosen)
    if ax is None:
        _, grid = new_panels(1, 1, aspect=1.0, shared=legend_width(entries, 1.0))
        ax = grid[0, 0]
    point_colors = np.asarray([*chosen, MISSING])[shown.codes]  # code -1 takes the last
    # in a random order no domain lies on top of the others; those without a label lie below
    order = np.random.default_rng(random_state).permutation(len(rows))
    order = order[np.argsort(shown.codes[order] >= 0, kind="stable")]
    ax.scatter(
        layout[order, 0],
        layout[order, 1],
        s=float(np.clip(20_000 / len(rows), 1, 30)),
        c=point_colors[order],
        linewidths=0,
        rasterized=len(rows) > RASTERISE_ABOVE,
    )
    ax.set(xlabel="UMAP 1", ylabel="UMAP 2", xticks=[], yticks=[], title=title or name)
    ax.set_box_aspect(1)
    ax.spines[["top", "right"]].set_visible(False)
    legend_beside(ax, entries, aspect=1.0)
    save_figure(figure_of(ax), save, overwrite=overwrite)
    return ax


def _vectors(adata: AnnData, key: str, vectors: np.ndarray | None) -> tuple[np.ndarray, str]:
    slot = _keys.semantic(key)
    if vectors is None:
        if slot not in adata.obsm:
            there = ", ".join(f'"{name}"' for name in adata.obsm) or "nothing"
            raise MissingKeyError(
                f'{_words.slot("obsm")} has no "{slot}". It has: {there}. Semantic vectors are kept by a run '
                f"with {_words.given('store_semantic', True)}"
                f"{_words.in_python('; or give an array with vectors=...', '.')}"
            )
        vectors = adata.obsm[slot]
    array = np.asarray(vectors, dtype=np.float32)
    if array.ndim != 2 or len(array) != adata.n_obs:
        raise SemSTError(
            f"vectors has the shape {array.shape}. One row for each of the {adata.n_obs} spots is needed."
        )
    return array, "semantic vectors" if vectors is not adata.obsm.get(slot) else slot


def _layout(vectors: np.ndarray, *, n_neighbors: int, min_dist: float, random_state: int) -> np.ndarray:
    # compiles on import: not worth the wait for the other pictures
    model = optional("umap", extra="umap", what="A UMAP").UMAP(
        n_neighbors=min(n_neighbors, len(vectors) - 1),
        min_dist=min_dist,
        metric="cosine",
        random_state=random_state,
        n_jobs=1,  # several threads and a seed exclude each other
        init="spectral" if len(vectors) > 50 else "random",
    )
    return np.asarray(model.fit_transform(vectors))
