"""The door that the R package uses: plain arrays in, plain values out; and what the two sides must share."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

import semst
from semst import _r
from semst._errors import SemSTError
from semst._r import _door, _threads

ROOT = Path(__file__).resolve().parents[2]
RUN = {"cluster": "kmeans", "epochs": 2}
QUICK = {**RUN, "refine": True, "random_state": 0, "progress": False}


def _parts(adata) -> dict:
    """What R hands over: the columns of a dgCMatrix of genes x spots."""
    turned = sparse.csc_matrix(adata.X.T, dtype=np.float64)
    return {
        "i": turned.indices,
        "p": turned.indptr,
        "x": turned.data,
        "genes": adata.var_names.tolist(),
    }


@pytest.fixture(scope="module")
def cortex():
    adata = semst.datasets.simulated_cortex(250, 80, random_state=0)
    adata.obs["library"] = adata.X.sum(axis=1).A1 + np.arange(adata.n_obs) * 5.0
    return adata


def test_same_answer_as_through_anndata(cortex):
    found = _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, semantics="none", **QUICK)
    semst.tl.semst(cortex, 3, semantics="none", **QUICK)
    np.testing.assert_allclose(found["embedding"], cortex.obsm["X_semst"], atol=1e-5)
    assert found["labels"].tolist() == cortex.obs["semst"].astype(int).tolist()
    assert found["unrefined"].tolist() == cortex.obs["semst_unrefined"].astype(int).tolist()


def test_semanticst_gives_the_same_as_through_anndata(cortex):
    found = _r.run(_parts(cortex), cortex.obsm["spatial"], "semanticst", 3, **QUICK)
    semst.tl.semanticst(cortex, 3, **QUICK)
    np.testing.assert_allclose(found["embedding"], cortex.obsm["X_semanticst"], atol=1e-5)
    assert found["labels"].tolist() == cortex.obs["semanticst"].astype(int).tolist()
    np.testing.assert_allclose(found["inspected"]["attention"].sum(axis=1), 1, rtol=1e-5)


def test_zero_counts_give_0_and_nan(cortex):
    counts = cortex.X.tolil()
    counts[4] = 0
    bare = cortex.copy()
    bare.X = counts.tocsr()
    found = _r.run(_parts(bare), cortex.obsm["spatial"], "semst", 3, semantics="none", **QUICK)
    assert np.flatnonzero(found["labels"] == 0).tolist() == [4]
    assert np.flatnonzero(np.isnan(found["embedding"]).any(axis=1)).tolist() == [4]


def test_nothing_but_plain_values_comes_out(cortex):
    found = _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, semantics="random", **QUICK)

    def check(value) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                assert isinstance(key, str)
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)
        else:
            assert value is None or type(value) in (str, int, float, bool, np.ndarray), type(value)

    check(found)


def test_numbers_from_r_get_the_type_of_the_setting(cortex):
    settings = {"n_latent": 5.0, "rings": [4.0, 8.0], "learning_rate": 1, "n_pcs": 10.0}
    found = _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, semantics="none", **settings, **QUICK)
    assert found["embedding"].shape[1] == 5
    assert list(found["record"]["params"]["rings"]) == [4, 8]
    with pytest.raises(SemSTError, match=r"n_latent is 2.5"):
        _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, n_latent=2.5, **QUICK)


def test_settings_are_typed_by_the_models_own_config(cortex):
    settings = {"n_smooth_pcs": 10.0, "graphs": "spatial", "cluster_pcs": 5.0, "n_edge": 8.0, "passes": None}
    quick = {"epochs": 1, "cluster": "kmeans", "progress": False}
    found = _r.run(_parts(cortex), cortex.obsm["spatial"], "semanticst", 3, **settings, **quick)
    params = found["record"]["params"]
    assert params["graphs"] == ["spatial"]
    assert params["n_edge"] == 8
    assert params["passes"] == 20


def test_slots_of_anndata_are_not_told_to_r(cortex):
    said = []
    options = {"epochs": 1, "cluster": "kmeans", "progress": False}
    _r.run(
        _parts(cortex),
        cortex.obsm["spatial"],
        "semanticst",
        3,
        say=lambda line, is_warning: said.append(line),
        **options,
    )
    assert said
    assert not any("obsm" in line for line in said)


def test_log_lines_go_to_the_caller_and_nowhere_else(cortex, capsys):
    said = []
    _r.refine(
        [1, 1, 2, 1, 0],
        np.column_stack([np.arange(5), np.zeros(5)]),
        n_neighs=2,
        radius=1.0,
        samples=None,
        say=lambda line, is_warning: said.append((line, is_warning)),
    )
    assert ("refinement changed 1 of 5 labels", False) in said or any("changed 1" in line for line, _ in said)
    assert any(is_warning for _, is_warning in said)
    assert capsys.readouterr().err == ""
    assert semst._log.logger.handlers[0].__class__.__name__ != "_Spoken"


def test_refinement_leaves_out_spots_without_domain():
    line = np.column_stack([np.arange(5), np.zeros(5)])
    found = _r.refine([1, 1, 2, 1, 0], line, n_neighs=2, radius=1.0, samples=None)
    assert found["labels"].tolist() == [1, 1, 1, 1, 0]


def test_mclust_runs_in_the_session_that_calls():
    """The functions handed over are used, with arrays, and their answer decides."""
    rng = np.random.default_rng(0)
    rows = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(9, 1, (20, 2))])
    calls = []

    def fit(x, *rest):
        calls.append(type(x))
        posterior = np.column_stack([x[:, 0] < 4.5, x[:, 0] >= 4.5]).astype(float)
        return {
            "failed": False,
            "said": "",
            "likelihood": -1.0,
            "fit": {"id": 1, "z": posterior},
        }

    r = {"start": fit, "polish": fit, "versions": lambda: {"R": "4.5.0", "mclust": "6"}}
    found = _r.cluster(rows, 2, method="mclust", random_state=0, n_starts=4, model=None, r=r)
    assert found["labels"].tolist() == [1] * 30 + [2] * 20
    assert set(calls) == {np.ndarray}
    assert found["record"]["versions"]["mclust"] == "6"


def test_semantic_vectors_are_those_of_python_and_of_a_run(cortex, monkeypatch):
    """The second ranking depends on how counts are normalised, over all genes and not the listed ones."""

    class Listed:
        """One-hot vectors of the genes that a spot's text would list."""

        name, needs_symbols = "listed", False

        def embed(self, spots):
            lists = spots.gene_lists()
            rows = [[float(gene in listed) for gene in spots.symbols] for listed in lists]
            return semst.semantics.SemanticVectors(np.array(rows, dtype=np.float32), {})

    monkeypatch.setitem(semst.semantics.SOURCES, "listed", ("one-hot", Listed))
    where = {"source": "listed", "depth": cortex.obs["library"].to_numpy(), "progress": False}
    given = {"ranking": "specificity", "k_g": 5}
    found = _r.embed(_parts(cortex), **where, **given)["vectors"]
    options = {"depth_key": "library", "progress": False, **given}
    semst.tl.semantic_vectors(cortex, "listed", **options)
    np.testing.assert_array_equal(found, cortex.obsm["X_semantic"])
    semst.tl.semst(cortex, 3, semantics="listed", store_semantic=True, **options, **RUN)
    np.testing.assert_array_equal(found, cortex.obsm["X_semst_semantic"])
    assert (found != _r.embed(_parts(cortex), **where, k_g=5)["vectors"]).any()


