"""Where and how precisely to compute: one process on its own, or one of a group."""

import os

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy

from semst._errors import SemSTError
from semst._log import logger

from ._compute import Precision
from ._group import TIMEOUT, in_group


def make_fabric(device: str = "auto", precision: Precision = "32-true") -> Fabric:
    """Choose the device and precision to compute in.

    In a process that ``torchrun`` (or :func:`semst.train.run_group`) has started, join its group: each of
    its processes then has a device of its own, and all take their steps together.

    Parameters
    ----------
    device
        ``"auto"`` (a CUDA device where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``, where
        language models run on the GPU and training on the processor.
    precision
        ``"32-true"``, or ``"bf16-mixed"`` for matrix products in bfloat16.

    Returns
    -------
    A Lightning Fabric on one device, with as many processes as were started.

    Raises
    ------
    SemSTError
        If the device is not on this machine, or the precision is unknown, or there are too few devices.

    Examples
    --------
    >>> make_fabric("cpu").device.type
    'cpu'
    """
    if precision not in ("32-true", "bf16-mixed"):
        raise SemSTError(f"precision is {precision!r}; accepted are '32-true' and 'bf16-mixed'.")
    kind, _, index = device.partition(":")
    present = {
        "auto": True,
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present.get(kind, False) or (index and not index.isdigit()):
        here = ", ".join(repr(name) for name, there in present.items() if there)
        raise SemSTError(f"device is {device!r}, which is not on this machine; to be had here: {here}.")
    if index and kind == "cuda" and int(index) >= torch.cuda.device_count():
        raise SemSTError(f"device is {device!r}, but there are {torch.cuda.device_count()} CUDA devices.")
    if in_group():
        return _group_fabric(kind, precision)
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "mps":  # torch has no sparse products there
        logger.info("training runs on the processor: torch multiplies no sparse matrices on mps")
        kind = "cpu"
    devices: list[int] | int = [int(index)] if index and kind == "cuda" else 1
    return Fabric(accelerator=kind, devices=devices, precision=precision)


def _group_fabric(kind: str, precision: Precision) -> Fabric:
    """Join the group this process was started in."""
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    if kind == "cuda" and here > torch.cuda.device_count():
        raise SemSTError(
            f"{here} processes were started here, and there are {torch.cuda.device_count()} CUDA devices. "
            "Give as many as there are, or device 'cpu'."
        )
    if kind == "mps":
        raise SemSTError("device is 'mps', which one process uses alone; take devices=1, or device 'cpu'.")
    strategy = DDPStrategy(process_group_backend="gloo" if kind == "cpu" else "nccl", timeout=TIMEOUT)
    fabric = Fabric(
        accelerator=kind,
        devices=here,
        num_nodes=int(os.environ["WORLD_SIZE"]) // here,
        strategy=strategy,
        precision=precision,
    )
    fabric.launch()
    return fabric
