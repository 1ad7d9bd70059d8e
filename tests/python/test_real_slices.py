"""The default on annotated slices, end to end; the floors, far below what is measured, catch breakage."""

import anndata as ad
import numpy as np
import pytest

import semst
from semst import SemSTError

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


def _run(path, n_domains=None, **options):
    adata = semst.io.read(path)
    n_domains = n_domains or int(adata.obs["ground_truth"].nunique())
    semst.tl.semst(adata, n_domains, progress=False, device="cpu", **options)
    return adata


def _ari(adata, column="semst"):
    return semst.metrics.score(adata.obs["ground_truth"], adata.obs[column])["ari"]


@pytest.mark.parametrize(
    ("name", "options", "floor"),
    [
        ("starmap_mvc_BY3_1k", {}, 0.50),
        ("starmap_mpfc_BZ5", {}, 0.70),
        ("dlpfc_151673", {"depth_key": "sum_umi_full"}, 0.50),
    ],
)
def test_the_default_finds_the_annotated_domains(shared_data, name, options, floor):
    adata = _run(shared_data / f"{name}.h5ad", **options)
    truth = adata.obs["ground_truth"]
    assert adata.obs["semst"].nunique() == truth.nunique()
    assert adata.obs["semst"].notna().all()
    assert _ari(adata) > floor
    assert adata.uns["semst"]["semantics"]["source"] == "none"


def test_same_bits_from_the_same_seed_and_csr_csc_and_dense(shared_data):
    path = shared_data / "starmap_mpfc_BZ5.h5ad"
    first = _run(path, epochs=10)
    dense = semst.io.read(path)
    dense.X = np.asarray(dense.X.toarray())
    semst.tl.semst(dense, 4, progress=False, device="cpu", epochs=10)
    assert np.array_equal(first.obsm["X_semst"], dense.obsm["X_semst"])
    assert first.obs["semst"].tolist() == dense.obs["semst"].tolist()


def test_the_meaning_of_genes_is_one_word_away(shared_data):
    adata = _run(shared_data / "starmap_mpfc_BZ5.h5ad", semantics="minilm-genes")
    assert adata.uns["semst"]["semantics"]["coverage"] == 1
    assert _ari(adata) > 0.70


@pytest.mark.parametrize("name", ["her2st_A1", "her2st_G2", "osmfish_ssctx"])
def test_small_deep_and_narrow_slices_run(shared_data, name):
    adata = _run(shared_data / f"{name}.h5ad", epochs=20)
    assert adata.obs["semst"].nunique() == adata.obs["ground_truth"].nunique()
    assert np.isfinite(adata.obsm["X_semst"]).all()
    assert _ari(adata) > 0.05


def test_gene_names_mangled_by_r_are_recognised(shared_data, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    adata = _run(shared_data / "st_pdac_A.h5ad", epochs=20, semantics="minilm-genes")
    assert adata.obs["semst"].nunique() == 4
    assert adata.uns["semst"]["semantics"]["coverage"] > 0.9


def test_the_input_file_is_never_changed(shared_data, tmp_path):
    path = shared_data / "starmap_mpfc_BZ5.h5ad"
    before = path.read_bytes()
    adata = _run(path, epochs=2)
    semst.io.write(adata, tmp_path / "out.h5ad")
    assert path.read_bytes() == before
    back = ad.read_h5ad(tmp_path / "out.h5ad")
    assert back.obs["semst"].astype(str).tolist() == adata.obs["semst"].astype(str).tolist()
    with pytest.raises(SemSTError, match="exists already"):
        semst.io.write(adata, tmp_path / "out.h5ad")


def test_a_section_is_read_by_the_model_of_another_and_foreign_tissue_is_told(shared_data, tmp_path):
    options = {"depth_key": "sum_umi_full", "explain": False, "progress": False}
    fitted = semst.SemST(7, **options).fit(semst.io.read(shared_data / "dlpfc_151673.h5ad"))
    fitted.save(tmp_path / "model")
    later = semst.io.read(shared_data / "dlpfc_151675.h5ad")
    semst.tl.predict(later, tmp_path / "model")
    assert _ari(later) > 0.50
    assert later.obs["semst_unlike"].mean() < 0.02
    record = later.uns["semst"]["prediction"]
    assert 200 < len(record["missing_genes"]) < 300 and record["n_genes"] == 3000
    later.X = later.X[:, np.random.default_rng(0).permutation(later.n_vars)]
    assert fitted.predict(later).unlike.mean() > 0.95


def test_two_sections_as_two_objects_get_the_same_domains(shared_data):
    sections = [semst.io.read(shared_data / f"dlpfc_15167{number}.h5ad") for number in (3, 5)]
    before = [one.X.copy() for one in sections]
    semst.tl.semst(sections, 7, depth_key="sum_umi_full", explain=False, progress=False)
    assert all(_ari(one) > 0.50 for one in sections)
    shares = [one.obs["semst"].value_counts(normalize=True) for one in sections]
    assert (shares[0] - shares[1]).abs().max() < 0.1  # neighbouring sections of one donor
    assert all((one.X != kept).nnz == 0 for one, kept in zip(sections, before, strict=True))
