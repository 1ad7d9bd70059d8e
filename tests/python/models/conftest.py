"""What tests of several models share."""

from typing import Any

import numpy as np

from semst import models
from semst.data import Slice
from semst.train import Compute


def short(model: type[models.Model], epochs: int) -> dict[str, int]:
    """That many epochs in every phase that has a setting for them."""
    fields = model.Config.__dataclass_fields__
    return {field: epochs for field in fields if field.split("_")[-1] == "epochs"}


def preset(name: str, **changes: Any) -> models.SemSTConfig:
    """Settings of SemST by the name of a set, with single ones changed."""
    return models.settings("semst", preset=name, **changes)[1]


def prepare(config: models.ModelConfig, data: Slice, semantic: np.ndarray | None = None) -> models.Prepared:
    """Make a slice ready for SemST, with semantic vectors where there are some."""
    prepared = models.SemST.prepare(data, config)
    if semantic is not None:
        if config.smooth_semantics:
            semantic = models.smooth_and_centre(semantic, prepared.adjacency)[0]
        prepared.inputs.set_semantic(semantic)
    return prepared


def fit(
    model: type[models.Model],
    prepared: models.Prepared,
    config: models.ModelConfig,
    *,
    random_state: int = 0,
    device: str = "cpu",
    **compute: Any,
) -> models.Fitted:
    """Train without a bar, on the processor unless told otherwise."""
    where = Compute(device=device, progress=False, **compute)
    return models.fit(model, prepared, config, random_state=random_state, compute=where)
