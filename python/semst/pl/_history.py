"""The course of training."""

import os
from collections.abc import Mapping

import numpy as np
from anndata import AnnData
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from semst import _keys, _words
from semst._errors import SemSTError
from semst._typed import typed
from semst._validate import require_key

from ._figure import check_picture_path, save_figure
from ._palette import palette

_TOTAL = "loss"
_NAMES = {
    _TOTAL: "total loss",
    "zinb": "ZINB",
    "correlation": "correlation reduction",
    "spatial": "spatial regulariser",
}


@typed
def history(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw the total loss and its parts over the epochs.

    The parts have scales of their own, so each has its own panel.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.semst`. Not changed.
    key
        The ``key_added`` of that run: ``adata.uns[key]["history"]`` is drawn.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The figure, a panel for each curve, the total first.

    Raises
    ------
    MissingKeyError
        If there is no record of a run under ``key``, or no history in it.
    SemSTError
        If the history is empty, or ``save`` cannot be written.

    Examples
    --------
    >>> import anndata, numpy as np
    >>> import semst.pl
    >>> adata = anndata.AnnData(np.ones((3, 1)))
    >>> adata.uns["semst"] = {"history": {"loss": np.array([3.0, 2.0]), "zinb": np.array([2.0, 1.5])}}
    >>> figure = semst.pl.history(adata)
    >>> len(figure.axes)
    2
    """
    import matplotlib.pyplot as plt

    check_picture_path(save, overwrite=overwrite)
    record = require_key(adata.uns, key, what=_words.slot("uns"))
    kept: Mapping[str, np.ndarray] = require_key(record, "history", what=_words.slot("uns", key))
    curves = {name: np.asarray(values, dtype=np.float64) for name, values in kept.items()}
    curves = {name: values for name, values in curves.items() if values.ndim == 1 and values.size}
    if not curves:
        raise SemSTError(
            f'{_words.slot("uns", key)}["history"] holds no curve: nothing was trained there. '
            f"SemST trains networks with {_words.given('preset', 'network')} only."
        )
    order = sorted(curves, key=lambda name: list(_NAMES).index(name) if name in _NAMES else len(_NAMES))
    figure, axes = plt.subplots(
        1, len(order), figsize=(2.9 * len(order) + 0.3, 2.7), layout="constrained", squeeze=False
    )
    for ax, name, color in zip(axes.flat, order, palette(len(order)), strict=True):
        values = curves[name]
        marker = "o" if values.size == 1 else None
        ax.plot(np.arange(1, values.size + 1), values, color=color, marker=marker, linewidth=1.6)
        ax.set_title(_NAMES.get(name, name), fontsize=11)
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.spines[["top", "right"]].set_visible(False)
    save_figure(figure, save, overwrite=overwrite)
    return figure
