"""Adam: torch's own step, without the class around it."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_BETAS = (0.9, 0.999)
_EPS = 1e-8


class Adam:
    """The steps of ``torch.optim.Adam`` with its defaults, bit by bit.

    Whatever derives from ``torch.optim.Optimizer`` imports torch's compiler as it is made, two seconds of the
    processor for something that nothing here uses. The step itself is a function, and needs none of it.

    Parameters
    ----------
    parameters
        What is trained.
    learning_rate
        Length of a step.
    weight_decay
        The L2 term inside Adam.

    Examples
    --------
    >>> weight = nn.Parameter(torch.tensor([1.0, -2.0]))
    >>> optimiser = Adam([weight], learning_rate=0.5)
    >>> weight.square().sum().backward()
    >>> optimiser.step()
    >>> [round(value, 3) for value in weight.tolist()]
    [0.5, -1.5]
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, learning_rate: float, weight_decay: float = 0.0
    ) -> None:
        self._parameters = list(parameters)
        self._learning_rate = learning_rate
        self._weight_decay = weight_decay
        self._state: dict[int, dict[str, Tensor]] = {}  # of those that ever had a gradient, by their number

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        moved = [(i, p, p.grad) for i, p in enumerate(self._parameters) if p.grad is not None]
        for i, parameter, _ in moved:
            if i not in self._state:
                self._state[i] = _fresh(parameter)
        states = [self._state[i] for i, _, _ in moved]
        adam(
            [parameter for _, parameter, _ in moved],
            [gradient for _, _, gradient in moved],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=self._learning_rate,
            weight_decay=self._weight_decay,
            eps=_EPS,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """What goes on where it was needs, under the names of ``torch.optim.Adam``."""
        return {"state": self._state}

    def load_state_dict(self, stored: dict[str, Any]) -> None:
        """Take up what :meth:`state_dict` gave, or that of a ``torch.optim.Adam``."""
        self._state = {
            i: {
                name: value if name == "step" else value.to(self._parameters[i])
                for name, value in state.items()
            }
            for i, state in stored["state"].items()
        }


def _fresh(parameter: Tensor) -> dict[str, Tensor]:
    return {
        "step": torch.zeros(()),  # on the processor, whatever the device
        "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
        "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
    }
