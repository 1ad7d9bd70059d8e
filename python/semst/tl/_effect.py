"""What the text moved: a trained network sees a slice again, without semantic vectors and with wrong ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst import models, semantics
from semst._errors import SemSTError, first_line
from semst._log import logger
from semst.nn import without_semantics

from ._domain_rule import DomainRule
from ._gene_pull import GenePull

MOST_SPOTS = 50_000  # above, the slice would be embedded on the CPU for minutes
N_GENES = 10  # listed for a domain


@dataclass(frozen=True)
class Trained:
    """A model after its training, with the slice as it saw it.

    Attributes
    ----------
    fitted, prepared, config
        Network with its embedding; the slice, on the CPU, with its semantic vectors; settings.
    vectors
        Semantic vectors as the source gave them.
    scale
        What was taken off them; ``None`` where they came in as they are.
    samples
        Slice of every spot where the vectors of each were centred by itself; ``None`` where they were not.
    counts, symbols
        Raw counts (n_spots, n_genes) and names of the genes that the vectors were made from.
    random_state
        Seed of the permutation.
    """

    fitted: models.Fitted
    prepared: models.Prepared
    config: models.ModelConfig
    vectors: semantics.SemanticVectors
    scale: models.SemanticScale | None
    samples: np.ndarray | None
    counts: sp.csr_matrix
    symbols: list[str]
    random_state: int


def semantic_effect(
    trained: Trained, domains: "pd.Categorical[str]", unrefined: np.ndarray
) -> dict[str, Any]:
    """Count the spots that change their domain when the text is taken away or dealt to the wrong genes.

    The weights stay as they are. All embeddings are read off with one rule, the Gaussian one with tied
    covariance that is learned on the network's own embedding and its domains before the neighbours' vote
    (linear discriminant analysis); a spot has moved where the rule gives it two domains. The changes are

    - ``off``: FSM scales by 1 and shifts by 0 (of another fusion, its semantic term is zero),
    - ``same``: every spot has the mean vector, so that what FSM does to all of them alike stays,
    - ``permuted``: the vectors are dealt to the wrong genes, or to the wrong spots where genes have none.

    Parameters
    ----------
    trained
        The model and its slice.
    domains
        Domain of every spot as the user sees it; spots are counted by it.
    unrefined
        Domains before the neighbours' vote, as whole numbers.

    Returns
    -------
    ``moved`` (columns of a table by ``domain``: ``n_spots``; the number of spots that move with each change;
    and, named ``off_change`` and so on, the size of the embedding's change relative to that of the centred
    embedding), ``permuted`` ("genes" or "spots"), ``rule_agreement`` (share of spots to which the rule gives
    the domain they have), and ``genes``, see :func:`heaviest_genes`, where the source has vectors of genes.
    Where nothing can be told, ``reason`` alone.
    """
    n_spots = len(domains)
    if n_spots > MOST_SPOTS:
        return {"reason": f"{n_spots} spots: looked at in slices of {MOST_SPOTS} spots or fewer"}
    try:
        return _seen_again(trained, domains, unrefined)
    except SemSTError as error:  # the domains are found, and stay
        return {"reason": str(error)}
    except Exception as error:  # hours of training may lie behind them
        logger.exception("what the semantic vectors moved is not known, in a way that is our fault")
        return {"reason": f"{type(error).__name__}: {first_line(error)}"}


def _seen_again(trained: Trained, domains: "pd.Categorical[str]", unrefined: np.ndarray) -> dict[str, Any]:
    inputs, network = trained.prepared.inputs, trained.fitted.network
    kept = inputs.semantic.numpy()
    usual = _embed(trained, network)
    rule = DomainRule(usual, unrefined)
    found = rule.domains(usual)
    changed = {"off": _embed(trained, without_semantics(network))}
    try:
        for name, vectors in (
            ("same", np.broadcast_to(kept.mean(axis=0), kept.shape)),
            ("permuted", _permuted(trained, kept)),
        ):
            inputs.set_semantic(vectors)
            changed[name] = _embed(trained, network)
    finally:
        inputs.set_semantic(kept)
    members = [domains.codes == code for code in range(len(domains.categories))]
    sizes = [np.linalg.norm((usual - usual.mean(axis=0))[own]) for own in members]
    moved: dict[str, Any] = {"domain": list(domains.categories), "n_spots": [own.sum() for own in members]}
    for name, other in changed.items():
        moves = rule.domains(other) != found
        moved[name] = [moves[own].sum() for own in members]
        moved[f"{name}_change"] = [
            np.linalg.norm((other - usual)[own]) / size if size else np.nan
            for own, size in zip(members, sizes, strict=True)
        ]
    record: dict[str, Any] = {
        "moved": {name: np.asarray(values) for name, values in moved.items()},
        "permuted": "spots" if trained.vectors.genes is None else "genes",
        "rule_agreement": float((found == unrefined).mean()),
    }
    if trained.vectors.genes is not None:
        record["genes"] = heaviest_genes(trained, domains, rule.margin_slopes(usual))
    return record


def heaviest_genes(trained: Trained, domains: "pd.Categorical[str]", slopes: np.ndarray) -> dict[str, Any]:
    """List, by domain, the genes whose vectors hold its spots there, or pull them away, the most.

    Parameters
    ----------
    trained
        The model and its slice.
    domains
        Domain of every spot.
    slopes
        Gradient of every spot's log-odds by its embedding, shape (n_spots, d).

    Returns
    -------
    Columns of a table: ``domain``, ``gene``, and ``log_odds``, by how much the mean log-odds of the domain's
    spots for their domain, against the next likely one, fall when the gene has no vector (to first order).
    """
    assert trained.vectors.genes is not None
    columns: dict[str, list[Any]] = {"domain": [], "gene": [], "log_odds": []}
    codes = [code for code in range(len(domains.categories)) if (domains.codes == code).any()]
    towards = (slopes * (domains.codes == code)[:, None] / (domains.codes == code).sum() for code in codes)
    gradients = models.semantic_gradients(
        trained.fitted.network, trained.prepared.inputs, towards, reduction=trained.fitted.reduction
    )
    symbols = np.asarray(trained.symbols)[trained.vectors.genes.columns]
    pull = GenePull(
        trained.vectors,
        trained.counts,
        adjacency=trained.prepared.adjacency if trained.config.smooth_semantics else None,
        size=1.0 if trained.scale is None else trained.scale.size,
        slices=None if trained.samples is None else np.unique(trained.samples, return_inverse=True)[1],
    )
    for code, gradient in zip(codes, gradients, strict=True):
        falls = pull.of(gradient)
        first = np.lexsort((symbols, -np.abs(falls)))[:N_GENES]
        columns["domain"] += [domains.categories[code]] * len(first)
        columns["gene"] += symbols[first].tolist()
        columns["log_odds"] += falls[first].tolist()
    return {name: np.asarray(values) for name, values in columns.items()}


def _permuted(trained: Trained, kept: np.ndarray) -> np.ndarray:
    """The vectors the network takes in, of the wrong genes or, where genes have none, of the wrong spots.

    Averages over wrong genes are centred and brought to unit size by themselves, as at a fit: what the wrong
    vectors have in common would else move all spots alike.
    """
    vectors = trained.vectors
    if vectors.genes is None:
        return kept[np.random.default_rng(trained.random_state).permutation(len(kept))]
    wrong = semantics.permute_genes(vectors.genes, trained.symbols, random_state=trained.random_state)
    mean = semantics.averaged(wrong, trained.counts, weights=vectors.info["weights"])
    empty = np.isnan(mean).all(axis=1)
    mean[empty] = mean[~empty].mean(axis=0)
    if not trained.config.smooth_semantics:
        return mean
    return models.smooth_and_centre(mean, trained.prepared.adjacency, samples=trained.samples)[0]


def _embed(trained: Trained, network: Any) -> np.ndarray:
    """The matrix that is clustered, always made on the CPU: two of them differ by what was changed alone."""
    inputs, reduction = trained.prepared.inputs, trained.fitted.reduction
    return models.embed(network, inputs, trained.config, reduction=reduction)
