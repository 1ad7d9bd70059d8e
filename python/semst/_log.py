"""The package's logger: one line at the start of a step, one with what was added."""

import logging

logger = logging.getLogger("semst")

if not logger.handlers:  # importing twice (reticulate, notebooks) must not print twice
    _handler = logging.StreamHandler()
    _handler.setFormatter(logging.Formatter("semst: %(message)s"))
    logger.addHandler(_handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
