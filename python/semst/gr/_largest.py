"""For every row, those other rows whose product with it is largest: all pairs, and none kept."""

import numpy as np
import torch
from torch import Tensor

ROWS, COLUMNS = 256, 4096  # of a tile: 4 MB of products, which stay near the processor
GROUP = 16  # products that are seen through the largest of them
NARROW = 64  # columns up to which a product is made twice rather than kept


def largest_products(rows: np.ndarray, k: int, offset: np.ndarray | None = None) -> np.ndarray:
    """Find the ``k`` other rows with the largest product, less what the other row's ``offset`` takes off.

    The products of a tile are looked at through the largest of every 16. The ``k`` groups whose largest are
    largest hold the ``k`` largest products: each product of another group has ``k`` before it. Only theirs
    are made once more and sorted out, which takes half the time of a search through all of them.

    Parameters
    ----------
    rows
        Shape (n, d), single or double precision, with few columns.
    k
        Number of others, less than n.
    offset
        Shape (n,); ``None`` for none.

    Returns
    -------
    Row numbers, shape (n, k), in no order. Of equal products any may be taken.

    Examples
    --------
    >>> largest_products(np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]), 1).ravel().tolist()
    [1, 0, 1]
    """
    every = torch.from_numpy(np.ascontiguousarray(rows))
    taken = None if offset is None else torch.from_numpy(np.ascontiguousarray(offset, dtype=rows.dtype))
    columns = every.T.contiguous()
    n_tiles = -(-len(every) // COLUMNS)
    products = every.new_empty(ROWS * COLUMNS)
    tops = every.new_empty((ROWS, n_tiles * (COLUMNS // GROUP)))
    found = np.empty((len(every), k), dtype=np.int64)
    for first in range(0, len(every), ROWS):
        own = torch.arange(first, min(first + ROWS, len(every)))
        tile = products[: len(own) * COLUMNS].view(len(own), COLUMNS)
        for start in range(0, len(every), COLUMNS):
            _fill(
                tile,
                every[own],
                columns[:, start : start + COLUMNS],
                None if taken is None else taken[start:],
            )
            inside = own[(own >= start) & (own < start + COLUMNS)]
            tile[inside - first, inside - start] = -torch.inf
            place = start // GROUP
            torch.amax(
                tile.view(len(own), GROUP, -1), dim=1, out=tops[: len(own), place : place + COLUMNS // GROUP]
            )
        found[first : first + ROWS] = _sort_out(tops[: len(own)], own, every, taken, k).numpy()
    return found


def _fill(tile: Tensor, own: Tensor, columns: Tensor, taken: Tensor | None) -> None:
    """Products of some rows with one tile of columns; what the last tile lacks is less than all others."""
    width = columns.shape[1]
    part = tile[:, :width]
    torch.mm(own, columns, out=part) if width == COLUMNS else part.copy_(own @ columns)
    if taken is not None:
        part -= taken[:width]
    tile[:, width:] = -torch.inf


def _sort_out(tops: Tensor, own: Tensor, every: Tensor, taken: Tensor | None, k: int) -> Tensor:
    """The ``k`` largest products of the rows ``own`` out of the groups with the largest ones."""
    per_tile = COLUMNS // GROUP
    groups = tops.topk(min(k, tops.shape[1]), dim=1, sorted=False).indices
    heads = (groups // per_tile) * COLUMNS + groups % per_tile
    others = (heads[:, :, None] + per_tile * torch.arange(GROUP)).flatten(1)
    none = (others >= len(every)) | (others == own[:, None])
    others.clamp_(max=len(every) - 1)
    values = torch.bmm(every[others.flatten()].view(*others.shape, -1), every[own][:, :, None])[:, :, 0]
    if taken is not None:
        values -= taken[others]
    values[none] = -torch.inf
    return others.gather(1, values.topk(k, dim=1, sorted=False).indices)
