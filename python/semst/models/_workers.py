"""The training shared by several processes: what they are given, what they do, what comes back."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from safetensors.torch import load_file, save_file

from semst import train
from semst._errors import SemSTError
from semst._log import logger
from semst.nn import Propagation, Targets

from ._config import preset
from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._training import TrainingOptions, train_here

_DENSE = ("spatial", "expression", "semantic", "linear")
_OPERATORS = ("spatial_operator", "expression_operator", "neighbours")


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
    with TemporaryDirectory(prefix="semst-") as name:
        folder = Path(name)
        save_file(_pack(inputs), folder / "inputs.safetensors")
        save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / "start.safetensors")
        (folder / "settings.json").write_text(json.dumps(_as_plain(network, options)))
        try:
            train.run_group(["-m", "semst.models._workers", name], n_processes, folder, show=options.progress)
        except SemSTError as error:
            if options.checkpoint_dir is None:
                raise
            raise SemSTError(f"{error} Run it again: it goes on from {options.checkpoint_dir}.") from error
        network.load_state_dict(load_file(folder / "trained.safetensors"))
        history = json.loads((folder / "history.json").read_text())
    network.eval()
    history["losses"] = {k: np.asarray(v, dtype=np.float32) for k, v in history["losses"].items()}
    return train.History(**history)


def work(folder: Path) -> None:
    """Do the part of one process: read, train with the others, and, as the first of them, write."""
    settings = json.loads((folder / "settings.json").read_text())
    config = settings.pop("config")
    name = config.pop("preset")
    options = TrainingOptions(config=preset(name, **config), **settings.pop("options"))
    n_features, n_genes, n_semantic = settings["widths"]
    network = SemSTNetwork(n_features, n_genes, n_semantic, options.config)
    network.load_state_dict(load_file(folder / "start.safetensors"))
    inputs = _unpack(load_file(folder / "inputs.safetensors"))
    history, _ = train_here(network, inputs, options)
    if train.is_first():
        save_file(
            {k: v.cpu().contiguous() for k, v in network.state_dict().items()},
            folder / "trained.safetensors",
        )
        plain = {**asdict(history), "losses": {k: v.tolist() for k, v in history.losses.items()}}
        (folder / "history.json").write_text(json.dumps(plain))


def _as_plain(network: SemSTNetwork, options: TrainingOptions) -> dict[str, Any]:
    return {
        "config": options.config.as_dict(),
        "widths": network.widths,
        "options": {
            "random_state": options.random_state,
            "device": options.device,
            "precision": options.precision,
            "checkpoint_dir": None if options.checkpoint_dir is None else str(options.checkpoint_dir),
            "progress": options.progress,
        },
    }


def _pack(inputs: NetworkInputs) -> dict[str, torch.Tensor]:
    """Lay a slice out as named tensors."""
    packed = {name: getattr(inputs, name) for name in _DENSE if getattr(inputs, name) is not None}
    matrices = {name: getattr(inputs, name).scipy() for name in _OPERATORS}
    matrices["counts"] = inputs.targets.counts
    if inputs.targets.pooling is not None:
        matrices["pooling"] = inputs.targets.pooling
    for name, matrix in matrices.items():
        parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
        for part, values in {**parts, "shape": np.asarray(matrix.shape)}.items():
            packed[f"{name}/{part}"] = torch.from_numpy(np.array(values, copy=not values.flags.writeable))
    packed["sizes"] = torch.from_numpy(np.asarray(inputs.targets.sizes))
    for number, rows in enumerate(inputs.tiles):
        packed[f"tile/{number}"] = torch.from_numpy(np.ascontiguousarray(rows))
    return packed


def _unpack(packed: dict[str, torch.Tensor]) -> NetworkInputs:
    """Put together what :func:`_pack` has laid out; the tensors stay mapped to the file."""

    def matrix(name: str) -> sp.csr_matrix:
        parts = tuple(packed[f"{name}/{part}"].numpy() for part in ("data", "indices", "indptr"))
        return sp.csr_matrix(parts, shape=tuple(packed[f"{name}/shape"].tolist()))

    n_tiles = sum(name.startswith("tile/") for name in packed)
    return NetworkInputs(
        spatial=packed["spatial"],
        expression=packed["expression"],
        spatial_operator=Propagation(matrix("spatial_operator")),
        expression_operator=Propagation(matrix("expression_operator")),
        neighbours=Propagation(matrix("neighbours")),
        semantic=packed.get("semantic"),
        linear=packed.get("linear"),
        targets=Targets(
            matrix("counts"),
            packed["sizes"].numpy(),
            matrix("pooling") if "pooling/data" in packed else None,
        ),
        tiles=tuple(packed[f"tile/{number}"].numpy() for number in range(n_tiles)),
    )


if __name__ == "__main__":
    place = Path(sys.argv[1])
    try:
        work(place)
    except Exception as error:
        (place / f"error-{os.environ['RANK']}.txt").write_text(f"{type(error).__name__}: {error}")
        raise
