"""Slices on top of each other are told, side by side or of one kind they are not."""

import logging

import numpy as np
import pandas as pd
import pytest

from semst.data._overlap import warn_of_overlap


@pytest.fixture
def said(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    caplog.set_level(logging.WARNING)
    return caplog


def lattice(n=12, step=1.0):
    return np.column_stack([np.arange(n * n) % n, np.arange(n * n) // n]) * step


def labels(**columns):
    return pd.DataFrame({name: np.repeat(values, 144) for name, values in columns.items()})


def test_the_same_positions_twice(said):
    obs = labels(slice=["A", "B"], run=[1, 2]).assign(
        layer=np.arange(288) // 12 % 12, depth=np.random.rand(288)
    )
    warn_of_overlap(np.vstack([lattice(), lattice()]), obs)
    assert "100 % of the spots share their position" in said.text
    assert 'sample_key="slice" or sample_key="run".' in said.text


def test_the_same_positions_twice_and_no_column_for_it(said):
    warn_of_overlap(np.vstack([lattice(), lattice()]), pd.DataFrame(index=range(288)))
    assert "No obs column tells them apart" in said.text


def test_slices_whose_positions_differ_a_little(said):
    both = np.vstack([lattice(), lattice() + [0.31, 0.17]])
    warn_of_overlap(both, labels(library_id=["A", "B"]))
    assert "spots of different 'library_id' lie among each other" in said.text


def test_side_by_side_or_alone_is_no_overlap(said):
    warn_of_overlap(np.vstack([lattice(), lattice() + [12, 0]]), labels(sample=["A", "B"]))
    warn_of_overlap(lattice(), labels(sample=["A"]))
    types = pd.DataFrame({"cell_type": np.random.default_rng(0).integers(5, size=144).astype(str)})
    warn_of_overlap(lattice(), types)
    few = lattice()
    few[:20] = few[20:40]  # by chance, or cells stacked in depth
    warn_of_overlap(few, types)
    warn_of_overlap(few[:1], types[:1])
    assert not said.text
