"""The tree of the domains."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.axes import Axes

from semst import _keys, _words
from semst._errors import SemSTError
from semst._typed import typed
from semst._validate import require_key

from ._figure import check_picture_path, figure_of, save_figure
from ._labels import get_labels
from ._palette import category_colors

_ROW = 0.32  # inches for a domain


@typed
def tree(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    ax: Axes | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Axes:
    """Draw the tree of the domains, each in its colour.

    A branch has the colour of its largest domain, which is what :func:`semst.tl.cut` keeps when it merges.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.tree`. Not changed.
    key
        Column of ``adata.obs`` with the domains.
    colors
        Colours in the order of the domains in pictures, or by name. Default: ``uns[key + "_colors"]``, else
        :func:`palette`.
    ax
        Axes to draw into; default: a new figure.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The axes: domains on the left, from bottom to top as the tree has them, heights to the right.

    Raises
    ------
    MissingKeyError
        If there are no domains or no tree of them.
    SemSTError
        If the tree is of other domains than there are, or ``save`` cannot be written.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, cluster="mixture", explain=False, progress=False)
    >>> semst.tl.tree(adata)
    >>> len(tree(adata).get_yticklabels())
    4
    """
    import matplotlib.pyplot as plt
    from scipy.cluster.hierarchy import dendrogram

    check_picture_path(save, overwrite=overwrite)
    labels = get_labels(adata, key)
    record = require_key(
        adata.uns, _keys.tree(key), what=f"{_words.slot('uns')} ({_words.step('tree', key=key)} writes it)"
    )
    names = [str(name) for name in record["names"]]
    if set(names) != set(labels.categories):
        raise SemSTError(
            f"The tree under {_words.slot('uns', _keys.tree(key))} is of {', '.join(names)}, and "
            f"{_words.slot('obs', key)} has {', '.join(labels.categories)}. Build it again: "
            f"{_words.step('tree', key=key)}."
        )
    color_of = dict(
        zip(labels.categories, category_colors(adata, key, labels.categories, colors), strict=True)
    )
    merges = np.asarray(record["linkage"], dtype=np.float64)
    branch = _branch_colors(names, merges, color_of, pd.Series(labels).value_counts())
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 0.8 + _ROW * len(names)), layout="constrained")
    drawn = dendrogram(merges, labels=names, orientation="right", link_color_func=branch.__getitem__, ax=ax)
    for lines in ax.collections:
        lines.set_linewidth(2)
    places = 5 + 10 * np.arange(len(names))  # where SciPy puts leaves
    ax.scatter(
        np.zeros(len(names)), places, s=60, c=[color_of[n] for n in drawn["ivl"]], zorder=3, clip_on=False
    )
    ax.tick_params(axis="y", length=0, pad=8, labelsize=9)
    ax.set_xlim(left=0)
    ax.set_xlabel("distance of domains (Mahalanobis)")
    ax.set_title(key)
    ax.spines[["top", "right", "left"]].set_visible(False)
    save_figure(figure_of(ax), save, overwrite=overwrite)
    return ax


def _branch_colors(
    names: list[str], merges: np.ndarray, color_of: Mapping[str, str], sizes: pd.Series
) -> dict[int, str]:
    """Colour of every node of the tree: that of its largest domain."""
    largest = dict(enumerate(names))
    for step, (one, other) in enumerate(merges[:, :2].astype(int)):
        largest[len(names) + step] = max(largest[one], largest[other], key=lambda name: sizes[name])
    return {node: color_of[name] for node, name in largest.items()}
