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
        'no assay "counts". The object has: logcounts. Name the one with raw counts: assay.type =')
    SummarizedExperiment::assay(spe, "logcounts") <- log1p(SummarizedExperiment::assay(spe, "counts"))
    expect_error(runSemST(spe, 3, assay.type = "logcounts"),
        'Assay "logcounts" holds values that are not whole numbers.*assay.type =; the object has logcounts, counts')
    expect_error(runSemST(spe, 3, epochs = 1.5), "epochs has to be one whole number")
    expect_error(runSemST(spe, 3, refine = NA), "refine has to be TRUE or FALSE")
    expect_error(runSemST(spe, 3, cluster = "pam"), 'one of "mclust", "mixture", "kmeans", "leiden"; it is "pam"')
    expect_error(runSemST(spe, 3, samples = "slide"), 'samples is "slide", which is no column')
    expect_error(runSemST(spe, 3, 7), "named settings")
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
    expect_error(runSemST(seurat_of(spe, FALSE), 3, coordinates = c("px", "py")), "px, py, which are no columns")
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
    expect_error(SemST:::.seuratCoordinates(object, NULL, "left"), "72 of 144 cells lie on no image")
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
    fov <- SeuratObject::CreateFOV(
        SeuratObject::CreateCentroids(data.frame(x = xy[, 1], y = xy[, 2], cell = cells)), key = "w_", assay = "RNA"
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

test_that("plotDomains draws points with equal axes, NA in grey", {
    spe <- stripes()
    spe$SemST <- spe$truth
    spe$SemST[1:5] <- NA
    drawn <- plotDomains(spe)
    expect_s3_class(drawn, "ggplot")
    built <- ggplot2::ggplot_build(drawn)
    points <- built$data[[1]]
    expect_identical(nrow(points), ncol(spe))
    expect_identical(unique(points$colour[1:5]), "#D9D9D9")
    expect_length(setdiff(unique(points$colour), "#D9D9D9"), 3)
    expect_equal(drawn$coordinates$ratio, 1)
    both <- ggplot2::ggplot_build(plotDomains(spe, domains = c("SemST", "truth")))
    expect_identical(as.character(both$layout$layout$what), c("SemST", "truth"))
    expect_error(plotDomains(spe, domains = "nope"), 'domains is "nope", which is no column.*truth')
})