def test_what_r_lists(cortex):
    known = _r.models()
    assert list(known["models"]) == semst.models.available() == list(known["features"])
    rows = {row["name"]: row for row in known["settings"]["graphst"]}
    assert rows["device"]["default"] == "auto" and rows["epochs"]["help"] and "progress" not in rows
    assert {"LanguageModel", "GeneTable"} <= set(known["sources"])


def test_domains_are_explained_as_through_anndata(cortex):
    adata = cortex.copy()
    labels = adata.obs["ground_truth"].cat
    found = _r.explain(
        _parts(adata),
        (labels.codes + 1).to_numpy(),
        list(labels.categories),
        coordinates=adata.obsm["spatial"],
        n_null=3,
        n_terms=None,
        random_state=1,
        progress=False,
    )
    semst.tl.explain(adata, "ground_truth", n_null=3, random_state=1, progress=False)
    held = adata.uns["ground_truth_explain"]
    for table in ("domains", "markers", "terms"):
        assert list(found[table]) == list(held[table])
        for column, values in found[table].items():
            if isinstance(values, list):
                assert values == held[table][column].tolist()
            else:
                np.testing.assert_array_equal(values, held[table][column])
    assert found["domains"]["n_spots"].sum() == (labels.codes >= 0).sum()
    assert found["terms"]["hits"].dtype == np.int32 and found["coverage"] == held["coverage"]


