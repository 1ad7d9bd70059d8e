"""Texts dealt out among processes: several GPUs, several machines, or two halves of one processor."""

import os
from dataclasses import dataclass

import numpy as np
import torch
from torch import distributed

from semst._log import logger


def join_group(device: str = "auto") -> "Group":
    """Join the processes that ``torchrun`` or ``fabric run`` started; alone where there are none.

    After that :func:`embed_texts`, and every source that reads texts, shares the work among them: each
    process embeds its part, all of them get all vectors.

    Parameters
    ----------
    device
        ``"auto"`` (a GPU for each process where there are some), ``"cpu"``, ``"cuda"``.

    Returns
    -------
    The group.

    Examples
    --------
    >>> join_group("cpu").size
    1
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size > 1 and not distributed.is_initialized():
        from lightning_fabric import Fabric

        local = int(os.environ.get("LOCAL_WORLD_SIZE", str(size)))
        fabric = Fabric(
            accelerator=device.partition(":")[0], devices=local, num_nodes=size // local, strategy="ddp"
        )
        fabric.launch()
        if fabric.device.type == "cuda":
            torch.cuda.set_device(fabric.device)
        logger.info("process %d of %d, on %s", fabric.global_rank + 1, size, fabric.device)
    return group_here()


def group_here() -> "Group":
    """The processes that this one has joined; alone where it has not."""
    if distributed.is_available() and distributed.is_initialized():
        return Group(distributed.get_rank(), distributed.get_world_size())
    return Group(0, 1)


@dataclass(frozen=True)
class Group:
    """A process among its peers.

    Attributes
    ----------
    rank, size
        Number of this process, from 0, and how many there are.
    """

    rank: int
    size: int

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def agree(self, rows: np.ndarray, n_rows: int) -> np.ndarray:
        """The row numbers, of ``n_rows``, that any process names: caches may differ among machines."""
        if self.size == 1:
            return rows
        named = torch.zeros(n_rows, dtype=torch.int32, device=self._device)
        named[torch.from_numpy(rows.astype(np.int64)).to(self._device)] = 1
        distributed.all_reduce(named, op=distributed.ReduceOp.MAX)
        return named.cpu().numpy().nonzero()[0]

    def share(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The part of the rows for this process: every so many-th by length, so that all have equal work."""
        return np.sort(self._dealt(rows, lengths, self.rank))

    def exchange(self, rows: np.ndarray, lengths: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Give the others this process's vectors (a row of the matrix each), and take theirs."""
        width = int(self._from_first(torch.tensor([vectors.shape[1]])))
        if vectors.shape[1] != width:  # this process had nothing to embed
            vectors = np.empty((len(vectors), width), dtype=np.float32)
        for rank in range(self.size):
            theirs = np.sort(self._dealt(rows, lengths, rank))
            block = torch.from_numpy(np.ascontiguousarray(vectors[theirs])).to(self._device)
            distributed.broadcast(block, src=rank)
            vectors[theirs] = block.cpu().numpy()
        return vectors

    def _dealt(self, rows: np.ndarray, lengths: np.ndarray, rank: int) -> np.ndarray:
        return rows[np.argsort(-lengths, kind="stable")][rank :: self.size]

    @property
    def _device(self) -> torch.device:
        nccl = distributed.get_backend() == "nccl"
        return torch.device("cuda", torch.cuda.current_device()) if nccl else torch.device("cpu")

    def _from_first(self, values: torch.Tensor) -> torch.Tensor:
        here = values.to(self._device)
        distributed.broadcast(here, src=0)
        return here
