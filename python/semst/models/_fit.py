"""Train a model on a prepared slice, whichever model it is, and embed spots with it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semst import distributed, pp, train
from semst._brief import brief
from semst._errors import SemSTError
from semst._forked import check_fork

from ._config import ModelConfig
from ._model import Inputs, Model, Prepared


@dataclass(frozen=True)
class TrainingOptions:
    """How to train: settings of the model, seed, and where it is computed."""

    config: ModelConfig
    random_state: int
    compute: train.Compute


@brief
@dataclass(frozen=True)
class Fitted:
    """A trained model and what came of it.

    Attributes
    ----------
    network
        On the CPU, in evaluation mode.
    embedding
        What is clustered, shape (n_spots, d), float32; reduced to ``cluster_pcs`` components where the model
        asks for it.
    reduction
        Those components, fitted; ``None`` where nothing was reduced.
    history
        Losses by epoch; with several phases named ``phase/part``.
    inspected
        What :meth:`Model.inspect` gives for the trained model.
    figures
        What :meth:`Model.figures` gives.
    """

    network: Model
    embedding: np.ndarray
    reduction: pp.Components | None
    history: train.History
    inspected: dict[str, np.ndarray] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


def build(model: type[Model], inputs: Inputs, config: ModelConfig, *, random_state: int = 0) -> Model:
    """Make the network with weights drawn from ``random_state``, leaving the global random state alone.

    Parameters
    ----------
    model, inputs, config
        The class, a slice that it prepared, its settings.
    random_state
        Seed of the weights.

    Returns
    -------
    The network, on the CPU; with semantic modulation where the inputs have semantic vectors.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model = semst.models.get("graphst")
    >>> build(model, model.prepare(data, model.Config()).inputs, model.Config()).fsm is None
    True
    """
    with torch.random.fork_rng(devices=[]):
        train.seed(random_state)
        return model(inputs, config)  # type: ignore[call-arg]


def fit(
    model: type[Model],
    prepared: Prepared,
    config: ModelConfig,
    *,
    random_state: int = 0,
    compute: train.Compute | None = None,
) -> Fitted:
    """Train a model through its phases and embed every spot with the last weights.

    Parameters
    ----------
    model, prepared, config
        The class, a slice that it prepared, its settings.
    random_state
        Seed of the weights and of training.
    compute
        Device, precision, processes, checkpoints and progress.

    Returns
    -------
    Network, embedding and history.

    Raises
    ------
    SemSTError
        If the loss or the embedding stops being finite, the checkpoint is of other data or settings, device
        or precision are not to be had, or one of several processes fails.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model, config = semst.models.settings("graphst", epochs=1)
    >>> quiet = semst.train.Compute(progress=False)
    >>> fit(model, model.prepare(data, config), config, compute=quiet).embedding.shape
    (120, 20)
    """
    check_fork()
    options = TrainingOptions(config, random_state, compute or train.Compute())
    network = build(model, prepared.inputs, config, random_state=random_state)
    if options.compute.devices > 1 and network.phases() and not distributed.in_group():
        history = model.train_in_group(network, prepared.inputs, options)
        inputs = prepared.inputs.on(torch.device("cpu"), distributed.Group())
    else:
        history, inputs = train_here(network, prepared.inputs, options)
    whole = _embed(network, inputs)
    embedding, reduction = _reduce(whole, config, None)
    with torch.no_grad(), train.repeatable(_device(network)):
        inspected = {name: values.float().cpu().numpy() for name, values in network.inspect(inputs).items()}
    figures = network.figures(inputs, whole)
    if isinstance(prepared.inputs, torch.nn.Module):
        prepared.inputs.cpu()  # as they came
    return Fitted(network.cpu(), embedding, reduction, history, inspected, figures)


def train_here(network: Model, inputs: Inputs, options: TrainingOptions) -> tuple[train.History, Any]:
    """Train ``network`` on a slice in this process, with the others of its group if it is in one.

    Parameters
    ----------
    network
        Trained in place, and moved to the device.
    inputs
        The slice, on the CPU.
    options
        How.

    Returns
    -------
    History of the losses, and the slice on the device.
    """
    config, compute = options.config, options.compute
    fabric = distributed.make_fabric(compute.device, compute.precision)
    network.to(fabric.device)
    identity = None if compute.checkpoint_dir is None else inputs.checksum()
    there = inputs.on(fabric.device, distributed.Group(fabric.global_rank, fabric.world_size))
    phases = network.phases()
    whole = train.History(device=str(fabric.device), precision=compute.precision)
    devices = [fabric.device] if fabric.device.type == "cuda" else []
    for phase in phases:
        alone = len(phases) == 1
        with torch.random.fork_rng(devices=devices), train.repeatable(fabric.device):
            train.seed(options.random_state, fabric.device)
            network.begin(phase.name, there)
        history = train.train(
            network,
            lambda name=phase.name: network.losses(there, name),  # type: ignore[misc]
            epochs=phase.epochs,
            learning_rate=phase.learning_rate,
            weight_decay=phase.weight_decay,
            clip_norm=phase.clip_norm,
            random_state=options.random_state,
            fabric=fabric,
            checkpoint_dir=_folder(compute.checkpoint_dir, None if alone else phase.name),
            run_settings={
                **config.of_training(),
                "model": type(network).__name__,
                "phase": phase.name,
                "inputs": identity,
            },
            progress=compute.progress,
        )
        stem = "" if alone else f"{phase.name}/"
        whole.losses.update({f"{stem}{name}": values for name, values in history.losses.items()})
        whole.seconds += history.seconds
        whole.resumed_at += history.resumed_at
    return whole, there


def embed(
    network: Model, inputs: Inputs, config: ModelConfig, *, reduction: pp.Components | None = None
) -> np.ndarray:
    """Embed every spot of a slice with trained weights, on the CPU.

    Parameters
    ----------
    network
        On the CPU; put into evaluation mode.
    inputs
        The slice.
    config
        Settings of the model.
    reduction
        Components of the fit that the embedding is reduced to; ``None`` fits them here where the settings ask
        for a reduction.

    Returns
    -------
    The matrix that is clustered, (n_spots, d), float32.

    Raises
    ------
    SemSTError
        If an embedding is not finite.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model, config = semst.models.settings("graphst")
    >>> prepared = model.prepare(data, config)
    >>> embed(build(model, prepared.inputs, config), prepared.inputs, config).shape
    (120, 20)
    """
    return _reduce(_embed(network, inputs.on(torch.device("cpu"), distributed.Group())), config, reduction)[0]


def _embed(network: Model, there: Any) -> np.ndarray:
    """Embed spots that are on the network's device."""
    network.eval()
    with torch.no_grad(), train.repeatable(_device(network)):
        embedding = network.embedding(there).float().cpu().numpy()
    bad = ~np.isfinite(embedding).all(axis=1)
    if bad.any():
        raise SemSTError(
            f"{bad.sum()} spots have an embedding that is not finite. Lower the learning rate or use "
            "precision '32-true'."
        )
    return embedding


def _reduce(
    embedding: np.ndarray, config: ModelConfig, reduction: pp.Components | None
) -> tuple[np.ndarray, pp.Components | None]:
    """Reduce an embedding to components, of the fit or fitted here, where the model asks for it."""
    if reduction is None and 0 < config.cluster_pcs < embedding.shape[1]:
        reduction = pp.fit_components(embedding, n_components=config.cluster_pcs)
    return (embedding if reduction is None else reduction.project(embedding)), reduction


def _device(network: Model) -> torch.device:
    return next((weight.device for weight in network.parameters()), torch.device("cpu"))


def _folder(folder: str | Path | None, part: str | None) -> Path | None:
    if folder is None:
        return None
    return Path(folder) if part is None else Path(folder) / part