def test_a_run_explains_its_domains_unless_told_not_to(cortex):
    run = (_parts(cortex), cortex.obsm["spatial"], "graphst", 3)
    found = _r.run(*run, **QUICK)["explanation"]
    assert found["domains"]["domain"] == ["1", "2", "3"] and found["markers"]["gene"]
    assert _r.run(*run, explain=False, **QUICK)["explanation"] is None


def test_gene_sets_of_r_are_a_dictionary_of_lists(cortex):
    sets = {"one": ["MBP"], "all": cortex.var_names.tolist()}
    labels = np.arange(cortex.n_obs) % 2 + 1
    found = _r.explain(_parts(cortex), labels, ["a", "b"], gene_sets=sets, progress=False)
    assert found["gene_sets"]["n_sets"] == 2 and found["domains"]["neighbours"] == ["", ""]


def test_domains_are_matched_as_through_anndata(cortex):
    other = semst.datasets.simulated_cortex(200, 80, random_state=5)
    labels = [adata.obs["ground_truth"].cat for adata in (cortex, other)]
    first, second = (
        {
            "counts": _parts(adata),
            "labels": (one.codes + 1).to_numpy(),
            "levels": list(one.categories),
            "depth": np.asarray(adata.X.sum(axis=1)).ravel() + 10.0,
        }
        for adata, one in zip((cortex, other), labels, strict=True)
    )
    for adata in (cortex, other):
        adata.obs["deep"] = np.asarray(adata.X.sum(axis=1)).ravel() + 10.0
    found = _r.match(first, second, n_permutations=19, by=None, random_state=2)
    held = semst.tl.match_domains(
        cortex,
        other,
        "ground_truth",
        n_permutations=19,
        random_state=2,
        keys_a={"depth_key": "deep"},
        keys_b={"depth_key": "deep"},
    )
    assert held.pairs["matched"].any()
    for column, values in found["pairs"].items():
        assert list(values) == held.pairs[column].tolist()
    np.testing.assert_array_equal(found["correlation"], held.correlation)
    assert found["names"] == list(held.correlation.columns) and found["by"] == "symbols"


def _slices(*several) -> list[dict]:
    return [{"counts": _parts(adata), "coordinates": adata.obsm["spatial"]} for adata in several]


@pytest.fixture(scope="module")
def other():
    return semst.datasets.simulated_cortex(200, 80, random_state=5)[:, 4:].copy()


