"""Sums that tell tensors apart."""

import torch
from torch import Tensor


def weighted_sums(tensor: Tensor) -> list[str]:
    """Return the sum of the sizes of all entries, and the same weighed by their places.

    Six digits of them: the last ones of what is computed can differ from run to run.

    Parameters
    ----------
    tensor
        Of any shape; of a sparse one (CSR) the values count.

    Examples
    --------
    >>> weighted_sums(torch.tensor([1.0, -2.0])), weighted_sums(torch.tensor([-2.0, 1.0]))
    (['3', '2'], ['3', '1'])
    """
    values = tensor.values() if tensor.layout == torch.sparse_csr else tensor
    flat = values.detach().cpu().double().abs().flatten()
    place = torch.linspace(0, 1, len(flat), dtype=torch.float64)
    return [f"{float(total):.6g}" for total in (flat.sum(), flat @ place)]
