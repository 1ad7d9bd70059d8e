"""R objects in .rds files. Everything that needs R is in one session of it, as users have it."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from typer.testing import CliRunner

from semst import MissingDependencyError, SemSTError, io
from semst.io import _rds_r


def _why_not() -> str | None:
    try:
        _rds_r.session()
    except SemSTError as error:
        return str(error)
    from rpy2 import robjects

    packages = ("SpatialExperiment", "SeuratObject", "HDF5Array")
    missing = [
        name for name in packages if not robjects.r(f'isTRUE(requireNamespace("{name}", quietly = TRUE))')[0]
    ]
    return f"R has no package {', '.join(missing)}" if missing else None


REASON = _why_not()
needs_r = pytest.mark.skipif(REASON is not None, reason=str(REASON))


def r(code: str):
    from rpy2 import robjects

    return robjects.r(f"suppressMessages(suppressWarnings({{ {code} }}))")


KNOWN = Path(__file__).parents[2] / "testthat" / "helper-objects.R"


@pytest.fixture
def slice_() -> anndata.AnnData:
    rng = np.random.default_rng(3)
    counts = sparse.csr_matrix(rng.poisson(0.7, (9, 5)).astype(np.float32))
    obs = pd.DataFrame(
        {
            "domain": pd.Categorical(["b", "a", None] * 3, categories=["b", "a", "unused"]),
            "rank": pd.Categorical(["low", "high", "low"] * 3, categories=["low", "high"], ordered=True),
            "text": np.array(["x", None, "z"] * 3, dtype=object),
            "whole": np.arange(9),
            "gaps": pd.array([1, None, 3] * 3, dtype="Int64"),
            "value": np.array([0.5, np.nan, 2.5] * 3),
            "flag": np.array([True, False, True] * 3),
            "maybe": pd.array([True, None, False] * 3, dtype="boolean"),
            "slide": ["one"] * 5 + ["two"] * 4,
        },
        index=[f"spot{i}" for i in range(9)],
    )
    return anndata.AnnData(
        counts,
        obs=obs,
        var=pd.DataFrame({"length": np.arange(5) * 1.5}, index=["MBP", "HLA-A", "GFAP", "PLP1", "RORB"]),
        obsm={"spatial": rng.normal(size=(9, 2)), "X_pca": rng.normal(size=(9, 3))},
        layers={"logcounts": counts.log1p()},
        uns={"run": {"seed": 3, "loss": np.array([2.5, 1.5]), "name": "x", "deep": {"flag": True}}},
    )


def _same_matrix(left, right) -> None:
    dense = [m.toarray() if sparse.issparse(m) else np.asarray(m) for m in (left, right)]
    np.testing.assert_allclose(dense[0], dense[1], rtol=1e-6)


@needs_r
@pytest.mark.parametrize("as_", ["SpatialExperiment", "Seurat"])
def test_round_trip(slice_, tmp_path, as_):
    before = slice_.copy()
    path = io.write_rds(slice_, tmp_path / "slice.rds", as_=as_, sample_key="slide")
    pd.testing.assert_frame_equal(slice_.obs, before.obs)
    found = io.read(path)
    assert found.obs_names.tolist() == slice_.obs_names.tolist()
    assert found.var_names.tolist() == slice_.var_names.tolist()
    assert sparse.issparse(found.X) and found.X.format == "csr" and found.X.dtype == np.float32
    _same_matrix(found.X, slice_.X)
    _same_matrix(found.layers["logcounts"], slice_.layers["logcounts"])
    np.testing.assert_allclose(found.obsm["spatial"], slice_.obsm["spatial"])
    np.testing.assert_allclose(found.obsm["X_pca"], slice_.obsm["X_pca"])
    for name in slice_.obs.columns:
        pd.testing.assert_series_equal(found.obs[name], slice_.obs[name], check_dtype=name != "slide")
        assert isinstance(found.obs[name].dtype, type(slice_.obs[name].dtype)) or name == "slide"
    pd.testing.assert_frame_equal(found.var[["length"]], slice_.var)
    assert found.uns["run"]["seed"] == 3 and found.uns["run"]["deep"]["flag"] is True
    np.testing.assert_allclose(found.uns["run"]["loss"], [2.5, 1.5])
    column = "sample_id" if as_ == "SpatialExperiment" else "image"
    assert found.obs[column].tolist() == slice_.obs["slide"].tolist()
    io.write(found, tmp_path / "again.h5ad")


@needs_r
@pytest.mark.parametrize("kind", ["csc", "dense", "int"])
def test_storage_does_not_matter(slice_, tmp_path, kind):
    expected = slice_.X.toarray()
    slice_.X = {"csc": slice_.X.tocsc(), "dense": expected, "int": slice_.X.astype(np.int32)}[kind]
    found = io.read_rds(io.write_rds(slice_, tmp_path / "slice.rds"))
    _same_matrix(found.X, expected)
    assert sparse.issparse(found.X) == (kind != "dense")


@needs_r
def test_objects_made_in_r(tmp_path):
    r(
        """
        m <- matrix(c(0, 2, 1, 0, 0, 5, 3, 0), 2, dimnames = list(c("A", "B"), paste0("s", 1:4)))
        xy <- cbind(x = c(1, 2, 3, 4), y = c(9, 8, 7, 6))
        on_disk <- HDF5Array::writeHDF5Array(m, as.sparse = TRUE)
        spe <- SpatialExperiment::SpatialExperiment(
          assays = list(logcounts = log1p(m), counts = on_disk),
          colData = S4Vectors::DataFrame(f = factor(c("u", NA, "v", "u"), levels = c("v", "u")),
                                         when = as.Date("2020-01-01") + 0:3),
          spatialCoords = xy, sample_id = c("p", "p", "q", "q"))
        SummarizedExperiment::colData(spe)$nested <- S4Vectors::DataFrame(a = 1:4)
        """
    )
    r(f'base::saveRDS(spe, "{tmp_path}/spe.rds")')
    found = io.read_rds(tmp_path / "spe.rds")
    np.testing.assert_array_equal(found.X.toarray(), [[0, 2], [1, 0], [0, 5], [3, 0]])
    assert list(found.layers) == ["logcounts"]
    assert found.obs["f"].cat.categories.tolist() == ["v", "u"] and found.obs["f"].isna().tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert "when" not in found.obs and "nested" not in found.obs
    assert found.obs["sample_id"].tolist() == ["p", "p", "q", "q"]
    np.testing.assert_array_equal(found.obsm["spatial"], [[1, 9], [2, 8], [3, 7], [4, 6]])
    r(f'base::saveRDS(as(spe, "SingleCellExperiment"), "{tmp_path}/sce.rds")')
    assert "spatial" not in io.read_rds(tmp_path / "sce.rds").obsm


@needs_r
def test_seurat_with_split_layers(slice_, tmp_path):
    path = io.write_rds(slice_, tmp_path / "x.rds", as_="Seurat", sample_key="slide")
    r(
        f"""
        x <- readRDS("{path}")
        x[["RNA"]] <- split(x[["RNA"]], f = x$slide)
        stopifnot("counts.one" %in% SeuratObject::Layers(x))
        saveRDS(x, "{path}")
        """
    )
    found = io.read_rds(path)
    _same_matrix(found.X, slice_.X)
    np.testing.assert_allclose(found.obsm["spatial"], slice_.obsm["spatial"])


@needs_r
@pytest.mark.parametrize("kind", ["VisiumV1", "VisiumV2"])
def test_seurat_with_images_of_visium(tmp_path, kind):
    if not r('isTRUE(requireNamespace("Seurat", quietly = TRUE))')[0]:
        pytest.skip("R has no package Seurat")
    r(
        f"""
        cells <- paste0("c", 1:4)
        m <- matrix(c(0, 2, 1, 0, 0, 5, 3, 0), 2, dimnames = list(c("A", "B"), cells))
        x <- SeuratObject::CreateSeuratObject(methods::as(m, "CsparseMatrix"))
        xy <- data.frame(x = c(1, 2, 3, 4), y = c(9, 8, 7, 6), cell = cells)
        factors <- Seurat::scalefactors(spot = 1, fiducial = 1, hires = 1, lowres = 1)
        shared <- list(assay = "RNA", key = "s_", image = array(0, c(2, 2, 3)), scale.factors = factors)
        own <- if ("{kind}" == "VisiumV1") {{
          list(coordinates = data.frame(tissue = 1L, row = 1:4, col = 1:4, imagerow = xy$y, imagecol = xy$x,
                                        row.names = cells), spot.radius = 1)
        }} else {{
          rows_first <- data.frame(imagerow = xy$y, imagecol = xy$x, row.names = cells)  # Read10X_Image()
          shape <- list(type = "centroids", radius = 1, key = "s_", assay = "RNA")
          fov <- do.call(SeuratObject::CreateFOV, c(list(rows_first), shape))
          list(boundaries = fov@boundaries)
        }}
        class <- methods::getClass("{kind}", where = asNamespace("Seurat"))
        x[["slide"]] <- do.call(methods::new, c(list(class), shared, own))
        saveRDS(x, "{tmp_path}/x.rds")
        """
    )
    found = io.read_rds(tmp_path / "x.rds")
    np.testing.assert_array_equal(found.obsm["spatial"], [[1, 9], [2, 8], [3, 7], [4, 6]])
    np.testing.assert_array_equal(found.X.toarray(), [[0, 2], [1, 0], [0, 5], [3, 0]])


@needs_r
@pytest.mark.parametrize(
    "kind",
    [
        "SpatialExperiment, two samples",
        "SingleCellExperiment",
        "Seurat, split layers, two images",
        "Seurat, outlines",
        "Seurat, SCTransform()",
        "Seurat, VisiumV2",
    ],
)
def test_python_takes_out_what_r_takes_out(tmp_path, kind):
    """The objects and the numbers of tests/testthat/test-objects.R."""
    r(f'source("{KNOWN}", local = (here <- new.env())); known <- here$known_objects()[["{kind}"]]')
    if r("is.null(known)")[0]:
        pytest.skip("R has no package Seurat")
    r(f'saveRDS(known$object, "{tmp_path}/x.rds")')
    found = io.read_rds(tmp_path / "x.rds")
    np.testing.assert_array_equal(found.X.toarray().T, np.array(r("known$counts")).reshape(3, 6, order="F"))
    assert found.var_names.tolist() == ["MBP", "GFAP", "RORB"]
    xy = found.obs[["px", "py"]] if kind == "SingleCellExperiment" else found.obsm["spatial"]
    np.testing.assert_allclose(xy, np.array(r("known$xy")).reshape(6, 2, order="F"), rtol=1e-12)
    columns = {"SpatialExperiment, two samples": "sample_id", "Seurat, split layers, two images": "image"}
    if kind in columns:
        assert found.obs[columns[kind]].tolist() == list(r("known$samples"))
    else:
        assert not {"image", "sample_id"} & set(found.obs)


@needs_r
def test_corrected_counts_are_read_for_those_alone_who_ask(tmp_path, log):
    if not r('isTRUE(requireNamespace("Seurat", quietly = TRUE))')[0]:
        pytest.skip("R has no package Seurat")
    r(
        f"""
        source("{KNOWN}", local = (here <- new.env()))
        x <- here$known_objects()[["Seurat, SCTransform()"]]$object
        saveRDS(x, "{tmp_path}/x.rds")
        methods::slot(x[["SCT"]], "SCTModel.list")[[1]]@umi.assay <- "gone"
        saveRDS(x, "{tmp_path}/gone.rds")
        """
    )
    assert io.read_rds(tmp_path / "x.rds").X.sum() == 49
    assert 'x.rds: the assay "SCT" holds corrected counts; raw counts are taken from "RNA"' in log.text
    assert "left out of x.rds: assay SCT" in log.text
    assert io.read_rds(tmp_path / "x.rds", assay="SCT").X.sum() == 21
    with pytest.raises(SemSTError, match=r'no assay "ADT". The object has: RNA, SCT'):
        io.read_rds(tmp_path / "x.rds", assay="ADT")
    with pytest.raises(SemSTError, match=r"has corrected. Raw counts are needed: name the assay .*RNA, SCT"):
        io.read_rds(tmp_path / "gone.rds")


@needs_r
def test_assay_of_a_spatialexperiment(tmp_path):
    r(
        f"""
        source("{KNOWN}", local = (here <- new.env()))
        saveRDS(here$known_objects()[[1]]$object, "{tmp_path}/x.rds")
        """
    )
    found = io.read_rds(tmp_path / "x.rds", assay="logcounts")
    assert list(found.layers) == ["counts"]
    np.testing.assert_allclose(found.X.toarray(), np.log1p(found.layers["counts"].toarray()), rtol=1e-6)
    with pytest.raises(SemSTError, match=r'no assay "raw". The object has: logcounts, counts'):
        io.read_rds(tmp_path / "x.rds", assay="raw")


@needs_r
def test_the_file_of_the_r_package_needs_nothing_else_of_it():
    """``objects.R`` is evaluated by itself, where base and packages called by name are all there is."""
    here = _rds_r.session()
    from rpy2 import robjects

    unknown = robjects.r(
        """function(here) unlist(lapply(ls(here, all.names = TRUE), function(name) {
             used <- codetools::findGlobals(here[[name]])
             used[!vapply(used, exists, NA, envir = here)]
           }))"""
    )(here)
    assert list(unknown) == []


@needs_r
def test_what_is_no_slice_is_named(tmp_path):
    r(f'saveRDS(data.frame(a = 1), "{tmp_path}/frame.rds")')
    with pytest.raises(SemSTError, match=r"holds data.frame, which is no slice"):
        io.read(tmp_path / "frame.rds")
    (tmp_path / "torn.rds").write_bytes(b"no R data")
    with pytest.raises(
        SemSTError, match=r"torn.rds is damaged, or not an .rds file: it does not begin as one"
    ):
        io.read(tmp_path / "torn.rds")


@needs_r
def test_the_package_of_an_unknown_class_is_named(tmp_path):
    r(
        f"""
        x <- SingleCellExperiment::SingleCellExperiment(list(counts = matrix(1, 2, 2)))
        attr(x, "class") <- structure("NoSuch", package = "NoSuchExperiment")
        base::saveRDS(x, "{tmp_path}/x.rds")
        """
    )
    with pytest.raises(
        MissingDependencyError,
        match=r"x\.rds cannot be read: R has no package NoSuchExperiment, .*BiocManager::install",
    ):
        io.read(tmp_path / "x.rds")


@needs_r
def test_command_line_opens_rds(tmp_path):
    from semst import datasets
    from semst.cli import app

    cortex = datasets.simulated_cortex(200, 60, random_state=0)
    path = io.write_rds(cortex, tmp_path / "cortex.rds")
    arguments = ["run", str(path), "--n-domains", "3", "--out", str(tmp_path / "out.h5ad"), "--quiet"]
    result = CliRunner().invoke(
        app, [*arguments, "--semantics", "none", "--epochs", "1", "--cluster", "kmeans"]
    )
    assert result.exit_code == 0, result.output
    assert io.read(tmp_path / "out.h5ad").obs["semst"].nunique() == 3


@needs_r
def test_what_r_refuses_leaves_nothing(slice_, tmp_path):
    with pytest.raises(SemSTError, match=r"bad.rds cannot be written: \S+"):
        io.write_rds(slice_[:, :0].copy(), tmp_path / "bad.rds", as_="Seurat")
    slice_.obs_names = ["same"] * 9
    with pytest.raises(SemSTError, match=r"same"):
        io.write_rds(slice_, tmp_path / "bad.rds")
    assert list(tmp_path.iterdir()) == []


def test_calls_that_cannot_be_meant(slice_, tmp_path):
    with pytest.raises(SemSTError, match=r"as_ is 'Giotto'; give 'SpatialExperiment' or 'Seurat'"):
        io.write_rds(slice_, tmp_path / "x.rds", as_="Giotto")
    with pytest.raises(SemSTError, match=r'ending ".RData". Accepted: .rds'):
        io.write_rds(slice_, tmp_path / "x.RData")
    with pytest.raises(SemSTError, match=r'no "slice". It has: domain'):
        io.write_rds(slice_, tmp_path / "x.rds", sample_key="slice")
    with pytest.raises(SemSTError, match=r"There is no"):
        io.read_rds(tmp_path / "absent.rds")


@pytest.fixture(scope="module")
def labelled() -> anndata.AnnData:
    """A slice with the results of two runs, one under a name of its own."""
    from semst import datasets, tl

    cortex = datasets.simulated_cortex(200, 60, random_state=0)
    tl.semst(cortex, 3, cluster="mixture", progress=False)
    tl.split(cortex, "1", 2, progress=False)
    options = {"epochs": 1, "cluster": "kmeans", "refine": False, "explain": False, "progress": False}
    tl.run(cortex, "graphst", 3, key_added="mine", **options)
    return cortex


@needs_r
@pytest.mark.parametrize(
    ("as_", "column", "reduction"),
    [("SpatialExperiment", "SemST", "SemST"), ("Seurat", "semst_domain", "semst")],
)
def test_results_have_the_names_of_each_door(labelled, tmp_path, as_, column, reduction):
    path = io.write_rds(labelled, tmp_path / "x.rds", as_=as_)
    stem = reduction
    r(f'x <- readRDS("{path}")')
    held = "S4Vectors::metadata(x)" if as_ == "SpatialExperiment" else "methods::slot(x, 'misc')"
    columns = "SummarizedExperiment::colData(x)" if as_ == "SpatialExperiment" else "x[[]]"
    assert [str(v) for v in r(f"as.character({columns}[['{column}']])")] == labelled.obs["semst"].tolist()
    reductions = (
        "SingleCellExperiment::reducedDimNames(x)"
        if as_ == "SpatialExperiment"
        else "SeuratObject::Reductions(x)"
    )
    assert {reduction, "mine"} <= set(r(reductions)) and "X_semst" not in r(reductions)
    assert r(f"{held}[['{stem}']]$params$model")[0] == "semst"
    markers = labelled.uns["semst_explain"]["markers"]
    assert list(r(f"{held}[['{stem}_explain']]$markers$gene")) == markers["gene"].tolist()
    assert list(r(f"{held}[['{stem}_colors']]")) == labelled.uns["semst_colors"].tolist()
    assert r(f"{held}[['{stem}_split']]$params$run")[0] == stem

    found = io.read_rds(path)
    np.testing.assert_allclose(found.obs["semst_uncertainty"], labelled.obs["semst_uncertainty"], rtol=1e-6)
    for name in ("semst", "semst_unrefined", "semst_split", "mine", "mine_unrefined"):
        assert found.obs[name].astype(str).tolist() == labelled.obs[name].astype(str).tolist(), name
    for name in ("X_semst", "X_mine", "spatial"):
        np.testing.assert_allclose(found.obsm[name], labelled.obsm[name], rtol=1e-6)
    for name in labelled.obsp:
        assert (found.obsp[name] != labelled.obsp[name]).nnz == 0, name
    for name in ("domains", "markers", "terms"):
        expected = labelled.uns["semst_explain"][name].reset_index(drop=True)
        told = found.uns["semst_explain"][name].reset_index(drop=True)
        assert told.columns.tolist() == expected.columns.tolist()
        assert told.astype(str).equals(expected.astype(str)) or np.allclose(
            told.select_dtypes("number"), expected.select_dtypes("number"), equal_nan=True
        )
    assert found.uns["semst_split"]["params"]["run"] == "semst"
    assert found.uns["semst_neighbors"]["connectivities_key"] == "semst_connectivities"
    assert found.uns["semst_colors"].tolist() == labelled.uns["semst_colors"].tolist()
    assert "semst" in labelled.obs and "X_semst" in labelled.obsm  # the input is as it was
    from semst import tl

    tl.cut(found, 2)
    assert found.obs["semst_cut"].nunique() == 2
    io.write(found, tmp_path / "again.h5ad")
