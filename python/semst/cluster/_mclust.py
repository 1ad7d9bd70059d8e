"""mclust, in an R that runs within this process."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_random_state

from ._domain_mixture import DomainMixture
from ._em import e_step, m_step
from ._mixture import PREDICT_ROWS, fit_rows
from ._r_session import session, to_r
from ._result import (
    ClusterResult,
    as_domains,
    back_in_place,
    canonical_order,
    check_embedding,
    check_n_starts,
    domain_of_component,
)
from ._slice_codes import slice_codes
from ._starts import N_STARTS, best_mixtures, varying_directions, whiten

MODELS = "EII VII EEI VEI EVI VVI EEE VEE EVE VVE EEV VEV EVV VVV".split()
SEARCHED_MODELS = ("EEE", "E")  # whose likelihood the search in Python climbs; "E" is that of one dimension
N_HANDED_OVER = 3  # of the best starts found in Python


@dataclass(frozen=True)
class _Fit:
    """One fit that R holds."""

    r_object: Any
    posterior: np.ndarray
    likelihood: float
    start: str

    @property
    def n_inhabited(self) -> int:
        """Components that are some spot's most likely one."""
        return len(np.unique(self.posterior.argmax(axis=1)))

    @property
    def rank(self) -> tuple[int, float]:
        """Fits with more inhabited components come first, then those with more likelihood."""
        return self.n_inhabited, self.likelihood


def mclust(
    X: Any,
    n_domains: int,
    *,
    model: str = "EEE",
    n_starts: int = N_STARTS,
    random_state: int = 0,
    max_fit: int = 20_000,
    samples: Any = None,
) -> ClusterResult:
    """Cluster with R's mclust, from many starts by default.

    mclust has one start, the tree of its own hierarchical clustering (of 2,000 random spots, where there are
    more), and its result is a lottery. Here the starts are searched for in Python as in :func:`mixture`; the
    best three are handed to mclust's EM, and the result is the fit with the highest likelihood. mclust's own
    start, which takes longer than all others together, is tried too where the search cannot speak for it:
    for other models than ``"EEE"``, and where no searched start ends with every domain inhabited.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    model
        Shape of the components by mclust's names. ``"EEE"``: full, the same for all.
    n_starts
        Number of starts; mclust's own counts where it is always tried. 1: mclust's own start and nothing
        else, the protocol of most publications; the rows are then passed on as they are, so with more than
        2,000 spots the result depends on their order.
    random_state
        Seed, in Python and in R. The random stream of the R session is left untouched.
    max_fit
        With more spots than this the mixture is fitted to a random subset of that size and all spots are
        assigned by it, block by block.
    samples
        Slice of every spot, where there are several: what is drawn, spots to fit and to search for starts on,
        is drawn evenly from them. ``None`` for one slice.

    Returns
    -------
    Labels, uncertainty (1 - posterior) and the log-likelihood.

    Raises
    ------
    MissingDependencyError
        If rpy2, R or its package mclust is missing.
    SemSTError
        If the embedding is not finite, ``n_domains`` or ``samples`` does not fit it, mclust fails (with its
        reason), fewer domains come out, or this is not the main thread.

    Notes
    -----
    Scrucca, Fop, Murphy and Raftery (2016), mclust 5, R Journal 8. Where the covariance is singular mclust
    gives nothing; it is then asked again with its default prior, and a warning says so.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> np.bincount(mclust(X, 2).labels).tolist()  # doctest: +SKIP
    [60, 40]
    """
    random_state = check_random_state(random_state)
    rows, n_domains = check_embedding(X, n_domains)
    check_n_starts(n_starts)
    if model not in MODELS:
        raise SemSTError(f"mclust has no model {model!r}. It has: {', '.join(MODELS)}.")
    r = session()
    order = np.arange(len(rows)) if n_starts == 1 else canonical_order(rows)
    rng = np.random.default_rng(random_state)
    ordered = rows[order]
    fitted, slices = fit_rows(ordered, max_fit, rng, slice_codes(samples, order))
    directions, _ = varying_directions(fitted)
    if directions.shape[1] < rows.shape[1]:
        ordered, fitted = ordered @ directions, fitted @ directions
    if fitted.shape[1] == 1:
        model = model[0]  # in one dimension mclust knows "E" and "V" only
    n_searched = 0 if n_starts == 1 else n_starts - (model not in SEARCHED_MODELS)
    starts = _search(fitted, n_domains, n_searched, rng, slices) if n_searched else []
    best, fits = _best_fit(r, fitted, n_domains, model, int(random_state), starts)
    posterior, likelihood = best.posterior, best.likelihood
    if len(fitted) < len(ordered):
        posterior, likelihood = _assign(r, ordered, best)
    labels = posterior.argmax(axis=1)
    result = as_domains(ordered, labels, n_domains, order=order, method="mclust")
    uncertainty = back_in_place((1 - posterior.max(axis=1)).astype(np.float32), order)
    logger.info(
        "mclust %s: %d domains, best of %d starts (%s), log-likelihood %.6g",
        model,
        n_domains,
        n_starts,
        best.start,
        likelihood,
    )
    versions = r["versions"]()
    details = {
        "model": model,
        "n_starts": int(n_starts),
        "random_state": int(random_state),
        "n_fit": len(fitted),
        "best_start": best.start,
        "log_likelihoods": {fit.start: fit.likelihood for fit in fits},
        "versions": dict(zip(list(versions.names), list(versions), strict=True)),
    }
    found = None
    if model in SEARCHED_MODELS:  # at convergence, the next step gives the parameters that R holds
        white = whiten(fitted)
        names = domain_of_component(labels, result[order], n_domains)
        found = DomainMixture.of_tied(m_step(white.rows, best.posterior[:, None, :]), white, names, ordered)
        found = found.lifted(directions) if directions.shape[1] < rows.shape[1] else found
    return ClusterResult(result, uncertainty, "mclust", likelihood, details, found)


