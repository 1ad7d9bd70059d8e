"""The hidden spot: what its neighbours say about it, by linear regression on their rings' means."""

from typing import Any

import numpy as np

from semst import gr, pp
from semst.data import Slice

N_COMPONENTS = 30  # of the log counts; all are predicted, and all predict
N_KEPT = 15  # leading components of the prediction
N_STARTS = 60  # of the mixture that makes the domains
NEAR = 6  # of the average that the second form adds


def hidden_spot(data: Slice, features: pp.Features) -> tuple[np.ndarray, dict[str, Any]]:
    """Leading components of what the neighbours predict, and the figures of that prediction.

    A spot's components are regressed on the means of all components over the rings of its neighbours, its own
    counts left out. Several slices are predicted together, each from its own spots.

    Parameters
    ----------
    data
        The slice.
    features
        Its log-normalised variable genes.

    Returns
    -------
    Spots x 15 (fewer where there are fewer components), and ``strength``, ``freedom`` and ``explained`` of
    :class:`semst.pp.Prediction`.
    """
    _, found = _predict(data, features)
    return _leading(found.values), {"neighbours": found.describe()}


def hidden_spot_and_near(data: Slice, features: pp.Features) -> tuple[np.ndarray, dict[str, Any]]:
    """The same with the spot's own say: the mean of the prediction and the average over self and 6 near."""
    components, found = _predict(data, features)
    nearest = gr.nearest_neighbours(data.coordinates, n_neighs=NEAR, samples=data.samples, or_all=True)
    both = (found.values + gr.smooth(components, nearest)) / 2
    return _leading(both), {"neighbours": found.describe()}


def _predict(data: Slice, features: pp.Features) -> tuple[np.ndarray, pp.Prediction]:
    components = pp.fit_components(features.inputs, n_components=N_COMPONENTS).project(features.inputs)
    rings = gr.neighbour_rings(data.coordinates, samples=data.samples)
    return components, pp.ridge_prediction(components, gr.ring_means(components, rings))


def _leading(values: np.ndarray) -> np.ndarray:
    return pp.fit_components(values, n_components=N_KEPT).project(values)
