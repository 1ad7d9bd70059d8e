"""Fine-grained semantic modulation."""

import torch
from torch import Tensor, nn

from semst._errors import SemSTError


class FSM(nn.Module):
    r"""Fine-grained Semantic Modulation (SemST, equations 7 to 9), for any host model.

    One perceptron turns the semantic vector of a spot into a scale and a shift of its features:

    .. math::
        [\alpha \mid \beta] = f_{mlp}(H_{llm}), \qquad
        Z_{final} = ((1 + \alpha) \odot Z + \beta)\, W

    With ``zero_init`` the perceptron's last layer starts at zero, so that the module starts as the plain
    projection :math:`Z W` and semantics enters only as far as it lowers the loss.
    ``docs/tutorials/own-model.md`` puts it into a model of PyTorch Geometric.

    Parameters
    ----------
    n_features
        Width d of the features that are modulated.
    n_semantic
        Width d' of the semantic vectors.
    n_out
        Width of the result; ``None`` keeps d.
    n_hidden
        Hidden width of the perceptron; ``None`` takes 2 d.
    zero_init
        Start without modulation.
    residual
        W = I + V with V trained from zero, for a host that has no projection of its own to keep: the module
        starts as the identity, and weight decay draws it there. Needs ``n_out`` to be d.

    Raises
    ------
    SemSTError
        If ``residual`` and ``n_out`` differs from ``n_features``.

    Examples
    --------
    >>> import torch
    >>> fsm = FSM(4, 16, n_out=2)
    >>> fsm(torch.ones(5, 4), torch.randn(5, 16)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        n_features: int,
        n_semantic: int,
        *,
        n_out: int | None = None,
        n_hidden: int | None = None,
        zero_init: bool = True,
        residual: bool = False,
    ) -> None:
        super().__init__()
        if residual and n_out not in (None, n_features):
            raise SemSTError(
                f"n_out is {n_out} and n_features {n_features}: residual needs them equal. Leave n_out out."
            )
        self.residual = residual
        n_hidden = n_hidden or 2 * n_features
        self.zero_init = zero_init
        self.hidden = nn.Linear(n_semantic, n_hidden)
        self.modulation = nn.Linear(n_hidden, 2 * n_features)
        self.projection = nn.Linear(n_features, n_out or n_features, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot-uniform weights; at zero the perceptron's last layer if ``zero_init``, V if ``residual``."""
        for layer in (self.hidden, self.modulation):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        if self.zero_init:
            nn.init.zeros_(self.modulation.weight)
        if self.residual:
            nn.init.zeros_(self.projection.weight)
        else:
            nn.init.xavier_uniform_(self.projection.weight)

    def scale_and_shift(self, semantic: Tensor) -> tuple[Tensor, Tensor]:
        """Return α and β of every spot, each of shape (n, d), from semantic vectors (n, d')."""
        alpha, beta = self.modulation(torch.relu(self.hidden(semantic))).chunk(2, dim=-1)
        return alpha, beta

    def modulate(self, features: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        """Scale and shift ``features`` (n, d) by what :meth:`scale_and_shift` gave; project to (n, n_out)."""
        modulated = (1 + alpha) * features + beta
        return modulated + self.projection(modulated) if self.residual else self.projection(modulated)

    def silence(self) -> None:
        """Let semantic vectors say nothing from here on: α = β = 0 for every spot."""
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, features: Tensor, semantic: Tensor) -> Tensor:
        """Modulate ``features`` (n, d) by ``semantic`` (n, d') and project them to (n, n_out)."""
        return self.modulate(features, *self.scale_and_shift(semantic))
