"""Pack texts into batches of a fixed shape, so that a vector does not depend on its company."""

from collections.abc import Iterator, Sequence

import numpy as np

_STEP = 8  # texts are padded to a multiple of this many tokens


def fixed_shape_batches(
    token_ids: Sequence[np.ndarray], *, token_budget: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Group texts of similar length, longest first, and pad them at the right.

    How many numbers a matrix product adds up in one go, and with it the last digit of its result, depends on
    the shape of the batch. Here the shape follows from the length of the text alone: so many tokens, up to
    the next multiple of 8, times as many rows as the budget allows; an incomplete batch is filled up. The
    same text therefore gets the same vector whatever else is embedded with it, and whether or not parts come
    from a cache.

    The budget is the number of tokens in a batch, padding included; a longer text is a batch of its own.
    Yields the indices of the texts in the batch, their ids (rows, tokens) int64, and a mask of the same
    shape, 1 at real tokens. Rows beyond the texts are filling.

    Examples
    --------
    >>> texts = [np.array([5, 6, 7]), np.array([8])]
    >>> [(rows.tolist(), ids.shape) for rows, ids, mask in fixed_shape_batches(texts, token_budget=32)]
    [([0, 1], (4, 8))]
    """
    lengths = np.array([len(ids) for ids in token_ids])
    padded = -(-lengths // _STEP) * _STEP
    for width in sorted(set(padded.tolist()), reverse=True):
        members = np.flatnonzero(padded == width)
        n_rows = max(1, token_budget // width)
        for start in range(0, len(members), n_rows):
            texts = members[start : start + n_rows]
            ids = np.zeros((n_rows, width), dtype=np.int64)
            mask = np.zeros((n_rows, width), dtype=np.int64)
            for row in range(n_rows):
                tokens = token_ids[texts[min(row, len(texts) - 1)]]
                ids[row, : len(tokens)] = tokens
                mask[row, : len(tokens)] = 1
            yield texts, ids, mask
