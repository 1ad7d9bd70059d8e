# What is taken out of objects; no Python is needed here.
library(Matrix)

test_that("every kind of matrix gives the same sparse counts", {
    dense <- matrix(c(0, 2, 0, 1, 0, 3), 2, dimnames = list(c("a", "b"), c("x", "y", "z")))
    whole <- dense
    storage.mode(whole) <- "integer"
    expected <- as(dense, "CsparseMatrix")
    for (kind in list(
        dense, whole, as(dense, "TsparseMatrix"), as(dense, "RsparseMatrix"), expected,
        DelayedArray::DelayedArray(dense), DelayedArray::DelayedArray(expected)
    )) {
        found <- SemST:::.sparse(kind)
        expect_s4_class(found, "dgCMatrix")
        expect_identical(found@i, expected@i)
        expect_identical(found@p, expected@p)
        expect_equal(found@x, expected@x)
        expect_identical(dimnames(found), dimnames(dense))
    }
})

test_that("a matrix on disk is read in blocks", {
    skip_if_not_installed("HDF5Array")
    dense <- matrix(rpois(4000, 1), 40, dimnames = list(paste0("g", 1:40), NULL))
    on_disk <- HDF5Array::writeHDF5Array(dense, with.dimnames = TRUE)
    block <- DelayedArray::getAutoBlockSize()
    suppressMessages(DelayedArray::setAutoBlockSize(40 * 4 * 7)) # seven columns at a time
    on.exit(suppressMessages(DelayedArray::setAutoBlockSize(block)))
    expect_gt(length(DelayedArray::colAutoGrid(on_disk)), 10)
    expect_equal(as.matrix(SemST:::.sparse(on_disk)), dense)
})

test_that("what cannot be counts is named", {
    expect_error(SemST:::.sparse(data.frame(a = 1)), "a data.frame was given")
    expect_error(SemST:::.sparse(matrix("a")), "the matrix holds character")
    bad <- function(value) {
        m <- as(matrix(c(1, value)), "CsparseMatrix")
        SemST:::.checkCounts(m, 'Assay "counts"', "Name another.")
    }
    expect_error(bad(NA), 'Assay "counts" holds NA. Raw counts are needed. Name another.', fixed = TRUE)
    expect_error(bad(Inf), "holds infinite values")
    expect_error(bad(-2), "holds negative values \\(e.g. -2\\)")
    expect_error(bad(1.5), "e.g. 1.5; maximum 1.5\\): it looks log-transformed")
    expect_error(bad(150.5), "it looks normalised")
    expect_silent(bad(3))
})

test_that("gene names come from row names or symbols", {
    m <- as(matrix(c(1, 0, 2, 0, 3, 0), 3), "CsparseMatrix")
    expect_error(SemST:::.genes(m, NULL, "x"), "x has no row names")
    rownames(m) <- c("A", "B", "B")
    expect_error(SemST:::.genes(m, NULL, "x"), "1 repeated or empty gene names \\(first: B\\)")
    rownames(m) <- c("E1", "E2", "E3")
    expect_message(found <- SemST:::.genes(m, c("A", NA, "A"), "x"), "2 symbols are repeated")
    expect_identical(found, c("A", "_E2", "A_E3"))
})

test_that("coordinates are found or asked for", {
    spe <- stripes()
    expect_equal(SemST:::.speCoordinates(spe), unname(SpatialExperiment::spatialCoords(spe)) + 0)
    sce <- as(spe, "SingleCellExperiment")
    expect_error(runSemST(sce, 3), "There are no coordinates. Give them with coordinates =")
    sce$px <- SpatialExperiment::spatialCoords(spe)[, 1]
    sce$py <- SpatialExperiment::spatialCoords(spe)[, 2]
    expect_equal(SemST:::.sceCoordinates(sce, c("px", "py")), SemST:::.speCoordinates(spe))
    SingleCellExperiment::reducedDim(sce, "tissue") <- cbind(sce$px, sce$py)
    expect_equal(SemST:::.sceCoordinates(sce, "tissue"), SemST:::.speCoordinates(spe))
    expect_error(SemST:::.sceCoordinates(sce, "nowhere"), "names neither columns of colData .*px, py")
    SpatialExperiment::spatialCoords(spe)[2, 1] <- NA
    expect_error(runSemST(spe, 3), "Coordinates of 1 spots are NA")
})

