"""Networks put together from ``nn`` with their losses and defaults."""

from ._config import PRESETS, SemSTConfig, preset
from ._fit import Fitted, build_network, fit_network
from ._network import NetworkInputs, SemSTNetwork
from ._prepare import Graphs, Projections, Slice, assemble, prepare_features

__all__ = [
    "PRESETS",
    "Fitted",
    "Graphs",
    "NetworkInputs",
    "Projections",
    "SemSTConfig",
    "SemSTNetwork",
    "Slice",
    "assemble",
    "build_network",
    "fit_network",
    "prepare_features",
    "preset",
]
