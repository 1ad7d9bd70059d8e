"""The training shared by several processes."""

import os
from typing import Any

from semst import _words, distributed, train
from semst._errors import SemSTError
from semst._log import logger
from semst.models._fit import TrainingOptions, train_here

from ._inputs import SemSTInputs
from ._model import SemST


def train_in_group(network: SemST, inputs: SemSTInputs, options: TrainingOptions) -> train.History:
    """Train ``network`` in several processes on this machine; they read the slice from one mapped file.

    Parameters
    ----------
    network
        Gets the trained weights.
    inputs
        The slice.
    options
        How; the tiles of a step are dealt out among its processes (``devices``).

    Returns
    -------
    History of the losses.

    Raises
    ------
    SemSTError
        If the slice is one tile, which leaves nothing to deal out. If a process fails or is killed; with a
        checkpoint folder the same call goes on where it was.
    """
    compute = options.compute
    if len(inputs.tiles) < 2:
        raise SemSTError(_one_tile(compute.devices, inputs.n_spots, network.config.tile_spots))
    busy = min(len(inputs.tiles), network.config.step_tiles)
    if busy < compute.devices:
        logger.warning(
            f"training: {compute.devices} processes, but a step has work for {busy} (one a tile). Raise "
            f"{_words.name('step_tiles')} or lower {_words.name('tile_spots')} to use them all."
        )
    cores = os.cpu_count() or 1
    if distributed.resolve_device(compute.device).type == "cpu" and compute.devices > cores:
        logger.warning(
            f"training: {compute.devices} processes on {cores} cores wait for each other; "
            f"{_words.given('devices', cores)} is faster."
        )
    try:
        weights, history = distributed.run_group(
            _train, network, inputs, options, n_processes=compute.devices, show=compute.progress
        )
    except SemSTError as error:
        if compute.checkpoint_dir is None:
            raise
        raise SemSTError(f"{error} Run it again: it goes on from {compute.checkpoint_dir}.") from error
    network.load_state_dict(weights)
    network.eval()
    return history


def _one_tile(devices: int, n_spots: int, tile_spots: int) -> str:
    """Say why several processes gain nothing on a slice that is not cut, and both ways out."""
    fits = f"fits one tile (tile_spots is {tile_spots:,})" if tile_spots else "is not cut (tile_spots is 0)"
    return (
        f"{_words.name('devices')} is {devices}, but the slice of {n_spots:,} spots {fits}, and processes "
        "share the tiles of a step: all but one would have nothing to do. Use "
        f"{_words.given('devices', 1)}, or a {_words.name('tile_spots')} below {n_spots:,}."
    )


def _train(
    network: SemST, inputs: SemSTInputs, options: TrainingOptions
) -> tuple[dict[str, Any], train.History]:
    """Do the part of one process."""
    history, _ = train_here(network, inputs, options)
    return network.state_dict(), history
