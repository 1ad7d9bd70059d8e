"""Several processes that train one network: each adds its part of the gradient."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Ranks:
    """Place of a process among those that train together.

    Attributes
    ----------
    rank
        Its number, from 0; the first one writes.
    size
        How many there are; 1 for a run on its own.

    Examples
    --------
    >>> Ranks().add_up({"loss": 2.0})
    {'loss': 2.0}
    """

    rank: int = 0
    size: int = 1

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
        held = [p.grad is not None for p in parameters]
        parts = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        flags = torch.tensor(held, dtype=parts[0].dtype, device=parts[0].device)
        total = torch.cat([flags, *(part.reshape(-1) for part in parts)])
        dist.all_reduce(total)
        start = len(parameters)
        for parameter, flag in zip(parameters, total[:start].tolist(), strict=True):
            stop = start + parameter.numel()
            parameter.grad = total[start:stop].view_as(parameter).clone() if flag else None
            start = stop

    def add_up(self, values: dict[str, float]) -> dict[str, float]:
        """Sum every entry over the processes; one may be missing from some of them."""
        if self.size == 1:
            return values
        gathered: list[Any] = [None] * self.size
        dist.all_gather_object(gathered, values)
        total: dict[str, float] = {}
        for one in gathered:
            for name, value in one.items():
                total[name] = total.get(name, 0.0) + value
        return total

    def add_tensor(self, value: Tensor) -> Tensor:
        """Sum a tensor over the processes, in place."""
        if self.size > 1:
            dist.all_reduce(value)
        return value
