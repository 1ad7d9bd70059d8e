"""What every model beside SemST itself agrees to: encoder, FSM, decoder, losses, matrix to cluster."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst._errors import SemSTError
from semst.nn import FSM, CountBlock

from ._checksum import place_sums
from ._prepare import Slice


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """Settings that all backbones have; each backbone adds its own and sets its published defaults.

    Attributes
    ----------
    epochs, learning_rate, weight_decay, clip_norm
        Of Adam; ``clip_norm`` is the longest gradient, ``None`` for no limit.
    n_top_genes
        Variable genes that enter the model; all where there are fewer.
    cluster_pcs
        The embedding is reduced to this many principal components before it is clustered; 0 leaves it.
    refine_neighs
        Nearest spots that have a vote in the model's own refinement; 0 for a model without one.
    cluster
        Clusterer of the authors, taken where none is asked for; ``"auto"`` is mclust, or its counterpart in
        Python where R is not to be had.
    n_starts
        Starts of the mixture that makes the domains; 1 is mclust's own. Other clusterers have their own.
    fsm_hidden
        Hidden width of FSM's perceptron; 0 takes twice the width of what is modulated.
    as_published
        Repeat quirks of the published code where a published number hangs on them; the model's docstring
        names them.
    """

    epochs: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip_norm: float | None = None
    n_top_genes: int = 3000
    cluster_pcs: int = 0
    refine_neighs: int = 0
    cluster: str = "auto"
    n_starts: int = 1
    fsm_hidden: int = 0
    as_published: bool = False

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        for name in ("epochs", "n_top_genes", "n_starts"):
            if getattr(self, name) < 1:
                raise SemSTError(f"{name} is {getattr(self, name)!r}; give a whole number of 1 or more.")
        for name in ("cluster_pcs", "refine_neighs", "fsm_hidden", "weight_decay"):
            if getattr(self, name) < 0:
                raise SemSTError(f"{name} is {getattr(self, name)!r}; give 0 or more.")
        if self.learning_rate <= 0:
            raise SemSTError(f"learning_rate is {self.learning_rate}; give a positive number.")

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def of_training(self) -> dict[str, Any]:
        """Return the settings that a checkpoint has to share: all but those of what follows the training."""
        later = {"cluster", "cluster_pcs", "n_starts", "refine_neighs"}
        return {name: value for name, value in self.as_dict().items() if name not in later}


class BackboneInputs(nn.Module):
    """The fixed tensors of one slice (or several, block-diagonal); subclasses add graphs and features.

    Being a module, it moves to a device with everything in it. Nothing of it is trained.

    Attributes
    ----------
    semantic
        Smoothed and centred semantic vectors, shape (n, d'); ``None`` without FSM.
    """

    semantic: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("semantic", None, persistent=False)

    def set_semantic(self, vectors: np.ndarray) -> None:
        """Take in the semantic vectors, shape (n, d')."""
        self.semantic = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))

    def set_targets(self, values: sp.csr_matrix) -> None:
        """Take in what a decoder of counts has to explain, shape (n, n_genes)."""
        for name, part in vars(CountBlock.from_scipy(values)).items():
            self.register_buffer(f"target_{name}", part, persistent=False)

    @property
    def targets(self) -> CountBlock:
        """What :meth:`set_targets` took in."""
        return CountBlock(
            **{part.name: self.get_buffer(f"target_{part.name}") for part in fields(CountBlock)}
        )

    def checksum(self) -> dict[str, list[str]]:
        """Return two sums of every tensor, which tell one slice's inputs from another's.

        See :func:`place_sums`.
        """
        return {name: place_sums(tensor) for name, tensor in self.named_buffers()}


@dataclass(frozen=True)
class Prepared:
    """A slice made ready for one backbone.

    Attributes
    ----------
    inputs
        Its tensors.
    genes
        Genes that enter the model; the semantic vectors are made from these.
    adjacency
        Spatial graph, binary and without self loops, over which semantic vectors are averaged.
    params
        What was chosen on the way, for the record.
    """

    inputs: BackboneInputs
    genes: pd.Index
    adjacency: sp.csr_matrix
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Phase:
    """One stretch of training with an optimiser of its own."""

    name: str
    epochs: int
    learning_rate: float
    weight_decay: float = 0.0
    clip_norm: float | None = None