test_that("calls that cannot be meant are refused with what to do", {
    spe <- stripes()
    expect_error(runSemST(spe), "n_domains is missing. Give the number of domains")
    expect_error(calculateSemST(spe), "n_domains is missing")
    expect_error(runSemST(seurat_of(spe)), "n_domains is missing")
    expect_error(runSemST(spe, 1), "whole number of 2 or more, or \"auto\"; it is 1")
    expect_error(clusterSemST(matrix(1, 2, 2), "auto"), "whole number of 2 or more; it is \"auto\"")
    expect_error(runSemST(spe, 2.5), "it is 2.5")
    expect_error(runSemST(spe, 3, assay.type = "logcounts"), 'no assay "logcounts". The object has: counts')
    renamed <- spe
    SummarizedExperiment::assayNames(renamed) <- "logcounts"
    expect_error(runSemST(renamed, 3),
        'no assay "counts". The object has: logcounts. Give the one with raw counts by its name or number: assay.type =')
    SummarizedExperiment::assay(spe, "logcounts") <- log1p(SummarizedExperiment::assay(spe, "counts"))
    expect_error(runSemST(spe, 3, assay.type = "logcounts"),
        'Assay "logcounts" holds values that are not whole numbers.*assay.type =; the object has logcounts, counts')
    expect_error(runSemST(spe, 3, seed = 1.5), "seed has to be one whole number of 0 or more; it is 1.5")
    expect_error(runSemST(spe, 3, fsm = c(TRUE, FALSE)), "fsm has to be TRUE or FALSE; it is c(TRUE, FALSE)", fixed = TRUE)
    expect_error(runSemST(spe, 3, epochs = NA), "setting epochs has to be a number, a text or TRUE/FALSE; it is NA")
    expect_error(runSemST(spe, 3, k_g = factor(3)), "setting k_g has to be a number, a text or TRUE/FALSE")
    expect_error(runSemST(spe, 3, random_state = 1), "random_state is given as seed in R")
    expect_error(runSemST(spe, 3, image_features = matrix(0, 2, 2)), "with one row per spot \\(144\\)")
    expect_error(runSemST(spe, 3, image_features = "pixels"),
        'image_features is "pixels", which is no reduced dimension \\(there are none\\)')
    expect_error(runSemST(spe, 3, refine = NA), "refine has to be TRUE or FALSE")
    expect_error(runSemST(spe, 3, samples = "slide"), 'samples is "slide", which is no column')
    expect_error(runSemST(spe, 3, 7), "model has to be one text; it is 7")
    expect_error(runSemST(spe, 3, "semst", 7), "named settings")
    expect_error(runSemST(spe, 3, semantics = matrix(0, 2, 2)), "2 rows for 144 spots")
    expect_error(calculateSemST(matrix(1, 2, 2, dimnames = list(c("a", "b"), NULL)), 2), "no coordinates")
})

test_that("Seurat: layers, images and what is missing", {
    spe <- stripes()
    object <- seurat_of(spe)
    expect_equal(SemST:::.seuratCounts(object, "RNA", "counts"), SummarizedExperiment::assay(spe, "counts"))
    expect_error(SemST:::.seuratCounts(object, "RNA", "data"), 'no layer "data". It has: counts')
    expect_error(SemST:::.seuratAssay(object, "SCT"), 'no assay "SCT". The object has: RNA')
    place <- SemST:::.seuratCoordinates(object, NULL, NULL)
    expect_equal(place$xy, SemST:::.speCoordinates(spe))
    expect_true(all(place$image == "slice"))
    expect_error(SemST:::.seuratCoordinates(object, NULL, "x"), "no image x. The object has: slice")
    expect_error(runSemST(seurat_of(spe, FALSE), 3), "has no image, so there are no coordinates")
    expect_error(runSemST(seurat_of(spe, FALSE), 3, coordinates = c("px", "py")),
        "names neither columns of the cell metadata .* nor a reduction \\(there are none\\)")
})