def test_several_slices_run_as_through_anndata(cortex, other):
    found = _r.run_jointly(_slices(cortex, other), ["a", "b"], "graphst", 3, **QUICK)
    named = {"a": cortex.copy(), "b": other.copy()}
    semst.tl.run(named, "graphst", 3, **QUICK)
    assert [len(part["labels"]) for part in found["parts"]] == [250, 200]
    for part, adata in zip(found["parts"], named.values(), strict=True):
        np.testing.assert_allclose(part["embedding"], adata.obsm["X_graphst"], atol=1e-5)
        assert part["labels"].tolist() == adata.obs["graphst"].astype(int).tolist()
    assert found["title"] == "GraphST" and found["record"]["params"]["n_domains"] == 3
    assert found["explanation"]["domains"]["n_spots"].sum() == 450


def test_slices_without_samples_are_one_of_their_own_name(cortex, other):
    """And what some have and others lack is told by the argument's name in R."""
    first, second = _slices(cortex, other)
    halves = ["left" if x < 0 else "right" for x in cortex.obsm["spatial"][:, 0] - 500.0]
    named, keys = _r._arrays.slices_of([{**first, "samples": halves}, second], ["a", "b"])
    assert keys == {"sample_key": "sample"}
    assert set(named["a"].obs["sample"]) <= {"left", "right"} and set(named["b"].obs["sample"]) == {"b"}
    with pytest.raises(SemSTError, match="Other slices have depth, and a not"):
        _r.run_jointly([first, {**second, "depth": np.ones(200)}], ["a", "b"], "semst", 3)


def test_what_cannot_be_saved_is_refused_before_the_training(cortex, tmp_path):
    run = (_parts(cortex), cortex.obsm["spatial"], "graphst", 3)
    with pytest.raises(SemSTError, match=r"save_model is .*, which exists already"):
        _r.run(*run, save_model=str(tmp_path), epochs=10**6)
    vectors = {"semantics": np.ones((250, 2)), "fsm": True, "epochs": 10**6}
    with pytest.raises(SemSTError, match=r"given by name; here they are ndarray"):
        _r.run(*run, save_model=str(tmp_path / "new"), **vectors)


def test_a_saved_model_reads_a_slice_as_through_anndata(cortex, other, tmp_path):
    """Saved here or through AnnData, whose keys are no concern of R."""
    folder = str(tmp_path / "model")
    _r.run_jointly(_slices(cortex, other), ["a", "b"], "semst", 3, save_model=folder, **QUICK)
    new = semst.datasets.simulated_cortex(150, 80, random_state=9)
    found = _r.predict(_parts(new), new.obsm["spatial"], folder, progress=False)
    held = semst.tl.Estimator.load(folder).predict(new)
    assert found["labels"].tolist() == (held.labels.codes + 1).tolist()
    for name in ("posterior", "typicality", "unlike", "uncertainty", "embedding"):
        np.testing.assert_array_equal(found[name], getattr(held, name))
    assert found["title"] == "SemST" and not len(found["record"]["prediction"]["missing_genes"])
    elsewhere = cortex.copy()
    elsewhere.layers["raw"], elsewhere.obsm["xy"] = elsewhere.X, elsewhere.obsm["spatial"]
    keys = {"layer": "raw", "spatial_key": "xy", "depth_key": "library"}
    semst.SemST(3, **keys, **QUICK).fit(elsewhere).save(tmp_path / "other")
    depth = cortex.obs["library"].to_numpy()
    found = _r.predict(
        _parts(cortex), cortex.obsm["spatial"], str(tmp_path / "other"), depth=depth, progress=False
    )
    held = semst.tl.Estimator.load(tmp_path / "other").predict(elsewhere)
    np.testing.assert_allclose(found["posterior"], held.posterior, atol=1e-5)


def test_what_the_fit_had_is_asked_for(cortex, tmp_path):
    graph = semst.gr.spatial_graph(cortex.obsm["spatial"], n_neighs=6).adjacency.tocsc()
    given = {"graph": {"i": graph.indices, "p": graph.indptr, "x": graph.data.astype(float)}}
    run = (_parts(cortex), cortex.obsm["spatial"])
    found = _r.run(*run, "semst", 3, save_model=str(tmp_path / "model"), **given, **QUICK)
    with pytest.raises(SemSTError, match="fitted on a graph that was given"):
        _r.predict(*run, str(tmp_path / "model"), progress=False)
    again = _r.predict(*run, str(tmp_path / "model"), progress=False, **given)
    assert (again["labels"] == found["labels"]).mean() > 0.95


