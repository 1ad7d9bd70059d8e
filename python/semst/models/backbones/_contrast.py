"""The contrast between a spot's own neighbourhood and a stranger's, which several backbones share."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from semst.nn import Propagation


def neighbourhood_summary(latent: Tensor, mean: Propagation) -> Tensor:
    r"""What a spot's surroundings look like: the latent averaged, of unit length, through σ.

    Parameters
    ----------
    latent
        Shape (n, d).
    mean
        Mean over a spot and its neighbours.

    Returns
    -------
    Shape (n, d), between 0 and 1.
    """
    return torch.sigmoid(functional.normalize(mean(latent), dim=1))


def tell_apart(score_own: Tensor, score_stranger: Tensor) -> Tensor:
    """Cross-entropy of telling the own scores (n,) from the strangers' (n,), both logits; the mean of all."""
    own = functional.softplus(-score_own).mean()  # -log σ(s)
    strange = functional.softplus(score_stranger).mean()  # -log(1 - σ(s))
    return 0.5 * (own + strange)


def summary_contrast(discriminator: nn.Bilinear, summary: Tensor, own: Tensor, stranger: Tensor) -> Tensor:
    """Let a bilinear form tell (own, summary) from (stranger, summary), all of shape (n, d)."""
    # x W y for many pairs with the same y: one product serves both, and is faster than the module's own
    weighed = summary @ discriminator.weight[0].T
    score_own, score_stranger = ((view * weighed).sum(dim=1) + discriminator.bias for view in (own, stranger))
    return tell_apart(score_own, score_stranger)
