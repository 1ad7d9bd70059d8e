# Sections in one frame.
skip_without_pot <- function() {
    skip_without_python()
    testthat::skip_if(any(grepl("^POT", semstPython()$missing)), "POT is not installed")
}

# A slice, and the same one turned by 90 degrees and shifted.
spe <- stripes(15L)
spe <- spe[, seq_len(210)] # no square, which could be turned in several ways
xy <- SpatialExperiment::spatialCoords(spe)
turned <- spe
colnames(turned) <- paste0("t", seq_len(210))
turned$sample_id <- "sample02"
SpatialExperiment::spatialCoords(turned) <- cbind(x = -xy[, 2] + 40, y = xy[, 1] - 7)
both <- SummarizedExperiment::cbind(spe, turned)

test_that("a section that was turned comes back to the first", {
    skip_without_pot()
    found <- alignSlices(both, verbose = FALSE)
    placed <- SingleCellExperiment::reducedDim(found, "aligned")
    expect_identical(colnames(placed), c("aligned_1", "aligned_2"))
    expect_identical(rownames(placed), colnames(both))
    expect_equal(unname(placed[1:210, ]), unname(xy) + 0)
    expect_lt(max(abs(placed[211:420, ] - xy)), 0.2)
    motions <- S4Vectors::metadata(found)$aligned_motions
    expect_named(motions, c("section", "angle", "x", "y"))
    expect_identical(motions$section, c("sample01", "sample02"))
    expect_identical(unlist(motions[1, -1], use.names = FALSE), c(0, 0, 0))
    expect_equal(motions$angle[2], -90, tolerance = 0.02)
    expect_equal(SpatialExperiment::spatialCoords(found), SpatialExperiment::spatialCoords(both))
    expect_s3_class(plotDomains(found, domains = "truth", coordinates = "aligned"), "ggplot")
})

test_that("matrix and Seurat object are aligned alike, in the order that is given", {
    skip_without_pot()
    found <- alignSlices(both, order = c("sample02", "sample01"), name = "placed", verbose = FALSE)
    motions <- S4Vectors::metadata(found)$placed_motions
    expect_identical(motions$section, c("sample02", "sample01"))
    expect_equal(motions$angle[2], 90, tolerance = 0.02)
    placed <- SingleCellExperiment::reducedDim(found, "placed")
    counts <- SummarizedExperiment::assay(both, "counts")
    places <- SpatialExperiment::spatialCoords(both)
    plain <- alignSlices(counts, places, factor(both$sample_id, c("sample02", "sample01")), verbose = FALSE)
    expect_identical(unname(plain[, ]), unname(placed))
    expect_identical(rownames(plain), colnames(both))
    expect_identical(attr(plain, "motions"), motions)
    object <- seurat_of(both, image = FALSE)
    object$section <- both$sample_id
    object <- alignSlices(object, coordinates = places, samples = "section",
        order = c("sample02", "sample01"), verbose = FALSE)
    expect_equal(unname(SeuratObject::Embeddings(object, "aligned")), unname(placed))
    expect_identical(SeuratObject::Misc(object, "aligned_motions"), motions)
})

test_that("sections that cannot be aligned are told", {
    skip_without_pot()
    expect_error(alignSlices(spe, verbose = FALSE), "There is one section; samples has to tell two or more apart")
    expect_error(alignSlices(both, order = "sample01", verbose = FALSE), "order is .*sample01.* name each of two or more")
    expect_error(alignSlices(both, alpha = 2), "alpha has to be one number from 0 to 1; it is 2")
    expect_error(alignSlices(both, alhpa = 0.2), "Unknown arguments: alhpa. Did you mean alpha[?] [?]alignSlices")
    expect_error(alignSlices(SummarizedExperiment::assay(spe)), "There are no coordinates")
})
