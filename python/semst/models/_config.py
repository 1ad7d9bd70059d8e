"""Every setting of a SemST run and its two named sets."""

from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral
from typing import Any, Literal, get_args

import numpy as np

from semst._errors import SemSTError
from semst.nn import FUSIONS

Ranking = Literal["expression", "normalised", "specificity"]


@dataclass(frozen=True, kw_only=True)
class SemSTConfig:
    """All settings of a run; the defaults are the preset ``"semst"``.

    Attributes
    ----------
    preset
        Name of the set of features and defaults: ``"semst"`` or ``"paper"``.
    n_top_genes
        Variable genes that enter the model; all where there are fewer.
    min_spots
        Genes seen in fewer spots are left out.
    n_neighs
        Wanted mean number of spatial neighbours, from which the radius is found.
    n_expression_neighs
        Neighbours in the expression graph.
    normalisation
        ``"symmetric"`` (equation 3) or ``"row"`` (the authors' code).
    n_pcs
        Principal components that enter the graph convolutions; 0 takes the genes themselves.
    scales
        Numbers of nearest spots over which the components are averaged for the linear path; empty leaves the
        path out, and the embedding is then what the network alone has learned.
    n_hidden, n_view
        Widths of the two graph convolutions of each view.
    n_latent
        Width of the embedding.
    n_networks
        Networks whose embeddings are averaged; more than one needs the linear path, which aligns them.
    fusion
        How semantics come in: ``"fsm"``, ``"concat"``, ``"add"``, ``"cross-attention"`` or ``"none"``.
    fsm_hidden
        Hidden width of FSM's perceptron; 0 takes twice the width of what is modulated.
    zero_init
        FSM starts without modulation.
    smooth_semantics
        Average semantic vectors over the spatial neighbours, and centre them.
    decoder_hidden
        Width of the decoder's hidden layer; 0 for a linear decoder.
    gene_dispersion
        One dispersion a gene instead of one a gene and spot.
    dropout_ridge
        Weight of the penalty on the squared dropout probability.
    target_neighs
        The decoder explains the counts of a spot together with this many nearest ones; 0 for the spot alone.
    batch_spots
        Spots on which the decoder is evaluated in a step, drawn afresh each time from its tiles; 0 for all.
    tile_spots
        Most spots that are worked on at a time; a larger slice is cut into tiles. 0 takes any slice whole.
    step_tiles
        Tiles that share one step of training, drawn afresh each time where there are more.
    correlation_weight, spatial_weight
        γ and λ of equation 14.
    epochs, learning_rate, weight_decay
        Of Adam; an epoch is one step of the encoder over the whole slice.
    semantics
        Default source of semantic vectors. ``"none"``, as no source that has been measured raises the scores
        of the preset ``"semst"`` (``docs/benchmarks.md``); ``fusion`` says how one that is given comes in.
    k_g
        Genes per spot in prompts.
    ranking
        What ranks a spot's genes: ``"expression"``, ``"normalised"`` or ``"specificity"``.
    landmarks
        Spots, spread over the tissue, whose texts are embedded; the vectors of the others are predicted from
        their expression. 0 embeds every spot. For sources that read a text for every spot.
    n_starts
        Starts of the mixture that makes the domains.

    Examples
    --------
    >>> SemSTConfig().epochs == preset("semst").epochs
    True
    """

    preset: str = "semst"
    n_top_genes: int = 3000
    min_spots: int = 10
    n_neighs: int = 12
    n_expression_neighs: int = 14
    normalisation: Literal["symmetric", "row"] = "symmetric"
    n_pcs: int = 15
    scales: tuple[int, ...] = (6, 18, 36)
    n_hidden: int = 64
    n_view: int = 32
    n_latent: int = 15
    n_networks: int = 4
    fusion: str = "fsm"
    fsm_hidden: int = 16
    zero_init: bool = True
    smooth_semantics: bool = True
    decoder_hidden: int = 64
    gene_dispersion: bool = True
    dropout_ridge: float = 0.0
    target_neighs: int = 6
    batch_spots: int = 512
    tile_spots: int = 30_000
    step_tiles: int = 4
    correlation_weight: float = 0.01
    spatial_weight: float = 0.01
    epochs: int = 60
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    semantics: str = "none"
    k_g: int = 20
    ranking: Ranking = "expression"
    landmarks: int = 0
    n_starts: int = 100

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        for name in ("n_top_genes", "min_spots", "n_neighs", "n_expression_neighs", "n_hidden", "n_view"):
            _positive(name, getattr(self, name))
        for name in ("n_latent", "n_networks", "epochs", "k_g", "n_starts", "step_tiles"):
            _positive(name, getattr(self, name))
        if self.tile_spots:
            _positive("tile_spots", self.tile_spots)
        if self.ranking not in get_args(Ranking):
            raise SemSTError(
                f"ranking is {self.ranking!r}; accepted are {', '.join(map(repr, get_args(Ranking)))}."
            )
        if self.fusion not in FUSIONS:
            raise SemSTError(f"fusion is {self.fusion!r}; accepted are {', '.join(map(repr, FUSIONS))}.")
        if self.normalisation not in ("symmetric", "row"):
            raise SemSTError(f"normalisation is {self.normalisation!r}; accepted are 'symmetric' and 'row'.")
        if self.scales and not self.n_pcs:
            raise SemSTError(
                f"n_pcs is 0 and scales is {list(self.scales)}: the linear path averages components. "
                "Use scales=() to feed genes themselves, or give n_pcs."
            )
        if self.n_networks > 1 and not self.scales:
            raise SemSTError(
                f"n_networks is {self.n_networks} without a linear path (scales is empty): embeddings of "
                "separate networks have no axes in common. Use n_networks=1, or give scales."
            )
        if self.learning_rate <= 0:
            raise SemSTError(f"learning_rate is {self.learning_rate}; give a positive number.")

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {**asdict(self), "scales": list(self.scales)}

    def of_training(self) -> dict[str, Any]:
        """Return the settings that a checkpoint has to share.

        Not among them are the number of epochs, so that a run can be made longer, and what follows the
        training.
        """
        return {name: value for name, value in self.as_dict().items() if name not in ("epochs", "n_starts")}


