slices_of <- function() {
    second <- stripes()
    SummarizedExperiment::assay(second, withDimnames = FALSE) <-
        SummarizedExperiment::assay(second)[, ncol(second):1]
    list(a = stripes(), b = second)
}

test_that("each slice is run by itself, as runSemST() runs it", {
    skip_without_python()
    slices <- slices_of()
    found <- runSemSTEach(slices, list(b = 2, a = 3), explain = FALSE, verbose = FALSE)
    expect_named(found, c("a", "b"))
    alone <- runSemST(slices$b, 2, explain = FALSE, verbose = FALSE)
    expect_identical(found$b$SemST, alone$SemST)
    expect_identical(nlevels(found$a$SemST), 3L)
})

test_that("a slice that fails leaves the others alone", {
    skip_without_python()
    slices <- slices_of()
    SummarizedExperiment::assay(slices$b) <- -SummarizedExperiment::assay(slices$b)
    expect_warning(
        found <- runSemSTEach(slices, 3, explain = FALSE, verbose = FALSE), "Slice 'b' is as it was: .*negative"
    )
    expect_identical(nlevels(found$a$SemST), 3L)
    expect_null(found$b$SemST)
})

test_that("what is no list, and what is no BPPARAM, is told", {
    expect_error(runSemSTEach(stripes(), 3), "x has to be a list of slices; .*One slice: runSemST")
    expect_error(runSemSTEach(list(1), 3), "Slice '1' is a numeric; a SpatialExperiment")
    expect_error(runSemSTEach(slices_of(), list(3)), "n_domains is a list of 1; .*each of the 2 slices")
    skip_if_not_installed("BiocParallel")
    expect_error(runSemSTEach(slices_of(), 3, BPPARAM = 2), "such as BiocParallel::SnowParam")
})

test_that("workers give what this session gives, and forks are replaced once Python runs", {
    skip_without_python()
    skip_if_not_installed("BiocParallel")
    skip_on_os("windows")
    slices <- slices_of()
    alone <- runSemSTEach(slices, 3, explain = FALSE, verbose = FALSE)
    expect_message(
        found <- runSemSTEach(slices, 3, explain = FALSE, verbose = FALSE,
            BPPARAM = BiocParallel::MulticoreParam(2)),
        "SnowParam\\(\\) workers are used instead"
    )
    expect_identical(found$a$SemST, alone$a$SemST)
    expect_equal(SingleCellExperiment::reducedDim(found$b, "SemST"),
        SingleCellExperiment::reducedDim(alone$b, "SemST"), tolerance = 1e-6)
})
