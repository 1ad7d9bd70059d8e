"""The models a benchmark can run, by name, each as one function: a slice in, embedding and domains out."""

import tempfile
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import SemSTError, tl

from ._references import REFERENCES
from ._semantic_arms import semantic_rows, semantics_of

BACKBONES = "backbones"  # in a suite: every plug-in model that is there
SEMST: dict[str, tuple[str, dict[str, Any]]] = {
    "semst": ("SemST", {}),
    "semst-paper": ("SemST as published", {"preset": "paper"}),
    # one step of no length: the same way from counts to domains, with nothing learned
    "linear-path": (
        "SemST, network off",
        {"fusion": "none", "epochs": 1, "learning_rate": 1e-30, "n_networks": 1},
    ),
}
SEMANTICS_ONLY = "semantics-only"


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

    The plug-in models are looked up when this is called, so that whatever is registered takes part.

    Examples
    --------
    >>> models()["semst"]
    'SemST'
    """
    own = {name: shown for name, (shown, _) in SEMST.items()}
    references = {name: reference.title for name, reference in REFERENCES.items()}
    return {**own, **references, SEMANTICS_ONLY: "semantic vectors alone", **_plugged_in()}


def expand(model: str) -> list[tuple[str, str]]:
    """Name and title of a model, or of every plug-in model for ``"backbones"``."""
    return list(_plugged_in().items()) if model == BACKBONES else [(model, models()[model])]


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
        return Fitted(REFERENCES[model].embed(adata, reading))
    if model == SEMANTICS_ONLY:
        _refuse(config, "fusion", "fsm")
        rows, vectors, info = semantic_rows(
            adata, config["semantics"], reading, random_state=random_state, progress=progress, **settings
        )
        return Fitted(rows, record={"semantics": info}, arrays={"semantic": vectors.astype(np.float16)})
    if model in SEMST:
        _refuse(config, "fsm")
        settings = {**SEMST[model][1], **settings}
        if config["fusion"] is not None:
            settings["fusion"] = config["fusion"]
        run: Any = tl.semst
        arguments: tuple[Any, ...] = (n_domains,)
    else:
        _refuse(config, "fusion")
        name = "semanticst" if model == "semanticst" else "backbone"
        run = getattr(tl, name)
        arguments = (n_domains,) if model == "semanticst" else (model, n_domains)
        if config["fsm"] is not None:
            settings["fsm"] = config["fsm"]
    result = adata.copy()
    if config["semantics"] is not None:
        settings["semantics"] = semantics_of(config["semantics"], adata.n_obs)
    run(
        result,
        *arguments,
        random_state=random_state,
        key_added="run",
        progress=progress,
        **{key: value for key, value in reading.items() if value is not None},
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
    from semst import metrics
    from semst.models import preset

    if config["model"] not in ("semst", "semst-paper"):
        return {}
    settings = {**SEMST[config["model"]][1], **config["settings"]}
    epochs = settings.pop("epochs", None) or preset(settings.get("preset", "semst")).epochs
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
    """Take out what ``tl.semst`` and its relatives wrote."""
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


def _plugged_in() -> dict[str, str]:
    """Plug-in models that are registered: name to title."""
    registry = _registry()
    names = [] if registry is None else list(registry.available())
    return {name: _TITLES.get(name, name) for name in names if name not in SEMST}


_TITLES = {
    "stagate": "STAGATE",
    "graphst": "GraphST",
    "spatial-mgcn": "Spatial-MGCN",
    "gaaest": "GAAEST",
    "sedr": "SEDR",
    "mafn": "MAFN",
    "stdcl": "stDCL",
    "dusted": "DUSTED",
    "staig": "STAIG",
    "semanticst": "SemanticST",
}


def _registry() -> ModuleType | None:
    try:
        registry = import_module("semst.models.backbones")
    except ModuleNotFoundError:
        return None
    return registry if hasattr(registry, "available") else None