def _positive(name: str, value: Any) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise SemSTError(f"{name} is {value!r}; give a whole number of 1 or more.")


_PAPER: dict[str, Any] = {
    "preset": "paper",
    "min_spots": 100,
    "n_neighs": 57,  # what the published radius of 560 px means on the DLPFC slices
    "normalisation": "row",
    "n_pcs": 0,
    "scales": (),
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
    "correlation_weight": 0.1,
    "spatial_weight": 0.1,
    "epochs": 100,
    "learning_rate": 1e-3,
    "weight_decay": 5e-4,
    "semantics": "qwen3",
    "n_starts": 1,
}

PRESETS: dict[str, SemSTConfig] = {"semst": SemSTConfig(), "paper": SemSTConfig(**_PAPER)}


def preset(name: str, **changes: Any) -> SemSTConfig:
    """Take a named set of settings, with single ones changed.

    Parameters
    ----------
    name
        ``"semst"``, the default for all data, or ``"paper"``, the published configuration for Visium.
    **changes
        Any attribute of :class:`SemSTConfig` but the preset itself. ``None`` keeps the preset's value.

    Returns
    -------
    The settings.

    Raises
    ------
    SemSTError
        If the preset or a setting is unknown, or a value cannot be right.

    Examples
    --------
    >>> preset("paper", epochs=200).epochs
    200
    """
    if name not in PRESETS:
        raise SemSTError(f"preset is {name!r}; accepted are {', '.join(map(repr, PRESETS))}.")
    known = [f.name for f in fields(SemSTConfig) if f.name != "preset"]
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise SemSTError(f"Unknown settings: {', '.join(unknown)}. Accepted are: {', '.join(known)}.")
    # NumPy's numbers are numbers, and no file of settings knows them
    plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in changes.items()}
    given = {key: value for key, value in plain.items() if value is not None}
    if "scales" in given:
        given["scales"] = tuple(given["scales"])
    return replace(PRESETS[name], **given)
