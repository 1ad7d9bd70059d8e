"""Checkpoints of a training run: written whole or not at all, read without executing anything."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from semst._atomic import atomic_path
from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line
from semst._sealed import sealed, unsealed

from ._adam import Adam


@dataclass
class TrainingState:
    """Where an earlier run had got to."""

    epoch: int
    losses: dict[str, list[float]]
    seconds: float


def save_checkpoint(
    path: Path,
    fingerprint: str,
    model: nn.Module,
    optimiser: Adam,
    epoch: int,
    losses: dict[str, list[float]],
    seconds: float,
    device: torch.device,
) -> None:
    """Write weights, optimiser, history and random state to ``path`` in one move."""
    state: dict[str, Any] = {
        "fingerprint": fingerprint,
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "epoch": epoch,
        "losses": losses,
        "seconds": seconds,
        "random_state": torch.get_rng_state(),
        "random_state_cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }
    content = io.BytesIO()
    torch.save(state, content)
    with atomic_path(path, overwrite=True) as part:
        part.write_bytes(sealed(content.getbuffer()))


def load_checkpoint(
    path: Path,
    fingerprint: str,
    model: nn.Module,
    optimiser: Adam,
    device: torch.device,
) -> TrainingState:
    """Put ``model``, ``optimiser`` and the random state back to where ``path`` was written."""
    try:
        state = torch.load(io.BytesIO(unsealed(path)), map_location="cpu", weights_only=True)
        found = state["fingerprint"]
    except DAMAGED as error:
        raise SemSTError(
            f"{path} is not a readable checkpoint ({first_line(error)}). Move it away to start afresh."
        ) from error
    if found != fingerprint:
        raise SemSTError(
            f"{path} belongs to a run with other data or settings. Give another checkpoint folder, or move "
            "the file away to start afresh."
        )
    try:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random_state"])
        if state["random_state_cuda"] is not None and device.type == "cuda":
            torch.cuda.set_rng_state(state["random_state_cuda"], device)
        return TrainingState(
            epoch=int(state["epoch"]), losses=dict(state["losses"]), seconds=float(state["seconds"])
        )
    except DAMAGED as error:
        raise SemSTError(
            f"{path} does not fit the model ({first_line(error)}): another version of semst or torch has "
            "written it. Move it away to start afresh."
        ) from error
