# Domains in files of other programs: what R writes is what Python writes of the same slice.
bytes <- function(file) readBin(file, "raw", file.size(file))

folder <- function() {
    path <- tempfile("export")
    dir.create(path)
    path
}

barcodes <- c("AAACAAGTATCTCCCA-1", "AAACAATCTACTAGCA-1", "AAACACCAATAACTGC-1", "AAACAGAGCGACTCCT-1",
    "AAACAGCTTTCAGAAG-1", "AAACAGGGTCTATATT-1")
cells <- c("aaaabcdp-1", "aaaacfgk-1", "aaaadnho-1", "aaaaejpi-1", "aaaafkmb-1", "aaaagcpo-1")
labels <- factor(c("2", "10", NA, "10", "2", "WM"), c("WM", "10", "2")) # not in the order of the alphabet
xy <- cbind(x = c(0, 100, 200, 0, 100, 200), y = rep(c(0, 100), each = 3))

# In Python: six spots, with an embedding as a run leaves it.
slice_in_python <- function(key = "semst", names = barcodes) {
    reticulate::py_run_string("
import numpy as np, pandas as pd
from anndata import AnnData
from semst import io

def made(key, names):
    adata = AnnData(np.ones((6, 1)))
    adata.obs_names = list(names)
    adata.obs[key] = pd.Categorical(['2', '10', None, '10', '2', 'WM'], ['WM', '10', '2'])
    adata.obs[key + '_uncertainty'] = np.array([0.1, 0.25, np.nan, 1e-7, 0, 0.3], dtype=np.float32)
    adata.obs['slice'] = ['left', 'left', 'left', 'right', 'right', 'right']
    z = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    z[2] = np.nan
    adata.obsm['X_' + key] = z
    adata.obsm['spatial'] = np.array([[0, 0], [100, 0], [200, 0], [0, 100], [100, 100], [200, 100]])
    adata.uns[key + '_colors'] = np.array(['#0072B2', '#E69F00', '#009E73']) # in the order of the categories
    return adata
")
    reticulate::py_eval("made", convert = FALSE)(key, as.list(names))
}

# The same in R, by way of plain values.
values_of <- function(adata, key) {
    list(
        z = reticulate::py_to_r(adata$obsm[[paste0("X_", key)]]$astype("float64")),
        uncertainty = as.vector(reticulate::py_to_r(
            adata$obs[[paste0(key, "_uncertainty")]]$to_numpy()$astype("float64")
        ))
    )
}

spe_of <- function(values, names = barcodes, key = "SemST", slices = rep(c("left", "right"), each = 3)) {
    spe <- SpatialExperiment::SpatialExperiment(
        assays = list(counts = Matrix::Matrix(1, 2, 6, dimnames = list(c("MBP", "GFAP"), names), sparse = TRUE)),
        spatialCoords = xy, sample_id = slices
    )
    spe[[key]] <- labels
    spe[[paste0(key, "_uncertainty")]] <- values$uncertainty
    SingleCellExperiment::reducedDim(spe, key) <- values$z
    spe
}

test_that("files are, byte for byte, those of Python: SpatialExperiment", {
    skip_without_python()
    io <- reticulate::import("semst.io")
    there <- slice_in_python("SemST")
    spe <- spe_of(values_of(there, "SemST"))
    out <- folder()
    of <- function(name) file.path(out, name)
    expect_message(
        expect_identical(exportDomains(spe, of("loupe.csv")), of("loupe.csv")),
        '1 of 6 spots have no domain in "SemST" and are left out'
    )
    expect_identical(readLines(of("loupe.csv"), 3), c("Barcode,SemST", "AAACAAGTATCTCCCA-1,2", "AAACAATCTACTAGCA-1,10"))
    io$export_loupe(there, of("there.csv"), "SemST")
    expect_identical(bytes(of("loupe.csv")), bytes(of("there.csv")))

    exportDomains(spe, of("cells.csv"), "xenium", verbose = FALSE)
    expect_identical(readLines(of("cells.csv"), 2), c("cell_id,group,color", "AAACAAGTATCTCCCA-1,2,#009e73"))
    io$export_xenium(there, of("there.csv"), "SemST", overwrite = TRUE)
    expect_identical(bytes(of("cells.csv")), bytes(of("there.csv")))

    exportDomains(spe, of("table.csv"), "embedding", verbose = FALSE)
    io$export_embedding(there, of("there.csv"), "SemST", overwrite = TRUE)
    expect_identical(bytes(of("table.csv")), bytes(of("there.csv")))
    expect_identical(readLines(of("table.csv"), 1), "spot,X_SemST_1,X_SemST_2,X_SemST_3,SemST,SemST_uncertainty")
    expect_identical(readLines(of("table.csv"))[4], "AAACACCAATAACTGC-1,,,,,")
})

test_that("files are, byte for byte, those of Python: Seurat, by default", {
    skip_without_python()
    io <- reticulate::import("semst.io")
    there <- slice_in_python("semst", cells)
    values <- values_of(there, "semst")
    object <- seurat_of(spe_of(values, cells))
    object$semst_domain <- labels
    object$semst_uncertainty <- values$uncertainty
    rownames(values$z) <- colnames(object)
    colnames(values$z) <- paste0("semst_", 1:3)
    object[["semst"]] <- SeuratObject::CreateDimReducObject(values$z, key = "semst_", assay = "RNA")
    out <- folder()
    of <- function(name) file.path(out, name)
    for (to in c("loupe", "xenium", "embedding")) {
        exportDomains(object, of("here.csv"), to, overwrite = TRUE, verbose = FALSE)
        io[[paste0("export_", to)]](there, of("there.csv"), overwrite = TRUE)
        expect_identical(bytes(of("here.csv")), bytes(of("there.csv")), info = to)
    }
})

test_that("outlines are, byte for byte, those of Python, of each slice", {
    skip_without_python()
    skip_if(any(grepl("shapely", semstPython()$missing)), "shapely is not installed")
    io <- reticulate::import("semst.io")
    there <- slice_in_python("SemST")
    spe <- spe_of(values_of(there, "SemST"))
    out <- folder()
    of <- function(name) file.path(out, name)
    found <- exportDomains(spe, of("here.geojson"), "geojson", scale = 1 / 0.2125, verbose = FALSE)
    expect_identical(found, of(c("here.left.geojson", "here.right.geojson")))
    io$export_geojson(there, of("there.geojson"), "SemST", sample_key = "slice", scale = 1 / 0.2125)
    for (slice in c("left", "right")) {
        expect_identical(bytes(of(paste0("here.", slice, ".geojson"))), bytes(of(paste0("there.", slice, ".geojson"))))
    }
    io$export_geojson(there, of("there.geojson"), "SemST")
    # one frame for all, asked for; of a single slice; of a Seurat object; of vectors
    exportDomains(spe, of("here.geojson"), "geojson", samples = NULL, verbose = FALSE)
    expect_identical(bytes(of("here.geojson")), bytes(of("there.geojson")))
    one <- spe_of(values_of(there, "SemST"), slices = "one")
    expect_identical(exportDomains(one, of("one.geojson"), "geojson", verbose = FALSE), of("one.geojson"))
    expect_identical(bytes(of("one.geojson")), bytes(of("there.geojson")))
    object <- seurat_of(spe)
    object$SemST <- labels
    exportDomains(object, of("seurat.geojson"), "geojson", "SemST", image = "slice", verbose = FALSE)
    expect_identical(bytes(of("seurat.geojson")), bytes(of("there.geojson")))
    exportDomains(labels, of("plain.geojson"), "geojson", coordinates = xy, verbose = FALSE)
    expect_identical(bytes(of("plain.geojson")), bytes(of("there.geojson")))
})

test_that("colours are those of plotDomains(), also other ones", {
    skip_without_python()
    out <- tempfile(fileext = ".csv")
    for (chosen in list(NULL, c(WM = "grey50", "2" = "tomato3", "10" = "#102030"))) {
        drawn <- plotDomains(labels, xy, colours = chosen)
        shown <- ggplot2::ggplot_build(drawn)$data[[1]]$colour[!is.na(labels)]
        wanted <- tolower(grDevices::rgb(t(grDevices::col2rgb(shown)), maxColorValue = 255))
        exportDomains(stats::setNames(labels, cells), out, "xenium", colours = chosen, overwrite = TRUE, verbose = FALSE)
        expect_identical(utils::read.csv(out)$color, wanted)
    }
    # as text, whose order is a plot's and not that of the alphabet
    for (text in list(c("10", "9", "2", "9", "10", NA), c("b", "10", "2", "a", "10", NA))) {
        drawn <- ggplot2::ggplot_build(plotDomains(text, xy))$data[[1]]$colour[1:5]
        exportDomains(stats::setNames(text, cells), out, "xenium", overwrite = TRUE, verbose = FALSE)
        expect_identical(utils::read.csv(out)$color, tolower(drawn))
    }
})

test_that("names of spots are barcodes, or a column holds them", {
    skip_without_python()
    spe <- spe_of(list(z = matrix(1, 6, 2), uncertainty = rep(0.5, 6)), paste0(barcodes, "-151673"))
    out <- tempfile(fileext = ".csv")
    expect_message(exportDomains(spe, out), "6 barcodes were shortened")
    expect_identical(utils::read.csv(out)$Barcode, barcodes[-3])
    spe$id <- factor(cells)
    exportDomains(spe, out, barcodes = "id", overwrite = TRUE, verbose = FALSE)
    expect_identical(utils::read.csv(out)$Barcode, cells[-3])
    exportDomains(labels, out, barcodes = cells, name = "barcodes", overwrite = TRUE, verbose = FALSE)
    expect_identical(names(utils::read.csv(out)), c("Barcode", "barcodes"))
    spe$id <- cells[c(1, 1:5)]
    expect_error(exportDomains(spe, out, barcodes = "id", overwrite = TRUE, verbose = FALSE),
        '1 barcodes occur more than once .*for example x\\[, x[$]slice == "a"\\]')
    expect_warning(exportDomains(stats::setNames(labels, letters[1:6]), out, overwrite = TRUE, verbose = FALSE),
        "no name of a spot looks like a barcode .* barcodes = .<column>. names a column")
    colnames(spe) <- NULL
    expect_error(exportDomains(spe, out, overwrite = TRUE), "The spots have no names")
    expect_error(exportDomains(spe, out, barcodes = c("a", NA, "b", "c", "d", "e")), "barcodes is NA for 1 of 6")
    expect_error(exportDomains(spe, out, barcodes = c("a", "b")), "barcodes has to be one text per spot .6.")
})

test_that("an embedding is that of the domains, or another one", {
    skip_without_python()
    spe <- spe_of(list(z = matrix(c(0.1, 1:11), 6, 2), uncertainty = rep(0.5, 6)))
    SingleCellExperiment::reducedDim(spe, "PCA") <- matrix(1 / 3, 6, 1)
    spe$layer <- labels
    out <- tempfile(fileext = ".csv")
    exportDomains(spe, out, "embedding", verbose = FALSE)
    expect_match(readLines(out)[2], "^AAACAAGTATCTCCCA-1,0.1,6.0,2,0.5$")
    exportDomains(spe, out, "embedding", "layer", dimred = "PCA", overwrite = TRUE, verbose = FALSE)
    expect_identical(readLines(out, 2), c("spot,X_PCA_1,layer", "AAACAAGTATCTCCCA-1,0.3333333333333333,2"))
    expect_error(exportDomains(spe, out, "embedding", "layer"),
        'There is no reduced dimension "layer". There are: SemST, PCA. .* dimred =')
    exportDomains(c("a", "b"), out, "embedding", embedding = matrix(c(0.5, 2)), overwrite = TRUE, verbose = FALSE)
    expect_identical(readLines(out), c("spot,X_SemST_1,SemST", "1,0.5,a", "2,2.0,b"))
    expect_error(exportDomains(1:2, out, "embedding", embedding = matrix(1)), "one row per spot .2.")
    expect_error(exportDomains(1:2, out, "embedding"), "embedding is missing")
    expect_error(exportDomains(1:2, out, "embedding", embedding = matrix(1, 2), uncertainty = "a"),
        "uncertainty has to be one number per spot")
})

test_that("nothing is replaced unasked, folders are made, and ~ is home", {
    skip_without_python()
    home <- folder()
    old <- Sys.getenv("HOME")
    on.exit(Sys.setenv(HOME = old))
    Sys.setenv(HOME = home)
    named <- stats::setNames(labels, barcodes)
    visible <- withVisible(exportDomains(named, "~/new/loupe.csv", verbose = FALSE))
    expect_false(visible$visible)
    expect_identical(path.expand(visible$value), path.expand("~/new/loupe.csv"))
    before <- bytes(path.expand("~/new/loupe.csv"))
    expect_error(exportDomains(rev(named), "~/new/loupe.csv", verbose = FALSE),
        "loupe.csv exists already. .*overwrite = TRUE")
    expect_identical(bytes(path.expand("~/new/loupe.csv")), before)
    exportDomains(rev(named), "~/new/loupe.csv", overwrite = TRUE, verbose = FALSE)
    expect_identical(rev(utils::read.csv(path.expand("~/new/loupe.csv"))$Barcode), barcodes[-3])
})

test_that("what cannot be exported is told in R's words", {
    skip_without_python()
    spe <- spe_of(list(z = matrix(1, 6, 2), uncertainty = rep(0.5, 6)))
    out <- tempfile(fileext = ".csv")
    expect_error(exportDomains(spe, out, "quPath"), 'to has to be one of "loupe", "xenium", "geojson", "embedding"')
    expect_error(exportDomains(spe, "a.txt", verbose = FALSE), 'has the ending ".txt". Accepted: .csv')
    expect_error(exportDomains(spe, out, domains = "none"), 'domains is "none", which is no column')
    expect_error(exportDomains(spe, out, scale = 2), 'scale is for "geojson", and means nothing for "loupe"')
    expect_error(exportDomains(spe, out, colours = "red"), 'colours is for "xenium" and "geojson"')
    expect_error(exportDomains(spe, out, samples = "sample_id"), 'samples is for "geojson"')
    expect_error(exportDomains(spe, out, "geojson", barcodes = "x"), 'barcodes is for "loupe" and "xenium"')
    expect_error(exportDomains(spe, out, "xenium", colours = c("nocolour", "red", "red")), "what is no colour")
    expect_error(exportDomains(spe, out, key = "SemST"), "Unknown arguments: key. [?]exportDomains")
    expect_error(exportDomains(spe, 3), "file has to be one text")
    expect_error(exportDomains(list(1), out), "x is a list of length 1. exportDomains.. takes domains, one per spot")
    expect_error(exportDomains(rep(NA, 3), out), "No spot has a domain .3 spots.")
    expect_error(exportDomains(labels, out, "geojson"), "There are no coordinates")
    expect_error(exportDomains(labels, "a.geojson", "geojson", coordinates = 0 * xy, verbose = FALSE),
        "^coordinates is the same point for all 6 spots")
    expect_error(exportDomains(spe, "a.geojson", "geojson", scale = 0), "scale has to be one number above 0")
})
