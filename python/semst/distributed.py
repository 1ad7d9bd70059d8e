"""Where to compute: on which device, in one process or in a group of them, and what a group does together."""

import logging
import os
import pickle
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = [
    "Group",
    "Processor",
    "current_group",
    "in_group",
    "is_first",
    "join_group",
    "make_fabric",
    "resolve_device",
    "run_group",
]

Precision = Literal["32-true", "bf16-mixed"]

# A dead process is noticed at once, by its closed connection; this is for one that hangs.
_TIMEOUT = timedelta(minutes=30)
_KILLED = (-9, -11, -6)  # exit codes of SIGKILL, SIGSEGV and SIGABRT: such a process could leave no word


def resolve_device(device: str = "auto") -> torch.device:
    """Choose the device to compute on.

    Parameters
    ----------
    device
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.

    Returns
    -------
    The device.

    Raises
    ------
    SemSTError
        If it is unknown or not on this machine.

    Examples
    --------
    >>> resolve_device("cpu")
    device(type='cpu')
    """
    here = ["cpu"]
    if torch.backends.mps.is_available():
        here.insert(0, "mps")
    if torch.cuda.is_available():
        here = ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count())), *here]
    if device != "auto" and device not in here:
        raise SemSTError(
            f"{_words.given('device', device)} cannot be used here (found: {', '.join(here)}). "
            'Accepted: "auto", "cpu", "cuda", "cuda:<number>", "mps".'
        )
    return torch.device(here[0] if device == "auto" else device)


@dataclass(frozen=True)
class Processor:
    """What training asks of a Fabric, for one process on the processor and in single precision.

    That asks for nothing that Lightning Fabric does, and to import it takes two seconds of the processor,
    because it brings torch's compiler along.

    Attributes
    ----------
    device, precision
        Where and how precisely it computes.
    global_rank, world_size
        Number of the process, and how many there are.

    Examples
    --------
    >>> Processor().device.type
    'cpu'
    """

    device: torch.device = torch.device("cpu")
    precision: Precision = "32-true"
    global_rank: int = 0
    world_size: int = 1

    def autocast(self) -> AbstractContextManager[None]:
        """Leave the precision of products as it is."""
        return nullcontext()

    def backward(self, loss: Tensor) -> None:
        """Differentiate."""
        loss.backward()


def make_fabric(device: str = "auto", precision: Precision = "32-true") -> "Fabric | Processor":
    """Choose the device and precision to train in.

    In a process that ``torchrun`` (or :func:`run_group`) has started, join its group: each of its processes
    then has a device of its own, and all take their steps together.

    Parameters
    ----------
    device
        See :func:`resolve_device`. On ``"mps"`` language models run on the GPU and training on the processor.
    precision
        ``"32-true"``, or ``"bf16-mixed"`` for matrix products in bfloat16.

    Returns
    -------
    A Lightning Fabric on one device, with as many processes as were started; for one process on the processor
    in single precision a :class:`Processor`, which is the part of it that training needs.

    Raises
    ------
    SemSTError
        If the device is not on this machine, or the precision is unknown, or there are too few devices.

    Examples
    --------
    >>> make_fabric("cpu").device.type
    'cpu'
    """
    if precision not in get_args(Precision):
        raise SemSTError(
            f"{_words.name('precision')} is {precision!r}; accepted are '32-true' and 'bf16-mixed'."
        )
    place = resolve_device(device)
    if place.type == "mps":  # torch has no sparse products there
        logger.info("training runs on the processor: torch multiplies no sparse matrices on mps")
        place = torch.device("cpu")
    if place.type == "cpu" and precision == "32-true" and not in_group():
        return Processor()

    from lightning_fabric import Fabric  # slow to import, see Processor
    from lightning_fabric.strategies import DDPStrategy

    if not in_group():
        chosen = 1 if place.index is None else [place.index]
        return Fabric(accelerator=place.type, devices=chosen, precision=precision)
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    if place.type == "cuda" and here > torch.cuda.device_count():
        raise SemSTError(
            f"{here} processes were started here, and there are {torch.cuda.device_count()} CUDA devices. "
            f"Give as many as there are, or {_words.given('device', 'cpu')}."
        )
    fabric = Fabric(
        accelerator=place.type,
        devices=here,
        num_nodes=int(os.environ["WORLD_SIZE"]) // here,
        strategy=DDPStrategy(
            process_group_backend="gloo" if place.type == "cpu" else "nccl", timeout=_TIMEOUT
        ),
        precision=precision,
    )
    fabric.launch()
    return fabric


