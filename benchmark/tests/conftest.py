"""A small suite that runs in seconds, in this process."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semst_benchmark import Outcome, Suite, parse_suite, run_suite

FAST = {"epochs": 1, "n_starts": 5, "n_networks": 1, "rings": [6]}


def _content(**changes: Any) -> dict[str, Any]:
    """What the YAML file of a small suite holds."""
    return {
        "title": "A small one",
        "about": "For tests.",
        "name": "small",
        "datasets": [
            {"name": "one", "simulate": {"n_spots": 90, "n_genes": 60}},
            {"name": "two", "simulate": {"n_spots": 100, "n_genes": 60, "random_state": 1}},
        ],
        "arms": [
            {"name": "SemST", "model": "semst", "semantics": "none", "settings": FAST},
            {"name": "PCA", "model": "pca"},
        ],
        "seeds": 2,
        "clusterers": ["own", "kmeans"],
        "refinements": ["none", "own", "vote", "vote50"],
        "pairs": [{"arm": "SemST", "against": "PCA", "about": "what semantics adds"}],
        "figures": ["bars", "differences", "maps"],
        **changes,
    }


@pytest.fixture
def content() -> Callable[..., dict[str, Any]]:
    return _content


@pytest.fixture
def small() -> Callable[..., Suite]:
    return lambda **changes: parse_suite(_content(**changes), where="small")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The small suite, run once for all tests that only look."""
    out = tmp_path_factory.mktemp("store")
    return run_suite(parse_suite(_content(), where="small"), None, out, jobs=0, progress=False), out


@pytest.fixture(autouse=True)
def _own_log_level() -> Iterator[None]:
    """``--quiet`` sets the level for its process; here all tests share one process."""
    logger = logging.getLogger("semst")
    before = logger.level
    yield
    logger.setLevel(before)
