"""The number of domains of an embedding that is there, and figures of quality that need no annotation."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from anndata import AnnData

from semst import _keys, _words, metrics
from semst import cluster as clusterers
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain
from semst._typed import typed
from semst._validate import check_n_domains, require_key

from ._choice_words import RESOLUTION, words
from ._cluster import samples_of

AUTO = "auto"


@typed
def choose_n_domains(
    adata: AnnData,
    k_range: Iterable[int] = range(2, 16),
    *,
    use_rep: str = _keys.embedding(_keys.KEY_ADDED),
    criterion: str = "stability",
    sample_key: str | None = None,
    random_state: int = 0,
    key_added: str = "n_domains",
    progress: bool = True,
    **options: Any,
) -> int:
    """Choose the number of domains from likelihood, stability and separation; no annotation is looked at.

    The number is a resolution, not a fact of the tissue; :func:`choice_lines` tells which others hold about
    as well.

    Parameters
    ----------
    adata
        Spots with an embedding; rows that are NaN throughout (spots without counts) are left out. Run
        :func:`semst.tl.semst` with any number of domains first: the embedding does not depend on it.
    k_range
        Numbers to try.
    use_rep
        ``obsm`` slot of the embedding.
    criterion
        What decides: ``"stability"``, ``"bic"``, ``"icl"`` or ``"silhouette"``; see
        :func:`semst.cluster.choose_n_domains`.
    sample_key
        ``obs`` column of the slice, where there are several: spots that are drawn come evenly from them.
    random_state
        Seed.
    key_added
        ``uns`` slot of the curves.
    progress
        Show how many numbers are done and the time left.
    **options
        ``n_subsamples`` and ``n_starts`` of :func:`semst.cluster.choose_n_domains`.

    Returns
    -------
    The chosen number. Written is ``uns[key_added]``: ``n_domains``, ``criterion``, ``choices`` (what every
    criterion would choose; one without an optimum in the range is absent), ``peaks`` of the stability, the
    best first (``n_domains``, ``stability``, ``stability_se``), the curves over ``k``: ``bic``, ``icl``,
    ``stability``, ``stability_se``, ``silhouette``, and a ``note`` on what a number of domains is.
    :func:`semst.pl.choose_n_domains` draws them.

    Raises
    ------
    SemSTError
        If a slot or column is missing, a number does not fit, or the criterion is unknown or has no optimum
        in the range.

    Examples
    --------
    >>> rows = np.concatenate([np.random.default_rng(k).normal(7 * k, 1, (50, 2)) for k in range(3)])
    >>> adata = AnnData(np.ones((150, 1), dtype=np.float32), obsm={"X_pca": rows})
    >>> choose_n_domains(adata, range(2, 6), use_rep="X_pca", n_subsamples=4, progress=False)
    3
    """
    embedding = np.asarray(require_key(adata.obsm, use_rep, what=f"obsm slot ({_words.name('use_rep')})"))
    kept = ~np.isnan(embedding).all(axis=1)
    found = clusterers.choose_n_domains(
        embedding[kept],
        k_range,
        criterion=criterion,
        samples=samples_of(adata, sample_key, kept),
        random_state=random_state,
        progress=progress,
        **options,
    )
    adata.uns[key_added] = choice_record(found)
    logger.info(f"added uns[{key_added!r}]")
    return found.n_domains


def check_wanted(n_domains: Any, n_spots: int) -> None:
    """Make sure, before any work, that a number of domains fits, or that it is to be chosen (``"auto"``)."""
    if isinstance(n_domains, str) and n_domains != AUTO:
        raise SemSTError(
            f'{_words.name("n_domains")} is {n_domains!r}; give a whole number of 2 or more, or "{AUTO}".'
        )
    check_n_domains(2 if n_domains == AUTO else n_domains, n_spots)


def settle(
    n_domains: Any,
    embedding: np.ndarray,
    *,
    samples: np.ndarray | None = None,
    random_state: int,
    progress: bool,
) -> tuple[int, dict[str, Any] | None]:
    """The number of domains, chosen on the embedding (2 to 15) if it is ``"auto"``, and its record."""
    if n_domains != AUTO:
        return check_n_domains(n_domains, len(embedding)), None
    numbers = range(2, max(4, min(16, len(embedding) // 10)))
    found = clusterers.choose_n_domains(
        embedding, numbers, samples=samples, random_state=random_state, progress=progress
    )
    return found.n_domains, choice_record(found)


def choice_record(choice: clusterers.Choice) -> dict[str, Any]:
    """A choice, its peaks and its curves as plain values; logs what was chosen and what else holds."""
    curves = {name: choice.curves[name].to_numpy() for name in choice.curves}
    record = plain(
        {
            "n_domains": choice.n_domains,
            "criterion": choice.criterion,
            "choices": choice.choices,
            "peaks": {name: choice.peaks[name].to_numpy() for name in choice.peaks},
            "note": RESOLUTION,
            "k": choice.curves.index.to_numpy(),
            **curves,
        }
    )
    *found, note = words(record)
    logger.info("; ".join(found))
    logger.warning(note)
    return record


def quality(
    embedding: np.ndarray,
    labels: np.ndarray,
    refined: np.ndarray,
    coordinates: np.ndarray,
    n_domains: int,
    *,
    samples: np.ndarray | None = None,
    random_state: int = 0,
) -> dict[str, float]:
    """Figures of a run that need no annotation.

    Parameters
    ----------
    embedding
        Spots with counts x dimensions.
    labels, refined
        Their domains before and after refinement.
    coordinates
        Their positions.
    n_domains
        Number of domains.
    samples
        Slice of every spot, where there are several.
    random_state
        Seed.

    Returns
    -------
    ``stability``: mean agreement with mixtures fitted anew to subsamples (see
    :func:`semst.cluster.stability`); ``chaos`` and ``pas`` of the refined domains (lower is more coherent).
    NaN where there are too few spots.
    """
    try:
        held = clusterers.stability(embedding, labels, n_domains, samples=samples, random_state=random_state)
    except SemSTError:  # too few spots for a mixture of so many domains on part of them
        held = float("nan")
    found = {"stability": held, **metrics.coherence(coordinates, refined, samples=samples)}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
    logger.info(f"quality without labels: {shown} (stability: higher, chaos and pas: lower is better)")
    return found
