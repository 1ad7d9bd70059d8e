"""What a slice may undergo without its domains changing: turned, mirrored, moved, in other units or order."""

import anndata as ad
import numpy as np
import pytest

import semst


def turned(xy, angle):
    cos, sin = np.cos(angle), np.sin(angle)
    return xy @ np.array([[cos, -sin], [sin, cos]])


def on_squares():
    """A slice on a square grid, where many neighbours are equally far."""
    adata = semst.datasets.simulated_cortex(n_spots=400, n_genes=80)
    adata = adata[np.lexsort(adata.obsm["spatial"].T)].copy()
    side = int(np.ceil(np.sqrt(adata.n_obs)))
    rows = np.arange(adata.n_obs)
    adata.obsm["spatial"] = np.column_stack([rows % side, rows // side]) * 50.0
    return adata


SLICES = {
    "hexagons": lambda: semst.datasets.simulated_cortex(n_spots=400, n_genes=80),
    "squares": on_squares,
}


@pytest.fixture(scope="module", params=SLICES)
def found(request):
    return domains_of(SLICES[request.param]())


def domains_of(adata):
    semst.tl.semst(adata, 5, cluster="mixture", n_starts=6, explain=False, progress=False)
    return adata


def bare(found):
    return ad.AnnData(
        found.X.copy(),
        obs=found.obs[[]].copy(),
        var=found.var.copy(),
        obsm={"spatial": found.obsm["spatial"]},
    )


@pytest.mark.parametrize(
    "move",
    [
        lambda xy: turned(xy, np.pi / 2),
        lambda xy: turned(xy, 0.4),
        lambda xy: xy * [-1, 1],
        lambda xy: xy[:, ::-1],
        lambda xy: xy * 0.2125,
        lambda xy: xy * 1e5,
        lambda xy: xy + [1e4, -3e3],
    ],
    ids=["a quarter turn", "turned", "mirrored", "axes swapped", "other unit", "tiny unit", "moved"],
)
def test_where_and_how_a_slice_lies_does_not_matter(found, move):
    other = bare(found)
    other.obsm["spatial"] = move(np.asarray(found.obsm["spatial"], dtype=float))
    domains_of(other)
    assert other.obs["semst"].tolist() == found.obs["semst"].tolist()
    np.testing.assert_allclose(other.obsm["X_semst"], found.obsm["X_semst"], atol=1e-4)
    assert (other.obsp["semst_connectivities"] != found.obsp["semst_connectivities"]).nnz == 0


def test_order_and_names_of_spots_do_not_matter(found):
    order = np.random.default_rng(0).permutation(found.n_obs)
    other = bare(found)[order].copy()
    other.obs_names = [f"renamed-{number}" for number in range(other.n_obs)]
    domains_of(other)
    assert other.obs["semst"].tolist() == found.obs["semst"].iloc[order].tolist()


def test_order_of_genes_does_not_matter_where_all_of_them_are_used(found):
    order = np.random.default_rng(0).permutation(found.n_vars)
    other = domains_of(bare(found)[:, order].copy())
    assert other.obs["semst"].tolist() == found.obs["semst"].tolist()
    np.testing.assert_allclose(other.obsm["X_semst"], found.obsm["X_semst"], atol=1e-3)


def test_a_gene_without_counts_does_not_matter(found):
    empty = ad.AnnData(np.zeros((found.n_obs, 1), dtype=np.float32), obs=found.obs[[]])
    empty.var_names = ["EMPTY"]
    other = ad.concat([bare(found), empty], axis=1)
    other.obsm["spatial"] = found.obsm["spatial"]
    assert domains_of(other).obs["semst"].tolist() == found.obs["semst"].tolist()


@pytest.mark.parametrize("keyed", [True, False], ids=["two slices", "far apart in one"])
def test_both_copies_of_a_slice_get_the_same_domains_and_the_same_bits(keyed):
    once, again = (semst.datasets.simulated_cortex(n_spots=400, n_genes=80) for _ in range(2))
    if not keyed:
        again.obsm["spatial"] = again.obsm["spatial"] + [1e5, 0]
    both = ad.concat({"once": once, "again": again}, label="slice", index_unique="-")
    options = {"sample_key": "slice"} if keyed else {}
    semst.tl.semst(both, 5, **options, cluster="mixture", n_starts=6, explain=False, progress=False)
    half = once.n_obs
    assert both.obs["semst"].tolist()[:half] == both.obs["semst"].tolist()[half:]
    np.testing.assert_array_equal(both.obsm["X_semst"][:half], both.obsm["X_semst"][half:])
