"""Harmony on an embedding."""

import logging
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional
from semst._typed import typed
from semst._validate import require_key

from ._target import check_target


def check_harmony(samples: np.ndarray | None) -> Any:
    """Make sure, before any work, that there are slices to correct; return harmonypy, which does it."""
    if samples is None:
        raise SemSTError(f"Harmony needs to know the slices: give {_words.given('sample_key')}")
    names = np.unique(samples)
    if len(names) < 2:
        raise SemSTError(
            f"Harmony needs two slices or more; there is {', '.join(map(str, names)) or 'none'}."
        )
    return optional("harmonypy", extra="integration", what="Harmony")


def harmonise(embedding: np.ndarray, samples: np.ndarray, *, random_state: int = 0) -> np.ndarray:
    """Take what differs between slices off an embedding with Harmony (through harmonypy).

    Parameters
    ----------
    embedding
        Finite, shape (n, d).
    samples
        Slice of every spot.
    random_state
        Seed.

    Returns
    -------
    Shape (n, d), float32.

    Raises
    ------
    MissingDependencyError
        If harmonypy is not installed.
    SemSTError
        If there is one slice only.
    """
    harmonypy = check_harmony(samples)
    logging.getLogger("harmonypy").setLevel(logging.WARNING)
    found = harmonypy.run_harmony(
        np.asarray(embedding, dtype=np.float64),
        pd.DataFrame({"slice": np.asarray(samples).astype(str)}),
        "slice",
        random_state=random_state,
        verbose=False,
    )
    corrected = np.asarray(found.Z_corr, dtype=np.float32)
    return corrected if corrected.shape == embedding.shape else corrected.T  # older versions: d x n


@typed
def harmony(
    adata: AnnData,
    sample_key: str,
    *,
    use_rep: str = _keys.embedding(_keys.KEY_ADDED),
    random_state: int = 0,
    key_added: str | None = None,
    copy: bool = False,
) -> AnnData | None:
    """Correct an embedding of several slices with Harmony (Korsunsky et al., Nature Methods 2019).

    Parameters
    ----------
    adata
        Spots with an embedding, from whatever model.
    sample_key
        ``obs`` column that tells the slices apart.
    use_rep
        ``obsm`` slot of the embedding; rows that are NaN stay so.
    random_state
        Seed.
    key_added
        ``obsm`` slot that is written; ``use_rep`` with ``_harmony`` after it by default.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy.

    Raises
    ------
    MissingDependencyError
        If harmonypy is not installed.
    SemSTError
        If slot or column are missing.

    Examples
    --------
    >>> harmony(adata, "slice", use_rep="X_semst")  # doctest: +SKIP
    >>> cluster(adata, 7, use_rep="X_semst_harmony")  # doctest: +SKIP
    """
    check_target(adata, copy=copy)
    rows: Any = np.asarray(
        require_key(adata.obsm, use_rep, what=f"obsm slot ({_words.name('use_rep')})"), dtype=np.float32
    )
    samples = (
        require_key(adata.obs, sample_key, what=f"obs column ({_words.name('sample_key')})")
        .astype(str)
        .to_numpy()
    )
    kept = np.isfinite(rows).all(axis=1)
    corrected = np.full_like(rows, np.nan)
    corrected[kept] = harmonise(rows[kept], samples[kept], random_state=random_state)
    target = adata.copy() if copy else adata
    slot = key_added or f"{use_rep}_harmony"
    target.obsm[slot] = corrected
    logger.info(f"added obsm[{slot!r}]")
    return target if copy else None
