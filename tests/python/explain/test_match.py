"""Domains of one slice found again in another."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import SemSTError
from semst.data import Slice
from semst.explain import Profile, gene_ontology, gene_sets, match_profiles, profile
from semst.explain._match import correlations
from semst.explain._profiles import over_sets


@pytest.fixture(scope="module")
def cortices():
    return [semst.datasets.simulated_cortex(n_spots=1200, random_state=seed) for seed in (0, 1)]


def _match(a, b, **options):
    return semst.tl.match_domains(a, b, "ground_truth", n_permutations=39, **options)


def _right(found, name=str):
    """All candidates are right, and at most one layer, the thin first, is left unmatched."""
    pairs = found.pairs
    wanted = pairs["domain"].map(name)
    assert (pairs["assigned"] == wanted).all()
    assert pairs["matched"].sum() >= len(pairs) - 1
    assert (pairs["partner"] == wanted)[pairs["matched"]].all()


def _panel(profile, genes):
    rows = [i for i, gene in enumerate(profile.genes) if gene in genes]
    return Profile(profile.domains, [profile.genes[i] for i in rows], profile.values[rows])


def test_correlations_are_pearsons():
    rng = np.random.default_rng(0)
    here, there = rng.normal(size=(30, 2)), rng.normal(size=(30, 3))
    wanted = np.corrcoef(here.T, there.T)[:2, 2:]
    np.testing.assert_allclose(correlations(here, there), wanted)
    assert correlations(np.ones((30, 1)), there).tolist() == [[0, 0, 0]]


def test_values_over_sets_by_hand():
    membership = sp.csr_matrix(np.array([[1.0, 1, 0, 0], [0, 0, 1, 0]]))
    values = np.array([[1.0, 0.0], [3.0, 0.0], [2.0, 3.0], [99.0, 99.0]])
    annotated = np.array([True, True, True, False])
    # means over the annotated genes, 2 and 1, come off; then sums over roots; then the mean of each set
    first = np.array([(1 - 2 + 3 - 2) / np.sqrt(2), (0 - 1 + 0 - 1) / np.sqrt(2)])
    second = np.array([2.0 - 2, 3.0 - 1])
    wanted = np.stack([first - first.mean(), second - second.mean()])
    np.testing.assert_allclose(over_sets(values, membership, annotated), wanted)


def test_depth_of_a_domain_does_not_make_domains_alike():
    rng = np.random.default_rng(0)
    membership = sp.csr_matrix((rng.random((50, 200)) < 0.2).astype(float))
    values, deeper = rng.normal(size=(200, 4)), rng.normal(size=4)
    everything = np.ones(200, dtype=bool)
    np.testing.assert_allclose(
        over_sets(values + deeper, membership, everything), over_sets(values, membership, everything)
    )


def test_the_layers_of_one_cortex_are_those_of_another(cortices):
    found = _match(*cortices)
    assert found.by == "symbols" and found.n_features == cortices[0].n_vars
    _right(found)
    assert found.null < found.pairs["r"].min()
    assert found.mapping == {name: name for name in found.pairs["domain"][found.pairs["matched"]]}


def test_names_of_domains_order_of_spots_and_species_do_not_matter(cortices):
    a, b = cortices[0], cortices[1].copy()
    b.obs["ground_truth"] = b.obs["ground_truth"].cat.rename_categories(lambda name: f"other {name}")
    b.var_names = [name.capitalize() for name in b.var_names]
    b = b[np.random.default_rng(0).permutation(b.n_obs)].copy()
    _right(_match(a, b), lambda name: f"other {name}")


def test_a_domain_without_a_partner_is_not_matched(cortices):
    a, b = cortices
    found = _match(a, b[b.obs["ground_truth"] != "WM"].copy()).pairs.set_index("domain")
    assert not found.loc["WM", "matched"] and found.loc["WM", "partner"] == ""
    assert found.loc["WM", "best"] != ""
    others = found.drop("WM")
    others = others[others["matched"]]
    assert len(others) >= 5 and (others["partner"] == others.index).all()


def test_permuted_genes_match_nothing(cortices):
    a, b = cortices[0], cortices[1].copy()
    b.var_names = np.random.default_rng(0).permutation(b.var_names)
    assert _match(a, b).pairs["matched"].sum() <= 1  # of seven at the level of 5 %


def test_panels_without_a_common_gene_meet_by_their_gene_sets():
    """Domains that differ in processes, each measured by other genes of these in the two panels."""
    sets, rng = gene_ontology(), np.random.default_rng(0)
    names = ["myelination", "adaptive immune response", "synaptic transmission, glutamatergic"]
    rows = [list(sets.names).index(name) for name in names]
    genes = [sets.genes[i] for i in rng.permutation(len(sets.genes))[:1500]]
    genes += [sets.genes[i] for row in rows for i in sets.membership[row].indices]
    genes = sorted(set(genes))
    place = {gene: i for i, gene in enumerate(genes)}
    values = rng.normal(scale=0.3, size=(len(genes), 3))
    for domain, row in enumerate(rows):
        values[[place[sets.genes[i]] for i in sets.membership[row].indices], domain] += 2
    whole = Profile(["glia", "immune", "neurons"], genes, values)
    order = rng.permutation(genes)
    one, other = _panel(whole, set(order[::2])), _panel(whole, set(order[1::2]))
    found = match_profiles(one, other, sets, n_permutations=39)
    assert found.by == "gene sets" and found.pairs["partner"].tolist() == whole.domains
    mixed = Profile(other.domains, rng.permutation(other.genes).tolist(), other.values)
    assert match_profiles(one, mixed, sets, n_permutations=39).pairs["matched"].sum() <= 1


def test_nothing_to_compare_is_said_and_nothing_matched(cortices):
    a, b = cortices[0], cortices[1].copy()
    b.var_names = [f"LOC{i}" for i in range(b.n_vars)]
    found = _match(a, b)
    assert "share 0 genes, and 0 gene sets have genes of both: too few" in found.note
    assert not found.pairs["matched"].any() and (found.pairs["partner"] == "").all() and found.mapping == {}
    few = _match(a, b, by="symbols")
    assert few.note == "the slices share 0 genes: too few to compare"


def test_more_domains_than_partners_leave_some_alone(cortices):
    a, b = cortices[0], cortices[1].copy()
    deep = {"L4": "deep", "L5": "deep", "L6": "deep"}
    b.obs["ground_truth"] = pd.Categorical([deep.get(name, name) for name in b.obs["ground_truth"]])
    found = _match(a, b).pairs
    assert found["r"].isna().sum() == 2 and not found.loc[found["r"].isna(), "matched"].any()
    assert found["partner"][found["matched"]].is_unique


def test_same_seed_same_answer_and_inputs_untouched(cortices):
    a, b = (one.copy() for one in cortices)
    first, again = _match(a, b, random_state=3), _match(a, b, random_state=3)
    pd.testing.assert_frame_equal(first.pairs, again.pairs)
    for one, was in zip((a, b), cortices, strict=True):
        assert list(one.uns) == list(was.uns) and one.obs.equals(was.obs) and (one.X != was.X).nnz == 0


def test_other_columns_and_layers_are_read(cortices):
    a, b = cortices[0], cortices[1].copy()
    b.obs["layer of b"] = b.obs.pop("ground_truth")
    b.layers["raw"], b.X = b.X.copy(), np.log1p(b.X.toarray())
    _right(_match(a, b, key_b="layer of b", keys_b={"layer": "raw"}))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "genes"}, "accepted are 'auto', 'symbols', 'gene sets'"),
        ({"n_permutations": 5}, "n_permutations is 5; give a whole number of 19 or more"),
        ({"keys_b": {"layr": "x"}}, "layr"),
    ],
)
def test_unusable_calls_are_refused(cortices, options, words):
    with pytest.raises(SemSTError, match=words):
        semst.tl.match_domains(*cortices, "ground_truth", **options)


def test_a_slice_of_one_domain_is_refused(cortices):
    a, b = cortices[0], cortices[1].copy()
    b.obs["ground_truth"] = "all"
    with pytest.raises(SemSTError, match=r'Slice b: obs\["ground_truth"\] has 1 domain'):
        _match(a, b)


@pytest.mark.real_data
@pytest.mark.slow
def test_layers_are_recognised_through_panels_without_a_common_gene(shared_data):
    a, b = (semst.io.read(shared_data / f"dlpfc_{name}.h5ad") for name in (151673, 151675))
    common = sorted(set(a.var_names) & set(b.var_names))
    order = np.random.default_rng(0).permutation(common)
    found = _match(
        a[:, np.isin(a.var_names, order[:2790])].copy(), b[:, np.isin(b.var_names, order[2790:5580])].copy()
    )
    assert found.by == "gene sets"
    assert (found.pairs["assigned"] == found.pairs["domain"]).mean() >= 6 / 7
    assert (found.pairs["partner"] == found.pairs["domain"])[found.pairs["matched"]].all()
    assert found.pairs["matched"].sum() >= 2


def test_a_matching_needs_gene_sets_only_where_symbols_fail(cortices):
    found = semst.tl.match_domains(
        *cortices, "ground_truth", gene_sets={"one": ["MBP"]}, n_permutations=19, by="gene sets"
    )
    assert "1 gene sets have genes of both: too few" in found.note
    assert isinstance(gene_sets({"one": ["MBP"]}).membership, sp.csr_matrix)


def test_slices_that_are_only_as_deep_are_not_the_same():
    """Counts that know nothing but a spot's depth, of which means of logarithms would know more."""
    found = {"symbols": 0, "gene sets": 0}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        share = rng.lognormal(sigma=2, size=3000)
        share /= share.sum()
        genes = pd.Index(rng.permutation(gene_ontology().genes)[:3000])
        profiles = []
        for _ in range(2):
            depth = np.repeat([200, 800, 3000, 12000], 100)
            counts = sp.csr_matrix(rng.poisson(depth[:, None] * share).astype(np.float32))
            labels = pd.Categorical(np.repeat(list("abcd"), 100))
            profiles.append(profile(Slice(counts, genes, np.empty((400, 0))), labels))
        for by in found:
            pairs = match_profiles(*profiles, gene_ontology(), by=by, n_permutations=39).pairs
            found[by] += int(pairs["matched"].sum())
    assert max(found.values()) <= 3, found  # of 20 at the level of 5 %


def test_a_profile_by_hand():
    counts = sp.csr_matrix(np.array([[2.0, 2.0], [6.0, 2.0], [1.0, 9.0], [0.0, 4.0]]))
    found = profile(Slice(counts, pd.Index(["A", "B"]), np.empty((4, 0))), pd.Categorical(list("xxyy")))
    overall = np.array([9 / 26, 17 / 26])
    wanted = (np.array([[8 / 12, 4 / 12], [1 / 14, 13 / 14]]) - overall) / np.sqrt(overall)
    np.testing.assert_allclose(found.values, wanted.T)