class Backbone(nn.Module, ABC):
    """A graph network that FSM can be plugged into.

    A subclass prepares its inputs, encodes, decodes and scores; FSM, training, clustering and the slots are
    the same for all. The tensor that :meth:`encode` returns is the one FSM acts on:

    ``encode -> modulate -> (decoder, losses) -> embedding``

    FSM starts as the identity (α = β = 0, W = I + V with V = 0), so that the host is unchanged at step 0, and
    the host's weight decay, where it has one, draws FSM back to that.

    Parameters
    ----------
    inputs
        Prepared tensors; widths are taken from them.
    config
        Settings.
    n_modulated
        Width of what :meth:`encode` returns.

    Attributes
    ----------
    Config
        Class of the settings, whose defaults are the authors' (SemanticST's are not; it says so).
    reference
        Where the method is described.
    uses_image
        Whether image features of the slice are made use of.
    """

    Config: ClassVar[type[BackboneConfig]]
    reference: ClassVar[str]
    config: BackboneConfig
    uses_image: ClassVar[bool] = False

    def __init__(self, inputs: BackboneInputs, config: BackboneConfig, n_modulated: int) -> None:
        super().__init__()
        self.config = config
        self.fsm: FSM | None = None
        if inputs.semantic is not None:
            # made apart from the host's weights, which so are the same with and without FSM
            with torch.random.fork_rng(devices=[]):
                self.fsm = FSM(
                    n_modulated,
                    inputs.semantic.shape[1],
                    n_hidden=config.fsm_hidden or None,
                    residual=True,
                )

    @classmethod
    @abstractmethod
    def prepare(cls, data: Slice, config: Any, *, random_state: int = 0) -> Prepared:
        """Counts and coordinates to the tensors of this model; several samples share no spatial edge."""

    @abstractmethod
    def encode(self, inputs: Any) -> Tensor:
        """Return the tensor FSM acts on, shape (n, n_modulated)."""

    @abstractmethod
    def losses(self, inputs: Any, phase: str) -> dict[str, Tensor]:
        """Return the parts of the loss and, under ``"loss"``, their weighted sum."""

    @abstractmethod
    def embedding(self, inputs: Any) -> Tensor:
        """Return the matrix that is clustered, (n, d); called without gradients in evaluation mode."""

    def phases(self) -> tuple[Phase, ...]:
        """Return the stretches of training, in order; one with the settings' optimiser by default."""
        config = self.config
        return (Phase("train", config.epochs, config.learning_rate, config.weight_decay, config.clip_norm),)

    def begin(self, phase: str, inputs: Any) -> None:
        """Prepare a phase, for example from the state the last one left; the same for the same weights."""

    def inspect(self, inputs: Any) -> dict[str, Tensor]:
        """Return what is worth a look inside a trained model, by name, each (n, ...); by default nothing."""
        return {}

    def modulate(self, features: Tensor, inputs: BackboneInputs, order: Tensor | None = None) -> Tensor:
        """Let semantics act on ``features`` (n, n_modulated); without FSM they come back as they are.

        Parameters
        ----------
        features
            What the encoder gave.
        inputs
            Holds the semantic vectors.
        order
            For a view whose rows are permuted or a part: the spot in every row, so that a spot keeps its own
            meaning.
        """
        if self.fsm is None or inputs.semantic is None:
            return features
        return self.fsm(features, inputs.semantic if order is None else inputs.semantic[order])

    def modulate_views(
        self, first: Tensor, second: Tensor, inputs: BackboneInputs, order: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Modulate two views of all spots, whose scales and shifts are made once for both.

        Parameters
        ----------
        first, second
            The views, each (n, n_modulated).
        inputs
            Holds the semantic vectors.
        order
            Where the rows of the second view are permuted: the spot in every row of it.
        """
        if self.fsm is None or inputs.semantic is None:
            return first, second
        alpha, beta = self.fsm.scale_and_shift(inputs.semantic)
        modulated = self.fsm.modulate(first, alpha, beta)
        if order is not None:
            alpha, beta = alpha.index_select(0, order), beta.index_select(0, order)
        return modulated, self.fsm.modulate(second, alpha, beta)

    def latent(self, inputs: Any) -> Tensor:
        """Encode and modulate, shape (n, n_modulated)."""
        return self.modulate(self.encode(inputs), inputs)

    @torch.no_grad()
    def still_latent(self, inputs: Any) -> Tensor:
        """Return :meth:`latent` in the middle of training as inference would see it, without a gradient."""
        training = self.training
        self.eval()
        latent = self.latent(inputs)
        self.train(training)
        return latent