def _search(
    rows: np.ndarray,
    n_domains: int,
    n_starts: int,
    rng: np.random.Generator,
    samples: np.ndarray | None,
) -> list[np.ndarray]:
    """Posteriors of the best few different mixtures that Python finds."""
    white = whiten(rows)
    mixtures, scores, _ = best_mixtures(
        rows, white.rows, n_domains, n_starts=n_starts, rng=rng, samples=samples
    )
    different = [i for i in range(len(scores)) if i == 0 or scores[i - 1] - scores[i] > 1e-4]
    return [e_step(white.rows, mixtures.take(slice(i, i + 1)))[0][:, 0] for i in different[:N_HANDED_OVER]]


def _best_fit(
    r: Any, rows: np.ndarray, n_domains: int, model: str, seed: int, starts: list[np.ndarray]
) -> tuple[_Fit, list[_Fit]]:
    """Let R fit from the starts, and from its own where these do not do; best fit, all fits.

    If every fit fails, all are tried once more with a prior.
    """
    r_rows = to_r(rows)
    reasons: list[str] = []
    for prior in (False, True):
        fits: list[_Fit] = []
        for i, posterior in enumerate(starts):
            fit = _read(r["polish"](r_rows, to_r(posterior), model, prior), f"search {i + 1}", reasons)
            fits += [fit] if fit is not None else []
        if model not in SEARCHED_MODELS or all(fit.n_inhabited < n_domains for fit in fits):
            own = _read(r["start"](r_rows, n_domains, model, seed, prior), "hierarchical", reasons)
            if own is not None and starts:  # Mclust() stops early; compare likelihoods at equal convergence
                own = _read(r["polish"](r_rows, to_r(own.posterior), model, prior), own.start, reasons) or own
            fits += [own] if own is not None else []
        if fits:
            if prior:
                logger.warning(
                    "mclust: the covariance is singular; the fit was repeated with mclust's default prior"
                )
            return max(fits, key=lambda fit: fit.rank), fits
    said = "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or "it gave no reason"
    raise SemSTError(
        f"mclust could not fit model {model} with {n_domains} domains to {rows.shape[0]} spots x "
        f"{rows.shape[1]} dimensions ({said}). Ask for fewer domains or dimensions, or use "
        'the model "EII" or the clusterer "mixture".'
    )


def _read(attempt: Any, start: str, reasons: list[str]) -> _Fit | None:
    """Read one attempt of R; None, and its reason kept, where it failed."""
    if attempt.rx2("failed")[0]:
        reasons.append(str(attempt.rx2("said")[0]))
        return None
    fit = attempt.rx2("fit")
    return _Fit(fit, np.array(fit.rx2("z"), dtype=np.float64), float(attempt.rx2("likelihood")[0]), start)


def _assign(r: Any, rows: np.ndarray, fit: _Fit) -> tuple[np.ndarray, float]:
    """Posteriors of all rows under a fit, block by block, and their log-likelihood."""
    posterior = np.empty((len(rows), fit.posterior.shape[1]))
    total = 0.0
    for first in range(0, len(rows), PREDICT_ROWS):
        block = slice(first, first + PREDICT_ROWS)
        assigned = r["assign_rows"](to_r(rows[block]), fit.r_object)
        posterior[block] = np.asarray(assigned.rx2("z"))
        total += float(assigned.rx2("loglik")[0])
    return posterior, total
