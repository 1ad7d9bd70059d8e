"""The models a benchmark can run, by name, each as one function: a slice in, embedding and domains out."""

import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

import semst
from semst import SemSTError, metrics, tl

from ._protocol import best_mixture
from ._references import REFERENCES
from ._semantic_arms import semantic_rows, semantics_of

SEMST = "semst"
BACKBONES = "backbones"  # in a suite: every registered model but SemST
SEMANTICS_ONLY = "semantics-only"


@dataclass(frozen=True)
class Variant:
    """A registered model under a name of its own, with some of its settings changed."""

    title: str
    model: str
    settings: dict[str, Any]


VARIANTS = {
    "semst-paper": Variant("SemST as published", SEMST, {"preset": "paper"}),
    "semst-network": Variant("SemST with networks", SEMST, {"preset": "network"}),
}


@dataclass(frozen=True)
class Fitted:
    """What a model found on a slice.

    Attributes
    ----------
    embedding
        Spots x dimensions, the matrix that is clustered; NaN for spots without counts.
    own
        Domains 0 to K - 1 (-1: none) by the model's own clusterer: ``"none"`` before and ``"own"`` after its
        own refinement, where it has one. Empty for models without a clusterer of their own.
    record
        Plain values about the run.
    arrays
        Further arrays worth keeping, by name.
    """

    embedding: np.ndarray
    own: dict[str, np.ndarray] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def models() -> dict[str, str]:
    """List the models: name to what it is called in tables.

    The registry is read when this is called, so that whatever is registered takes part.

    Examples
    --------
    >>> models()["graphst"]
    'GraphST'
    """
    registered = {name: semst.models.get(name).title for name in semst.models.available()}
    variants = {name: variant.title for name, variant in VARIANTS.items()}
    references = {name: reference.title for name, reference in REFERENCES.items()}
    return {**registered, **variants, **references, SEMANTICS_ONLY: "semantic vectors alone"}


def expand(model: str) -> list[tuple[str, str]]:
    """Name and title of a model, or of every registered one but SemST for ``"backbones"``."""
    shown = models()
    names = [name for name in semst.models.available() if name != SEMST] if model == BACKBONES else [model]
    return [(name, shown[name]) for name in names]


def registered(model: str) -> str:
    """Name in the registry of the model that an arm runs; empty where none is run.

    Examples
    --------
    >>> registered("semst-paper"), registered("pca")
    ('semst', '')
    """
    if model in REFERENCES or model == SEMANTICS_ONLY:
        return ""
    return VARIANTS[model].model if model in VARIANTS else model


def fit(
    adata: AnnData,
    config: dict[str, Any],
    *,
    n_domains: int,
    random_state: int,
    reading: dict[str, Any],
    progress: bool = False,
) -> Fitted:
    """Run one model on one slice.

    Parameters
    ----------
    adata
        The slice. Left as it is.
    config
        See :meth:`semst_benchmark.Arm.config`.
    n_domains
        Wanted number of domains.
    random_state
        Seed.
    reading
        Where things are in ``adata`` (``layer``, ``depth_key``, ``spatial_key``, ``sample_key``).
    progress
        Show the training's progress.

    Returns
    -------
    Embedding, own domains and record.

    Raises
    ------
    SemSTError
        As the model; and for settings that it does not know.
    """
    model, settings = config["model"], dict(config["settings"])
    if model in REFERENCES:
        _refuse(config, "semantics", "fusion", "fsm")
        if settings:
            raise SemSTError(f"The reference {model} has no settings, and was given {', '.join(settings)}.")
        reference = REFERENCES[model]
        embedding, record = reference.embed(adata, reading)
        own = {}
        if reference.n_starts is not None:
            own["none"] = best_mixture(embedding, n_domains, random_state, n_starts=reference.n_starts)
        return Fitted(embedding, own, record)
    if model == SEMANTICS_ONLY:
        _refuse(config, "fusion", "fsm")
        rows, vectors, info = semantic_rows(
            adata, config["semantics"], reading, random_state=random_state, progress=progress, **settings
        )
        return Fitted(rows, record={"semantics": info}, arrays={"semantic": vectors.astype(np.float16)})
    variant = VARIANTS.get(model, Variant("", model, {}))
    settings = {**variant.settings, **settings}
    settings |= {name: config[name] for name in ("fsm", "fusion") if config[name] is not None}
    if config["semantics"] is not None:
        settings["semantics"] = semantics_of(config["semantics"], adata.n_obs)
    result = adata.copy()
    tl.run(
        result,
        variant.model,
        n_domains,
        random_state=random_state,
        key_added="run",
        explain=False,
        progress=progress,
        **reading,
        **settings,
    )
    return _read(result)


def oracle_epoch(
    adata: AnnData, config: dict[str, Any], *, truth: Any, n_domains: int, random_state: int, reading: dict
) -> dict[str, float]:
    """Best score against the labels over ten points of the training: what publications that peek report.

    It is computed after the run that counts, in a training of its own, and goes into columns named
    ``oracle_epoch`` alone.
    """
    if config["model"] not in (SEMST, "semst-network", "semst-paper"):
        return {}
    settings = dict(config["settings"])
    of_variant = VARIANTS[config["model"]].settings if config["model"] in VARIANTS else {}
    preset = {**of_variant, **settings}.get("preset")
    preset = preset or ("network" if config["semantics"] not in (None, "none") else None)
    known = semst.models.settings(SEMST, preset=preset)[1]
    if not settings.get("n_networks", known.n_networks):
        return {}  # nothing is trained
    epochs = settings.pop("epochs", None) or known.epochs
    scores: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for point in sorted({max(1, round(epochs * tenth / 10)) for tenth in range(1, 11)}):
            part = {**config, "settings": {**settings, "epochs": point, "checkpoint_dir": folder}}
            found = fit(adata, part, n_domains=n_domains, random_state=random_state, reading=reading)
            labels = found.own["own"]
            shown = np.where(labels < 0, np.nan, labels.astype(float))
            scores[point] = metrics.ari(truth, shown)
    best = max(scores, key=lambda point: scores[point])
    return {"oracle_epoch": float(best), "oracle_epoch_ari": scores[best]}


def _read(result: AnnData) -> Fitted:
    """Take out what ``tl.run`` wrote."""
    refined = _codes(result.obs["run"])
    before = result.obs.get("run_unrefined")
    own = {"own": refined, "none": refined if before is None else _codes(before)}
    record = dict(result.uns.get("run", {}))
    kept = ("branch_share", "clustering", "semantics", "graphs", "timings", "quality", "params")
    return Fitted(np.asarray(result.obsm["X_run"]), own, {key: record[key] for key in kept if key in record})


def _codes(labels: pd.Series) -> np.ndarray:
    return pd.Categorical(labels).codes.astype(np.int16)


def _refuse(config: dict[str, Any], *names: str) -> None:
    given = [name for name in names if config[name] is not None]
    if given:
        raise SemSTError(f"The model {config['model']} takes no {', '.join(given)}.")
