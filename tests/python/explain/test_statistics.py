"""The numbers behind an explanation against scipy's, by hand, and under changes that must not matter."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from semst.data import Slice
from semst.explain import enrichment, explain, gene_ontology, gene_sets, random_regions
from semst.explain._contrast import between_slices, between_spots, shares
from semst.explain._markers import find_markers
from semst.explain._terms import _tail, telling


def _counts(n_spots=60, n_genes=8, seed=0):
    rng = np.random.default_rng(seed)
    return sp.csr_matrix(rng.poisson(3.0, size=(n_spots, n_genes)).astype(np.float32))


def _regions(labels, n):
    return sp.csr_matrix(np.eye(n)[labels])


def test_between_spots_is_welch_of_log_normalised_values():
    counts, sizes = _counts(), np.full(60, 100.0)
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    labelled = np.arange(60) != 59
    regions = _regions(labels, 3).multiply(labelled[:, None]).tocsr()
    found = between_spots(counts, sizes, regions, labelled)
    values = np.log1p(counts.toarray().astype(float) * 100)
    for region in range(3):
        inside, outside = values[(labels == region) & labelled], values[(labels != region) & labelled]
        wanted = stats.ttest_ind(inside, outside, equal_var=False, alternative="greater")
        np.testing.assert_allclose(found.t[region], wanted.statistic, rtol=1e-4)
        np.testing.assert_allclose(found.p[region], wanted.pvalue, rtol=1e-3)
        change = (inside.mean(axis=0) - outside.mean(axis=0)) / np.log(2)
        np.testing.assert_allclose(found.change[region], change, rtol=1e-4, atol=1e-6)
    inside, outside = shares(counts, regions, labelled)
    np.testing.assert_allclose(inside[0], (counts.toarray()[:10] > 0).mean(axis=0))
    np.testing.assert_allclose(outside[0], (counts.toarray()[10:59] > 0).mean(axis=0))


def test_a_region_of_one_spot_has_no_t():
    found = between_spots(_counts(), np.full(60, 100.0), sp.csr_matrix(np.eye(60)[:, :1]), np.ones(60, bool))
    assert np.isnan(found.t).all()
    assert [len(genes) for genes in find_markers(found)] == [0]


def test_between_slices_is_a_paired_t_of_pseudobulks_with_a_floor_under_its_error():
    counts = _counts(80)
    samples = np.repeat(["a", "b", "c", "d"], 20)
    inside = np.tile(np.repeat([True, False], 10), 4)
    found = between_slices(counts, sp.csr_matrix(inside[:, None] * 1.0), np.ones(80, bool), samples)

    def log_cpm(mask):
        total = counts.toarray()[mask].sum(axis=0).astype(float)
        return np.log2((total + 0.5) / (total.sum() + 1) * 1e6)

    d = np.array([log_cpm(inside & (samples == s)) - log_cpm(~inside & (samples == s)) for s in "abcd"])
    wanted = stats.ttest_1samp(d, 0, alternative="greater")
    np.testing.assert_allclose(found.t[0], wanted.statistic, rtol=1e-6)
    np.testing.assert_allclose(found.p[0], wanted.pvalue, rtol=1e-6)
    error = d.std(axis=0, ddof=1) / 2
    np.testing.assert_allclose(found.score[0], d.mean(axis=0) / (error + np.median(error)), rtol=1e-6)


def test_slices_with_few_spots_of_a_region_do_not_count():
    counts = _counts(80)
    samples = np.repeat(["a", "b", "c", "d"], 20)
    inside = np.zeros(80, dtype=bool)
    inside[[*range(10), *range(20, 30), *range(40, 49), *range(60, 69)]] = True  # 10, 10, 9 and 9
    found = between_slices(counts, sp.csr_matrix(inside[:, None] * 1.0), np.ones(80, bool), samples)
    assert np.isnan(found.score).all()


@given(st.integers(1, 30), st.integers(0, 470), st.integers(0, 70), st.integers(600, 9000))
def test_the_tail_is_scipys(least, more_in_set, more_chosen, urn):
    size, chosen = least + more_in_set, least + more_chosen
    wanted = stats.hypergeom.sf(least - 1, urn, size, chosen)
    found = _tail(*(np.array([float(x)]) for x in (least, size, chosen)), float(urn))
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


def test_the_urn_holds_annotated_genes_only_and_sizes_have_limits():
    genes = [f"G{i}" for i in range(600)]
    sets = gene_sets({"five": genes[:5], "four": genes[:4], "rest": genes[:500], "many": genes[:501]})
    found = enrichment([np.array([0, 1, 2, 599])], sets.measured(genes))
    assert found.tested.tolist() == [0, 2]  # 4 measured genes are too few, 501 too many
    assert found.n_annotated == 501 and found.n_chosen.tolist() == [3]  # gene 599 is in no set
    np.testing.assert_allclose(found.p[0, 0], stats.hypergeom.sf(2, 501, 5, 3))
    np.testing.assert_allclose(found.fold[0, 0], 3 / (3 * 5 / 501))
    np.testing.assert_allclose(found.q[0], stats.false_discovery_control(found.p[0]))


def test_overlapping_terms_are_thinned_specific_ones_first_and_common_ones_dropped():
    genes = [f"G{i}" for i in range(1000)]
    sets = gene_sets(
        {
            "everything else": genes[400:800],
            "wide": genes[:24],
            "narrow": genes[:20],
            "other": genes[100:112],
            "in all": genes[200:212],
        }
    ).measured(genes)
    chosen = [
        np.r_[0:20, 100:108, 200:210],
        np.r_[300:330, 200:210],
        np.r_[340:370, 200:210],
    ]
    found = enrichment(chosen, sets)
    kept = telling(found, sets, chosen, n_terms=10)
    assert [sets.sets.names[found.tested[c]] for c in kept[0]] == ["narrow", "other"]
    assert [len(columns) for columns in kept] == [2, 0, 0]
    assert len(telling(found, sets, chosen, n_terms=1)[0]) == 1


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_random_regions_have_the_domains_size_in_every_slice_and_are_in_one_piece(size, seed):
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(8)), axis=-1).reshape(-1, 2).astype(float)
    places = np.concatenate([grid, grid + 100])
    samples = np.repeat(["a", "b"], 80)
    labelled = np.ones(160, dtype=bool)
    member = np.zeros(160, dtype=bool)
    member[:size] = True
    member[80 : 80 + size // 2] = True
    found = random_regions(
        places, member, labelled, 3, samples=samples, rng=np.random.default_rng(seed)
    ).toarray()
    assert (found[:80].sum(axis=0) == size).all() and (found[80:].sum(axis=0) == size // 2).all()
    near = np.abs(places[:, None] - places[None]).max(axis=-1) <= 1  # eight neighbours
    for region in found.T:
        rows = np.flatnonzero(region[:80])
        n_parts = sp.csgraph.connected_components(sp.csr_matrix(near[np.ix_(rows, rows)]))[0]
        assert n_parts == 1


def test_regions_never_leave_the_labelled_spots():
    places = np.random.default_rng(0).uniform(size=(100, 2))
    labelled = places[:, 0] > 0.4
    found = random_regions(
        places, labelled & (places[:, 1] > 0.5), labelled, 5, rng=np.random.default_rng(1)
    ).toarray()
    assert found[~labelled].sum() == 0


def test_the_ontology_is_closed_upwards_and_has_symbols_of_today_and_of_before():
    sets = gene_ontology()
    rows = {name: row for row, name in enumerate(sets.names)}
    child, parent = sets.membership[rows["myelination"]], sets.membership[rows["ensheathment of neurons"]]
    assert child.nnz > 50 and child.multiply(parent).nnz == child.nnz
    assert set(sets.groups) == {"BP", "MF", "CC"}
    assert sets.about["licence"] == "CC BY 4.0" and sets.about["date"].startswith("20")
    assert sets.former["ATP5B"] == "ATP5F1B"
    found = sets.measured(["ATP5B", "ATP5F1B", "Mbp", "no gene"])
    assert found.annotated.tolist() == [False, True, True, False]  # one gene, under its present symbol
    assert sets.measured(["ATP5B"]).annotated.tolist() == [True]


def _planted(seed=0, n=240):
    """Two halves of a tissue; myelin genes are higher in the left one."""
    sets = gene_ontology()
    rng = np.random.default_rng(seed)
    myelin = [sets.genes[i] for i in sets.membership[list(sets.names).index("myelination")].indices][:25]
    others = [g for g in rng.permutation(sets.genes)[:1200].tolist() if g not in myelin]
    genes = [*myelin, *others]
    labels = np.repeat(["myelin", "grey"], n // 2)
    rate = np.full((n, len(genes)), 2.0)
    rate[: n // 2, :25] = 8.0
    counts = sp.csr_matrix(rng.poisson(rate).astype(np.float32))
    places = np.stack([np.arange(n) // 12, np.arange(n) % 12], axis=1).astype(float)
    return Slice(counts, pd.Index(genes), places), pd.Categorical(labels)


def test_a_planted_process_is_found_with_the_genes_behind_it():
    data, labels = _planted()
    found = explain(data, labels, gene_ontology())
    first = found.terms[found.terms["domain"] == "myelin"].iloc[0]
    assert "myelin" in first["term"] or "ensheathment" in first["term"]
    assert first["q"] < 1e-10 and first["p_regions"] <= 0.3
    assert first["hits"] == len(first["genes"].split(", "))
    markers = found.markers[found.markers["domain"] == "myelin"]
    assert set(markers["gene"].head(20)) <= set(data.genes[:25])
    assert markers["score"].is_monotonic_decreasing
    assert found.domains.set_index("domain").loc["myelin", "neighbours"] == "grey"
    assert found.domains["share"].sum() == pytest.approx(1)


def test_order_of_spots_storage_and_names_of_labels_do_not_matter():
    data, labels = _planted()
    order = np.random.default_rng(3).permutation(data.n_spots)
    shuffled = Slice(data.counts[order], data.genes, data.coordinates[order])
    there = explain(data, labels, gene_ontology(), n_null=0)
    here = explain(shuffled, labels[order], gene_ontology(), n_null=0)
    pd.testing.assert_frame_equal(there.terms, here.terms)
    pd.testing.assert_frame_equal(there.markers, here.markers)
    renamed = explain(data, labels.rename_categories({"grey": "a", "myelin": "b"}), gene_ontology(), n_null=0)
    names = renamed.terms["domain"].map({"a": "grey", "b": "myelin"})
    pd.testing.assert_frame_equal(there.terms, renamed.terms.assign(domain=names))


def test_order_of_genes_does_not_matter():
    data, labels = _planted()
    order = np.random.default_rng(4).permutation(len(data.genes))
    turned = Slice(data.counts[:, order], data.genes[order], data.coordinates)
    there, here = (explain(d, labels, gene_ontology(), n_null=5) for d in (data, turned))
    pd.testing.assert_frame_equal(there.markers, here.markers)
    pd.testing.assert_frame_equal(there.terms, here.terms)


def test_permuted_genes_lose_the_process():
    data, labels = _planted()
    order = np.random.default_rng(5).permutation(len(data.genes))
    found = explain(
        Slice(data.counts, data.genes[order], data.coordinates), labels, gene_ontology(), n_null=0
    )
    assert not found.terms["term"].str.contains("myelin|ensheathment").any()


def test_random_labels_have_no_terms_worth_the_name():
    data, _ = _planted()
    random = pd.Categorical(np.random.default_rng(6).choice(["a", "b"], data.n_spots))
    found = explain(data, random, gene_ontology(), n_null=0)
    assert len(found.terms) <= 1
