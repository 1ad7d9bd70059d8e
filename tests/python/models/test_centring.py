"""Several slices in one run: what enters a model is centred slice by slice, by hand and for every model."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import semst
from models.conftest import preset, short
from semst import SemSTError, models
from semst.data import Slice, SliceKeys, read_slice
from semst.models import centred_scores, centring, slices_to_centre

QUICK = {"cluster": "kmeans", "progress": False, "device": "cpu", "explain": False}


@pytest.fixture(params=models.available())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def pair():
    """One piece of cortex twice, the second time with counts drawn anew and every gene caught otherwise."""
    rng = np.random.default_rng(0)
    first = semst.datasets.simulated_cortex(n_spots=300, n_genes=200, random_state=0, effect=1.5)
    first.X = first.X.toarray()
    second = first.copy()
    rates = second.X * np.exp(rng.normal(size=second.n_vars))
    second.X = rng.poisson(rates * second.X.sum() / rates.sum()).astype(np.float32)
    return ad.concat({"one": first, "two": second}, label="slice", index_unique="-")


def options(name, epochs=10):
    """Few epochs; SemanticST without its own way to bring slices together."""
    alone = {"batch_aware": False} if name == "semanticst" else {}
    return {**QUICK, **short(models.get(name), epochs), **alone}


def tiny(samples):
    """Four spots of two genes."""
    counts = sp.csr_matrix(np.float32([[1, 0], [3, 2], [9, 0], [9, 2]]))
    return Slice(
        counts, pd.Index(["A", "B"]), np.zeros((4, 2)), None if samples is None else np.array(samples)
    )


def test_by_hand():
    values, slices = np.float32([[1, 0], [3, 2], [9, 0], [8, 1]]), np.array([0, 0, 0, 1])
    # means of the slices (13/3, 2/3) and (8, 1), of all spots (21/4, 3/4)
    found = centring(sp.csr_matrix(values), slices)
    shifts = np.array([[13 / 3 - 21 / 4, 2 / 3 - 3 / 4], [8 - 21 / 4, 1 - 3 / 4]])
    np.testing.assert_allclose(found.shifts, shifts, rtol=1e-6)
    np.testing.assert_allclose(found.fitted["centre"], [21 / 4, 3 / 4])
    np.testing.assert_allclose(found.applied(sp.csr_matrix(values)), values - shifts[slices], rtol=1e-6)
    np.testing.assert_allclose(found.applied(values), values - shifts[slices], rtol=1e-6)
    np.testing.assert_array_equal(values[0], [1, 0])  # left as they were
    # a later slice is brought to the same mean by its own
    like = models.Projections(pd.Index(["A", "B"]), models.packed(**found.fitted))
    later = centring(np.float32([[2, 2], [4, 6]]), np.zeros(2, dtype=int), like=like)
    np.testing.assert_allclose(later.applied(np.float32([[2, 2], [4, 6]])).mean(axis=0), [21 / 4, 3 / 4])


@given(
    values=arrays(np.float32, (9, 3), elements=st.floats(-8, 8, width=16)),
    offsets=arrays(np.float32, (3, 3), elements=st.floats(-64, 64, width=16)),
)
def test_what_is_added_to_a_whole_slice_is_taken_off_again(values, offsets):
    slices = np.array([0, 1, 1, 0, 2, 1, 1, 1, 0])
    plain, other = centring(values, slices), centring(values + offsets[slices], slices)
    moved = other.applied(values + offsets[slices]) - other.fitted["centre"]
    np.testing.assert_allclose(moved, plain.applied(values) - plain.fitted["centre"], atol=1e-4)


def test_scores_by_hand_and_a_slice_of_one_spot():
    scores, centre = centred_scores(np.float32([[1.5], [0.5], [-2]]), np.array([0, 0, 1]))
    assert scores.ravel().tolist() == [0.5, -0.5, 0.0] and centre.tolist() == [0.0]
    same, none = centred_scores(scores, None)
    assert same is scores and none is None


@pytest.mark.parametrize("together", [False, True])
def test_genes_that_a_later_slice_lacks_come_in_at_the_mean_of_the_fit(together):
    values = sp.csr_matrix(np.float32([[1, 4], [3, 0], [8, 2], [8, 2]]))
    fitted = centring(values, np.array([0, 0, 1, 1]) if together else None)
    np.testing.assert_allclose(fitted.fitted["mean"], [5, 2])
    like = models.Projections(pd.Index(["A", "B"]), models.packed(**fitted.fitted))
    later = sp.csr_matrix(np.float32([[5, 0], [3, 0]]))
    slices = np.zeros(2, dtype=int) if together else None
    found = centring(later, slices, like=like.without(np.array([False, True])))
    dense = found.applied(later)
    np.testing.assert_allclose(dense, [[6, 2], [4, 2]] if together else [[5, 2], [3, 2]])
    weight = torch.tensor([[1.0], [10.0]])
    np.testing.assert_allclose(found.design(later)(weight).numpy(), dense @ weight.numpy())
    assert centring(later, None, like=like).applied(later) is later


def test_which_slices_are_centred():
    config = models.ModelConfig()
    assert config.batch == "centre"
    assert slices_to_centre(tiny(list("bbab")), config).tolist() == [1, 1, 0, 1]
    assert slices_to_centre(tiny([7, 7, 3, 7]), config).tolist() == [1, 1, 0, 1]
    for one in (tiny(None), tiny(list("aaaa"))):
        assert slices_to_centre(one, config) is None
        together = models.Projections(pd.Index([]), {"centre": np.zeros(2)})
        assert slices_to_centre(one, config, together).tolist() == [0, 0, 0, 0]
    for batch in ("harmony", "none"):
        assert slices_to_centre(tiny(list("bbab")), models.ModelConfig(batch=batch)) is None
    alone = models.Projections(pd.Index([]))
    assert slices_to_centre(tiny(list("bbab")), config, alone) is None
    with pytest.raises(SemSTError, match="batch is 'center'; accepted are 'centre', 'harmony', 'none'"):
        models.ModelConfig(batch="center")


def test_what_a_slice_has_more_of_does_not_enter(pair, name):
    """The mean of what enters is the same in both slices; without centring it is not."""
    data, _ = read_slice(pair, SliceKeys(sample_key="slice"))
    apart, sums = {}, {}
    for batch in ("centre", "none"):
        alone = {"batch_aware": False} if name == "semanticst" else {}
        networks = models.get(name).semantic_preset  # of SemST; the others have no linear path
        model, config = models.settings(name, preset=networks, batch=batch, **alone)
        inputs = model.prepare(data, config).inputs
        sums[batch] = inputs.checksum()
        values = next(
            getattr(inputs, part)
            for part in ("design", "encoded", "values", "spatial")
            if hasattr(inputs, part)
        )
        rows = (values if hasattr(values, "numpy") else values.to_dense()).numpy()
        means = [rows[data.samples == one].mean(axis=0) for one in ("one", "two")]
        apart[batch] = np.linalg.norm(means[0] - means[1]) / rows.std(axis=0).mean()
    assert sums["centre"] != sums["none"]  # so that no checkpoint of one goes on with the other
    averaged = name == "semst"  # over neighbours, where the means of slices are those of spots in part
    assert apart["centre"] < (0.3 if averaged else 1e-4) * apart["none"]


def test_genes_that_enter_semst_themselves_are_centred_ahead_of_both_graphs(pair):
    data, _ = read_slice(pair, SliceKeys(sample_key="slice"))
    config = preset("paper")
    inputs = models.SemST.prepare(data, config).inputs
    values = inputs.targets.counts.toarray()  # the published input is the decoder's target, too
    means = {one: values[data.samples == one].mean(axis=0) for one in ("one", "two")}
    centred = values - np.stack([means[one] for one in data.samples]) + values.mean(axis=0)
    for graph, entered in (
        (inputs.spatial_operator, inputs.spatial),
        (inputs.expression_operator, inputs.expression),
    ):
        np.testing.assert_allclose(entered.numpy(), graph.scipy() @ centred, rtol=1e-3, atol=1e-4)
    nearest = semst.gr.expression_graph(centred, n_neighs=config.n_expression_neighs)
    found = inputs.expression_operator.scipy()
    found.setdiag(0)
    assert abs((found > 0).astype(int) - nearest.astype(int)).sum() < 0.001 * nearest.nnz


def test_domains_of_two_slices_are_found_where_they_are_centred(pair, name):
    found = {}
    for batch in ("centre", "none"):
        adata = semst.tl.run(pair, name, 4, sample_key="slice", batch=batch, copy=True, **options(name))
        found[batch] = semst.metrics.ari(adata.obs["ground_truth"], adata.obs[name])
        assert adata.uns[name]["params"]["batch"] == batch
    assert found["centre"] > found["none"] + 0.05, found


def test_one_slice_is_left_to_the_last_bit(pair, name):
    one = pair[pair.obs["slice"] == "one"].copy()
    fits = [
        semst.tl.Estimator(name, 3, fsm=True, semantics="random", **more, **options(name, 2)).fit(one)
        for more in ({}, {"sample_key": "slice"}, {"batch": "none"})
    ]
    assert all("centre" not in fit.projections_.arrays for fit in fits)
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.result_.embedding, fits[0].result_.embedding)
        # and what is embedded with it is put on its scale, not centred
        np.testing.assert_array_equal(
            fit.embed(pair, sample_key="slice"), fits[0].embed(pair, sample_key="slice")
        )


def test_a_new_slice_is_brought_to_the_fit_by_its_own_mean(pair, name, tmp_path):
    model = semst.tl.Estimator(name, 3, sample_key="slice", **options(name, 2)).fit(pair)
    whole = model.embed(pair)
    np.testing.assert_allclose(whole, model.result_.embedding, rtol=1e-3, atol=1e-4)
    model.save(tmp_path / "model")
    second = pair[pair.obs["slice"] == "two"].copy()
    loaded = semst.tl.Estimator.load(tmp_path / "model")
    assert loaded.config.batch == "centre"
    np.testing.assert_allclose(loaded.embed(second), model.embed(second), rtol=1e-3, atol=1e-4)
    del second.obs["slice"]
    unnamed = loaded.embed(second, sample_key=None)
    again = loaded.embed(pair[pair.obs["slice"] == "two"].copy())
    np.testing.assert_array_equal(unnamed, again)
    if name not in ("semst", "semanticst", "mafn", "spatial-mgcn"):  # whose graphs join spots of both slices
        np.testing.assert_allclose(unnamed, whole[pair.obs["slice"] == "two"], rtol=1e-3, atol=1e-4)


def test_slices_of_five_spots_and_of_one(pair, name):
    """Whatever the labels are made of, and with a spot that holds nothing."""
    adata = pair.copy()
    adata.X[17] = 0
    few = np.full(adata.n_obs, 3)
    few[:5], few[5] = 1, 2
    kinds = few, pd.Categorical(np.array(["", "a", "b", "c"])[few], categories=["c", "a", "b", "unused"])
    rows = []
    for kind in kinds:
        adata.obs["slice"] = kind
        semst.tl.run(adata, name, 3, sample_key="slice", **options(name, 2))
        rows.append(adata.obsm[f"X_{name}"])
        assert np.flatnonzero(np.isnan(rows[-1]).any(axis=1)).tolist() == [17]
    np.testing.assert_array_equal(*rows)


def test_the_order_of_the_spots_has_no_part(pair, name):
    data, _ = read_slice(pair, SliceKeys(sample_key="slice"))
    order = np.random.default_rng(0).permutation(data.n_spots)
    moved = Slice(data.counts[order], data.genes, data.coordinates[order], data.samples[order])
    model, config = models.settings(name)
    found = [model.prepare(one, config).projections.arrays for one in (data, moved)]
    np.testing.assert_allclose(found[1]["centre"], found[0]["centre"], rtol=1e-5, atol=1e-6)
    for key in ("components/loadings", "deviation"):
        if key in found[0]:
            leading = np.s_[:, :10] if key.endswith("loadings") else np.s_[:]
            np.testing.assert_allclose(found[1][key][leading], found[0][key][leading], rtol=1e-3, atol=1e-3)
