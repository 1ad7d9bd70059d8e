"""How far two embeddings of the same spots disagree on which spots are alike."""

import torch
from torch import Tensor
from torch.nn import functional


def gram_difference(first: Tensor, second: Tensor) -> Tensor:
    r"""Mean squared difference of the two cosine similarity matrices, without an n x n matrix.

    Rows are centred and brought to unit length. With :math:`S = Z_1 + Z_2` and :math:`D = Z_1 - Z_2`

    .. math::
        \|Z_1 Z_1^T - Z_2 Z_2^T\|_F^2 = \tfrac14 \|S D^T + D S^T\|_F^2
        = \tfrac12 \left( \langle S^T S, D^T D \rangle + \langle D^T S, S^T D \rangle \right)

    which is exact, needs d x d matrices only, and subtracts nothing large from anything large.

    Parameters
    ----------
    first, second
        Embeddings of the same spots, both of shape (n, d).

    Returns
    -------
    Scalar, divided by n².

    Examples
    --------
    >>> import torch
    >>> views = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.tensor([[0.0, 2.0], [0.0, -2.0]])
    >>> gram_difference(*views).item()  # centred rows differ, the similarities between spots do not
    0.0
    """
    unit = [functional.normalize(view - view.mean(dim=0), dim=1) for view in (first, second)]
    total, apart = unit[0] + unit[1], unit[0] - unit[1]
    cross = apart.T @ total
    squared = ((total.T @ total) * (apart.T @ apart)).sum() + (cross * cross.T).sum()
    return torch.as_tensor(0.5 * squared / len(first) ** 2)
