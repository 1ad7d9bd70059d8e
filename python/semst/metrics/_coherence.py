"""Coherence of domains over one or several slices."""

from typing import Any

import numpy as np

from ._matching import codes
from ._spatial import chaos, pas

_FEWEST = 12  # spots of a slice that can be asked about ten neighbours each


def coherence(coordinates: Any, labels: Any, *, samples: Any = None) -> dict[str, float]:
    """CHAOS and PAS, taken slice by slice and averaged by their numbers of spots.

    Both compare spots with those around them, so that spots of two slices must never be mixed.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3.
    labels
        Domains, one per spot. Spots without one (NaN, None) are left out.
    samples
        Slice of every spot; ``None`` for one slice.

    Returns
    -------
    ``chaos`` and ``pas``, lower is more coherent; NaN where no slice has 12 spots with a domain.

    Raises
    ------
    SemSTError
        As :func:`chaos` and :func:`pas`.

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.argwhere(np.ones((10, 10)))
    >>> halves = grid[:, 0] < 5
    >>> coherence(grid, halves)["pas"]
    0.0
    """
    points = np.asarray(coordinates)
    number, _ = codes(labels)
    names = np.zeros(len(number), dtype=np.intp) if samples is None else codes(samples)[0]
    parts: list[tuple[int, float, float]] = []
    for name in np.unique(names):
        rows = (names == name) & (number >= 0)
        if rows.sum() >= _FEWEST:
            parts.append(
                (int(rows.sum()), chaos(points[rows], number[rows]), pas(points[rows], number[rows]))
            )
    if not parts:
        return {"chaos": float("nan"), "pas": float("nan")}
    sizes, chaos_values, pas_values = map(np.asarray, zip(*parts, strict=True))
    return {
        "chaos": float(np.average(chaos_values, weights=sizes)),
        "pas": float(np.average(pas_values, weights=sizes)),
    }