def in_group() -> bool:
    """Tell whether this process was started as one of several: by ``torchrun`` or :func:`run_group`.

    Examples
    --------
    >>> in_group()
    False
    """
    started = dist.is_available() and dist.is_torchelastic_launched()
    return started and int(os.environ.get("WORLD_SIZE", "1")) > 1


def is_first() -> bool:
    """Tell whether this process is the one that writes results: the first of its group, or on its own.

    Examples
    --------
    >>> is_first()
    True
    """
    return not in_group() or int(os.environ["RANK"]) == 0


def join_group(device: str = "auto") -> "Group":
    """Join the processes that ``torchrun`` or ``fabric run`` started; alone where there are none.

    After that every source of semantic vectors that reads texts shares the work among them: each process
    embeds its part, all of them get all vectors.

    Parameters
    ----------
    device
        See :func:`resolve_device`; with GPUs each process has one of its own.

    Returns
    -------
    The group.

    Examples
    --------
    >>> join_group("cpu").size
    1
    """
    if in_group() and not dist.is_initialized():
        fabric = make_fabric(device)
        logger.info("process %d of %d, on %s", fabric.global_rank + 1, fabric.world_size, fabric.device)
    return current_group()


def current_group() -> "Group":
    """The processes that this one has joined; alone where it has not.

    Examples
    --------
    >>> current_group()
    Group(rank=0, size=1)
    """
    if dist.is_available() and dist.is_initialized():
        return Group(dist.get_rank(), dist.get_world_size())
    return Group()