def test_sections_are_aligned_as_through_anndata(cortex):
    pytest.importorskip("ot")
    x, y = cortex.obsm["spatial"].T
    turned = cortex.copy()
    turned.obsm["spatial"] = np.column_stack([y, -x])
    both = AnnData(
        sparse.vstack([cortex.X, turned.X], format="csr"),
        var=cortex.var,
        obs=pd.DataFrame({"section": ["10"] * 250 + ["2"] * 250}, index=np.arange(500).astype(str)),
        obsm={"spatial": np.vstack([cortex.obsm["spatial"], turned.obsm["spatial"]])},
    )
    where = (_parts(both), both.obsm["spatial"])
    found = _r.align(*where, samples=both.obs["section"].tolist(), order=None, random_state=1)
    semst.tl.align(both, "section", random_state=1)
    np.testing.assert_array_equal(found["coordinates"], both.obsm["spatial_aligned"])
    assert found["motions"]["section"] == ["2", "10"]  # by size, not by letters
    assert found["motions"]["angle"][1] == both.uns["spatial_aligned_motions"]["10"]["angle"]
    with pytest.raises(SemSTError, match="There is one section"):
        _r.align(*where, samples=None)


def _labels(values, *, ordered=False) -> dict:
    levels = list(dict.fromkeys(values))
    return {"codes": [levels.index(one) + 1 for one in values], "levels": levels, "ordered": ordered}


def _study(cortex) -> tuple[AnnData, dict]:
    adata = cortex[cortex.obs["ground_truth"].notna()].copy()
    donors = np.arange(adata.n_obs) % 6
    adata.obs["samples"] = donors.astype(str)
    adata.obs["condition"] = np.where(donors < 3, "control", "case")
    columns = {"labels": "ground_truth", "samples": "samples", "condition": "condition"}
    given = {name: _labels(adata.obs[key].astype(str).tolist()) for name, key in columns.items()}
    return adata, given


def test_conditions_are_compared_as_through_anndata(cortex):
    adata, given = _study(cortex)
    design = {"groups": ["control", "case"], "n_permutations": 99, "random_state": 2}
    held = semst.tl.proportions(
        adata, "ground_truth", sample_key="samples", condition_key="condition", **design
    )
    found = _r.proportions(**given, **design)
    for name in ("counts", "proportions", "clr"):
        np.testing.assert_array_equal(found[name], getattr(held, name))
    assert found["samples"] == list("012345") and found["domains"] == list(held.counts.columns)
    assert found["conditions"] == ["control"] * 3 + ["case"] * 3 and found["groups"] == ["control", "case"]
    assert found["effects"]["domain"] == found["domains"] and found["overall_p"] == held.overall_p
    for name in held.effects:
        np.testing.assert_array_equal(found["effects"][name], held.effects[name])
    assert found["note"] == held.note != ""


def test_contacts_are_compared_as_through_anndata(cortex):
    pytest.importorskip("squidpy")
    adata, given = _study(cortex)
    held = semst.tl.contacts(adata, "ground_truth", sample_key="samples", condition_key="condition")
    found = _r.contacts(
        given["labels"], adata.obsm["spatial"], given["samples"], given["condition"], groups=None
    )
    for name in ("counts", "expected", "log2_ratio"):
        np.testing.assert_array_equal(found[name], getattr(held, name))
    pairs = list(zip(found["overall"]["domain"], found["overall"]["neighbour"], strict=True))
    assert pairs == held.counts.columns.to_list() and found["domains"] == held.domains
    np.testing.assert_array_equal(found["effects"]["difference"], held.effects["difference"])
    line = {"i": [1, 0, 2, 1], "p": [0, 1, 3, 4], "x": [1.0] * 4}  # three spots in a row
    assert _r.contacts(_labels(["a", "a", "b"]), None, graph=line)["overall"]["counts"].tolist() == [1, 1, 0]


