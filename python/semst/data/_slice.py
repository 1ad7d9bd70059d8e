"""What is known of a slice, apart from the object it came from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst._brief import brief
from semst._validate import StoredCounts


@brief
@dataclass(frozen=True)
class Slice:
    """What a model needs to know of the data: every spot has counts and a position.

    Attributes
    ----------
    counts
        Raw counts, shape (n_spots, n_genes); or counts that are stored elsewhere, read block by block.
    genes
        Gene symbols, shape (n_genes,).
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    samples
        Label of the slice every spot belongs to, or ``None`` for one slice.
    depth
        Library sizes where the matrix holds only part of the genes.
    image
        Features of the image at every spot, shape (n_spots, p), for models that use them.
    graph
        Spatial graph that was given, shape (n_spots, n_spots), binary, symmetric, without self loops and
        without edges between slices; ``None`` lets every model make its own.

    Examples
    --------
    >>> import numpy as np, pandas as pd, scipy.sparse as sp
    >>> Slice(sp.csr_matrix([[1.0], [2.0]]), pd.Index(["MBP"]), np.zeros((2, 2))).n_spots
    2
    """

    counts: sp.csr_matrix | StoredCounts
    genes: pd.Index
    coordinates: np.ndarray
    samples: np.ndarray | None = None
    depth: np.ndarray | None = None
    image: np.ndarray | None = None
    graph: sp.csr_matrix | None = None

    @property
    def n_spots(self) -> int:
        """Number of spots."""
        return len(self.coordinates)

    @property
    def n_slices(self) -> int:
        """Number of slices that the spots come from."""
        return 1 if self.samples is None else len(np.unique(self.samples))


def spread(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Put the rows of the spots that are in a slice back to their places in the object it came from.

    Parameters
    ----------
    values
        Shape (n_kept, ...).
    kept
        Mask over the spots of the object, from :func:`read_slice`.

    Returns
    -------
    Shape (n_spots, ...), float32; NaN elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> spread(np.array([1.0, 2.0]), np.array([True, False, True])).tolist()
    [1.0, nan, 2.0]
    """
    full = np.full((len(kept), *values.shape[1:]), np.nan, dtype=np.float32)
    full[kept] = values
    return full


def spread_graph(graph: sp.csr_matrix, kept: np.ndarray) -> sp.csr_matrix:
    """Put a graph of the spots that are in a slice onto all spots of the object it came from.

    Parameters
    ----------
    graph
        Shape (n_kept, n_kept).
    kept
        Mask over the spots of the object, from :func:`read_slice`.

    Returns
    -------
    Shape (n_spots, n_spots), float32; spots that are not in the slice are without edges.

    Examples
    --------
    >>> spread_graph(sp.csr_matrix([[0, 1], [1, 0]]), np.array([True, False, True])).toarray().tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if kept.all():
        return sp.csr_matrix(graph, dtype=np.float32)
    places = np.flatnonzero(kept)
    edges = graph.tocoo()
    shape = (len(kept), len(kept))
    return sp.csr_matrix((edges.data, (places[edges.row], places[edges.col])), shape=shape, dtype=np.float32)
