"""What was chosen as the number of domains, in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from anndata import AnnData

from semst import _keys
from semst._validate import require_key
from semst.cluster import CRITERIA

RESOLUTION = (
    "the number of domains is a resolution, not a fact of the tissue: look at other numbers, too, finer and "
    "coarser ones"
)
_PEAK = ("n_domains", "stability", "stability_se")


def choice_lines(adata: AnnData, key: str = _keys.KEY_ADDED) -> list[str]:
    """Tell which number of domains was chosen, and which others hold about as well.

    Parameters
    ----------
    adata
        Object after a run with ``n_domains="auto"``, or after :func:`semst.tl.choose_n_domains`.
    key
        ``uns`` slot of the run's record, or of the curves.

    Returns
    -------
    Lines such as "7 domains by stability, 0.940 +- 0.012 (2 to 15 tried)" and "runners-up: 4 (0.931 +-
    0.020), 10 (0.850 +- 0.015)", what other criteria say, and what a number of domains is.

    Raises
    ------
    MissingKeyError
        If the slot is missing, or no number was chosen there.

    Examples
    --------
    >>> rows = np.concatenate([np.random.default_rng(k).normal(7 * k, 1, (50, 2)) for k in range(3)])
    >>> adata = AnnData(np.ones((150, 1), dtype=np.float32), obsm={"X_pca": rows})
    >>> from semst.tl import choose_n_domains
    >>> options = {"use_rep": "X_pca", "n_subsamples": 4, "progress": False}
    >>> number = choose_n_domains(adata, range(2, 6), **options)
    >>> choice_lines(adata, "n_domains")[0].startswith("3 domains by stability, ")
    True
    """
    record = require_key(adata.uns, key, what="uns slot (key)")
    record = record.get("choice", record) if isinstance(record, Mapping) else {}
    require_key(record, "peaks", what=f"uns[{key!r}], which holds no choice of a number of domains,")
    return words(record)


def words(record: Mapping[str, Any]) -> list[str]:
    """The lines of :func:`choice_lines`, of the record of a choice."""
    numbers, chosen, criterion = np.asarray(record["k"]), int(record["n_domains"]), record["criterion"]
    value, error = (
        float(np.asarray(record[name])[numbers == chosen][0]) for name in ("stability", "stability_se")
    )
    tried = f"({numbers.min()} to {numbers.max()} tried)"
    by = f"{chosen} domains by {criterion}"
    lines = [f"{by}, {_shown(value, error)} {tried}" if criterion == "stability" else f"{by} {tried}"]
    peaks = [
        (int(number), f"{int(number)} ({_shown(stability, se)})")
        for number, stability, se in zip(*(record["peaks"][name] for name in _PEAK), strict=True)
    ]
    others = [shown for number, shown in peaks if number != chosen]
    if not peaks:
        lines.append("stability has no peak in this range: no number stands out, and the coarser was taken")
    elif criterion == "stability":
        lines.append(
            f"runners-up: {', '.join(others)}" if others else "no other number is a peak of stability"
        )
    else:
        lines.append(f"peaks of stability: {', '.join(shown for _, shown in peaks)}")
    lines += _by_others(record["choices"], criterion)
    return [*lines, RESOLUTION]


def _by_others(choices: Mapping[str, Any], criterion: str) -> list[str]:
    """What the other criteria say, and which have nothing to say."""
    told = [f"{name} {int(choices[name])}" for name in CRITERIA if name in choices and name != criterion]
    silent = [name for name in CRITERIA if name not in choices]
    lines = [f"by other criteria: {', '.join(told)}"] if told else []
    return lines + ([f"no optimum in this range: {', '.join(silent)}"] if silent else [])


def _shown(value: float, error: float) -> str:
    return f"{value:.3f}" if np.isnan(error) else f"{value:.3f} +- {error:.3f}"
