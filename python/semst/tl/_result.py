"""What a run found, on all spots of the object."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Result:
    """What :meth:`SemST.fit` found; spots without counts hold NaN (or an empty label).

    Attributes
    ----------
    labels, unrefined
        Domains ``"1"`` to ``"K"`` after and before the neighbour vote, categorical, shape (n_spots,).
    uncertainty
        1 - posterior of the domain, shape (n_spots,); ``None`` for clusterers without one.
    embedding
        Shape (n_spots, n_latent), float32.
    semantic
        Semantic vectors as the source gave them, shape (n_spots, d'), or ``None``.
    record
        Settings, seeds, versions, loss history, semantic source, graph statistics and timings.
    """

    labels: "pd.Categorical[str]"
    unrefined: "pd.Categorical[str]"
    uncertainty: np.ndarray | None
    embedding: np.ndarray
    semantic: np.ndarray | None
    record: dict[str, Any]


def spread(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Put the rows of the spots with counts back to their places; NaN elsewhere."""
    full = np.full((len(kept), *values.shape[1:]), np.nan, dtype=np.float32)
    full[kept] = values
    return full
