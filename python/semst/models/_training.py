"""One training of the network, in this process."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semst import train

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
        run_settings={**config.as_dict(), "epochs": None, "inputs": _checksum(inputs)},
        progress=options.progress,
    )
    return history, tissue


def _checksum(inputs: NetworkInputs) -> list[float]:
    """A few sums that tell one slice's tensors from another's."""
    tensors = (inputs.spatial, inputs.expression, inputs.semantic, inputs.linear)
    sums = [0.0 if t is None else float(t.double().abs().sum()) for t in tensors]
    return [*sums, float(inputs.targets.counts.sum()), float(np.sum(inputs.targets.sizes))]
