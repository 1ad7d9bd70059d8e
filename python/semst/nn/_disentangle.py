"""Keeping the embeddings of several graphs from saying the same."""

from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor


def shared_information(views: Sequence[Tensor], *, eps: float = 1e-5) -> Tensor:
    r"""Mean squared correlation between the columns of every two views.

    .. math::
        \frac{1}{\binom{K}{2}} \sum_{k<l} \frac{1}{d^2} \sum_{ab}
        \mathrm{corr}(h^k_{\cdot a}, h^l_{\cdot b})^2

    Zero where no linear function of one view says anything about another. Linear in the number of spots: it
    needs the d x d correlations only.

    Parameters
    ----------
    views
        Embeddings of the same spots, each (n, d).
    eps
        Added to the variances: a column that is constant correlates with nothing.

    Returns
    -------
    Scalar in [0, 1]; 0 for a single view.

    Examples
    --------
    >>> import torch
    >>> view = torch.tensor([[0.0], [1.0], [2.0]])
    >>> round(shared_information([view, 3 * view]).item(), 3)
    1.0
    """
    if len(views) < 2:
        return views[0].sum() * 0.0
    unit = []
    for view in views:
        centred = view - view.mean(dim=0)
        unit.append(centred / (centred.square().mean(dim=0) + eps).sqrt() / len(view) ** 0.5)
    terms = [(first.T @ second).square().mean() for first, second in combinations(unit, 2)]
    return torch.stack(terms).mean()
