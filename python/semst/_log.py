"""The package's logger: one line at the start of a step, one with what was added."""

import logging

logger = logging.getLogger("semst")

if not logger.handlers:  # importing twice (reticulate, notebooks) must not print twice
    _handler = logging.StreamHandler()
    _handler.setFormatter(logging.Formatter("semst: %(message)s"))
    logger.addHandler(_handler)
    if logger.level == logging.NOTSET:  # whoever has set one before the first use is heard
        logger.setLevel(logging.INFO)
    logger.propagate = False


def let_through(level: int) -> None:
    """Let only messages of this level and above through, of this package and of Lightning Fabric.

    Warnings are made whatever the level, for handlers that keep them. Fabric's own logger is set to INFO as
    Fabric is imported, which may be later; the one that speaks is below it.
    """
    for handler in logger.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setLevel(level)
    logger.setLevel(min(level, logging.WARNING))
    logging.getLogger("lightning_fabric.utilities.rank_zero").setLevel(level)
