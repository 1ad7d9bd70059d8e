"""Which condition a sample is of, and which two are compared."""

from collections.abc import Sequence

import pandas as pd

from semst import _words
from semst._errors import SemSTError


def conditions_of(samples: pd.Categorical, conditions: pd.Categorical) -> pd.Series:
    """Find the condition of every sample.

    Parameters
    ----------
    samples, conditions
        One of each for every spot, none missing.

    Returns
    -------
    Categorical series, a row a sample in the order of the categories.

    Raises
    ------
    SemSTError
        If a sample has spots in two conditions.

    Examples
    --------
    >>> spots = pd.DataFrame({"sample": ["a", "a", "b"], "condition": ["case", "case", "control"]})
    >>> conditions_of(pd.Categorical(spots["sample"]), pd.Categorical(spots["condition"])).to_dict()
    {'a': 'case', 'b': 'control'}
    """
    table = pd.crosstab(
        pd.Series(samples, name="sample"), pd.Series(conditions, name="condition"), dropna=False
    )
    for sample, row in table.iterrows():
        there = [str(name) for name in row.index[row > 0]]
        if len(there) > 1:
            raise SemSTError(
                f'Sample "{sample}" has spots in {len(there)} conditions ({", ".join(there)}); a sample '
                f"is of one. Mend the column, or name another one as {_words.name('sample_key')}, whose "
                "samples are."
            )
    found = pd.Categorical(table.columns[table.to_numpy().argmax(axis=1)], categories=conditions.categories)
    return pd.Series(found, index=pd.Index(table.index.astype(str), name="sample"), name="condition")


def choose_groups(conditions: pd.Categorical, groups: Sequence[str] | None) -> tuple[str, str]:
    """Choose the two conditions that are compared, and which of them comes first.

    Parameters
    ----------
    conditions
        Those that there are, in their order.
    groups
        Two of them, the first the one that the other is held against; ``None`` where there are two only.

    Returns
    -------
    First and second.

    Raises
    ------
    SemSTError
        If ``groups`` are not two of the conditions, or are needed and not given.

    Examples
    --------
    >>> choose_groups(pd.Categorical(["case", "control"]), ("control", "case"))
    ('control', 'case')
    """
    there = [str(name) for name in conditions.remove_unused_categories().categories]
    listed = ", ".join(there)
    if groups is None:
        if len(there) < 2:
            raise SemSTError(f"There is one condition ({listed}); samples of two are needed to compare.")
        if len(there) > 2:
            raise SemSTError(
                f"There are {len(there)} conditions ({listed}), and two are compared: name them, the one "
                f"that the other is held against first, e.g. {_words.given('groups', (there[0], there[1]))}."
            )
        return there[0], there[1]
    chosen = [groups] if isinstance(groups, str) else [str(name) for name in groups]
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise SemSTError(
            f"{_words.name('groups')} is {groups!r}; two different conditions are needed. There are: "
            f"{listed}."
        )
    absent = [name for name in chosen if name not in there]
    if absent:
        raise SemSTError(
            f"{_words.name('groups')} names {', '.join(absent)}, which is no condition. There are: {listed}."
        )
    return chosen[0], chosen[1]
