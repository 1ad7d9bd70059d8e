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
from semst.models._fit import TrainingOptions, train_here
from semst.nn import Propagation, Targets

from ._config import SemSTConfig
from ._inputs import SemSTInputs
from ._model import SemST

_DENSE = ("spatial", "expression", "semantic", "linear")
_OPERATORS = ("spatial_operator", "expression_operator", "neighbours")


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
        If a process fails or is killed. With a checkpoint folder the same call goes on where it was.
    """
    n_processes, checkpoints = options.compute.devices, options.compute.checkpoint_dir
    busy = min(max(1, len(inputs.tiles)), network.config.step_tiles)
    if busy < n_processes:
        logger.warning(
            f"training: {n_processes} processes, but a step has work for {busy} (one a tile). Raise "
            "step_tiles or lower tile_spots to use them all."
        )
    with TemporaryDirectory(prefix="semst-") as name:
        folder = Path(name)
        save_file(_pack(inputs), folder / "inputs.safetensors")
        save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / "start.safetensors")
        (folder / "settings.json").write_text(json.dumps(_as_plain(options)))
        try:
            train.run_group(
                ["-m", "semst.models.semst._workers", name],
                n_processes,
                folder,
                show=options.compute.progress,
            )
        except SemSTError as error:
            if checkpoints is None:
                raise
            raise SemSTError(f"{error} Run it again: it goes on from {checkpoints}.") from error
        network.load_state_dict(load_file(folder / "trained.safetensors"))
        history = json.loads((folder / "history.json").read_text())
    network.eval()
    history["losses"] = {k: np.asarray(v, dtype=np.float32) for k, v in history["losses"].items()}
    return train.History(**history)


def work(folder: Path) -> None:
    """Do the part of one process: read, train with the others, and, as the first of them, write."""
    settings = json.loads((folder / "settings.json").read_text())
    config = SemSTConfig(**settings["config"])
    options = TrainingOptions(config, settings["random_state"], train.Compute(**settings["compute"]))
    inputs = _unpack(load_file(folder / "inputs.safetensors"))
    network = SemST(inputs, config)
    network.load_state_dict(load_file(folder / "start.safetensors"))
    history, _ = train_here(network, inputs, options)
    if train.is_first():
        save_file(
            {k: v.cpu().contiguous() for k, v in network.state_dict().items()},
            folder / "trained.safetensors",
        )
        plain = {**asdict(history), "losses": {k: v.tolist() for k, v in history.losses.items()}}
        (folder / "history.json").write_text(json.dumps(plain))


def _as_plain(options: TrainingOptions) -> dict[str, Any]:
    compute = {key: str(v) if isinstance(v, Path) else v for key, v in options.compute.as_dict().items()}
    return {"config": options.config.as_dict(), "random_state": options.random_state, "compute": compute}


def _pack(inputs: SemSTInputs) -> dict[str, torch.Tensor]:
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


def _unpack(packed: dict[str, torch.Tensor]) -> SemSTInputs:
    """Put together what :func:`_pack` has laid out; the tensors stay mapped to the file."""

    def matrix(name: str) -> sp.csr_matrix:
        parts = tuple(packed[f"{name}/{part}"].numpy() for part in ("data", "indices", "indptr"))
        return sp.csr_matrix(parts, shape=tuple(packed[f"{name}/shape"].tolist()))

    n_tiles = sum(name.startswith("tile/") for name in packed)
    return SemSTInputs(
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
