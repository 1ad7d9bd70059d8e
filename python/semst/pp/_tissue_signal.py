"""What the tissue says about a spot: its neighbours' word, and its own as far as they vouch for it."""

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import eigh

from semst._brief import brief

from ._predicted_directions import SURE, predicted_directions
from ._prediction import ridge_prediction

LEAST_DIRECTIONS = 6  # kept even where the neighbours are sure of fewer
EXTRAPOLATED = 0.5  # halfway between "no more than the nearest confirm" and the whole line


@brief
@dataclass(frozen=True)
class TissueSignal:
    """A fitted linear map from a spot's components and its rings' means to its signal.

    Attributes
    ----------
    own_mean, around_mean
        What is taken off the components (d,) and the rings' means (p,).
    own, around
        Weights, (d, r) and (p, r).
    figures
        ``strength``, ``freedom`` and ``explained`` of the prediction (``Prediction``), the
        number of directions ``predicted`` for certain, and ``own_share``: how much of the spots' variance in
        the kept directions is taken for signal.
    """

    own_mean: np.ndarray
    around_mean: np.ndarray
    own: np.ndarray
    around: np.ndarray
    figures: dict[str, float] = field(default_factory=dict)

    def project(self, components: np.ndarray, around: np.ndarray) -> np.ndarray:
        """Return the signal (n, r), float32, from components (n, d) and rings' means (n, p) of spots."""
        own_part = (components - self.own_mean) @ self.own
        return np.asarray(own_part + (around - self.around_mean) @ self.around, dtype=np.float32)


def fit_tissue_signal(
    components: np.ndarray, around: np.ndarray, *, reach: float = 0.0, n_directions: int = 0
) -> TissueSignal:
    r"""Find what of a spot's components is signal of the tissue, by cokriging.

    Neighbours predict a spot that is hidden from them (ridge regression of its components on the means of all
    components over its rings). Only the principal directions of that prediction are kept, as many as hold in
    spots that were left out of the fit. In these the spot's own word counts, too, against its own noise: of
    the covariance of the signal, which decides about weights, the part at distance zero cannot be seen, since
    noise is added there. It is extrapolated from the first two rings,

    .. math:: G_0 = G_1 + \tfrac{1}{2} \, \mathrm{reach} \, (G_1 - G_2),

    half the way along the line through them: the covariance of domains with sharp borders falls linearly with
    distance. Where domains are wide and spots noisy, :math:`G_0` is small beside a spot's variance and the
    neighbours speak; in domains one spot wide, :math:`G_2` falls short of :math:`G_1` and the spot speaks for
    itself.

    Parameters
    ----------
    components
        Components of the spots, shape (n, d).
    around
        Means over their rings, ring after ring, shape (n, d times rings); see :func:`semst.gr.ring_means`.
    reach
        Distance of the first ring over the distance between the first two; 0 with one ring.
    n_directions
        Directions to keep; 0 as many as the neighbours are sure of, at least six.

    Returns
    -------
    The fitted map; what it gives has r uncorrelated columns, the one that varies most first.

    Raises
    ------
    SemSTError
        If there are fewer than three spots, or a value is not finite.

    Notes
    -----
    Cokriging with a nugget: Wackernagel (2003), Multivariate Geostatistics. Linear variogram at the origin
    for sets with borders: Matheron (1975), Random Sets and Integral Geometry.

    Examples
    --------
    >>> import numpy as np, semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> data, _ = semst.data.read_slice(adata)
    >>> components = semst.pp.fit_components(data.counts, n_components=20).project(data.counts)
    >>> around = semst.gr.ring_means(components, semst.gr.neighbour_rings(data.coordinates, rings=(6, 18)))
    >>> fit_tissue_signal(components, around, reach=1.15).project(components, around).shape[0]
    300
    """
    own_mean, around_mean = components.mean(axis=0), around.mean(axis=0)
    own = np.asarray(components, dtype=np.float64) - own_mean
    rings = np.asarray(around, dtype=np.float64) - around_mean
    n, d = own.shape
    prediction = ridge_prediction(own, rings)
    figures = prediction.describe()
    if not np.isfinite(prediction.strength):  # rings without variation: there is only the spots' own word
        kept = np.eye(d)[:, : n_directions or LEAST_DIRECTIONS]
        return TissueSignal(own_mean, around_mean, kept, np.zeros((rings.shape[1], kept.shape[1])), figures)
    gains = predicted_directions(own, rings, prediction.strength)
    sure = int((gains > SURE).sum())
    r = min(n_directions or max(sure, LEAST_DIRECTIONS), d)
    fitted = prediction.values.astype(np.float64)
    directions = np.linalg.eigh(fitted.T @ fitted)[1][:, ::-1][:, :r]

    turned = own @ directions
    seen = turned.T @ turned
    signal = _signal_covariance(turned, rings, directions, reach, seen)
    given = np.hstack([turned, rings])
    products = given.T @ given
    products[np.diag_indices(len(products))] += prediction.strength
    weights = np.linalg.solve(products, np.vstack([signal, rings.T @ turned]))
    found = given @ weights
    axes = np.linalg.eigh(found.T @ found)[1][:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(r)] < 0, -1.0, 1.0)
    weights = weights @ axes
    figures |= {"predicted": float(sure), "own_share": float(np.trace(signal) / max(np.trace(seen), 1e-300))}
    return TissueSignal(own_mean, around_mean, directions @ weights[:r], weights[r:], figures)


def _signal_covariance(
    turned: np.ndarray, rings: np.ndarray, directions: np.ndarray, reach: float, seen: np.ndarray
) -> np.ndarray:
    """Extrapolate the signal's covariance (as sums) to distance 0: not below 0, nor above what is seen."""
    d = len(directions)
    near = directions.T @ (rings[:, :d].T @ turned)
    found = near
    if reach and rings.shape[1] >= 2 * d:
        found = near + EXTRAPOLATED * reach * (near - directions.T @ (rings[:, d : 2 * d].T @ turned))
    scale = seen + 1e-9 * np.trace(seen) / len(seen) * np.eye(len(seen))
    shares, axes = eigh((found + found.T) / 2, scale)
    back = scale @ axes
    return (back * np.clip(shares, 0, 1)) @ back.T
