"""Embed some spots, spread over the tissue, and work the others out from their expression."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import RidgeCV

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

from ._ranking import per_10_000, scored_blocks
from ._types import SemanticVectors, Source, Spots

N_COMPONENTS = 50
HELD_OUT = 0.2  # of the landmarks, for the error that is reported
_PENALTIES = np.logspace(-1, 5, 13)
_BLOCK = 50_000


def stratified_rows(coordinates: np.ndarray, n_rows: int, *, random_state: int = 0) -> np.ndarray:
    """Choose rows that lie spread over the tissue as its spots do.

    The tissue is halved again and again, at the spot in the middle of its longer side, into pieces of equally
    many spots, and each piece gives one at random.

    Parameters
    ----------
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    n_rows
        How many; at most n_spots.
    random_state
        Seed.

    Returns
    -------
    Row numbers, ascending, shape (n_rows,).

    Examples
    --------
    >>> line = np.column_stack([np.arange(100), np.zeros(100)])
    >>> (stratified_rows(line, 10) // 10).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    rng = np.random.default_rng(random_state)
    chosen: list[int] = []
    pieces = [(np.arange(len(coordinates)), n_rows)]
    while pieces:
        rows, wanted = pieces.pop()
        if wanted == len(rows):
            chosen += rows.tolist()
        elif wanted == 1:
            chosen.append(int(rng.choice(rows)))
        else:
            here = coordinates[rows]
            order = np.argsort(here[:, np.ptp(here, axis=0).argmax()], kind="stable")
            left = wanted // 2
            cut = round(len(rows) * left / wanted)
            pieces += [(rows[order[cut:]], wanted - left), (rows[order[:cut]], left)]
    return np.sort(np.array(chosen, dtype=np.int64))


def embed_landmarks(source: Source, spots: Spots, n_landmarks: int, coordinates: Any) -> SemanticVectors:
    """Embed ``n_landmarks`` spots with ``source`` and predict the others by ridge regression.

    The predictors are 50 principal components of the logarithm of counts per 10,000; the penalty is chosen by
    leave-one-out error on the landmarks. Before that a fifth of the landmarks is held out once: how well they
    are predicted is logged and recorded (``landmark_r2``, over all dimensions together, and
    ``landmark_cosine``, the mean cosine of centred vectors). Landmarks keep their own vectors. Coordinates
    are (n_spots, 2 or 3); ``None`` takes landmarks at random.
    """
    n_spots = spots.counts.shape[0]
    if isinstance(n_landmarks, bool) or not isinstance(n_landmarks, int | np.integer) or n_landmarks < 20:
        raise SemSTError(
            f"{_words.name('landmarks')} is {n_landmarks!r}. A whole number of 20 or more is needed (some "
            "thousands are sensible), or None to embed every spot."
        )
    seen = np.flatnonzero(np.diff(spots.counts.indptr))
    rng = np.random.default_rng(spots.random_state)
    if coordinates is None:
        chosen = np.sort(rng.choice(seen, n_landmarks, replace=False))
    else:
        places = np.asarray(coordinates, dtype=np.float64)
        if places.ndim != 2 or len(places) != n_spots:
            raise SemSTError(
                f"coordinates have the shape {places.shape} for {n_spots} spots; one row a spot is needed."
            )
        chosen = seen[stratified_rows(places[seen], n_landmarks, random_state=spots.random_state)]
    logger.info("embedding %d of %d spots as landmarks for the others", n_landmarks, n_spots)
    found = source.embed(_described_among_all(spots, chosen))
    if found.vectors is None or not np.isfinite(found.vectors).all():
        raise SemSTError(f"{source.name} gave landmarks no finite vectors.")
    own = found.vectors
    predictors = _components(spots.counts, random_state=spots.random_state)

    held = np.zeros(n_landmarks, dtype=bool)
    held[rng.choice(n_landmarks, max(2, round(HELD_OUT * n_landmarks)), replace=False)] = True
    guess = RidgeCV(_PENALTIES).fit(predictors[chosen[~held]], own[~held]).predict(predictors[chosen[held]])
    r2, cosine = _agreement(own[held], np.asarray(guess), own[~held].mean(axis=0))
    logger.info(
        "landmarks: %d held out are predicted with R2 %.2f, mean cosine %.2f", int(held.sum()), r2, cosine
    )
    model = RidgeCV(_PENALTIES).fit(predictors[chosen], own)
    vectors = np.empty((n_spots, own.shape[1]), dtype=np.float32)
    for start in range(0, n_spots, _BLOCK):
        vectors[start : start + _BLOCK] = model.predict(predictors[start : start + _BLOCK])
    vectors[np.diff(spots.counts.indptr) == 0] = np.nan
    vectors[chosen] = own
    info = {
        **found.info,
        **({"ranking": spots.ranking} if "ranking" in found.info else {}),
        "n_landmarks": int(n_landmarks),
        "landmark_r2": r2,
        "landmark_cosine": cosine,
        "landmark_penalty": float(model.alpha_),
    }
    return SemanticVectors(vectors, info)


def _components(counts: sparse.csr_matrix, *, random_state: int) -> np.ndarray:
    """Scores (n_spots, up to 50) on leading components of the log-normalised counts, float32."""
    values = per_10_000(counts).astype(np.float32)
    np.log1p(values.data, out=values.data)
    n_components = min(N_COMPONENTS, min(values.shape) - 1)
    if n_components < 1:
        return np.asarray(values.toarray(), dtype=np.float32)
    some = values
    if values.shape[0] > _BLOCK:
        rng = np.random.default_rng(random_state)
        some = values[np.sort(rng.choice(values.shape[0], _BLOCK, replace=False))]
    scores = TruncatedSVD(n_components, random_state=random_state).fit(some).transform(values)
    return np.asarray(scores, dtype=np.float32)


def _agreement(true: np.ndarray, guess: np.ndarray, centre: np.ndarray) -> tuple[float, float]:
    """R2 over all dimensions together, and mean cosine, both around the mean of the other landmarks."""
    true, guess = true - centre, guess - centre
    r2 = 1 - float(((true - guess) ** 2).sum() / max(float((true**2).sum()), 1e-30))
    length = np.linalg.norm(true, axis=1) * np.linalg.norm(guess, axis=1)
    cosine = float(((true * guess).sum(axis=1) / np.maximum(length, 1e-30)).mean())
    return r2, cosine


def _described_among_all(spots: Spots, chosen: np.ndarray) -> Spots:
    """The chosen spots with the top genes they have among all: what a gene usually is, all spots tell."""
    part = replace(spots, counts=spots.counts[chosen])
    if spots.ranking == "expression":
        return part
    counts = spots.counts
    values = np.concatenate([value for _, value in scored_blocks(counts, spots.ranking, spots.normalised)])
    scored = sparse.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)
    return replace(part, normalised=scored[chosen], ranking="normalised")
