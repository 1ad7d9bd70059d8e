"""Random regions in one piece, as large as a domain: what a domain's markers and terms are held against."""

import numpy as np
import scipy.sparse as sp

LONGEST = 4.0  # length over width of a region at most


def random_regions(
    coordinates: np.ndarray,
    member: np.ndarray,
    labelled: np.ndarray,
    n_regions: int,
    *,
    samples: np.ndarray | None = None,
    rng: np.random.Generator,
) -> sp.csr_matrix:
    """Draw regions in one piece that have as many spots as a domain, in every slice as many as it has there.

    A region is the spots nearest to one that is drawn, after the tissue has been squeezed in a direction that
    is drawn too, by 1 to 4 times: discs and bands, cut off where the tissue ends.

    Parameters
    ----------
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    member
        Mask of the domain's spots, shape (n_spots,).
    labelled
        Mask of the spots that can be drawn.
    n_regions
        So many.
    samples
        Slice of every spot, or ``None`` for one slice.
    rng
        Where the chance comes from.

    Returns
    -------
    Shape (n_spots, n_regions), of ones.

    Examples
    --------
    >>> xy = np.stack([np.arange(50), np.zeros(50)], axis=1)
    >>> found = random_regions(xy, xy[:, 0] < 10, xy[:, 0] >= 0, 3, rng=np.random.default_rng(0))
    >>> found.sum(axis=0).tolist()
    [[10.0, 10.0, 10.0]]
    """
    names = (
        np.zeros(len(member), dtype=np.int64)
        if samples is None
        else np.unique(samples, return_inverse=True)[1]
    )
    rows, columns = [], []
    for name in np.unique(names):
        here = np.flatnonzero(labelled & (names == name))
        size = int(member[here].sum())
        if size == 0:
            continue
        for region in range(n_regions):
            place = _squeezed(coordinates[here], rng)
            apart = ((place - place[rng.integers(len(here))]) ** 2).sum(axis=1)
            rows.append(here[np.argpartition(apart, size - 1)[:size]])
            columns.append(np.full(size, region))
    shape = (len(member), n_regions)
    if not rows:
        return sp.csr_matrix(shape)
    where = (np.concatenate(rows), np.concatenate(columns))
    return sp.csr_matrix((np.ones(len(where[0])), where), shape=shape)


def _squeezed(coordinates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The tissue, shorter along one direction of its plane."""
    direction = np.zeros(coordinates.shape[1])
    angle = rng.uniform(0, np.pi)
    direction[:2] = np.cos(angle), np.sin(angle)
    shorter = 1 - LONGEST ** -rng.uniform()
    return coordinates - shorter * (coordinates @ direction)[:, None] * direction
