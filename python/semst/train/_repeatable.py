"""The same bits from the same seed, on CUDA too."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def repeatable(device: torch.device | str) -> Iterator[None]:
    """Have torch take algorithms on CUDA that give the same bits at every call, and put the choice back.

    An operation that has none is done all the same, and torch warns of it. On other devices nothing changes:
    there they are the only ones.

    Parameters
    ----------
    device
        Where the work is done.

    Examples
    --------
    >>> with repeatable("cpu"):
    ...     torch.are_deterministic_algorithms_enabled()
    False
    """
    if torch.device(device).type != "cuda":
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
