"""The two regularisers, both linear in the number of spots."""

import torch
from torch import Tensor
from torch.nn import functional

from ._sparse import Propagation

# ln(2 cosh(x / 2)), the even part of softplus(x), as _EVEN_0 + _EVEN_2 x² on [-1, 1]: largest error 6e-4
_EVEN_0 = 0.693739
_EVEN_2 = 0.120115


def correlation_reduction(first: Tensor, second: Tensor) -> Tensor:
    r"""Pull the cross-correlation of two views towards the identity (SemST, equations 11 and 12).

    .. math:: L_{cr} = \frac{1}{p^2} \sum_{ij} (C_{ij} - I_{ij})^2

    where :math:`C_{ij}` is the cosine between column i of one view and column j of the other.

    Parameters
    ----------
    first, second
        Embeddings of the same spots, both of shape (n, p).

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import torch
    >>> correlation_reduction(torch.eye(3), torch.eye(3)).item()
    0.0
    """
    correlation = functional.normalize(first, dim=0).T @ functional.normalize(second, dim=0)
    identity = torch.eye(len(correlation), dtype=correlation.dtype, device=correlation.device)
    return (correlation - identity).square().mean()


def spatial_regularisation(embedding: Tensor, neighbours: Propagation) -> Tensor:
    r"""Neighbours alike, all other pairs apart (SemST, equation 13), without an N x N matrix.

    With :math:`\psi_{ij}` the cosine of two spots and :math:`\mathrm{softplus}(x) -
    \mathrm{softplus}(-x) = x`, the double sum of the paper is

    .. math:: \sum_{i \ne j} \mathrm{softplus}(\psi_{ij}) - \sum_{(i,j) \in E} \psi_{ij},

    and with softplus(x) ≈ 0.693739 + x/2 + 0.120115 x² on [-1, 1] (largest error 6e-4) the first part needs
    only :math:`\|\sum_i z_i\|^2` and :math:`\|Z^T Z\|_F^2` of the unit rows :math:`z_i`. Self pairs
    are taken off with the same approximation, so that they cancel.

    Parameters
    ----------
    embedding
        Shape (n, d).
    neighbours
        Binary spatial adjacency without self loops, as an operator.

    Returns
    -------
    Scalar: half of the sum over ordered pairs, divided by n² (so a weight means the same at any n).

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> pair = Propagation(sp.csr_matrix([[0.0, 1.0], [1.0, 0.0]]))
    >>> alike = spatial_regularisation(torch.tensor([[1.0, 0.0], [2.0, 0.0]]), pair)
    >>> apart = spatial_regularisation(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), pair)
    >>> bool(alike < apart)
    True
    """
    unit = functional.normalize(embedding, dim=1)
    total, gram = unit.sum(dim=0), unit.T @ unit
    edges = (unit * neighbours(unit)).sum()
    return spatial_from_sums(total, gram, edges, len(embedding))


def spatial_from_sums(total: Tensor, gram: Tensor, edges: Tensor, n: int) -> Tensor:
    r"""Return :func:`spatial_regularisation` from sums over the spots, which may come from several parts.

    Parameters
    ----------
    total
        :math:`\sum_i z_i` of the unit rows, shape (d,).
    gram
        :math:`Z^T Z` of the unit rows, shape (d, d).
    edges
        Sum of the cosines over the edges, each counted from both ends.
    n
        Number of spots.

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import torch
    >>> unit = torch.eye(2)  # two spots at right angles, no edge: ln 2, halved and per n²
    >>> round(spatial_from_sums(unit.sum(0), unit.T @ unit, torch.tensor(0.0), 2).item(), 3)
    0.173
    """
    pairs = (
        _EVEN_0 * n * n
        + 0.5 * total.square().sum()
        + _EVEN_2 * gram.square().sum()
        - n * (_EVEN_0 + 0.5 + _EVEN_2)
    )
    return (pairs - edges) / (2 * n * n)


def correlation_from_sums(cross: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return :func:`correlation_reduction` from sums over the spots, which may come from several parts.

    Parameters
    ----------
    cross
        Products of the columns of both views, shape (p, p).
    first, second
        Sums of squares of the columns of each view, shape (p,).

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import torch
    >>> correlation_from_sums(torch.diag(torch.tensor([4.0, 9.0])), *[torch.tensor([4.0, 9.0])] * 2).item()
    0.0
    """
    norms = first.clamp_min(1e-24).sqrt()[:, None] * second.clamp_min(1e-24).sqrt()[None, :]
    correlation = cross / norms
    identity = torch.eye(len(correlation), dtype=correlation.dtype, device=correlation.device)
    return (correlation - identity).square().mean()
