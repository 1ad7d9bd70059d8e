"""Networks put together from ``nn`` with their losses and defaults."""

from ._config import PRESETS, SemSTConfig, preset
from ._contract import Backbone, BackboneConfig, BackboneInputs, Phase, Prepared
from ._fit import Fitted, build_network, embed_slice, fit_network
from ._fit_backbone import FittedBackbone, build_backbone, embed_backbone, fit_backbone
from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._prepare import Graphs, Projections, Slice, assemble, prepare_features
from ._semantic_inputs import SemanticScale, smooth_and_centre
from ._tiles import split_tissue

__all__ = [
    "PRESETS",
    "Backbone",
    "BackboneConfig",
    "BackboneInputs",
    "Fitted",
    "FittedBackbone",
    "Graphs",
    "NetworkInputs",
    "Phase",
    "Prepared",
    "Projections",
    "SemSTConfig",
    "SemSTNetwork",
    "Slice",
    "SemanticScale",
    "assemble",
    "build_backbone",
    "build_network",
    "embed_backbone",
    "embed_slice",
    "fit_backbone",
    "fit_network",
    "prepare_features",
    "preset",
    "smooth_and_centre",
    "split_tissue",
]
