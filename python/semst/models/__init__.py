"""Networks put together from ``nn`` with their losses and settings, all under one contract.

>>> from semst import models
>>> model, config = models.settings("graphst", epochs=5)
>>> model.title, config.epochs
('GraphST', 5)
"""

from semst._settings import documented, setting

from ._centring import Centring, centred_scores, centring, slices_to_centre
from ._config import ModelConfig, NearestGraphConfig, RadiusGraphConfig
from ._fit import Fitted, build, embed, fit
from ._graphs import nearest_graph, nearest_of_each, nearest_spots, radius_graph
from ._model import Model, ModelInputs, Phase, Prepared, Projections, packed
from ._registry import (
    ASKED_BY,
    FOR_ALL,
    MODELS,
    PARTIAL,
    available,
    describe,
    features,
    get,
    settings,
    why_not,
)
from ._semantic_gradients import semantic_gradients
from ._semantic_inputs import SemanticScale, smooth_and_centre
from ._split import split_tissue
from .semanticst import SemanticST, SemanticSTConfig
from .semst import SemST, SemSTConfig

__all__ = [
    "ASKED_BY",
    "FOR_ALL",
    "MODELS",
    "PARTIAL",
    "Centring",
    "Fitted",
    "Model",
    "ModelConfig",
    "ModelInputs",
    "NearestGraphConfig",
    "Phase",
    "Prepared",
    "Projections",
    "RadiusGraphConfig",
    "SemST",
    "SemSTConfig",
    "SemanticST",
    "SemanticSTConfig",
    "SemanticScale",
    "available",
    "build",
    "centred_scores",
    "centring",
    "describe",
    "documented",
    "embed",
    "features",
    "fit",
    "get",
    "nearest_graph",
    "nearest_of_each",
    "nearest_spots",
    "packed",
    "radius_graph",
    "semantic_gradients",
    "setting",
    "settings",
    "slices_to_centre",
    "smooth_and_centre",
    "split_tissue",
    "why_not",
]
