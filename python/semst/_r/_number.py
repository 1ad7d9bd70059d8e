"""How many domains an embedding has."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from anndata import AnnData

from semst import tl

from ._door import door

_KEY = "choice"


@door
def choose(
    X: Any, k_range: Sequence[int], *, samples: Sequence[str] | None = None, **options: Any
) -> dict[str, Any]:
    """Choose the number of domains of an embedding.

    Parameters
    ----------
    X
        Shape (n_spots, n_dimensions); rows that are NaN throughout are left out.
    k_range
        Numbers to try.
    samples
        Name of the slice of every spot.
    **options
        Of :func:`semst.tl.choose_n_domains`; ``None`` keeps a default.

    Returns
    -------
    ``n_domains``, ``criterion``, ``choices`` by criterion, ``peaks`` and ``curves`` as columns, and ``lines``
    that tell the choice.

    Raises
    ------
    SemSTError
        If a number does not fit, or the criterion is unknown or has no optimum in the range.

    Examples
    --------
    >>> rows = np.concatenate([np.random.default_rng(k).normal(7 * k, 1, (50, 2)) for k in range(3)])
    >>> choose(rows, [2, 3, 4], n_subsamples=4, n_starts=3, random_state=0, progress=False)["n_domains"]
    3
    """
    rows = np.asarray(X, dtype=np.float64)
    adata = AnnData(np.zeros((len(rows), 1), dtype=np.float32), obsm={"X": rows})
    if samples is not None:
        adata.obs["sample"] = list(samples)
    given = {name: value for name, value in options.items() if value is not None}
    tl.choose_n_domains(
        adata,
        [int(k) for k in k_range],
        use_rep="X",
        sample_key=None if samples is None else "sample",
        key_added=_KEY,
        **given,
    )
    record = adata.uns[_KEY]
    curves = ("k", "stability", "stability_se", "bic", "icl", "silhouette")
    return {
        "n_domains": record["n_domains"],
        "criterion": record["criterion"],
        "choices": dict(record["choices"]),
        "peaks": {name: _column(values) for name, values in record["peaks"].items()},
        "curves": {name: _column(record[name]) for name in curves},
        "lines": tl.choice_lines(adata, _KEY),
    }


def _column(values: Any) -> np.ndarray:
    column = np.asarray(values)
    return column.astype(np.int32) if column.dtype.kind == "i" else column.astype(np.float64)
