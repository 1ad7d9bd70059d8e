"""What every model agrees to: prepare, encode, modulate, losses, and the matrix that is clustered."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst import _words, distributed, gr, pp
from semst._brief import brief
from semst._errors import SemSTError
from semst.cluster import refine
from semst.data import Slice
from semst.nn import FSM, CountBlock

from ._checksum import weighted_sums
from ._config import ModelConfig

Losses = dict[str, Tensor]
LEAST_SEEN = 0.1  # part of a direction that the genes a slice has must hold for it to be found from them


class Inputs(Protocol):
    """The fixed tensors of a slice, as the fit handles them; most models build on :class:`ModelInputs`."""

    semantic: Tensor | None

    def set_semantic(self, vectors: np.ndarray) -> None:
        """Take in the semantic vectors, shape (n, d')."""

    def on(self, device: torch.device, ranks: distributed.Group) -> Any:
        """Return what the losses are computed from, on ``device``, for one of several processes."""

    def checksum(self) -> Any:
        """Return plain values that tell one slice's tensors from another's."""


class ModelInputs(nn.Module):
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

    def on(self, device: torch.device, ranks: distributed.Group) -> Self:
        """Move to ``device``; these inputs are the moved ones."""
        return self.to(device)

    def checksum(self) -> dict[str, list[str]]:
        """Return two sums of every tensor, which tell one slice's inputs from another's."""
        return {name: weighted_sums(tensor) for name, tensor in self.named_buffers()}


@brief
@dataclass(frozen=True)
class Projections:
    """What was fitted to a slice ahead of training, so that other slices can be treated alike.

    Attributes
    ----------
    genes
        Genes that enter the model.
    arrays
        Means, scales and loadings by name.
    absent
        Genes that a later slice lacks, shape (n_genes,); see :meth:`without`.

    Examples
    --------
    >>> loadings = np.float32([[0.6], [0.8]])
    >>> fitted = Projections(pd.Index(["A", "B"]), packed(c=pp.Components(np.float32([1, 2]), loadings)))
    >>> spot = np.float32([[1.0 + 0.6, 2.0 + 0.8]])
    >>> fitted.components("c").project(spot).round(3).tolist()
    [[1.0]]
    >>> fitted.without(np.array([False, True])).components("c").project(spot * [1, 0]).round(3).tolist()
    [[1.0]]
    """

    genes: pd.Index
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    absent: np.ndarray | None = None

    def without(self, absent: np.ndarray) -> "Projections":
        """Treat a slice that lacks some genes (a mask over ``genes``) by those that it has.

        Scores on components fitted to genes are found by least squares from the genes that are there; without
        that, they would shrink with every missing one. Where genes enter a model themselves, :func:`centring`
        puts missing ones in at their mean.
        """
        arrays = dict(self.arrays)
        for name, values in self.arrays.items():
            if name.endswith("/loadings") and len(values) == len(self.genes):
                there = np.where(absent[:, None], np.float32(0), values)
                inverse = np.linalg.pinv(there.T @ there, rcond=LEAST_SEEN, hermitian=True)
                arrays[name] = (there @ inverse).astype(np.float32)
        return replace(self, arrays=arrays, absent=absent)

    def components(self, name: str) -> pp.Components:
        """Return fitted principal components by their name."""
        return pp.Components(self.arrays[f"{name}/mean"], self.arrays[f"{name}/loadings"])


def packed(**fitted: Any) -> dict[str, np.ndarray]:
    """Lay fitted numbers, arrays and components out as arrays by name; ``None`` is left out.

    Examples
    --------
    >>> packed(scale=2.0, none=None)["scale"].tolist()
    2.0
    """
    arrays: dict[str, np.ndarray] = {}
    for name, value in fitted.items():
        if isinstance(value, pp.Components):
            arrays[f"{name}/mean"] = value.mean
            arrays[f"{name}/loadings"] = np.ascontiguousarray(value.loadings)
        elif value is not None:
            arrays[name] = np.asarray(value)
    return arrays


@brief
@dataclass(frozen=True)
class Prepared:
    """A slice made ready for one model.

    Attributes
    ----------
    inputs
        Its tensors.
    projections
        What was fitted on the way, its genes among it: semantic vectors are made from these.
    adjacency
        Spatial graph, binary and without self loops, over which semantic vectors are averaged.
    record
        What was chosen on the way, by section of the run's record.
    """

    inputs: Any
    projections: Projections
    adjacency: sp.csr_matrix
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Phase:
    """One stretch of training with an optimiser of its own."""

    name: str
    epochs: int
    learning_rate: float
    weight_decay: float = 0.0
    clip_norm: float | None = None


class Model(nn.Module, ABC):
    """A graph network whose features can be modulated by the meaning of genes.

    A subclass prepares its inputs, encodes, decodes and scores; FSM, training, clustering and the slots are
    the same for all. The tensor that :meth:`encode` returns is the one FSM acts on:

    ``prepare -> encode -> modulate -> (decoder, losses) -> embedding``

    FSM starts as the identity (α = β = 0, W = I + V with V = 0), so that the host is unchanged at step 0, and
    the host's weight decay, where it has one, draws FSM back to that.

    Parameters
    ----------
    inputs
        Prepared tensors; widths are taken from them.
    config
        Settings.
    n_modulated
        Width of what :meth:`encode` returns; ``None`` for a model that brings a modulation of its own.

    Attributes
    ----------
    Config
        Class of the settings, whose defaults are the model's.
    title, reference
        What it is called, and where it is described.
    presets
        Named sets of settings, by name.
    semantics_by_default
        Whether semantic vectors that are given come in unasked; else they do with ``fsm=True``.
    semantic_preset
        Set of settings that is taken where semantics are asked for and no preset is.
    of_slice
        Weights and buffers that belong to the spots of the fitted slice and say nothing of another.
    uses_image
        Whether image features of the slice are made use of.
    limits
        Why the model lacks a feature, where it has a reason of its own; see :func:`semst.models.features`.
    """

    Config: ClassVar[type[ModelConfig]]
    title: ClassVar[str]
    reference: ClassVar[str]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    semantics_by_default: ClassVar[bool] = False
    semantic_preset: ClassVar[str | None] = None
    of_slice: ClassVar[frozenset[str]] = frozenset()
    uses_image: ClassVar[bool] = False
    limits: ClassVar[Mapping[str, str]] = {}
    config: ModelConfig

    def __init__(self, inputs: Inputs, config: ModelConfig, n_modulated: int | None) -> None:
        super().__init__()
        self.config = config
        self.fsm: FSM | None = None
        if inputs.semantic is not None and n_modulated is not None:
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
    def prepare(
        cls, data: Slice, config: Any, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Counts and coordinates to the tensors of this model; several samples share no spatial edge.

        Parameters
        ----------
        data
            The slice.
        config
            Settings of the model.
        random_state
            Seed of what is drawn.
        like
            What was fitted to an earlier slice, which this one is to be treated like; ``None`` fits it here.
        """

    @abstractmethod
    def encode(self, inputs: Any) -> Tensor:
        """Return the tensor that semantics act on, shape (n, n_modulated)."""

    @abstractmethod
    def losses(self, inputs: Any, phase: str) -> Losses | Iterator[Losses]:
        """Return the parts of the loss and, under ``"loss"``, their weighted sum.

        A loss too large for the memory comes in summands, as an iterator of such dictionaries.
        """

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

    def figures(self, inputs: Any, embedding: np.ndarray) -> dict[str, float]:
        """Return numbers about the trained model for the record, by name; by default none."""
        return {}

    @classmethod
    def voters(cls, data: Slice, adjacency: sp.csr_matrix, config: ModelConfig) -> sp.csr_matrix | None:
        """Return who has a vote in the refinement of whom, (n, n); ``None`` for a model without one."""
        if not config.refine_neighs:
            return None
        return gr.directed_neighbours(
            data.coordinates, n_neighs=config.refine_neighs, samples=data.samples, or_all=True
        )

    @classmethod
    def vote(cls, labels: np.ndarray, voters: sp.csr_matrix, config: ModelConfig) -> np.ndarray:
        """Return the domains after a vote of the neighbours (n,); see :meth:`voters`."""
        return refine(labels, voters)

    @classmethod
    def no_semantics(cls, config: ModelConfig) -> str | None:
        """Return why semantic vectors cannot act with these settings; ``None`` where they can."""
        return None

    @classmethod
    def train_in_group(cls, network: "Model", inputs: Any, options: Any) -> Any:
        """Train in several processes; only models whose steps can be shared do."""
        raise SemSTError(f"{cls.title} trains in one process; leave {_words.name('devices')} out.")

    def modulate(self, features: Tensor, inputs: Inputs, order: Tensor | None = None) -> Tensor:
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
        self, first: Tensor, second: Tensor, inputs: Inputs, order: Tensor | None = None
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
    def latent_in_evaluation(self, inputs: Any) -> Tensor:
        """Return :meth:`latent` in the middle of training as inference would see it, without a gradient."""
        training = self.training
        self.eval()
        latent = self.latent(inputs)
        self.train(training)
        return latent