test_that("Seurat: split layers are joined and several images are told apart", {
    spe <- stripes()
    object <- seurat_of(spe, FALSE)
    half <- rep(c("left", "right"), each = ncol(spe) / 2)
    xy <- as.data.frame(SpatialExperiment::spatialCoords(spe))
    xy$cell <- colnames(spe)
    for (name in c("left", "right")) {
        object[[name]] <- SeuratObject::CreateFOV(
            SeuratObject::CreateCentroids(xy[half == name, ]), assay = "RNA", key = paste0(name, "_")
        )
    }
    object[["RNA"]] <- split(object[["RNA"]], f = half)
    expect_setequal(SeuratObject::Layers(object), c("counts.left", "counts.right"))
    expect_equal(SemST:::.seuratCounts(object, "RNA", "counts"), SummarizedExperiment::assay(spe, "counts"))
    place <- SemST:::.seuratCoordinates(object, NULL, NULL)
    expect_identical(place$image, half)
    expect_equal(place$xy, SemST:::.speCoordinates(spe))
    expect_error(SemST:::.seuratCoordinates(object, NULL, "left"),
        '72 of 144 cells lie on no image (left). Subset the object to the cells with coordinates: x[, ', fixed = TRUE)
    # coordinates of one's own leave the images to tell the slices
    own <- SemST:::.place(object, SemST:::.speCoordinates(spe) * 2, NULL)
    expect_equal(own$xy, SemST:::.speCoordinates(spe) * 2)
    expect_identical(own$samples, half)
})

test_that("Seurat: coordinates, symbols and slices by name", {
    spe <- stripes()
    object <- seurat_of(spe, FALSE)
    xy <- SemST:::.speCoordinates(spe)
    rownames(xy) <- colnames(object)
    colnames(xy) <- c("T_1", "T_2")
    object[["tissue"]] <- SeuratObject::CreateDimReducObject(xy, key = "T_", assay = "RNA")
    object$px <- xy[, 1]
    object$py <- xy[, 2]
    object$slide <- rep(c("a", "b"), each = ncol(object) / 2)
    for (how in list("tissue", c("px", "py"))) {
        place <- SemST:::.place(object, how, "slide")
        expect_equal(place$xy, unname(xy))
        expect_identical(as.character(place$samples), object$slide, ignore_attr = TRUE)
    }
    expect_error(SemST:::.place(object, "nowhere", NULL),
        "neither columns of the cell metadata .*slide.* nor a reduction \\(tissue\\)")
    symbols <- stats::setNames(paste0("S", seq_len(nrow(object))), rownames(object))
    object[["RNA"]] <- SeuratObject::AddMetaData(object[["RNA"]], symbols, col.name = "symbol")
    found <- SemST:::.seuratSlice(object, "RNA", "counts", "tissue", NULL, "slide", NULL, "symbol")
    expect_identical(found$genes, unname(symbols))
    expect_error(SemST:::.seuratSlice(object, "RNA", "counts", "tissue", NULL, NULL, NULL, "gene"),
        'symbols is "gene", which is no column of the metadata of the assay "RNA". There are: symbol')
    drawn <- plotDomains(object, domains = "slide", coordinates = "tissue", samples = "slide")
    expect_identical(nrow(ggplot2::ggplot_build(drawn)$layout$layout), 2L)
})

