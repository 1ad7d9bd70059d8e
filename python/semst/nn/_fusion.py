"""The other ways to bring semantics in (the paper's Table 2), with the interface of FSM."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from ._fsm import FSM

_TOKENS = 8  # that a semantic vector becomes in cross-attention


class NoFusion(nn.Module):
    """``Z W``: the host's projection alone, semantic vectors left out ("w/o LLM")."""

    def __init__(self, n_features: int, n_semantic: int = 0, *, n_out: int | None = None) -> None:
        super().__init__()
        self.projection = nn.Linear(n_features, n_out or n_features, bias=False)
        nn.init.xavier_uniform_(self.projection.weight)

    def forward(self, features: Tensor, semantic: Tensor | None = None) -> Tensor:
        """Project ``features`` (n, d) to (n, n_out)."""
        return self.projection(features)

    def silence(self) -> None:
        """Leave all as it is: semantic vectors say nothing here."""


class ConcatFusion(nn.Module):
    """``[Z | H W_h] W``: semantic vectors brought to width d and set beside the features."""

    def __init__(self, n_features: int, n_semantic: int, *, n_out: int | None = None) -> None:
        super().__init__()
        self.semantic = nn.Linear(n_semantic, n_features)
        self.projection = nn.Linear(2 * n_features, n_out or n_features, bias=False)
        nn.init.xavier_uniform_(self.projection.weight)

    def forward(self, features: Tensor, semantic: Tensor) -> Tensor:
        """Fuse (n, d) with (n, d') to (n, n_out)."""
        return self.projection(torch.cat([features, self.semantic(semantic)], dim=-1))

    def silence(self) -> None:
        """Let semantic vectors say nothing from here on: their term is zero."""
        nn.init.zeros_(self.semantic.weight)
        nn.init.zeros_(self.semantic.bias)


class AddFusion(nn.Module):
    """``(Z + H W_h) W``: semantic vectors brought to width d and added."""

    def __init__(self, n_features: int, n_semantic: int, *, n_out: int | None = None) -> None:
        super().__init__()
        self.semantic = nn.Linear(n_semantic, n_features)
        self.projection = nn.Linear(n_features, n_out or n_features, bias=False)
        nn.init.xavier_uniform_(self.projection.weight)

    def forward(self, features: Tensor, semantic: Tensor) -> Tensor:
        """Fuse (n, d) with (n, d') to (n, n_out)."""
        return self.projection(features + self.semantic(semantic))

    def silence(self) -> None:
        """Let semantic vectors say nothing from here on: their term is zero."""
        nn.init.zeros_(self.semantic.weight)
        nn.init.zeros_(self.semantic.bias)


class CrossAttentionFusion(nn.Module):
    """The spot's features ask, tokens made of its own semantic vector answer; residual, then ``W``.

    A semantic vector is one vector, over which attention would be idle, so it is first mapped to
    eight tokens. Attention stays within the spot: cost and memory grow linearly with the number of spots.
    """

    def __init__(self, n_features: int, n_semantic: int, *, n_out: int | None = None) -> None:
        super().__init__()
        self.tokens = nn.Linear(n_semantic, _TOKENS * n_features)
        self.attention = nn.MultiheadAttention(n_features, num_heads=1, batch_first=True)
        self.projection = nn.Linear(n_features, n_out or n_features, bias=False)
        nn.init.xavier_uniform_(self.projection.weight)

    def forward(self, features: Tensor, semantic: Tensor) -> Tensor:
        """Fuse (n, d) with (n, d') to (n, n_out)."""
        tokens = self.tokens(semantic).view(len(features), _TOKENS, -1)
        answer, _ = self.attention(features.unsqueeze(1), tokens, tokens, need_weights=False)
        return self.projection(features + answer.squeeze(1))

    def silence(self) -> None:
        """Let semantic vectors say nothing from here on: the answer is zero."""
        nn.init.zeros_(self.attention.out_proj.weight)
        nn.init.zeros_(self.attention.out_proj.bias)


FUSIONS: dict[str, type[nn.Module]] = {
    "fsm": FSM,
    "concat": ConcatFusion,
    "add": AddFusion,
    "cross-attention": CrossAttentionFusion,
    "none": NoFusion,
}


def without_semantics(network: nn.Module) -> nn.Module:
    """Copy a trained network, and let semantic vectors say nothing in the copy; all other weights stay.

    Parameters
    ----------
    network
        Holds modules of :data:`FUSIONS`, at any depth.

    Returns
    -------
    The copy, in which FSM scales by 1 and shifts by 0, and the term that the others add is zero.

    Examples
    --------
    >>> fsm = FSM(4, 16, zero_init=False)
    >>> features, semantic = torch.ones(5, 4), torch.randn(5, 16)
    >>> torch.equal(without_semantics(fsm)(features, semantic), fsm.projection(features))
    True
    """
    silent = deepcopy(network)
    for part in silent.modules():
        if isinstance(part, tuple(FUSIONS.values())):
            part.silence()  # type: ignore[operator]
    return silent
