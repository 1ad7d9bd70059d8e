"""An estimator on disk: settings as JSON, arrays as safetensors, nothing that could be executed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import load, save

from semst import _words, cluster, models, pp
from semst._atomic import atomic_path
from semst._errors import SemSTError, first_line
from semst._record import versions
from semst.data import Panel

from ._estimator import Estimator, SemST

_FORMAT = 6
_FILES = {"arrays.safetensors", "settings.json"}
_NETWORK, _PROJECTIONS, _REDUCTION, _SEMANTIC = "network/", "projections/", "reduction", "semantic/"
_MIXTURE, _SHARES = "mixture/", "panel/shares"


def save_estimator(model: Estimator, folder: Path, *, overwrite: bool) -> None:
    """Write a fitted estimator to ``folder``."""
    if not hasattr(model, "weights_"):
        raise SemSTError("There is nothing to save yet: call fit first.")
    if not isinstance(model.semantics, str):
        raise SemSTError(
            "Only estimators whose semantics were given by name can be saved; this one was given "
            f"{type(model.semantics).__name__}. Keep the embedding instead (result_.embedding)."
        )
    others = {path.name for path in folder.iterdir()} - _FILES if folder.is_dir() else set()
    if others:
        raise SemSTError(
            f"{folder} holds other files ({', '.join(sorted(others)[:3])}), which would go with it. Choose a "
            "folder of its own for the estimator."
        )
    arrays = {f"{_NETWORK}{k}": v.detach().cpu().numpy() for k, v in model.weights_.items()}
    arrays |= {f"{_PROJECTIONS}{k}": v for k, v in model.projections_.arrays.items()}
    if model.reduction_ is not None:
        arrays |= models.packed(**{_REDUCTION: model.reduction_})
    if model.semantic_scale_ is not None:
        scale = model.semantic_scale_
        arrays |= {f"{_SEMANTIC}{k}": v for k, v in models.packed(mean=scale.mean, size=scale.size).items()}
    arrays |= model.mixture_.arrays(_MIXTURE)
    arrays[_SHARES] = model.panel_.shares
    settings = {
        "format": _FORMAT,
        "model": model.name,
        "n_domains": model.n_domains if isinstance(model.n_domains, str) else int(model.n_domains),
        "config": model.config.as_dict(),
        "keys": model.keys.as_dict(),
        "fsm": model.fsm,
        "semantics": model.semantics,
        "cluster": model.cluster,
        "refine": model.refine,
        "random_state": model.random_state,
        "genes": [str(gene) for gene in model.projections_.genes],
        "panel": [str(gene) for gene in model.panel_.genes],
        "kept_from_vote": model.kept_from_vote_,
        "versions": versions(),
    }
    with atomic_path(folder, overwrite=overwrite) as part:
        part.mkdir()
        content = save({k: np.array(v, order="C") for k, v in arrays.items()})
        (part / "arrays.safetensors").write_bytes(content)
        settings["checksum"] = _checksum(settings, content)
        (part / "settings.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _checksum(settings: dict[str, Any], arrays: bytes) -> str:
    """Of both files: neither may change by a bit, and those of two estimators do not go together."""
    text = json.dumps({name: settings[name] for name in settings if name != "checksum"}, sort_keys=True)
    return hashlib.sha256(text.encode() + b"\n" + arrays).hexdigest()


def load_estimator(folder: Path) -> Estimator:
    """Read what :func:`save_estimator` wrote."""
    settings, arrays = _read(folder)
    try:
        return _estimator(settings, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SemSTError(
            f"{folder} holds an estimator that this version of semst cannot take up ({first_line(error)}); "
            f"it was written by semst {settings.get('versions', {}).get('semst', 'unknown')}."
        ) from error


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Settings and arrays, as they were written."""
    try:
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        content = (folder / "arrays.safetensors").read_bytes()
    except (OSError, ValueError, RecursionError) as error:
        raise SemSTError(
            f"{folder} holds no saved SemST estimator ({first_line(error)}). Give the folder that "
            f"{_words.in_python('save()', 'saving')} wrote."
        ) from error
    if not isinstance(settings, dict) or "format" not in settings:
        raise SemSTError(
            f"{folder} holds no saved SemST estimator. Give the folder that "
            f"{_words.in_python('save()', 'saving')} wrote."
        )
    if settings["format"] != _FORMAT:
        raise SemSTError(
            f"{folder} is of format {settings['format']}; this version of semst reads format {_FORMAT}. "
            f"It was written by semst {settings.get('versions', {}).get('semst', 'unknown')}."
        )
    if settings.get("checksum") != _checksum(settings, content):
        raise SemSTError(
            f"{folder} is damaged: its files are not as they were written. Copy it again, or fit and save "
            "anew."
        )
    return settings, load(content)


def _estimator(settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Estimator:
    config = dict(settings["config"])
    model = Estimator(
        settings["model"],
        settings["n_domains"],
        preset=config.pop("preset", None),
        fsm=settings["fsm"],
        cluster=settings["cluster"],
        refine=settings["refine"],
        random_state=settings["random_state"],
        **{key: value for key, value in config.items() if key not in ("n_domains", "cluster")},
        **settings["keys"],
    )
    model.semantics = settings["semantics"]
    if settings["model"] == "semst":
        model.__class__ = SemST
    model.weights_ = {
        name.removeprefix(_NETWORK): torch.from_numpy(value)
        for name, value in arrays.items()
        if name.startswith(_NETWORK)
    }
    model.projections_ = models.Projections(
        pd.Index(settings["genes"]),
        {k.removeprefix(_PROJECTIONS): v for k, v in arrays.items() if k.startswith(_PROJECTIONS)},
    )
    model.mixture_ = cluster.DomainMixture.of_arrays(arrays, _MIXTURE)
    model.kept_from_vote_ = [int(domain) for domain in settings["kept_from_vote"]]
    model.panel_ = Panel(pd.Index(settings["panel"]), arrays[_SHARES])
    model.reduction_ = None
    if f"{_REDUCTION}/mean" in arrays:
        model.reduction_ = pp.Components(arrays[f"{_REDUCTION}/mean"], arrays[f"{_REDUCTION}/loadings"])
    model.semantic_scale_ = None
    if f"{_SEMANTIC}size" in arrays:
        size = float(arrays[f"{_SEMANTIC}size"])
        model.semantic_scale_ = models.SemanticScale(arrays.get(f"{_SEMANTIC}mean"), size)
    return model