def test_an_unknown_clusterer_is_told_before_the_training(cortex):
    with pytest.raises(SemSTError, match="no clusterer 'kmean'. Did you mean 'kmeans'"):
        _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, cluster="kmean", epochs=10**6)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"kind": "Oracle", "args": {}}, "no kind of source 'Oracle'"),
        ({"kind": "TextEncoder", "args": {"modell": "x"}}, "no setting 'modell'. It has: model"),
    ],
)
def test_sources_that_do_not_exist(cortex, source, message):
    with pytest.raises(SemSTError, match=message):
        _r.embed(_parts(cortex), source=source)


def test_sources_within_sources(cortex):
    inner = {"kind": "RandomVectors", "args": {"n_dimensions": 7}}
    found = _r.embed(_parts(cortex), source=inner, progress=False)
    assert found["vectors"].shape == (250, 7) and found["info"]["source"] == "random"


def test_the_needs_of_the_r_package_are_written_from_those_of_the_python_package(tmp_path):
    for place in ("scripts/python-needs.py", "pyproject.toml", "constraints.txt"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / place, tmp_path / place)
    (tmp_path / "R").mkdir()
    (tmp_path / "inst").mkdir()
    subprocess.run([sys.executable, tmp_path / "scripts" / "python-needs.py"], check=True)
    written = (tmp_path / "R" / "python-needs.R").read_text()
    assert '"torch>=' in written and "leiden = c(" in written
    assert "\ntorch==" in (tmp_path / "inst" / "requirements.txt").read_text()
    for place in ("R/python-needs.R", "inst/requirements.txt"):
        there, made = ((root / place).read_text() for root in (ROOT, tmp_path))
        assert there == made, "run scripts/python-needs.py after a change of the dependencies"


def test_both_sides_have_one_version():
    assert f"\nVersion: {semst.__version__}\n" in (ROOT / "DESCRIPTION").read_text()


def test_the_wheel_carries_the_r_code():
    """Both are read at run time, from wherever the package is; one is a link to a file of the R package."""
    folder = Path(semst.__file__).parent / "io"
    assert (folder / "_rds.R").is_file()
    assert (folder / "objects.R").read_text() == (ROOT / "R" / "objects.R").read_text()


def test_progress_is_drawn_by_the_caller(cortex, capsys):
    drawn = []
    options = {**QUICK, "progress": True, "preset": "network", "epochs": 3}
    _r.run(_parts(cortex), cortex.obsm["spatial"], "semst", 3, semantics="none", draw=drawn.append, **options)
    assert "training" in "".join(drawn) and "epoch" in "".join(drawn)
    assert "training" not in capsys.readouterr().err


