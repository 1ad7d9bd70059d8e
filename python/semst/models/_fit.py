"""Train the network on one prepared slice."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from semst import train
from semst._errors import SemSTError
from semst.pp import Features

from ._config import SemSTConfig
from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._tiled import Tissue


@dataclass(frozen=True)
class Fitted:
    """A trained network and what came of it.

    Attributes
    ----------
    network
        On the CPU, in evaluation mode.
    embedding
        Shape (n_spots, n_latent), float32.
    history
        Losses by epoch.
    branch_share
        Size of what the network adds, relative to the linear path (Frobenius norms); NaN without that path.
    """

    network: SemSTNetwork
    embedding: np.ndarray
    history: train.History
    branch_share: float


def build_network(
    n_features: int, n_genes: int, n_semantic: int, *, config: SemSTConfig, random_state: int = 0
) -> SemSTNetwork:
    """Make the network with weights drawn from ``random_state``, leaving the global random state alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        return SemSTNetwork(n_features, n_genes, n_semantic, config)


def fit_network(
    inputs: NetworkInputs,
    features: Features,
    config: SemSTConfig,
    *,
    random_state: int = 0,
    device: str = "auto",
    precision: train._loop.Precision = "32-true",
    checkpoint_dir: str | Path | None = None,
    progress: bool = True,
) -> Fitted:
    """Train SemST on a slice for ``config.epochs`` epochs and embed every spot with the last weights.

    Parameters
    ----------
    inputs, features
        From :func:`semst.models.assemble` and :func:`semst.models.prepare_features`.
    config
        Widths, loss weights and the optimiser's settings.
    random_state
        Seed of the weights and of training.
    device, precision
        See :func:`semst.train.make_fabric`.
    checkpoint_dir
        Folder that lets a run that was cut off go on.
    progress
        Show the training's progress.

    Returns
    -------
    Network, embedding, history and the share of the network in the embedding.

    Raises
    ------
    SemSTError
        If the embedding or the loss is not finite, or device, precision or checkpoint do not fit.
    """
    n_semantic = 0 if inputs.semantic is None else inputs.semantic.shape[1]
    n_genes = features.targets.shape[1]
    network = build_network(
        inputs.spatial.shape[1], n_genes, n_semantic, config=config, random_state=random_state
    )
    if inputs.linear is not None:
        rate = np.asarray(features.targets.sum(axis=0)).ravel() / inputs.targets.sizes.sum()
        network.start_at(torch.from_numpy(rate.astype(np.float32)))
    fabric = train.make_fabric(device, precision)
    network.to(fabric.device)
    tissue = Tissue(inputs, fabric.device)
    history = train.train(
        network,
        tissue.losses(network, config.step_tiles, train.Ranks(fabric.global_rank, fabric.world_size)),
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        random_state=random_state,
        fabric=fabric,
        checkpoint_dir=checkpoint_dir,
        run_settings={**config.as_dict(), "epochs": None, "inputs": _checksum(inputs)},
        progress=progress,
    )
    embedding = tissue.embed(network)
    if not np.isfinite(embedding).all():
        raise SemSTError(
            f"{(~np.isfinite(embedding)).any(axis=1).sum()} spots have an embedding that is not finite. "
            "Lower the learning rate or use precision '32-true'."
        )
    share = float("nan")
    if inputs.linear is not None:
        linear = inputs.linear.numpy()
        share = float(np.linalg.norm(embedding - linear) / np.linalg.norm(linear))
    return Fitted(network.cpu(), embedding, history, share)


def _checksum(inputs: NetworkInputs) -> list[float]:
    """A few sums that tell one slice's tensors from another's."""
    tensors = (inputs.spatial, inputs.expression, inputs.semantic, inputs.linear)
    sums = [0.0 if t is None else float(t.double().abs().sum()) for t in tensors]
    return [*sums, float(inputs.targets.counts.sum()), float(np.sum(inputs.targets.sizes))]
