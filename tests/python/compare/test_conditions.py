"""Conditions of samples, and which two are compared."""

import pandas as pd
import pytest

from semst import SemSTError
from semst.compare import choose_groups, conditions_of


def test_every_sample_has_the_condition_of_its_spots():
    samples = pd.Categorical(["b", "a", "b", "c"])
    conditions = pd.Categorical(["case", "control", "case", "case"], categories=["control", "case"])
    found = conditions_of(samples, conditions)
    assert found.to_dict() == {"a": "control", "b": "case", "c": "case"}
    assert list(found.cat.categories) == ["control", "case"]


def test_a_sample_in_two_conditions_is_named():
    with pytest.raises(SemSTError, match=r'Sample "b" has spots in 2 conditions \(case, control\)'):
        conditions_of(pd.Categorical(["a", "b", "b"]), pd.Categorical(["case", "control", "case"]))


def test_the_order_is_that_of_the_categories_unless_groups_say_otherwise():
    conditions = pd.Categorical(["young", "old"], categories=["young", "old", "unused"])
    assert choose_groups(conditions, None) == ("young", "old")
    assert choose_groups(conditions, ["old", "young"]) == ("old", "young")
    assert choose_groups(pd.Categorical(["young", "old"]), None) == ("old", "young")


@pytest.mark.parametrize(
    ("names", "groups", "message"),
    [
        (["a", "b", "c"], None, r'3 conditions \(a, b, c\).*groups=\("a", "b"\)'),
        (["a", "a"], None, r"one condition \(a\); samples of two"),
        (["a", "b"], ("a", "x"), r"groups names x, which is no condition. There are: a, b"),
        (["a", "b"], ("a", "a"), r"two different conditions are needed. There are: a, b"),
        (["a", "b", "c"], ("a", "b", "c"), "two different conditions"),
        (["a", "b"], "a", "two different conditions"),
    ],
)
def test_what_cannot_be_compared_is_told(names, groups, message):
    with pytest.raises(SemSTError, match=message):
        choose_groups(pd.Categorical(names), groups)
