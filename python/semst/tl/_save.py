"""An estimator on disk: settings as JSON, arrays as safetensors, nothing that could be executed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from semst import pp
from semst._atomic import atomic_path
from semst._errors import SemSTError
from semst.models import Projections, build_network

from ._estimator import SemST
from ._record import versions

_FORMAT = 1


_FILES = {"arrays.safetensors", "settings.json"}


def save_estimator(model: SemST, folder: Path, *, overwrite: bool) -> None:
    """Write a fitted estimator to ``folder``."""
    if not hasattr(model, "network_"):
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
    arrays: dict[str, np.ndarray] = {}
    for name, value in model.network_.state_dict().items():
        arrays[f"network/{name}"] = np.ascontiguousarray(value.detach().cpu().numpy())
    fitted = model.projections_
    for name, components in (("components", fitted.components), ("linear", fitted.linear)):
        if components is not None:
            arrays[f"{name}/mean"] = components.mean
            arrays[f"{name}/loadings"] = np.ascontiguousarray(components.loadings)
    if fitted.semantic_mean is not None:
        arrays["semantic/mean"] = fitted.semantic_mean
    if fitted.gene_deviation is not None:
        arrays["genes/deviation"] = fitted.gene_deviation
    settings = {
        "format": _FORMAT,
        "n_domains": model.n_domains if isinstance(model.n_domains, str) else int(model.n_domains),
        "config": model.config.as_dict(),
        "semantics": model.semantics,
        "radius": model.radius,
        "use_existing_graph": model.use_existing_graph,
        "cluster": model.cluster,
        "refine": model.refine,
        "random_state": model.random_state,
        "genes": [str(gene) for gene in model.genes_],
        "linear_scale": fitted.linear_scale,
        "input_scale": fitted.input_scale,
        "semantic_scale": fitted.semantic_scale,
        "widths": model.network_.widths,
        "versions": versions(),
    }
    with atomic_path(folder, overwrite=overwrite) as part:
        part.mkdir()
        save_file(arrays, part / "arrays.safetensors")
        (part / "settings.json").write_text(json.dumps(settings, indent=1))


def load_estimator(folder: Path) -> SemST:
    """Read what :func:`save_estimator` wrote."""
    try:
        settings: dict[str, Any] = json.loads((folder / "settings.json").read_text())
        arrays = load_file(folder / "arrays.safetensors")
    except (OSError, json.JSONDecodeError, SafetensorError) as error:
        raise SemSTError(
            f"{folder} holds no saved SemST estimator ({error}). Give the folder that save() wrote."
        ) from error
    if settings.get("format") != _FORMAT:
        raise SemSTError(
            f"{folder} is of format {settings.get('format')}; this version of semst reads format {_FORMAT}. "
            f"It was written by semst {settings.get('versions', {}).get('semst', 'unknown')}."
        )
    config = {key: value for key, value in settings["config"].items() if key != "semantics"}
    model = SemST(
        settings["n_domains"],
        preset=config.pop("preset"),
        semantics=settings["semantics"],
        radius=settings["radius"],
        use_existing_graph=settings["use_existing_graph"],
        cluster=settings["cluster"],
        refine=settings["refine"],
        random_state=settings["random_state"],
        **config,
    )
    network = build_network(*map(int, settings["widths"]), config=model.config)
    network.load_state_dict(
        {
            name.removeprefix("network/"): torch.from_numpy(value)
            for name, value in arrays.items()
            if name.startswith("network/")
        }
    )
    model.network_ = network.eval()
    model.genes_ = pd.Index(settings["genes"])
    model.projections_ = Projections(
        components=_components(arrays, "components"),
        input_scale=settings["input_scale"],
        linear=_components(arrays, "linear"),
        linear_scale=settings["linear_scale"],
        semantic_mean=arrays.get("semantic/mean"),
        semantic_scale=settings["semantic_scale"],
        gene_deviation=arrays.get("genes/deviation"),
    )
    return model


def _components(arrays: dict[str, np.ndarray], name: str) -> pp.Components | None:
    if f"{name}/mean" not in arrays:
        return None
    return pp.Components(arrays[f"{name}/mean"], arrays[f"{name}/loadings"])
