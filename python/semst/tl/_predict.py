"""Domains of a slice that was not fitted, read by a model that was."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words, cluster
from semst._brief import brief
from semst._colors import keep_colors
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain, versions
from semst._typed import typed
from semst._validate import require_key
from semst.data import spread

from ._apply import Applied
from ._cluster import as_categorical
from ._result import check_results, forget
from ._target import check_target

if TYPE_CHECKING:
    from ._estimator import Estimator

N_NAMED = 10  # missing genes in a line
UNLIKE = 0.005  # a spot less likely than all but this share of the fitted ones is unlike them


@brief
@dataclass(frozen=True)
class Prediction:
    """What :meth:`Estimator.predict` read of a slice; spots without counts hold NaN (or no label).

    Attributes
    ----------
    labels, unrefined
        Domains ``"1"`` to ``"K"`` of the fit after and before the neighbour vote, categorical, shape
        (n_spots,). A domain that the slice does not have stays among the categories.
    posterior
        Probability of every domain at every spot, before the vote, shape (n_spots, K), float32.
    uncertainty
        1 - posterior of the spot's most likely domain, shape (n_spots,), float32.
    typicality
        Share of the fitted spots that are less likely under the fitted mixture, shape (n_spots,), float32: 0
        for a spot that is unlike every one of them.
    unlike
        Whether the typicality is below 0.005, shape (n_spots,); false for spots without counts.
    embedding
        Shape (n_spots, n_latent), float32.
    record
        Settings of the model, missing genes, shares of domains and of unlike spots.
    """

    labels: "pd.Categorical[str]"
    unrefined: "pd.Categorical[str]"
    posterior: np.ndarray
    uncertainty: np.ndarray
    typicality: np.ndarray
    unlike: np.ndarray
    embedding: np.ndarray
    record: dict[str, Any]

    def write_to(self, adata: AnnData, *, key_added: str = _keys.KEY_ADDED) -> None:
        """Write the domains into the slots of ``adata`` that :func:`semst.tl.predict` documents.

        Parameters
        ----------
        adata
            The object that was read, or one with the same spots.
        key_added
            Stem of the slots' names.

        Raises
        ------
        SemSTError
            If the number of spots differs.
        """
        check_target(adata, copy=False)
        if adata.n_obs != len(self.labels):
            raise SemSTError(
                f"The prediction holds {len(self.labels)} spots and the object {adata.n_obs}; write to the "
                "object that was read."
            )
        forget(
            adata.uns, _keys.explained(key_added), gone=True
        )  # of domains that this column no longer holds
        columns = {
            key_added: self.labels,
            _keys.unrefined(key_added): self.unrefined,
            _keys.uncertainty(key_added): self.uncertainty,
            _keys.typicality(key_added): self.typicality,
            _keys.unlike(key_added): self.unlike,
        }
        for name, values in columns.items():
            adata.obs[name] = values
        slots = {_keys.embedding(key_added): self.embedding, _keys.posterior(key_added): self.posterior}
        for name, values in slots.items():
            adata.obsm[name] = values
        adata.uns[key_added] = self.record
        keep_colors(adata, key_added)
        added = [*(f"obs[{name!r}]" for name in columns), *(f"obsm[{name!r}]" for name in slots)]
        logger.info(f"added {', '.join(added)}, uns[{key_added!r}]", extra={"of_anndata": True})


@typed
def predict(
    adata: AnnData,
    model: "Estimator | str | Path",
    *,
    max_missing: float = 0.2,
    key_added: str | None = None,
    copy: bool = False,
    **keys: Any,
) -> AnnData | None:
    """Give a new slice the domains of a model that was fitted to others, without training again.

    The slice goes through the genes, scales, components and weights of the fit, and the mixture that was
    fitted there reads the domains; its neighbours have the same vote. The domains are so the same ones in
    every slice that is read.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``.
    model
        A fitted estimator, or the folder that it was saved in (:meth:`Estimator.save`).
    max_missing
        Share of the genes of the fit that the slice may lack, 0 to 1. Missing ones are named and have no
        effect: scores on components are found from the others by least squares, and in models that take genes
        themselves they are put in at the mean of the fit. Library sizes are taken from the genes that both
        have.
    key_added
        Stem of the slots that are written; the model's name by default.
    copy
        Return a changed copy instead of writing into ``adata``.
    **keys
        Settings of :class:`semst.data.SliceKeys`, where they are not those of the fit. A ``sample_key`` or
        ``depth_key`` of the fit that the slice does not have is done without.

    Returns
    -------
    ``None``, or the copy. Written are (with ``key_added="semst"``)

    - ``obs["semst"]``: domains of the fit, categorical; NaN for spots without counts,
    - ``obs["semst_unrefined"]``: the same before the neighbours' vote,
    - ``obs["semst_uncertainty"]``: 1 - posterior of the most likely domain,
    - ``obs["semst_typicality"]``: share of the fitted spots that are less likely than this one,
    - ``obs["semst_unlike"]``: true where that is below 0.005: the spot is unlike what was fitted,
    - ``obsm["semst_posterior"]``: probability of every domain,
    - ``obsm["X_semst"]``: the embedding,
    - ``uns["semst"]``: settings of the model, missing genes, share of unlike spots.

    Raises
    ------
    SemSTError
        If nothing was fitted, the folder holds no estimator, too many genes are missing, the results would
        replace something of yours, or the data cannot be used; the message says what to do.

    Examples
    --------
    >>> import semst
    >>> a, b = (semst.datasets.simulated_cortex(n_spots=300, random_state=seed) for seed in (0, 1))
    >>> fitted = semst.SemST(4, cluster="mixture", progress=False).fit(a)
    >>> semst.tl.predict(b, fitted)
    >>> b.obs["semst"].cat.categories.tolist(), b.obsm["semst_posterior"].shape
    (['1', '2', '3', '4'], (300, 4))
    """
    from ._estimator import Estimator

    if not isinstance(adata, AnnData):
        raise SemSTError(
            f"predict takes an AnnData object and was given {type(adata).__name__}; "
            "semst.io.read opens files and SpatialData objects."
        )
    check_target(adata, copy=copy)
    estimator = model if isinstance(model, Estimator) else Estimator.load(model)
    check_results(adata, key_added or estimator.name)
    found = estimator.predict(adata, max_missing=max_missing, **keys)
    target = adata.copy() if copy else adata
    found.write_to(target, key_added=key_added or estimator.name)
    return target if copy else None


def prediction_lines(adata: AnnData, key: str = _keys.KEY_ADDED) -> list[str]:
    """Say in lines what a prediction found: how like the fit the slice is, and what its domains take of it.

    Parameters
    ----------
    adata
        After :func:`predict`.
    key
        The ``key_added`` of that call.

    Returns
    -------
    A line each; of the genes that are missing the first ten are named.

    Raises
    ------
    SemSTError
        If ``uns[key]`` holds no prediction.

    Examples
    --------
    >>> import semst
    >>> a, b = (semst.datasets.simulated_cortex(n_spots=300, random_state=seed) for seed in (0, 1))
    >>> semst.tl.predict(b, semst.SemST(4, cluster="mixture", progress=False).fit(a))
    >>> semst.tl.prediction_lines(b)[1][:20]
    'share of the spots: '
    """
    record = require_key(adata.uns, key, what=_words.slot("uns"))
    found = require_key(record, "prediction", what=_words.slot("uns", key))
    labels = adata.obs[key]
    shares = labels.value_counts(normalize=True)
    lines = [
        _told(float(found["share_unlike"]), int(labels.notna().sum())),
        "share of the spots: " + ", ".join(f"{name} {shares[name]:.3f}" for name in labels.cat.categories),
    ]
    missing = [str(gene) for gene in found["missing_genes"]]
    if missing:
        more = ", ..." if len(missing) > N_NAMED else ""
        lines.append(
            f"{len(missing)} of {int(found['n_genes'])} genes of the fit missing: "
            f"{', '.join(missing[:N_NAMED])}{more}"
        )
    return lines


def read_domains(estimator: "Estimator", applied: Applied) -> Prediction:
    """Read the fitted domains off a slice that the model has embedded; see :meth:`Estimator.predict`."""
    model, config, mixture = estimator.model, estimator.config, estimator.mixture_
    posterior = mixture.posterior(applied.embedding)
    typicality = mixture.typicality(applied.embedding)
    labels = posterior.argmax(axis=1)
    voters = model.voters(applied.data, applied.adjacency, config) if estimator.refine else None
    voted = labels
    if voters is not None:
        voted = model.vote(labels, voters, config)
        voted, _ = cluster.keep_every_domain(labels, voted, only=estimator.kept_from_vote_)
    n_domains, kept = posterior.shape[1], applied.kept
    unlike = np.zeros(len(kept), dtype=bool)
    unlike[kept] = typicality < UNLIKE
    share = float(unlike[kept].mean())
    logger.log(logging.WARNING if share > 10 * UNLIKE else logging.INFO, _told(share, int(kept.sum())))
    record = {
        "params": estimator.params(n_domains),
        "prediction": {
            "n_genes": len(estimator.projections_.genes),
            "missing_genes": [str(gene) for gene in applied.missing],
            "share_unlike": share,
            "shares": np.bincount(voted, minlength=n_domains) / len(voted),
        },
        "reference": model.reference,
        "semantics": applied.semantics,
        "versions": versions(),
    }
    return Prediction(
        labels=as_categorical(voted, kept, n_domains),
        unrefined=as_categorical(labels, kept, n_domains),
        posterior=spread(posterior, kept),
        uncertainty=spread(1 - posterior.max(axis=1), kept),
        typicality=spread(typicality, kept),
        unlike=unlike,
        embedding=spread(applied.embedding, kept),
        record=plain(record),
    )


def _told(share_unlike: float, n_spots: int) -> str:
    """Say in words how far the spots of a slice are like those of the fit."""
    words = (
        f"{round(share_unlike * n_spots)} of {n_spots} spots ({100 * share_unlike:.1f} %) are unlike the "
        f"fitted ones: less likely than {100 * (1 - UNLIKE):.1f} % of them"
    )
    if share_unlike > 10 * UNLIKE:
        words += ": the slice holds other tissue than the fit, or was measured differently"
    return words
