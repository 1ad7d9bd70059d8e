"""The linear path: what the tissue says about every spot, without a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from semst import gr, pp
from semst.data import Slice
from semst.models._model import Projections

_PREFIX = "linear/"  # of what another slice needs
_WEIGHTS = ("own_mean", "around_mean", "own", "around")
WIDEST = 0.1  # share of a slice that a ring may reach to: wider ones add up to what is missing in them


@dataclass(frozen=True)
class LinearPath:
    """What the linear path puts into the embedding.

    Attributes
    ----------
    values
        Shape (n, r), float32, of unit deviation over all entries.
    fitted
        What another slice needs to be treated alike, by name.
    record
        Rings and figures of the prediction.
    """

    values: np.ndarray
    fitted: dict[str, Any]
    record: dict[str, Any]


def linear_path(
    data: Slice, components: np.ndarray, rings: tuple[int, ...], n_latent: int, like: Projections | None
) -> LinearPath:
    """Signal of every spot from its own components and those of its rings; see :func:`pp.fit_tissue_signal`.

    Parameters
    ----------
    data
        The slice.
    components
        Shape (n, d).
    rings
        Rank of the last neighbour of each ring. One that reaches beyond a tenth of a slice is left out.
    n_latent
        Columns of the result; 0 as many as the neighbours predict.
    like
        What was fitted to an earlier slice; ``None`` fits it here.
    """
    if like is not None:
        return _as_fitted(data, components, like)
    near = gr.neighbour_rings(data.coordinates, rings=rings, widest=WIDEST, samples=data.samples)
    around = gr.ring_means(components, near)
    reach = gr.ring_reach(data.coordinates, near)
    signal = pp.fit_tissue_signal(components, around, reach=reach, n_directions=n_latent)
    values = signal.project(components, around)
    scale = float(values.std()) or 1.0
    ends = [*rings[: len(near)]]
    fitted = {
        _PREFIX + "rings": np.array(ends),
        _PREFIX + "scale": scale,
        **{_PREFIX + name: getattr(signal, name) for name in _WEIGHTS},
    }
    record = {"rings": ends, "reach": reach, "n_latent": values.shape[1], **signal.figures}
    return LinearPath(values / np.float32(scale), fitted, record)


def _as_fitted(data: Slice, components: np.ndarray, like: Projections) -> LinearPath:
    fitted = {name: value for name, value in like.arrays.items() if name.startswith(_PREFIX)}
    ends = [int(end) for end in fitted[_PREFIX + "rings"]]
    near = gr.neighbour_rings(data.coordinates, rings=ends, widest=WIDEST, samples=data.samples)
    near += (near[-1],) * (len(ends) - len(near))  # in a small slice the widest that fits stands in
    own_mean, around_mean, own, of_rings = (fitted[_PREFIX + name] for name in _WEIGHTS)
    signal = pp.TissueSignal(own_mean, around_mean, own, of_rings)
    values = signal.project(components, gr.ring_means(components, near))
    values /= np.float32(fitted[_PREFIX + "scale"])
    return LinearPath(values, fitted, {"rings": ends, "n_latent": values.shape[1]})
