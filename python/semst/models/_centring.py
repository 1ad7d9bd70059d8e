"""Each slice's own mean taken off what enters a model, so that slices tell by what varies within them."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from semst import pp
from semst._brief import brief
from semst.data import Slice
from semst.nn import DesignMatrix

from ._config import ModelConfig
from ._model import Projections


@brief
@dataclass(frozen=True)
class Centring:
    """What is taken off the values of the spots of every slice; nothing by default.

    Attributes
    ----------
    slices
        Slice of every spot, from 0, shape (n_spots,).
    shifts
        What is taken off its values, shape (n_slices, p), float32.
    fitted
        What is kept with what else was fitted (``packed(**fitted)``): the ``mean`` of the values, shape (p,),
        float32, which stands in for genes that a later slice lacks; and, where slices were centred, their
        common mean as ``centre``, whose being there says that a later slice is to be brought to it, too.

    Examples
    --------
    >>> values = np.float32([[1.0], [3.0]])
    >>> Centring().applied(values) is values
    True
    >>> two = Centring(np.array([0, 1]), np.float32([[-1.0], [1.0]]))
    >>> two.applied(values).ravel().tolist()
    [2.0, 2.0]
    """

    slices: np.ndarray | None = None
    shifts: np.ndarray | None = None
    fitted: dict[str, np.ndarray] = field(default_factory=dict)

    def applied(self, values: sp.csr_matrix | np.ndarray) -> sp.csr_matrix | np.ndarray:
        """Return the values (n_spots, p) without the shifts, dense; where there are none, as they are."""
        if self.slices is None or self.shifts is None:
            return values
        dense = values.copy() if isinstance(values, np.ndarray) else values.toarray()
        for number, shift in enumerate(self.shifts):
            dense[self.slices == number] -= shift
        return dense

    def design(self, values: sp.csr_matrix) -> DesignMatrix:
        """Return the values without the shifts as an input that is nowhere written out densely."""
        return DesignMatrix(values, slices=self.slices, shifts=self.shifts)


def slices_to_centre(data: Slice, config: ModelConfig, like: Projections | None = None) -> np.ndarray | None:
    """Number the slices that are to be centred each by itself; ``None`` where that is asked of none.

    A fit of one slice is not centred, nor is what is later treated like it. A slice that is treated like
    several centred ones is one more slice and has a mean of its own.

    Parameters
    ----------
    data
        The slice, or several.
    config
        Settings of the model; ``batch`` decides.
    like
        What was fitted earlier.

    Returns
    -------
    Slice of every spot, from 0, shape (n_spots,), or ``None``.

    Examples
    --------
    >>> import pandas as pd
    >>> counts, genes = sp.csr_matrix([[1.0], [2.0], [5.0]]), pd.Index(["MBP"])
    >>> data = Slice(counts, genes, np.zeros((3, 2)), np.array(["b", "a", "b"]))
    >>> slices_to_centre(data, ModelConfig()).tolist()
    [1, 0, 1]
    >>> slices_to_centre(data, ModelConfig(batch="none")) is None
    True
    """
    if config.batch != "centre" or (like is not None and "centre" not in like.arrays):
        return None
    if like is None and data.n_slices == 1:
        return None
    if data.samples is None:
        return np.zeros(data.n_spots, dtype=np.int64)
    return np.unique(data.samples, return_inverse=True)[1]


def centring(
    values: sp.csr_matrix | np.ndarray, slices: np.ndarray | None, *, like: Projections | None = None
) -> Centring:
    """Bring the mean of every slice to that of all spots, or to that of an earlier fit.

    Values keep the mean they had, so that slices which do not differ stay as they are.

    Parameters
    ----------
    values
        Shape (n_spots, p), sparse or dense.
    slices
        From :func:`slices_to_centre`.
    like
        What was fitted earlier, with its ``centre``. Genes that the slice lacks get their ``mean`` of it.

    Returns
    -------
    What is to be taken off, and what is to be kept of it.

    Examples
    --------
    >>> values = np.float32([[1.0], [3.0], [8.0], [8.0]])
    >>> found = centring(values, np.array([0, 0, 1, 1]))
    >>> found.shifts.ravel().tolist(), found.applied(values).ravel().tolist()
    ([-3.0, 3.0], [4.0, 6.0, 5.0, 5.0])
    """
    if slices is not None:
        means = pp.slice_means(values, slices)
        if like is None:
            centre = (np.bincount(slices) @ means / len(slices)).astype(np.float32)
        else:
            centre = like.arrays["centre"]
        fitted = {"mean": centre, "centre": centre}
        return Centring(slices, (means - centre).astype(np.float32), fitted)
    if like is None:
        return Centring(fitted={"mean": np.asarray(values.mean(axis=0), dtype=np.float32).ravel()})
    if like.absent is None or not like.absent.any():
        return Centring(fitted={"mean": like.arrays["mean"]})
    missing = np.where(like.absent, -like.arrays["mean"], np.float32(0))
    return Centring(
        np.zeros(values.shape[0], dtype=np.int64), missing[None, :], {"mean": like.arrays["mean"]}
    )


def centred_scores(scores: np.ndarray, slices: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Bring the mean of every slice to zero, which is where that of all components lies.

    Parameters
    ----------
    scores
        Components, shape (n_spots, p).
    slices
        From :func:`slices_to_centre`.

    Returns
    -------
    Scores, the same where nothing is centred, and their ``centre`` (see :class:`Centring`).

    Examples
    --------
    >>> centred_scores(np.float32([[-2.0], [0.0], [2.0]]), np.array([0, 0, 1]))[0].ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    if slices is None:
        return scores, None
    means = pp.slice_means(scores, slices).astype(np.float32)
    return scores - means[slices], np.zeros(scores.shape[1], dtype=np.float32)
