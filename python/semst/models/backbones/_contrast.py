"""The contrast between spots and corrupted ones, as in Deep Graph Infomax, which several backbones share."""

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


def tell_apart(positive: Tensor, negative: Tensor) -> Tensor:
    """Cross-entropy of telling positive pairs from negative ones by their logits, each (n,); the mean."""
    kept = functional.softplus(-positive).mean()  # -log σ(s)
    refused = functional.softplus(negative).mean()  # -log(1 - σ(s))
    return 0.5 * (kept + refused)


def summary_contrast(discriminator: nn.Bilinear, summary: Tensor, own: Tensor, corrupted: Tensor) -> Tensor:
    """Let a bilinear form tell (own, summary) from (corrupted, summary), all of shape (n, d)."""
    # x W y for many pairs with the same y: one product serves both, and is faster than the module's own
    weighed = summary @ discriminator.weight[0].T
    positive, negative = ((view * weighed).sum(dim=1) + discriminator.bias for view in (own, corrupted))
    return tell_apart(positive, negative)
