"""Proportions of domains, read from an object."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import semst
from semst import MissingKeyError, SemSTError, tl

DESIGN = {"sample_key": "donor", "condition_key": "condition", "groups": ("control", "case")}


def study(n=3, n_spots=40, seed=0):
    """Donors of two conditions, and one of a third."""
    rng = np.random.default_rng(seed)
    donors = [f"d{i}" for i in range(2 * n)] + ["other"]
    obs = pd.DataFrame(
        {"donor": np.repeat(donors, n_spots)}, index=[f"s{i}" for i in range(len(donors) * n_spots)]
    )
    of = dict(zip(donors, ["control"] * n + ["case"] * n + ["third"], strict=True))
    obs["condition"] = obs["donor"].map(of)
    obs["semst"] = rng.choice(["1", "2", "10"], len(obs))
    return ad.AnnData(obs=obs)


@pytest.fixture
def adata():
    return study()


@pytest.fixture
def told(caplog, monkeypatch):
    monkeypatch.setattr(semst._log.logger, "propagate", True)
    return caplog


def test_spots_are_counted_by_sample_and_domain(adata):
    found = tl.proportions(adata, **DESIGN)
    wanted = pd.crosstab(adata.obs["donor"], adata.obs["semst"])[["1", "2", "10"]]
    assert list(found.counts.columns) == ["1", "2", "10"] and found.key == "semst"
    assert found.counts.to_numpy().tolist() == wanted.drop(index="other").to_numpy().tolist()
    assert isinstance(found, tl.Proportions) and found.groups == ("control", "case")
    assert found.conditions.to_dict() == {f"d{i}": "control" if i < 3 else "case" for i in range(6)}


def test_without_conditions_every_sample_counts(adata):
    found = tl.proportions(adata, sample_key="donor")
    assert list(found.counts.index)[-1] == "other" and len(found.counts) == 7 and found.effects is None


def test_spots_without_a_domain_are_left_out(adata, told):
    adata.obs["semst"] = adata.obs["semst"].where(np.arange(adata.n_obs) % 4 > 0)
    adata.obs.loc[adata.obs["donor"] == "d1", "semst"] = np.nan
    found = tl.proportions(adata, **DESIGN)
    assert found.counts.sum(axis=1).to_dict() == {f"d{i}": 30 for i in (0, 2, 3, 4, 5)}
    assert "left out, without a spot that has a domain: d1" in told.text
    assert '"control" has 2: a test takes three or more' in told.text


def test_the_order_of_spots_does_not_matter_and_nothing_is_written(adata):
    before = adata.copy()
    one = tl.proportions(adata, **DESIGN)
    order = np.random.default_rng(1).permutation(adata.n_obs)
    other = tl.proportions(adata[order].copy(), **DESIGN)
    pd.testing.assert_frame_equal(one.effects, other.effects)
    assert one.overall_p == other.overall_p
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    assert not adata.uns and not adata.obsm


def test_two_conditions_need_no_names_and_keep_their_order(adata):
    two = adata[adata.obs["condition"] != "third"].copy()
    design = {"sample_key": "donor", "condition_key": "condition"}
    assert tl.proportions(two, **design).groups == ("case", "control")
    two.obs["condition"] = pd.Categorical(two.obs["condition"], categories=["control", "case"])
    assert tl.proportions(two, **design).groups == ("control", "case")
    with pytest.raises(SemSTError, match=r"There are 3 conditions \(case, control, third\)"):
        tl.proportions(adata, **design)


def test_sections_of_a_donor_are_counted_together(adata):
    adata.obs["section"] = adata.obs["donor"] + np.where(np.arange(adata.n_obs) % 2, "a", "b")
    by_section = tl.proportions(adata, **{**DESIGN, "sample_key": "section"})
    by_donor = tl.proportions(adata, **DESIGN)
    assert len(by_section.counts) == 12 and len(by_donor.counts) == 6
    together = by_section.counts.groupby(by_section.counts.index.str[:-1]).sum()
    assert together.to_numpy().tolist() == by_donor.counts.to_numpy().tolist()


def test_what_cannot_be_used_is_told(adata):
    with pytest.raises(MissingKeyError, match='adata.obs has no "x"'):
        tl.proportions(adata, **{**DESIGN, "sample_key": "x"})
    with pytest.raises(SemSTError, match=r"groups are conditions: name the obs column.*condition_key"):
        tl.proportions(adata, sample_key="donor", groups=("control", "case"))
    with pytest.raises(SemSTError, match="n_permutations is 9; give a whole number of 39 or more"):
        tl.proportions(adata, **DESIGN, n_permutations=9)
    with pytest.raises(SemSTError, match="random_state is -1"):
        tl.proportions(adata, **DESIGN, random_state=-1)
    mixed = adata.copy()
    mixed.obs.iloc[0, mixed.obs.columns.get_loc("condition")] = "case"
    with pytest.raises(SemSTError, match=r'Sample "d0" has spots in 2 conditions \(case, control\)'):
        tl.proportions(mixed, **DESIGN)
    mixed.obs.iloc[0, mixed.obs.columns.get_loc("condition")] = np.nan
    with pytest.raises(SemSTError, match=r'obs\["condition"\] is missing for 1 of 280 spots'):
        tl.proportions(mixed, **DESIGN)
    adata.obs["semst"] = pd.Categorical([None] * adata.n_obs, categories=["1"])
    with pytest.raises(SemSTError, match="No spot of these samples has a domain"):
        tl.proportions(adata, **DESIGN)


def test_random_arrangements_follow_the_seed():
    adata = study(9)
    effects = [tl.proportions(adata, **DESIGN, n_permutations=199, random_state=s).effects for s in (0, 0, 1)]
    pd.testing.assert_frame_equal(effects[0], effects[1])
    assert (effects[0]["p"] != effects[2]["p"]).any()