@dataclass(frozen=True)
class Group:
    """A process among those that share the work; what it calls, all of them call.

    Attributes
    ----------
    rank
        Number of this process, from 0; the first one writes.
    size
        How many there are; 1 for a run on its own.

    Examples
    --------
    >>> Group().add_up({"loss": 2.0})
    {'loss': 2.0}
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def start_alike(self, model: nn.Module) -> None:
        """Give every process the weights and buffers of the first."""
        if self.size > 1:
            for value in [*model.parameters(), *model.buffers()]:
                dist.broadcast(value.detach(), src=0)

    def add_gradients(self, model: nn.Module) -> None:
        """Replace every gradient by its sum over the processes; one that nobody has stays ``None``."""
        if self.size == 1:
            return
        parameters = list(model.parameters())
        held = [float(p.grad is not None) for p in parameters]
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        total = torch.cat([parts[0].new_tensor(held), *(part.flatten() for part in parts)])
        dist.all_reduce(total)
        flags, *sums = total.split([len(parameters), *(p.numel() for p in parameters)])
        for parameter, flag, value in zip(parameters, flags.tolist(), sums, strict=True):
            parameter.grad = value.view_as(parameter).clone() if flag else None

    def add_up(self, values: dict[str, float]) -> dict[str, float]:
        """Sum every entry over the processes; one may be missing from some of them."""
        total: dict[str, float] = {}
        for one in self._from_each(values):
            for name, value in one.items():
                total[name] = total.get(name, 0.0) + value
        return total

    def add_tensor(self, value: Tensor) -> Tensor:
        """Sum a tensor over the processes, in place."""
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def agree(self, rows: np.ndarray) -> np.ndarray:
        """The row numbers that any process names: caches may differ among machines."""
        return np.unique(np.concatenate(self._from_each(rows)))

    def share(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The part of the rows for this process: every so many-th by length, so that all have equal work."""
        return np.sort(rows[np.argsort(-lengths, kind="stable")][self.rank :: self.size])

    def exchange(self, rows: np.ndarray, lengths: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Give the others this process's vectors (a row of the matrix each), and take theirs."""
        width = max(self._from_each(vectors.shape[1]))
        if vectors.shape[1] != width:  # this process had nothing to embed
            vectors = np.empty((len(vectors), width), dtype=np.float32)
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        for rank in range(self.size):
            theirs = Group(rank, self.size).share(rows, lengths)
            block = torch.from_numpy(vectors[theirs]).to(device)
            dist.broadcast(block, src=rank)
            vectors[theirs] = block.cpu().numpy()
        return vectors

    def _from_each(self, value: Any) -> list[Any]:
        found = [value] * self.size
        if self.size > 1:
            dist.all_gather_object(found, value)
        return found


def run_group(function: Callable, *arguments: Any, n_processes: int, show: bool = False) -> Any:
    """Call a function in several new processes of this machine that work together, and wait for all of them.

    The processes end with this one, however it ends, and so do their files.

    Parameters
    ----------
    function
        A function that can be imported.
    arguments
        What it is given, the same in all processes. They share the memory of its arrays and tensors.
    n_processes
        How many.
    show
        Let the first process write to the error stream (progress, log).

    Returns
    -------
    What the function gives in the first process.

    Raises
    ------
    SemSTError
        If one of them fails or is killed; the others are ended.

    Examples
    --------
    >>> run_group(max, 2, 3, n_processes=2)
    3
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, Std
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with TemporaryDirectory(prefix="semst-") as folder:
        torch.save((function, arguments), Path(folder, "call.pt"), pickle_module=_MAPPED)
        streams = dict.fromkeys(range(n_processes), Std.ALL)  # to files in the folder
        config = LaunchConfig(
            *(1, 1, n_processes),  # this machine and no other
            run_id="semst",
            rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0",
            local_addr="127.0.0.1",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(folder, {**streams, 0: Std.OUT if show else Std.ALL}),
            signals_to_handle="",  # they are this process's own, or those of the R around it
        )
        start = "import sys; sys.path[:] = sys.argv[3:]; from semst import distributed; distributed._main()"
        try:
            with _elastic_in_silence():
                elastic_launch(config, sys.executable)("-c", start, folder, str(os.getpid()), *sys.path)
        except ChildFailedError as error:
            raise SemSTError(_reason(error.failures)) from None
        return torch.load(Path(folder, "result.pt"), map_location="cpu", weights_only=False)


def _main() -> None:
    """Do the part of one process of :func:`run_group`."""
    from torch.distributed.elastic.multiprocessing.errors import record

    folder, parent = Path(sys.argv[1]), int(sys.argv[2])
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // int(os.environ["LOCAL_WORLD_SIZE"])))

    @record  # what goes wrong is left where the launcher finds it
    def work() -> None:
        function, arguments = torch.load(Path(folder, "call.pt"), mmap=True, weights_only=False)
        result = function(*arguments)
        if is_first():
            torch.save(result, Path(folder, "result.pt"))
        if dist.is_available() and dist.is_initialized():
            dist.barrier()  # one that leaves early closes connections that others may still read from
            dist.destroy_process_group()

    work()


def _end_with(parent: int, folder: Path) -> None:
    """End this process once the one that started it is gone, and take away what that can no longer."""
    while os.getppid() == parent:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _reason(failures: dict[int, Any]) -> str:
    """Say which process failed first and why: a killed one, or one that left a message of its own."""

    def when(rank: int) -> tuple[bool, float]:
        failure = failures[rank]
        file = Path(failure.error_file)
        return failure.exitcode not in _KILLED, file.stat().st_mtime if file.is_file() else float("inf")

    rank = min(failures, key=when)  # the others fail because it has
    code, message = failures[rank].exitcode, failures[rank].error_file_data["message"]
    if code in _KILLED:
        return (
            f"Process {rank} of the group was killed (signal {-code}), most often for want of memory; "
            "the others were ended."
        )
    if isinstance(message, dict):
        return f"Process {rank} of the group failed: {message['message']}"
    one = _words.given("devices", 1)
    return f"Process {rank} of the group ended with code {code}; run with {one} to see why."


@contextmanager
def _elastic_in_silence() -> Iterator[None]:
    """Keep torch's launcher from logging what the error says anyway, and from leaving its setting behind."""
    log = logging.getLogger("torch.distributed.elastic")
    propagate, nowhere = log.propagate, logging.NullHandler()
    log.addHandler(nowhere)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = propagate
        log.removeHandler(nowhere)
        os.environ.pop("TORCHELASTIC_SIGNALS_TO_HANDLE", None)


class _Pickler(pickle.Pickler):
    """Save numpy arrays as tensors: torch lays these out in a file so that processes can map them."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not np.ndarray or value.dtype.kind not in "biuf" or not value.flags.c_contiguous:
            return NotImplemented
        return Tensor.numpy, (torch.from_numpy(value if value.flags.writeable else value.copy()),)


_MAPPED = SimpleNamespace(Pickler=_Pickler, __name__="semst")
