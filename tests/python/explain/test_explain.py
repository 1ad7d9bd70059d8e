"""`tl.explain` and the explanation of a run: what is written, and what is said where there are no terms."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import MissingKeyError, SemSTError

QUICK = {"epochs": 1, "cluster": "kmeans", "progress": False}
TABLES = {
    "domains": ["domain", "n_spots", "share", "markers", "term", "neighbours", "note", "p_regions"],
    "markers": [
        *("domain", "gene", "score", "log2_fold_change", "share_in", "share_out", "p", "q", "p_regions"),
    ],
    "terms": [
        *("domain", "id", "term", "ontology", "hits", "size", "fold", "p", "q", "p_regions", "genes"),
    ],
}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=400, random_state=1)


@pytest.fixture
def adata(cortex):
    return cortex.copy()


def _explained(adata, key="ground_truth", **options):
    semst.tl.explain(adata, key, progress=False, **{"n_null": 0, **options})
    return adata.uns[f"{key}_explain"]


def _symbols(adata, names):
    adata.var_names = [*names[: adata.n_vars], *[f"LOC{i}" for i in range(adata.n_vars - len(names))]]
    return adata


@pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
def test_tables_have_their_columns_and_survive_a_file(adata, tmp_path, suffix):
    found = _explained(adata, n_null=3)
    semst.io.write(adata, tmp_path / f"slice{suffix}")
    read = semst.io.read(tmp_path / f"slice{suffix}").uns["ground_truth_explain"]
    for name, columns in TABLES.items():
        assert found[name].columns.tolist() == columns
        assert read[name].columns.tolist() == columns
        pd.testing.assert_frame_equal(read[name], found[name], check_dtype=False, check_index_type=False)
    assert found["gene_sets"]["licence"] == "CC BY 4.0" and found["gene_sets"]["date"]
    assert found["coverage"]["n_matched"] > 0 and found["params"]["key"] == "ground_truth"


def test_a_run_explains_its_domains_at_every_door_and_leaves_it_out_on_request(adata, tmp_path):
    semst.tl.run(adata, "graphst", 4, **QUICK)
    held = adata.uns["graphst_explain"]
    assert held["domains"]["domain"].tolist() == ["1", "2", "3", "4"]
    assert held["domains"]["n_spots"].tolist() == adata.obs["graphst"].value_counts(sort=False).tolist()
    again = adata.copy()
    semst.tl.explain(again, "graphst", progress=False)
    for name in TABLES:
        pd.testing.assert_frame_equal(again.uns["graphst_explain"][name], held[name])
    assert adata.uns["graphst"]["timings"]["explanation"] > 0
    semst.tl.run(adata, "graphst", 4, explain=False, **QUICK)
    assert "graphst_explain" not in adata.uns  # an explanation of other domains would mislead


def test_the_command_ends_with_a_line_a_domain(adata, tmp_path):
    from typer.testing import CliRunner

    from semst.cli import app

    adata.write_h5ad(tmp_path / "in.h5ad")
    common = ["run", str(tmp_path / "in.h5ad"), "--n-domains", "3", "--quiet", "--set", "epochs=1"]
    told = CliRunner().invoke(app, [*common, "--cluster", "kmeans", "--out", str(tmp_path / "out.h5ad")])
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    start = lines.index("what marks the domains")
    out = ad.read_h5ad(tmp_path / "out.h5ad")
    for line, row in zip(
        lines[start + 1 :], out.uns["semst_explain"]["domains"].to_dict("records"), strict=False
    ):
        assert line.split()[:3] == [row["domain"], str(row["n_spots"]), "spots"]
    without = CliRunner().invoke(
        app, [*common, "--cluster", "kmeans", "--no-explain", "--out", str(tmp_path / "without.h5ad")]
    )
    assert without.exit_code == 0 and "what marks" not in without.output
    assert "semst_explain" not in ad.read_h5ad(tmp_path / "without.h5ad").uns


def test_the_explain_command_takes_any_column_and_gene_sets(adata, tmp_path):
    from typer.testing import CliRunner

    from semst.cli import app

    adata.write_h5ad(tmp_path / "in.h5ad")
    gmt, out = tmp_path / "own.gmt", tmp_path / "out.h5ad"
    gmt.write_text("ALL\tx\t" + "\t".join(adata.var_names[:520]) + "\n")
    call = ["explain", tmp_path / "in.h5ad", "--key", "ground_truth", "--gene-sets", gmt, "--out", out]
    told = CliRunner().invoke(app, [*map(str, call), "--n-null", "0", "--quiet"])
    assert told.exit_code == 0, told.output
    found = ad.read_h5ad(out).uns["ground_truth_explain"]
    assert found["gene_sets"]["name"] == "own.gmt"
    notes = found["domains"]["note"]
    assert len(told.output.splitlines()) == 1 + len(notes) + notes[notes != ""].nunique()
    assert "no terms for L1" in told.output


def test_input_is_left_and_a_copy_is_changed(adata):
    before = adata.copy()
    changed = semst.tl.explain(adata, "ground_truth", n_null=0, progress=False, copy=True)
    assert "ground_truth_explain" in changed.uns and "ground_truth_explain" not in adata.uns
    assert (adata.X != before.X).nnz == 0


def test_counts_on_disk_in_columns_and_dense_give_the_same(adata, tmp_path):
    wanted = _explained(adata.copy())
    adata.write_h5ad(tmp_path / "slice.h5ad")
    backed = ad.read_h5ad(tmp_path / "slice.h5ad", backed="r")
    dense, columns = adata.copy(), adata.copy()
    dense.X, columns.X = dense.X.toarray(), sp.csc_matrix(columns.X)
    for other in (backed, dense, columns):
        found = _explained(other)
        pd.testing.assert_frame_equal(found["markers"], wanted["markers"])


def test_missing_labels_take_no_part(adata):
    adata.obs["part"] = adata.obs["ground_truth"].where(np.arange(adata.n_obs) % 3 != 0)
    alone = adata[adata.obs["part"].notna()].copy()
    found, wanted = _explained(adata, "part"), _explained(alone, "part")
    pd.testing.assert_frame_equal(found["markers"], wanted["markers"])
    assert found["domains"]["n_spots"].sum() == alone.n_obs


def test_one_domain_and_none_are_refused(adata):
    adata.obs["one"] = "a"
    adata.obs["none"] = pd.Categorical([None] * adata.n_obs, categories=["a"])
    with pytest.raises(SemSTError, match="1 domain: a domain is explained by what sets it apart"):
        _explained(adata, "one")
    with pytest.raises(SemSTError, match="0 domains"):
        _explained(adata, "none")
    with pytest.raises(MissingKeyError, match="nowhere"):
        _explained(adata, "nowhere")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_null": -1}, "n_null is -1; give a whole number of 0 or more"),
        ({"n_null": 1.5}, "n_null is 1.5; give a whole number"),
        ({"n_markers": "a"}, "n_markers is 'a'"),
        ({"n_terms": 0}, "n_terms is 0; give a whole number of 1 or more"),
        ({"layr": "x"}, "has no setting 'layr'"),
        ({"random_state": -1}, "random_state is -1"),
    ],
)
def test_unusable_numbers_and_names_are_refused(adata, options, words):
    with pytest.raises(SemSTError, match=words):
        _explained(adata, **options)


def test_a_measurement_is_no_domain(adata):
    adata.obs["depth"] = np.linspace(0, 1, adata.n_obs)
    with pytest.raises(SemSTError, match="looks like a measurement"):
        _explained(adata, "depth")


def test_domains_of_a_few_spots_have_markers_at_most_and_the_reason(adata):
    labels = np.repeat(["big", "large"], [200, 200]).astype(object)
    labels[0], labels[10:14] = "single", "few"
    adata.obs["sizes"] = labels
    found = _explained(adata, "sizes")
    rows = found["domains"].set_index("domain")
    assert rows.loc["single", "note"] == "1 spot, fewer than 10: too few for terms"
    assert rows.loc["few", "note"] == "4 spots, fewer than 10: too few for terms"
    assert not set(found["terms"]["domain"]) & {"single", "few"}
    assert rows.loc["single", "markers"] == ""


def test_log_normalised_values_instead_of_counts_are_refused_with_the_way_out(adata):
    adata.layers["counts"] = adata.X.copy()
    adata.X = np.log1p(adata.X.toarray() / 7)
    with pytest.raises(SemSTError, match=r'log-transformed.*layer="counts"'):
        _explained(adata)
    assert len(_explained(adata, layer="counts")["markers"])


def test_genes_that_no_set_knows_leave_markers_alone_and_say_why(adata):
    _symbols(adata, [])
    found = _explained(adata)
    assert len(found["markers"]) and found["terms"].empty
    assert found["terms"].columns.tolist() == TABLES["terms"]
    assert found["domains"]["note"].str.contains("0 of .* genes are known to Gene Ontology").all()
    semst.tl.run(adata, "graphst", 3, **QUICK)  # a run is not stopped
    assert adata.uns["graphst_explain"]["terms"].empty


@pytest.mark.parametrize("error", [SemSTError("no way"), MemoryError(), KeyError("a fault of ours")])
def test_domains_are_kept_whatever_happens_to_their_explanation(adata, monkeypatch, error, caplog):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("semst.explain.explain", fail)
    semst.tl.run(adata, "graphst", 3, **QUICK)
    assert adata.obs["graphst"].notna().all() and "graphst_explain" not in adata.uns
    assert "explain" in caplog.text


def test_a_third_species_is_not_taken_for_human(adata):
    fly = (
        "dpp wg hh en eve ftz hb kni gt tll hkb cad bcd nos osk vas aub piwi armi zuc spn-E krimp tej".split()
    )
    _symbols(adata, [*fly, "tor"])  # chance matches must not make an annotation
    note = _explained(adata)["domains"]["note"]
    assert note.str.contains("another species' or no gene symbols").all()


def test_a_small_panel_has_markers_alone(cortex):
    few = cortex[:, :300].copy()
    few = few[np.asarray(few.X.sum(axis=1)).ravel() > 0].copy()
    note = _explained(few)["domains"]["note"]
    assert note.str.contains("fewer than 500: too small a panel for terms").all()


def test_mouse_symbols_stand_for_the_human_ones_and_this_is_said(adata):
    human = _explained(adata.copy())
    mouse = adata.copy()
    mouse.var_names = [name.capitalize() for name in mouse.var_names]
    found = _explained(mouse)
    assert found["coverage"]["spelled"] == "mouse" and human["coverage"]["spelled"] == "human"
    assert found["coverage"]["n_annotated"] == human["coverage"]["n_annotated"]
    assert found["terms"]["id"].tolist() == human["terms"]["id"].tolist()


def test_ensembl_ids_are_read_by_the_symbols_beside_them(adata):
    wanted = _explained(adata.copy())
    adata.var["gene_name"] = list(adata.var_names)
    adata.var_names = [f"ENSG{i:011d}" for i in range(adata.n_vars)]
    found = _explained(adata)
    pd.testing.assert_frame_equal(found["markers"], wanted["markers"])


def test_three_slices_are_replicates_and_two_are_not(cortex):
    parts = [semst.datasets.simulated_cortex(n_spots=400, random_state=seed) for seed in range(3)]
    three = ad.concat(parts, keys=["a", "b", "c"], label="slice", index_unique="-")
    two = three[three.obs["slice"] != "c"].copy()
    assert _explained(three, sample_key="slice", n_null=2)["params"]["replicates"] == "slices"
    assert _explained(two, sample_key="slice")["params"]["replicates"] == "spots"
    assert np.isfinite(three.uns["ground_truth_explain"]["markers"]["p_regions"]).all()


def test_without_coordinates_there_are_no_regions_and_no_neighbours(adata):
    del adata.obsm["spatial"]
    found = _explained(adata, n_null=5)
    assert found["params"]["n_null"] == 0 and (found["domains"]["neighbours"] == "").all()
    assert found["markers"]["p_regions"].isna().all()


def test_gene_sets_of_ones_own(adata, tmp_path):
    markers = _explained(adata)["markers"]
    deep = markers[markers["domain"] == "L6"]["gene"].head(12).tolist()
    rest = [name for name in adata.var_names if name not in deep]
    path = tmp_path / "own.gmt"
    path.write_text(
        "DEEP_LAYER\thttp://somewhere\t" + "\t".join(deep) + "\nREST\tx\t" + "\t".join(rest) + "\n"
    )
    found = _explained(adata, gene_sets=path)
    assert found["gene_sets"]["name"] == "own.gmt"
    assert found["coverage"]["n_annotated"] == adata.n_vars
    assert found["terms"].set_index("domain").loc["L6", "term"] == "DEEP LAYER"
    given = _explained(adata, gene_sets={"deep layer": deep, "rest": rest})
    pd.testing.assert_frame_equal(
        given["terms"].drop(columns=["id", "term"]), found["terms"].drop(columns=["id", "term"])
    )
    assert set(given["terms"]["term"]) == {"deep layer"}


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ("nowhere.gmt", 'there is no such file. Accepted are "go"'),
        ({}, "0 sets, and no gene"),
        ({"a": "MBP"}, "give its genes as a list"),
        (7, "gene_sets is int; accepted are"),
    ],
)
def test_unusable_gene_sets_are_refused(adata, sets, words):
    with pytest.raises(SemSTError, match=words):
        _explained(adata, gene_sets=sets)


def test_a_broken_gmt_is_refused_with_its_line(adata, tmp_path):
    path = tmp_path / "broken.gmt"
    path.write_text("a\tb\tMBP\nonly a name\n")
    with pytest.raises(SemSTError, match="line 2: a line of a .gmt file is a name"):
        _explained(adata, gene_sets=path)
    path.write_text("a\tb\tMBP\na\tb\tPLP1\n")
    with pytest.raises(SemSTError, match="line 2: the set 'a' is there twice"):
        _explained(adata, gene_sets=path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SemSTError, match="cannot be read as text"):
        _explained(adata, gene_sets=path)


def test_the_same_seed_gives_the_same_regions(adata):
    first, again, other = (_explained(adata.copy(), n_null=9, random_state=s)["markers"] for s in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert not first["p_regions"].equals(other["p_regions"])


@pytest.mark.real_data
@pytest.mark.slow
def test_white_matter_is_told_from_its_genes(shared_data):
    adata = semst.io.read(shared_data / "dlpfc_151673.h5ad")
    found = _explained(adata, n_null=20)
    rows = found["domains"].set_index("domain")
    assert rows.loc["WM", "term"] == "ensheathment of neurons"
    assert {"MBP", "PLP1"} <= set(rows.loc["WM", "markers"].split(", "))
    terms = found["terms"].set_index(["domain", "term"])
    assert terms.loc[("WM", "ensheathment of neurons"), "p_regions"] < 0.1
    # layer 6 has it from the white matter it lies on: random regions have it too
    assert terms.loc[("Layer6", "ensheathment of neurons"), "p_regions"] > 0.1
