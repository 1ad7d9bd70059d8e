"""Shared fixtures."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from semst._log import logger

# One commit has one answer: examples follow from the test alone. New ones are looked for by
# pytest -m hypothesis --hypothesis-profile=explore
settings.register_profile("explore", settings.default)
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the annotated slices: beside the checkout, or where SEMST_SHARED_DATA points."""
    folder = Path(os.environ.get("SEMST_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip(f"the annotated slices are not on this machine ({folder} is absent)")
    return folder


@pytest.fixture(scope="session")
def cuda() -> str:
    """A CUDA device, for tests of what runs there."""
    import torch  # here, so that semst, imported first, has set what torch reads

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    return "cuda"


@pytest.fixture(autouse=True)
def _own_log_level() -> Iterator[None]:
    """The command line sets the level for its process (--quiet); here all tests share one process."""
    before = {one: one.level for one in (logger, *logger.handlers)}
    yield
    for one, level in before.items():
        one.setLevel(level)
