"""Train a backbone, whichever it is."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from semst import pp, train
from semst._errors import SemSTError

from ._contract import Backbone, BackboneConfig, Prepared


@dataclass(frozen=True)
class FittedBackbone:
    """A trained backbone and what came of it.

    Attributes
    ----------
    network
        On the CPU, in evaluation mode.
    embedding
        What is clustered, shape (n_spots, d), float32; reduced to ``cluster_pcs`` components where the model
        asks for it.
    history
        Losses by epoch; with several phases named ``phase/part``.
    inspected
        What :meth:`Backbone.inspect` gives for the trained network.
    """

    network: Backbone
    embedding: np.ndarray
    history: train.History
    inspected: dict[str, np.ndarray] = field(default_factory=dict)


def build_backbone(
    model: type[Backbone], prepared: Prepared, config: BackboneConfig, *, random_state: int = 0
) -> Backbone:
    """Make the network with weights drawn from ``random_state``, leaving the global random state alone.

    Parameters
    ----------
    model, prepared, config
        The class, a slice that it prepared, its settings.
    random_state
        Seed of the weights.

    Returns
    -------
    The network, on the CPU; with FSM where the slice has semantic vectors.

    Examples
    --------
    >>> import semst
    >>> from semst.models.backbones import get
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model = get("graphst")
    >>> build_backbone(model, model.prepare(data, model.Config()), model.Config()).fsm is None
    True
    """
    with torch.random.fork_rng(devices=[]):
        train.seed(random_state)
        return model(prepared.inputs, config)  # type: ignore[call-arg]


def fit_backbone(
    model: type[Backbone],
    prepared: Prepared,
    config: BackboneConfig,
    *,
    random_state: int = 0,
    device: str = "auto",
    precision: train._loop.Precision = "32-true",
    checkpoint_dir: str | Path | None = None,
    progress: bool = True,
) -> FittedBackbone:
    """Train a backbone through its phases and embed every spot with the last weights.

    Parameters
    ----------
    model, prepared, config
        The class, a slice that it prepared, its settings.
    random_state
        Seed of the weights and of training.
    device, precision
        See :func:`semst.train.make_fabric`.
    checkpoint_dir
        Folder that lets a run that was cut off go on; one subfolder a phase.
    progress
        Show the training's progress.

    Returns
    -------
    Network, embedding and history.

    Raises
    ------
    SemSTError
        If the loss or the embedding stops being finite, or the checkpoint is of other data or settings.

    Examples
    --------
    >>> import semst
    >>> from semst.models.backbones import get
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model, config = get("graphst"), get("graphst").Config(epochs=1)
    >>> fit_backbone(model, model.prepare(data, config), config, progress=False).embedding.shape
    (120, 20)
    """
    network = build_backbone(model, prepared, config, random_state=random_state)
    fabric = train.make_fabric(device, precision)
    network.to(fabric.device)
    data = None if checkpoint_dir is None else prepared.inputs.checksum()
    inputs = prepared.inputs.to(fabric.device)
    phases = network.phases()
    whole = train.History(device=str(fabric.device), precision=precision)
    devices = [fabric.device] if fabric.device.type == "cuda" else []
    for phase in phases:
        with torch.random.fork_rng(devices=devices), train.repeatable(fabric.device):
            train.seed(random_state, fabric.device)
            network.begin(phase.name, inputs)
        history = train.train(
            network,
            lambda name=phase.name: network.losses(inputs, name),  # type: ignore[misc]
            epochs=phase.epochs,
            learning_rate=phase.learning_rate,
            weight_decay=phase.weight_decay,
            clip_norm=phase.clip_norm,
            random_state=random_state,
            fabric=fabric,
            checkpoint_dir=None if checkpoint_dir is None else Path(checkpoint_dir) / phase.name,
            run_settings={
                **config.of_training(),
                "model": model.__name__,
                "phase": phase.name,
                "inputs": data,
            },
            progress=progress,
        )
        stem = f"{phase.name}/" if len(phases) > 1 else ""
        whole.losses.update({f"{stem}{name}": values for name, values in history.losses.items()})
        whole.seconds += history.seconds
        whole.resumed_at += history.resumed_at
    embedding = embed_backbone(network, prepared, config)
    with torch.no_grad(), train.repeatable(fabric.device):
        inspected = {name: values.float().cpu().numpy() for name, values in network.inspect(inputs).items()}
    inputs.cpu()  # as they came
    return FittedBackbone(network.cpu(), embedding, whole, inspected)


def embed_backbone(network: Backbone, prepared: Prepared, config: BackboneConfig) -> np.ndarray:
    """Embed every spot with trained weights.

    Parameters
    ----------
    network
        Put into evaluation mode.
    prepared
        The slice, on the same device.
    config
        Says to how many principal components the embedding is reduced.

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
    >>> from semst.models.backbones import get
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model, config = get("graphst"), get("graphst").Config()
    >>> prepared = model.prepare(data, config)
    >>> embed_backbone(build_backbone(model, prepared, config), prepared, config).shape
    (120, 20)
    """
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad(), train.repeatable(device):
        embedding = network.embedding(prepared.inputs).float().cpu().numpy()
    bad = ~np.isfinite(embedding).all(axis=1)
    if bad.any():
        raise SemSTError(
            f"{bad.sum()} spots have an embedding that is not finite. Lower the learning rate or use "
            "precision '32-true'."
        )
    if config.cluster_pcs and config.cluster_pcs < embedding.shape[1]:
        embedding = pp.fit_components(embedding, n_components=config.cluster_pcs).project(embedding)
    return embedding
