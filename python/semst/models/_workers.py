"""The training shared by several processes."""

from typing import Any

from semst import distributed, train
from semst._errors import SemSTError
from semst._log import logger

from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._training import TrainingOptions, train_here


def train_in_group(
    network: SemSTNetwork, inputs: NetworkInputs, options: TrainingOptions, n_processes: int
) -> train.History:
    """Train ``network`` in several processes on this machine; they read the slice from one mapped file.

    Parameters
    ----------
    network
        Gets the trained weights.
    inputs
        The slice.
    options
        How.
    n_processes
        How many; the tiles of a step are dealt out among them.

    Returns
    -------
    History of the losses.

    Raises
    ------
    SemSTError
        If a process fails or is killed. With a checkpoint folder the same call goes on where it was.
    """
    busy = min(max(1, len(inputs.tiles)), options.config.step_tiles)
    if busy < n_processes:
        logger.warning(
            f"training: {n_processes} processes, but a step has work for {busy} (one a tile). Raise "
            "step_tiles or lower tile_spots to use them all."
        )
    try:
        weights, history = distributed.run_group(
            _train, network, inputs, options, n_processes=n_processes, show=options.progress
        )
    except SemSTError as error:
        if options.checkpoint_dir is None:
            raise
        raise SemSTError(f"{error} Run it again: it goes on from {options.checkpoint_dir}.") from error
    network.load_state_dict(weights)
    network.eval()
    return history


def _train(
    network: SemSTNetwork, inputs: NetworkInputs, options: TrainingOptions
) -> tuple[dict[str, Any], train.History]:
    """Do the part of one process."""
    history, _ = train_here(network, inputs, options)
    return network.state_dict(), history
