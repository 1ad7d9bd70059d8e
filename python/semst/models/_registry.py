"""The models by name: found, set, and what each of them can do."""

from typing import Any

import pandas as pd

from semst import _words
from semst._errors import SemSTError
from semst._settings import described, given, names, split, unknown

from . import backbones
from ._model import Model
from .semanticst import SemanticST
from .semst import SemST

# One line adds a model; the name is what users type.
MODELS: dict[str, type[Model]] = {
    "semst": SemST,
    "semanticst": SemanticST,
    "graphst": backbones.GraphST,
    "stagate": backbones.STAGATE,
    "gaaest": backbones.GAAEST,
    "dusted": backbones.DUSTED,
    "mafn": backbones.MAFN,
    "spatial-mgcn": backbones.SpatialMGCN,
    "sedr": backbones.SEDR,
    "staig": backbones.STAIG,
    "stdcl": backbones.STDCL,
}

# Features that some models lack, for these reasons or for those of their own in `limits`.
PARTIAL = {
    "image": "features of the image at every spot (image_key)",
    "radius": "a spatial graph of a given radius",
    "tiles": "slices larger than a training step can hold, in tiles",
    "devices": "training shared by several processes",
    "fusion": "other ways than FSM for semantics to come in",
}
FOR_ALL = {
    "fsm": "semantic modulation, from any source, with landmarks or all spots",
    "joint": "several slices at once, in one object (sample_key) or in several",
    "batch": "slices centred each by itself, or their embedding corrected with Harmony",
    "graph": "a spatial graph that is given (use_existing_graph)",
    "auto": "the number of domains chosen by stability",
    "quality": "figures of quality that need no annotation",
    "refine": "domains after a vote of the neighbours",
    "embed": "embedding of a new slice with the trained weights",
    "predict": "the fitted domains in a new slice, which may lack some of the genes",
    "save": "saved and loaded",
    "checkpoints": "a training that was cut off goes on",
    "precision": "matrix products in bfloat16",
}
# settings that ask for a feature
ASKED_BY = {
    "image": "image_key",
    "radius": "radius",
    "tiles": "tile_spots",
    "devices": "devices",
    "fusion": "fusion",
}
_REASONS = {
    "image": "it has no view of the image",
    "radius": "its graph joins nearest spots (n_neighs)",
    "tiles": "a step of its training takes the slice whole",
    "devices": "its steps are one piece, which cannot be shared",
    "fusion": "FSM is plugged in where it keeps its latent",
}


def available() -> list[str]:
    """Return the names of all models.

    Examples
    --------
    >>> available()[:2]
    ['semst', 'semanticst']
    """
    return list(MODELS)


def get(name: str) -> type[Model]:
    """Return a model by its name.

    Raises
    ------
    SemSTError
        If there is none of that name; the nearest ones are named.

    Examples
    --------
    >>> get("stagate").reference
    'Dong and Zhang (2022) Nature Communications 13:1739'
    """
    if name not in MODELS:
        raise SemSTError(unknown(name, MODELS, "There is no model"))
    return MODELS[name]


def settings(
    name: str, *, preset: str | None = None, n_domains: int | None = None, **changes: Any
) -> tuple[type[Model], Any]:
    """Take a model with its settings, or one of its named sets, with single ones changed.

    Parameters
    ----------
    name
        Name of the model.
    preset
        Named set of values; the model's own by default. SemST has ``"paper"``, the published configuration.
    n_domains
        Number of domains, for a model that wants to know it.
    **changes
        Any setting of the model. ``None`` keeps the default where it is no value of the setting.

    Returns
    -------
    The model's class and its settings.

    Raises
    ------
    SemSTError
        If model, preset or a setting is unknown, or a value cannot be right.

    Examples
    --------
    >>> settings("semst", preset="paper", epochs=200)[1].epochs
    200
    """
    model = get(name)
    config: Any = model.Config
    values: dict[str, Any] = {}
    if preset is not None:
        if preset not in model.presets:
            there = ", ".join(map(repr, model.presets)) or "none"
            raise SemSTError(f"{_words.name('preset')} is {preset!r}; {name} has {there}.")
        values = {"preset": preset, **model.presets[preset]}
    if n_domains is not None and "n_domains" in names(config):
        values["n_domains"] = n_domains
    (own,) = split(changes, [config], whose=name)
    return model, config(**{**values, **given(config, own)})


def describe(name: str) -> list[dict[str, Any]]:
    """List the settings of a model: name, type, default and help, as text.

    Examples
    --------
    >>> describe("graphst")[0]["name"]
    'epochs'
    """
    return described(get(name).Config)


def features() -> pd.DataFrame:
    """List what every model can do, and why not where it cannot.

    Returns
    -------
    A row a feature, a column a model: ``"yes"``, or the reason why not.

    Examples
    --------
    >>> features().loc["embed"].unique().tolist()
    ['yes']
    """
    table = {
        name: {
            **dict.fromkeys(FOR_ALL, "yes"),
            **{feature: why_not(model, feature) or "yes" for feature in PARTIAL},
        }
        for name, model in MODELS.items()
    }
    return pd.DataFrame(table)


def why_not(model: type[Model], feature: str) -> str | None:
    """Return why a model lacks a feature of :data:`PARTIAL`; ``None`` where it has it.

    Examples
    --------
    >>> why_not(get("graphst"), "radius"), why_not(get("staig"), "image")
    ('its graph joins nearest spots (n_neighs)', None)
    """
    has = {
        "image": model.uses_image,
        "devices": model.train_in_group.__func__ is not Model.train_in_group.__func__,  # type: ignore[attr-defined]
    }
    if has.get(feature, ASKED_BY[feature] in names(model.Config)):
        return None
    return model.limits.get(feature, _REASONS[feature])