test_that("Seurat: raw counts, not those that SCTransform() has corrected", {
    skip_if_not_installed("Seurat")
    object <- seurat_of(stripes())
    counts <- SeuratObject::LayerData(object[["RNA"]], "counts")
    sct <- suppressWarnings(Seurat::CreateSCTAssayObject(counts = counts * 2)) # it misses a model
    model <- getClass("SCTModel", where = asNamespace("Seurat"))
    slot(sct, "SCTModel.list") <- list(m = new(model, umi.assay = "RNA"))
    object[["SCT"]] <- sct
    SeuratObject::DefaultAssay(object) <- "SCT"
    expect_message(assay <- SemST:::.seuratAssay(object, NULL), 'raw counts are taken from "RNA"')
    expect_identical(assay, "RNA")
    expect_identical(SemST:::.seuratAssay(object, "SCT"), "SCT") # who asks for it gets it
    slot(object[["SCT"]], "SCTModel.list")[[1]] <- new(model, umi.assay = "gone")
    expect_error(SemST:::.seuratAssay(object, NULL), "has corrected. Raw counts are needed: name the assay")
})

test_that("columns of an earlier run do not stay beside new domains", {
    object <- seurat_of(stripes())
    object <- SemST:::.addColumns(object, list(a = seq_len(144), b = factor(rep("x", 144))))
    object <- SemST:::.addColumns(object, list(a = NULL, b = factor(rep("y", 144))))
    expect_false("a" %in% colnames(object[[]]))
    expect_identical(levels(object$b), "y")
})

test_that("Seurat: old Visium images have row names, new ones a column cell", {
    skip_if_not_installed("Seurat")
    spe <- stripes()
    xy <- SpatialExperiment::spatialCoords(spe)
    cells <- colnames(spe)
    factors <- Seurat::scalefactors(spot = 1, fiducial = 1, hires = 1, lowres = 1)
    v1 <- new(getClass("VisiumV1", where = asNamespace("Seurat")),
        image = array(0, c(2, 2, 3)), scale.factors = factors, assay = "RNA", key = "v_",
        coordinates = data.frame(tissue = 1L, row = xy[, 2], col = xy[, 1], imagerow = xy[, 2],
            imagecol = xy[, 1], row.names = cells)
    )
    expect_equal(SemST:::.imageCoordinates(v1)[cells, ], xy + 0, ignore_attr = TRUE)
    # as Read10X_Image() makes it: the row of the pixel first
    fov <- SeuratObject::CreateFOV(
        data.frame(imagerow = xy[, 2], imagecol = xy[, 1], row.names = cells),
        type = "centroids", radius = 1, key = "w_", assay = "RNA"
    )
    v2 <- new(getClass("VisiumV2", where = asNamespace("Seurat")),
        boundaries = fov@boundaries, assay = "RNA", key = "w_", image = array(0, c(2, 2, 3)), scale.factors = factors
    )
    expect_equal(SemST:::.imageCoordinates(v2)[cells, ], xy + 0, ignore_attr = TRUE)
})

test_that("the call that Seurat keeps is short, whatever went into it", {
    whole <- as.call(list(runSemST, seurat_of(stripes()), n_domains = 3, samples = rep("a", 144)))
    expect_identical(SemST:::.callString("runSemST", whole),
        "runSemST(<Seurat>, n_domains = 3, samples = <character>)")
    expect_identical(SemST:::.callString("runSemST", quote(runSemST(object, 7))), "runSemST(object, 7)")
})

test_that("slices of a SpatialExperiment are told by sample_id unless that is refused", {
    first <- second <- stripes()
    colnames(second) <- paste0(colnames(first), "_2")
    second$sample_id <- "sample02"
    spe <- SummarizedExperiment::cbind(first, second)
    panels <- function(drawn) nrow(ggplot2::ggplot_build(drawn)$layout$layout)
    expect_identical(panels(plotDomains(spe, domains = "truth")), 2L)
    expect_identical(panels(plotDomains(spe, domains = "truth", samples = NULL)), 1L)
    expect_identical(panels(plotDomains(as(spe, "SingleCellExperiment"), domains = "truth",
        coordinates = SemST:::.speCoordinates(spe))), 1L)
})