def test_progress_of_other_threads_does_not_reach_r():
    """R may be called from the main thread only; tqdm's monitor is another one."""
    drawn = []
    console = _door._Console(drawn.append)
    other = threading.Thread(target=console.write, args=("from elsewhere",))
    other.start()
    other.join()
    console.write("from here")
    assert drawn == ["from here"]


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp's waiting is mended on Linux only")
@pytest.mark.parametrize(
    ("decided", "threads", "made"), [(False, 2, True), (False, 1, False), (True, 2, False)]
)
def test_second_team_is_made_unless_the_user_has_decided(monkeypatch, decided, threads, made):
    started = []
    monkeypatch.setattr(_threads, "_decided", lambda: decided)
    monkeypatch.setattr("torch.get_num_threads", lambda: threads)
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (started.append(self), start(self)))
    assert _threads.rest_while_waiting.__wrapped__() is made
    assert [(thread.name, thread.daemon) for thread in started] == [("semst-second-team", True)] * made


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp's waiting is mended on Linux only")
def test_the_environment_at_the_start_decides():
    code = (
        "import os; os.environ['OMP_WAIT_POLICY'] = 'passive'\n"
        "from importlib.util import module_from_spec, spec_from_file_location\n"
        f"spec = spec_from_file_location('threads', {_threads.__file__!r})\n"
        "module = module_from_spec(spec); spec.loader.exec_module(module); print(module._decided())"
    )
    unset = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    for variables, decided in (({}, "False"), ({"OMP_WAIT_POLICY": "active"}, "True")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=unset | variables, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == decided


@pytest.mark.parametrize("key", ["semst", "barcodes", "samples"])
def test_exports_write_what_python_writes_of_the_same_slice(tmp_path, key):
    names = ["AAACAAGTATCTCCCA-1", "AAACAATCTACTAGCA-1", "AAACACCAATAACTGC-1", "AAACAGAGCGACTCCT-1"]
    there = AnnData(np.ones((4, 1)), obs=pd.DataFrame(index=names))
    there.obs[key] = pd.Categorical(["b", None, "a", "a"], ["b", "a"])
    there.obs[f"{key}_uncertainty"] = np.array([0.1, np.nan, 0.3, 0], dtype=np.float32)
    there.obsm[f"X_{key}"] = np.array([[0.1, 2], [np.nan, np.nan], [1e-7, 3], [0, -1]], dtype=np.float32)
    there.obsm["spatial"] = np.array([[0, 0], [0, 100], [100, 0], [100, 100]])
    there.uns[f"{key}_colors"] = np.array(["#E69F00", "#0072B2"])
    there.obs["slice"] = ["x", "x", "y/2", "y/2"]
    there.obs["id"] = ["c1", "c2", "c3", "c4"]
    labels = {"codes": [1, 0, 2, 2], "levels": ["b", "a"], "ordered": True}
    slices = {"codes": [1, 1, 2, 2], "levels": ["x", "y/2"], "ordered": False}
    colors = {"a": "#0072B2", "b": "#E69F00"}
    doubles = {
        "embedding": there.obsm[f"X_{key}"].astype(np.float64),
        "uncertainty": there.obs[f"{key}_uncertainty"].to_numpy().astype(np.float64),
    }

    def same(to, ending, here, **options):
        found = _r.export(labels, str(tmp_path / f"here{ending}"), to, key=key, spots=names, **here)["files"]
        write = getattr(semst.io, f"export_{to}")
        wanted = write(there, tmp_path / f"there{ending}", key, **options)
        wanted = wanted if isinstance(wanted, list) else [wanted]
        assert [Path(one).read_bytes() for one in found] == [one.read_bytes() for one in wanted]
        for one in [*found, *wanted]:
            Path(one).unlink()

    same("loupe", ".csv", {})
    same("loupe", ".csv", {"barcodes": ["c1", "c2", "c3", "c4"]}, barcode_key="id")
    same("xenium", ".csv", {"colors": colors})
    same("embedding", ".csv", {**doubles, "use_rep": f"X_{key}"})
    place = {"coordinates": there.obsm["spatial"].tolist(), "colors": colors}
    same("geojson", ".geojson", {**place, "scale": 2.0}, scale=2.0)
    same("geojson", ".geojson", {**place, "samples": slices}, sample_key="slice")


def test_exports_replace_nothing_unasked_and_keep_doubles(tmp_path):
    labels = {"codes": [1, 1], "levels": ["a"], "ordered": False}
    given = {"key": "semst", "embedding": [[0.1], [2.0]], "use_rep": "X_semst", "spots": ["s", "s"]}
    file = str(tmp_path / "table.csv")
    assert _r.export(labels, file, "embedding", **given) == {"files": [file]}
    assert Path(file).read_text() == "spot,X_semst_1,semst\ns,0.1,a\ns,2.0,a\n"
    with pytest.raises(SemSTError, match="exists already"):
        _r.export(labels, file, "embedding", **given)
    given["embedding"] = [[1 / 3], [2.0]]
    _r.export(labels, file, "embedding", overwrite=True, **given)
    assert "0.3333333333333333" in Path(file).read_text()


def test_spots_outside_the_tissue_are_left_out_and_come_back_empty(cortex):
    inside = np.arange(cortex.n_obs) < 220
    points = cortex.obsm["spatial"]
    found = _r.run(_parts(cortex), points, "semst", 3, semantics="none", inside=inside, **QUICK)
    part = cortex[inside].copy()
    alone = _r.run(_parts(part), points[inside], "semst", 3, semantics="none", **QUICK)
    assert found["labels"][inside].tolist() == alone["labels"].tolist()
    assert not found["labels"][~inside].any()
    np.testing.assert_array_equal(found["embedding"][inside], alone["embedding"])
    assert np.isnan(found["embedding"][~inside]).all()
    whole = sparse.csc_matrix((found["graph"]["x"], found["graph"]["i"], found["graph"]["p"]))
    assert whole.shape[1] == cortex.n_obs and whole[:, np.flatnonzero(~inside)].nnz == 0
    assert whole.nnz == len(alone["graph"]["x"]) > 0
    vectors = np.random.default_rng(0).normal(size=(cortex.n_obs, 4))
    run = {"semantics": vectors, "preset": "network", "inside": inside, **QUICK}
    modulated = _r.run(_parts(cortex), points, "semst", 3, **run)
    np.testing.assert_allclose(modulated["semantic"][inside], vectors[inside], rtol=1e-6)
    slices = [{"counts": _parts(cortex), "coordinates": points, "inside": mask} for mask in (inside, None)]
    joint = _r.run_jointly(slices, ["a", "b"], "semst", 3, semantics="none", **QUICK)
    assert [int((part["labels"] == 0).sum()) for part in joint["parts"]] == [30, 0]


def test_domains_are_split_and_cut_as_through_anndata(cortex):
    adata = cortex.copy()
    quick = {"semantics": "none", "cluster": "mixture", "explain": False, "progress": False}
    semst.tl.semst(adata, 3, **quick)
    codes, levels = adata.obs["semst"].cat.codes.to_numpy() + 1, ["1", "2", "3"]
    semst.tl.split(adata, "1", 2, progress=False)
    found = _r.split(
        {"counts": _parts(adata), "coordinates": adata.obsm["spatial"]},
        codes,
        levels,
        "1",
        2,
        params=adata.uns["semst"]["params"],
        progress=False,
    )
    named = [found["levels"][code - 1] for code in found["labels"]]
    assert named == adata.obs["semst_split"].tolist()
    assert found["colors"] == adata.uns["semst_split_colors"].tolist()
    assert found["record"]["domain"] == "1"
    semst.tl.cut(adata, 2)
    cut = _r.cut(codes, levels, adata.obsm["X_semst"], 2)
    assert [cut["levels"][code - 1] for code in cut["labels"]] == adata.obs["semst_cut"].tolist()
    semst.tl.tree(adata)
    tree = _r.tree(codes, levels, adata.obsm["X_semst"])
    np.testing.assert_allclose(tree["linkage"], adata.uns["semst_tree"]["linkage"])


def test_the_functions_of_r_are_taken_whatever_a_function_takes():
    for name in _r.__all__:
        function = getattr(_r, name)
        if hasattr(function, "__module__") and function.__module__ == "semst._r._door":
            assert not hasattr(function, "__wrapped__"), name
    named = _r.match_labels([1, 2], ["a", "b"], [2, 1], ["x", "y"], say=None, draw=None, r=None)
    assert named["renamed"] == ["y", "x"]
