"""Arguments of another type than declared, and numbers beyond their range."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import semst
from semst import SemSTError
from semst._settings import MOST, MOST_WHOLE, Settings, hints, setting, shown
from semst._typed import typed
from semst._validate import check_whole

QUICK = {"cluster": "mixture", "n_starts": 2, "progress": False, "explain": False}


@typed
def given(adata: ad.AnnData, n: int = 1, *, key: str | None = None, size: float = 1.0, random_state: int = 0):
    return n, key, size, random_state


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"adata": None}, "adata is None; give an AnnData"),
        ({"n": 1.5}, "n is 1.5; give a whole number"),
        ({"n": True}, "n is True; give a whole number"),
        ({"n": "²"}, "n is '²'; give a whole number"),
        ({"key": 3}, "key is 3; give text or none"),
        ({"size": float("nan")}, "size is nan; give a number"),
        ({"random_state": -1}, "random_state is -1; give a whole number from 0"),
        ({"n": [1] * 500}, r"n is \[1, 1, .*\.\.\. \(list\); give a whole number"),
    ],
)
def test_arguments_are_held_against_their_types(wrong, said):
    sound = {"adata": ad.AnnData(np.ones((2, 2)))}
    with pytest.raises(SemSTError, match=said):
        given(**{**sound, **wrong})
    assert given(**sound, n=np.int64(3), size=2, key="a") == (3, "a", 2, 0)
    assert given(sound["adata"], 3.0)[0] == 3  # as R writes whole numbers


def test_a_number_of_draws_beyond_use_is_refused():
    for number in (10**12, 0):
        with pytest.raises(SemSTError, match=f"n_null is {number}; give a whole number of 1"):
            check_whole(number, what="n_null", least=1)


def test_every_number_among_the_settings_has_a_range():
    for model in semst.models.available():
        group = semst.models.get(model).Config
        for one in fields(group):
            kind = str(hints(group)[one.name])
            if "int" not in kind and "float" not in kind:
                continue
            low, above = one.metadata.get("least"), one.metadata.get("above")
            assert (low is None) != (above is None), f"{model}: {one.name}"
            below = low - 1 if low is not None else above
            for wrong in (below, 10**12, 10**400, float("nan"), float("inf"), "²", True, [[1]]):
                with pytest.raises(SemSTError, match=f"{one.name} is "):
                    group(**{one.name: wrong})


def test_a_limit_is_named_where_it_is_passed():
    @dataclass(frozen=True, kw_only=True)
    class Toy(Settings):
        steps: int = setting(5, "Steps.", least=1)
        share: float = setting(0.5, "A share.", least=0, most=1)
        length: float = setting(2.0, "A length.", above=0)

    assert Toy(steps=MOST_WHOLE, share=1, length=MOST).share == 1.0
    with pytest.raises(SemSTError, match="steps is 1000001; give a whole number of 1 or more, at most 1e"):
        Toy(steps=MOST_WHOLE + 1)
    with pytest.raises(SemSTError, match="share is 1.5; give 0 or more, at most 1"):
        Toy(share=1.5)
    with pytest.raises(SemSTError, match="steps is 0; give a whole number of 1 or more.$"):
        Toy(steps=0)
    assert "very large number" in shown(10**5000) and "\n" not in shown("a\nb")


@pytest.mark.parametrize("value", [1e308, 1e31])
def test_coordinates_beyond_any_unit(value):
    adata = semst.datasets.simulated_cortex(n_spots=60, n_genes=30)
    adata.obsm["spatial"] = adata.obsm["spatial"] / np.abs(adata.obsm["spatial"]).max() * value
    with pytest.raises(SemSTError, match="no unit of length explains"):
        semst.tl.run(adata, "semst", 3, **QUICK)


def test_arrays_are_sequences():
    @typed
    def draw(groups: Sequence[str], n: list[int] | None = None) -> int:
        return len(groups)

    for groups in (["a"], ("a",), np.array(["a"]), pd.Index(["a"]), pd.Series(["a"])):
        assert draw(groups) == 1
    with pytest.raises(SemSTError, match="groups is 3; give a Sequence"):
        draw(3)
