"""The logger of the package that is measured: the runner speaks through it."""

import logging

logger = logging.getLogger("semst")


def let_through(level: int) -> None:
    """Let only messages of this level and above through, of SemST and of Lightning Fabric, which trains it.

    Fabric's own logger is set to INFO as Fabric is imported, which may be later; the one that speaks is
    below it.
    """
    for name in ("semst", "lightning_fabric.utilities.rank_zero"):
        logging.getLogger(name).setLevel(level)
