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
from ._training import TrainingOptions, train_here
from ._workers import train_in_group


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
    """Make the network with weights drawn from ``random_state``, leaving the global random state alone.

    Parameters
    ----------
    n_features, n_genes, n_semantic
        Widths of the input, of the decoder's target and of the semantic vectors (0: none).
    config
        Widths in between.
    random_state
        Seed.

    Returns
    -------
    The network, on the CPU.

    Examples
    --------
    >>> type(build_network(15, 50, 0, config=SemSTConfig())).__name__
    'SemSTNetwork'
    """
    with torch.random.fork_rng(devices=[]):
        train.seed(random_state)
        return SemSTNetwork(n_features, n_genes, n_semantic, config)


def fit_network(
    inputs: NetworkInputs,
    features: Features,
    config: SemSTConfig,
    *,
    random_state: int = 0,
    device: str = "auto",
    devices: int = 1,
    precision: train.Precision = "32-true",
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
    devices
        Processes that share the training, each on a device of its own. Under ``torchrun`` those it started
        share it, whatever is given here.
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
        If the embedding or the loss is not finite, or device, precision or checkpoint do not fit, or one of
        several processes fails or is killed.

    Examples
    --------
    >>> import semst
    >>> from semst import gr, models
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> config = SemSTConfig(n_top_genes=50, epochs=1)
    >>> features = models.prepare_features(data, config)
    >>> spatial = gr.spatial_graph(data.coordinates, n_neighs=12)
    >>> inputs, _, _ = models.assemble(data, features, spatial, None, config)
    >>> fit_network(inputs, features, config, progress=False).embedding.shape
    (120, 15)
    """
    if devices < 1:
        raise SemSTError(f"devices is {devices}; give 1 or more.")
    n_semantic = 0 if inputs.semantic is None else inputs.semantic.shape[1]
    n_genes = features.targets.shape[1]
    network = build_network(
        inputs.spatial.shape[1], n_genes, n_semantic, config=config, random_state=random_state
    )
    if inputs.linear is not None:
        rate = np.asarray(features.targets.sum(axis=0)).ravel() / inputs.targets.sizes.sum()
        network.start_at(torch.from_numpy(rate.astype(np.float32)))
    options = TrainingOptions(config, random_state, device, precision, checkpoint_dir, progress)
    if devices > 1 and not train.in_group():
        history = train_in_group(network, inputs, options, devices)
        tissue = Tissue(inputs, torch.device("cpu"))
    else:
        history, tissue = train_here(network, inputs, options)
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


def embed_slice(network: SemSTNetwork, inputs: NetworkInputs) -> np.ndarray:
    """Embed every spot of a slice with a trained network, a large one tile by tile, on the CPU.

    Parameters
    ----------
    network
        On the CPU.
    inputs
        From :func:`semst.models.assemble`.

    Returns
    -------
    Shape (n_spots, n_latent), float32.

    Examples
    --------
    >>> import semst
    >>> from semst import gr, models
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> config = SemSTConfig(n_top_genes=50)
    >>> features = models.prepare_features(data, config)
    >>> spatial = gr.spatial_graph(data.coordinates, n_neighs=12)
    >>> inputs, _, _ = models.assemble(data, features, spatial, None, config)
    >>> embed_slice(build_network(15, 50, 0, config=config).eval(), inputs).shape
    (120, 15)
    """
    return Tissue(inputs, torch.device("cpu")).embed(network)
