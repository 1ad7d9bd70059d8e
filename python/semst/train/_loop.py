"""The training loop: tensors in, trained weights and a loss history out."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from semst import _words
from semst._brief import brief
from semst._errors import SemSTError
from semst._log import logger
from semst._progress import track
from semst.distributed import Group, Processor, make_fabric

from ._adam import Adam
from ._checkpoint import load_checkpoint, save_checkpoint
from ._random import seed
from ._repeatable import repeatable

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Losses = Callable[[], dict[str, Tensor] | Iterator[dict[str, Tensor]]]


@brief
@dataclass
class History:
    """How a training run went.

    Attributes
    ----------
    losses
        One array a part of the loss (``"loss"`` is the weighted total), each of shape (n_epochs,).
    seconds
        Time spent in training, in seconds; a resumed run counts its earlier part too.
    resumed_at
        Epoch at which an earlier run was taken up; 0 for a fresh one.
    device, precision
        What it ran on.
    """

    losses: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0
    resumed_at: int = 0
    device: str = "cpu"
    precision: str = "32-true"


def _fingerprint(model: nn.Module, settings: Mapping[str, Any]) -> str:
    """Identify a run, so that a checkpoint of another one is never taken for its beginning."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=str).encode())
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _backward(fabric: "Fabric | Processor", losses: Losses) -> dict[str, float]:
    """Differentiate the loss, summand by summand, and return the value of each of its parts."""
    with fabric.autocast():
        produced = losses()
        if isinstance(produced, dict) and fabric.world_size > 1:
            # all processes have computed the same; it must not be counted more than once
            produced = {name: value / fabric.world_size for name, value in produced.items()}
    summands = iter((produced,)) if isinstance(produced, dict) else iter(produced)
    values: dict[str, float] = {}
    while True:
        with fabric.autocast():
            parts = next(summands, None)
        if parts is None:
            return values
        fabric.backward(parts["loss"])
        for name, value in parts.items():
            values[name] = values.get(name, 0.0) + float(value.detach())


def train(
    model: nn.Module,
    losses: Losses,
    *,
    epochs: int,
    learning_rate: float,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    random_state: int = 0,
    fabric: "Fabric | Processor | None" = None,
    checkpoint_dir: str | Path | None = None,
    checkpoint_every: int = 10,
    run_settings: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> History:
    """Minimise ``losses()["loss"]`` with Adam for a fixed number of epochs.

    A loss too large for the memory comes in summands: ``losses`` then gives an iterator of dictionaries, and
    each is differentiated before the next is asked for. Of several processes (see
    :func:`semst.distributed.make_fabric`) each gives summands of its own, and all take the same step, by the
    sum of all gradients; a loss given as one dictionary is taken to be the same in all of them.

    The number of epochs is the only stopping rule: nothing is looked up in labels. With a checkpoint folder,
    a run that was cut off goes on where it was when it is called again with the same data and settings, and
    ends with the same weights.

    Parameters
    ----------
    model
        Module with the trained weights, already on the device of ``fabric``.
    losses
        Called once an epoch; gives the parts of the loss, the weighted total under ``"loss"``, or an iterator
        of such dictionaries, which are added up.
    epochs
        Number of steps over the whole slice.
    learning_rate, weight_decay
        Of Adam; the decay is the L2 term inside Adam, as published.
    clip_norm
        Longest gradient (2-norm over all weights); longer ones are shortened to it. ``None`` leaves them.
    random_state
        Seed of what is drawn in training (dropout). The global random state is left as it was.
    fabric
        Device and precision; ``None`` takes the CPU in float32.
    checkpoint_dir
        Folder for ``train.ckpt``; ``None`` keeps no checkpoint.
    checkpoint_every
        Epochs between two checkpoints.
    run_settings
        What else identifies the run (data and graph settings); a checkpoint with others is refused.
    progress
        Show epochs a second and the time left.

    Returns
    -------
    History of the losses.

    Raises
    ------
    SemSTError
        If the loss stops being finite, or the folder holds a checkpoint of a different run.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Linear(1, 1)
    >>> x = torch.ones(4, 1)
    >>> def losses():
    ...     return {"loss": model(x).square().mean()}
    >>> history = train(model, losses, epochs=3, learning_rate=0.1, progress=False)
    >>> history.losses["loss"].shape
    (3,)
    """
    if epochs < 1:
        raise SemSTError(f"{_words.name('epochs')} is {epochs}; give 1 or more.")
    fabric = fabric or make_fabric("cpu")
    group = Group(fabric.global_rank, fabric.world_size)
    group.start_alike(model)
    optimiser = Adam(model.parameters(), learning_rate=learning_rate, weight_decay=weight_decay)
    precision = fabric.precision if isinstance(fabric, Processor) else str(fabric._precision.precision)
    settings = {
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "clip_norm": clip_norm,
        "random_state": random_state,
        "precision": precision,
        **(run_settings or {}),
    }
    path = Path(checkpoint_dir) / "train.ckpt" if checkpoint_dir is not None else None
    fingerprint = _fingerprint(model, settings) if path is not None else ""
    history = History(device=str(fabric.device), precision=precision)
    rows: dict[str, list[float]] = {}
    first = 0
    devices = [fabric.device] if fabric.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), repeatable(fabric.device):
        seed(random_state, fabric.device)
        if path is not None and path.exists():
            state = load_checkpoint(path, fingerprint, model, optimiser, fabric.device)
            first, rows, history.seconds = state.epoch, state.losses, state.seconds
            if first > epochs:
                raise SemSTError(
                    f"{path} holds a run of {first} epochs, and {epochs} are asked for: a run can be made "
                    "longer, not shorter. Give another checkpoint folder, or move the file away."
                )
            history.resumed_at = first
            logger.info(f"training: going on at epoch {first} of {epochs} from {path}")
        started = time.perf_counter() - history.seconds
        model.train()
        bar = track(range(first, epochs), desc="training", show=progress and group.is_first, unit="epoch")
        for epoch in bar:
            optimiser.zero_grad()
            values = group.add_up(_backward(fabric, losses))
            group.add_gradients(model)
            if not np.isfinite(values["loss"]):
                raise SemSTError(
                    f"The loss became {values['loss']} in epoch {epoch + 1} (parts: {values}). Lower the "
                    "learning rate, use precision '32-true', and check the input for extreme values."
                )
            if clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
            optimiser.step()
            for name, value in values.items():
                rows.setdefault(name, []).append(value)
            bar.set_postfix(loss=f"{values['loss']:.4f}")
            done = epoch + 1
            due = done % checkpoint_every == 0 or done == epochs
            if path is not None and group.is_first and due:
                try:
                    save_checkpoint(
                        path,
                        fingerprint,
                        model,
                        optimiser,
                        done,
                        rows,
                        time.perf_counter() - started,
                        fabric.device,
                    )
                except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
                    logger.warning(f"training goes on without a checkpoint: {path} was not written ({error})")
                    path = None
        history.seconds = time.perf_counter() - started
    model.eval()
    history.losses = {name: np.asarray(values, dtype=np.float32) for name, values in rows.items()}
    return history
