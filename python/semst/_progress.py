"""Progress with rate and time left, the same everywhere (terminal, notebook, R console)."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

T = TypeVar("T")


def track(
    items: Iterable[T], *, total: int | None = None, desc: str, show: bool = True, unit: str = "it"
) -> tqdm:
    """Iterate over ``items`` and show rate and time left on the error stream.

    Parameters
    ----------
    items
        What to iterate over.
    total
        How many there are, where ``items`` has no length.
    desc
        What is being done, e.g. ``"training"``.
    show
        ``False`` keeps quiet.
    unit
        The name of one item, e.g. ``"epoch"``.

    Returns
    -------
    The bar; ``set_postfix`` shows figures beside it.
    """
    return tqdm(items, total=total, desc=desc, disable=not show, unit=unit, mininterval=0.5, leave=False)
