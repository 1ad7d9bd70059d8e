"""One training of the network, in this process."""

from dataclasses import dataclass
from pathlib import Path

import torch

from semst import train

from ._checksum import place_sums
from ._config import SemSTConfig
from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._tiled import Tissue


@dataclass(frozen=True)
class TrainingOptions:
    """How to train; see :func:`semst.models.fit_network`."""

    config: SemSTConfig
    random_state: int
    device: str
    precision: train.Precision
    checkpoint_dir: str | Path | None
    progress: bool


def train_here(
    network: SemSTNetwork, inputs: NetworkInputs, options: TrainingOptions
) -> tuple[train.History, Tissue]:
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
    config = options.config
    fabric = train.make_fabric(options.device, options.precision)
    network.to(fabric.device)
    tissue = Tissue(inputs, fabric.device)
    history = train.train(
        network,
        tissue.losses(network, config.step_tiles, train.Ranks(fabric.global_rank, fabric.world_size)),
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        random_state=options.random_state,
        fabric=fabric,
        checkpoint_dir=options.checkpoint_dir,
        run_settings={**config.of_training(), "inputs": _checksum(inputs)},
        progress=options.progress,
    )
    return history, tissue


def _checksum(inputs: NetworkInputs) -> list[list[str]]:
    """A few sums that tell one slice's tensors from another's, and one order of its spots from another."""
    tensors = [inputs.spatial, inputs.expression, inputs.semantic, inputs.linear]
    tensors += [graph.matrix.col_indices() for graph in (inputs.spatial_operator, inputs.expression_operator)]
    tensors += [torch.as_tensor(inputs.targets.counts.data), torch.as_tensor(inputs.targets.sizes)]
    return [[] if tensor is None else place_sums(tensor) for tensor in tensors]
