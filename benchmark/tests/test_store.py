"""What the folder of a benchmark holds, and what is no row of it."""

import pytest

from semst_benchmark._store import Store


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": "long"}, {"seed": True}, {"dataset": 0.5}, {"config": {"model": []}}, {"n_spots": [1]}],
)
def test_a_row_whose_values_are_of_another_kind_is_none(tmp_path, wrong):
    store = Store(tmp_path)
    row = {
        "status": "done",
        "seconds": 1,
        "seed": 0,
        "dataset": "a",
        "config": {"model": "pca"},
        "n_spots": 3,
    }
    store.write("right", row)
    store.write("wrong", row | wrong)
    assert store.read("right") is not None and store.read("wrong") is None
    assert len(store.collect()) == 1
