"""Networks put together from ``nn`` with their losses and settings, all under one contract.

>>> from semst import models
>>> model, config = models.settings("graphst", epochs=5)
>>> model.title, config.epochs
('GraphST', 5)
"""

from semst._settings import documented, setting

from ._centring import Centring, centring, slices_to_centre
from ._centring import centred_scores as centred_scores
from ._config import ModelConfig, NearestGraphConfig, RadiusGraphConfig
from ._fit import Fitted, build, embed, fit
from ._graphs import (
    nearest_graph,
    radius_graph,
)
from ._graphs import (
    nearest_of_each as nearest_of_each,
)
from ._graphs import (
    nearest_spots as nearest_spots,
)
from ._model import Model, ModelInputs, Phase, Prepared, Projections, packed
from ._registry import (
    ASKED_BY as ASKED_BY,
)
from ._registry import (
    FOR_ALL as FOR_ALL,
)
from ._registry import (
    MODELS,
    available,
    describe,
    features,
    get,
    settings,
    why_not,
)
from ._registry import (
    PARTIAL as PARTIAL,
)
from ._semantic_gradients import semantic_gradients as semantic_gradients
from ._semantic_inputs import SemanticScale as SemanticScale
from ._semantic_inputs import smooth_and_centre as smooth_and_centre
from ._split import split_tissue as split_tissue
from .semanticst import SemanticST, SemanticSTConfig
from .semst import SemST, SemSTConfig

__all__ = [
    "MODELS",
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
    "available",
    "build",
    "centring",
    "describe",
    "documented",
    "embed",
    "features",
    "fit",
    "get",
    "nearest_graph",
    "packed",
    "radius_graph",
    "setting",
    "settings",
    "slices_to_centre",
    "why_not",
]
