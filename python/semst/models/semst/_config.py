"""Settings of SemST and its named sets."""

from dataclasses import dataclass
from typing import Any, Literal

from semst import _words
from semst._errors import SemSTError
from semst._settings import documented, setting
from semst.cluster import N_STARTS
from semst.models._config import MODEL_PANEL, RadiusGraphConfig
from semst.nn import FUSIONS


@documented
@dataclass(frozen=True, kw_only=True)
class SemSTConfig(RadiusGraphConfig):
    """Settings of SemST; the defaults are the preset ``"linear"``, which trains no network.

    Examples
    --------
    >>> SemSTConfig().n_networks
    0
    """

    preset: str = setting("linear", "Name of the set of values: linear, network or paper.")
    epochs: int = setting(
        60,
        "Steps of training of the networks; each is one of the encoder over the whole slice.",
        least=1,
        panel=MODEL_PANEL,
    )
    learning_rate: float = setting(2e-3, "Of Adam.", above=0)
    expression: Literal["log-normalised", "scaled"] = setting(
        "log-normalised",
        "What enters: log-normalised genes, with raw counts as the decoder's target, or genes scaled "
        "as published, which are the target too.",
    )
    min_spots: int = setting(10, "Genes seen in fewer spots are left out.", least=1)
    n_neighs: int = 12
    n_expression_neighs: int = setting(14, "Neighbours in the expression graph.", least=1)
    normalisation: Literal["symmetric", "row"] = setting(
        "symmetric",
        "Of the graphs: symmetric (equation 3) or row (the authors' code).",
    )
    n_pcs: int = setting(
        30,
        "Principal components that are predicted from the neighbours, and that enter the graph "
        "convolutions; 0 takes the genes themselves.",
        least=0,
    )
    rings: tuple[int, ...] = setting(
        (6, 18, 36, 90),
        "Rank of the last neighbour of each ring from which a spot's components are predicted (the linear "
        "path); rings wider than a tenth of the slice are left out. Empty leaves the path out, and the "
        "embedding is then what a network alone has learned.",
        least=1,
    )
    n_hidden: int = setting(64, "Width of the first graph convolution of each view.", least=1)
    n_view: int = setting(32, "Width of the second graph convolution of each view.", least=1)
    n_latent: int = setting(
        0,
        "Width of the embedding; 0 as many directions as neighbours predict in spots left out, at least 6.",
        least=0,
    )
    n_networks: int = setting(
        0,
        "Networks whose mean is added to the linear path; 0 trains none. More than one needs that path, "
        "which aligns them.",
        least=0,
    )
    fusion: str = setting(
        "fsm",
        "How semantics come in: fsm, concat, add, cross-attention or none.",
        panel=MODEL_PANEL,
    )
    fsm_hidden: int = setting(
        16,
        "Hidden width of FSM's perceptron; 0 takes twice the width of what is modulated.",
        least=0,
    )
    zero_init: bool = setting(True, "FSM starts without modulation.")
    decoder_hidden: int = setting(64, "Width of the decoder's hidden layer; 0 for a linear decoder.", least=0)
    gene_dispersion: bool = setting(True, "One dispersion a gene instead of one a gene and spot.")
    dropout_ridge: float = setting(0.0, "Weight of the penalty on the squared dropout probability.", least=0)
    target_neighs: int = setting(
        6,
        "The decoder explains the counts of a spot together with this many nearest ones; 0 for the "
        "spot alone.",
        least=0,
    )
    batch_spots: int = setting(
        512,
        "Spots on which the decoder is evaluated in a step, drawn afresh each time from its tiles; 0 "
        "for all.",
        least=0,
    )
    tile_spots: int = setting(
        30_000,
        "Most spots that are worked on at a time; a larger slice is cut into tiles. 0 takes any slice whole.",
        least=0,
    )
    step_tiles: int = setting(
        4,
        "Tiles that share one step of training, drawn afresh each time where there are more.",
        least=1,
    )
    correlation_weight: float = setting(0.01, "γ of equation 14.", least=0)
    spatial_weight: float = setting(0.01, "λ of equation 14.", least=0)
    spare_narrow: bool = setting(
        True,
        "A domain of which the neighbours' vote would leave less than two thirds is narrower than the vote "
        "can see, and keeps its spots.",
        panel="Clustering",
    )
    n_starts: int = setting(
        N_STARTS, "Starts of the mixture that makes the domains.", least=1, panel="Clustering"
    )

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        super().__post_init__()
        if self.fusion not in FUSIONS:
            raise SemSTError(
                f"{_words.name('fusion')} is {self.fusion!r}; accepted are {', '.join(map(repr, FUSIONS))}."
            )
        if self.rings and not self.n_pcs:
            raise SemSTError(
                f"{_words.name('n_pcs')} is 0 and rings is {list(self.rings)}: the linear path predicts "
                f"components. Use {_words.given('rings', ())} to feed genes themselves to a network, or give "
                f"{_words.name('n_pcs')}."
            )
        if self.rings:
            return
        if self.n_networks != 1:
            raise SemSTError(
                f"{_words.name('n_networks')} is {self.n_networks} without a linear path (rings is empty): "
                "without a network there is no embedding, and those of separate networks have no axes in "
                f"common. Use {_words.given('n_networks', 1)}, or give {_words.name('rings')}."
            )
        if not self.n_latent:
            raise SemSTError(
                f"{_words.name('n_latent')} is 0 without a linear path (rings is empty), which would say how "
                f"wide the embedding is. Give {_words.name('n_latent')}, or {_words.name('rings')}."
            )


NETWORK: dict[str, Any] = {"n_networks": 4}

PAPER: dict[str, Any] = {
    "expression": "scaled",
    "min_spots": 100,
    "n_neighs": 57,  # what the published radius of 560 px means on the DLPFC slices
    "normalisation": "row",
    "n_pcs": 0,
    "rings": (),
    "n_hidden": 256,
    "n_view": 128,
    "n_latent": 128,
    "n_networks": 1,
    "fsm_hidden": 0,
    "zero_init": False,
    "smooth_semantics": False,
    "decoder_hidden": 256,
    "gene_dispersion": False,
    "dropout_ridge": 0.05,
    "target_neighs": 0,
    "batch_spots": 0,
    "spare_narrow": False,
    "correlation_weight": 0.1,
    "spatial_weight": 0.1,
    "epochs": 100,
    "learning_rate": 1e-3,
    "weight_decay": 5e-4,
    "semantics": "qwen3",
    "n_starts": 1,
}
