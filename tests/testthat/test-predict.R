# Domains of a saved model in other slices.
spe <- stripes()
fit_of <- new.env() # one for all tests
saved <- function() {
    if (is.null(fit_of$folder)) {
        folder <- tempfile("model")
        fit_of$spe <- quick(spe, save_model = folder)
        fit_of$folder <- folder
    }
    fit_of
}

test_that("the slice of the fit is read as it was found", {
    skip_without_python()
    fit <- saved()
    expect_setequal(list.files(fit$folder), c("arrays.safetensors", "settings.json"))
    found <- predictSemST(spe, fit$folder, verbose = FALSE)
    expect_identical(found$SemST, fit$spe$SemST)
    expect_identical(found$SemST_unrefined, fit$spe$SemST_unrefined)
    expect_equal(found$SemST_uncertainty, fit$spe$SemST_uncertainty, tolerance = 1e-4)
    z <- SingleCellExperiment::reducedDim(found, "SemST")
    expect_equal(z, SingleCellExperiment::reducedDim(fit$spe, "SemST"), tolerance = 1e-4)
    posterior <- SingleCellExperiment::reducedDim(found, "SemST_posterior")
    expect_identical(dim(posterior), c(144L, 3L))
    expect_equal(unname(rowSums(posterior)), rep(1, 144), tolerance = 1e-5)
    expect_identical(unname(apply(posterior, 1, which.max)), as.integer(found$SemST_unrefined))
    expect_true(all(found$SemST_typicality >= 0 & found$SemST_typicality <= 1))
    expect_identical(found$SemST_unlike, found$SemST_typicality < 0.005)
    record <- S4Vectors::metadata(found)$SemST
    expect_identical(record$prediction$missing_genes, character())
    expect_equal(record$prediction$share_unlike, mean(found$SemST_unlike))
    expect_equal(unlist(record$prediction$shares), as.vector(table(found$SemST)) / 144)
    expect_null(S4Vectors::metadata(found)$SemST_explain)
})

test_that("matrix, SpatialExperiment, Seurat and a list of them are read alike", {
    skip_without_python()
    folder <- saved()$folder
    part <- spe[, spe$truth != "3"]
    one <- predictSemST(part, folder, verbose = FALSE)
    xy <- SpatialExperiment::spatialCoords(part)
    plain <- predictSemST(SummarizedExperiment::assay(part), folder, coordinates = xy, verbose = FALSE)
    expect_identical(attr(plain, "domains"), one$SemST)
    expect_identical(levels(attr(plain, "domains")), c("1", "2", "3")) # also those it does not have
    expect_identical(attr(plain, "typicality"), one$SemST_typicality)
    expect_identical(attr(plain, "unlike"), one$SemST_unlike)
    expect_identical(dimnames(attr(plain, "posterior")), list(colnames(part), c("1", "2", "3")))
    expect_equal(unname(attr(plain, "posterior")),
        unname(SingleCellExperiment::reducedDim(one, "SemST_posterior")))
    seurat <- predictSemST(seurat_of(part), folder, verbose = FALSE)
    expect_identical(as.character(seurat$semst_domain), as.character(one$SemST))
    expect_identical(unname(seurat$semst_unlike), one$SemST_unlike)
    expect_equal(unname(seurat$semst_typicality), one$SemST_typicality)
    expect_true(all(c("semst", "semst_posterior") %in% SeuratObject::Reductions(seurat)))
    expect_s4_class(seurat[["predictSemST.RNA"]], "SeuratCommand")
    expect_match(slot(seurat[["predictSemST.RNA"]], "call.string"), "predictSemST(seurat_of(part), folder, ",
        fixed = TRUE)
    expect_identical(SeuratObject::Misc(seurat, "semst")$params, S4Vectors::metadata(one)$SemST$params)
    several <- predictSemST(
        list(a = part, b = SummarizedExperiment::assay(part), c = seurat_of(part)), folder,
        coordinates = list(b = xy), verbose = FALSE
    )
    expect_named(several, c("a", "b", "c"))
    expect_identical(several$a$SemST, one$SemST)
    expect_identical(several$b[, ], plain[, ])
    expect_identical(several$c$semst_domain, seurat$semst_domain)
    expect_match(slot(several$c[["predictSemST.RNA"]], "call.string"), "^predictSemST.<Seurat>, ")
    named <- predictSemST(list(part, SummarizedExperiment::assay(part)), folder, name = "Read",
        coordinates = list(NULL, xy), verbose = FALSE)
    expect_identical(named[[1]]$Read, attr(named[[2]], "domains"))
})

test_that("a joint run of a list is saved, and reads a slice of another kind", {
    skip_without_python()
    folder <- tempfile("model")
    both <- quick(list(a = spe, b = spe), save_model = folder)
    found <- predictSemST(spe, folder, name = "Read", verbose = FALSE)
    expect_identical(found$Read, both$b$SemST)
    expect_null(found$SemST)
})

test_that("missing genes are named, and too many refused", {
    skip_without_python()
    folder <- saved()$folder
    less <- spe[-c(7, 9), ]
    expect_warning(found <- predictSemST(less, folder, verbose = FALSE),
        "lacks 2 of the 40 genes of the fit (5.0 %): Gene7, Gene9", fixed = TRUE)
    expect_identical(S4Vectors::metadata(found)$SemST$prediction$missing_genes, c("Gene7", "Gene9"))
    expect_gt(mean(found$SemST == quick(spe)$SemST), 0.9)
    expect_error(predictSemST(list(s = less), folder, max_missing = 0.04, verbose = FALSE),
        "Slice 's': The slice lacks 2 of the 40 genes of the fit .5 %; Gene7, Gene9.; up to 4 %")
})

test_that("other tissue is told", {
    skip_without_python()
    folder <- saved()$folder
    other <- spe
    SummarizedExperiment::assay(other, "counts")[1:12, ] <- 60
    expect_warning(found <- predictSemST(other, folder, verbose = FALSE), "of 144 spots .(9[0-9.]+|100.0) %. are unlike")
    expect_gt(mean(found$SemST_unlike), 0.9)
})

test_that("spots without counts come back as NA", {
    skip_without_python()
    folder <- saved()$folder
    empty <- spe
    SummarizedExperiment::assay(empty, "counts")[, 7] <- 0
    found <- suppressWarnings(predictSemST(empty, folder, verbose = FALSE))
    expect_identical(which(is.na(found$SemST)), 7L)
    expect_identical(which(is.na(found$SemST_typicality)), 7L)
    expect_false(found$SemST_unlike[7])
})

test_that("a run takes away what a prediction had left under its name", {
    skip_without_python()
    folder <- saved()$folder
    again <- quick(predictSemST(spe, folder, verbose = FALSE))
    expect_null(again$SemST_typicality)
    expect_false("SemST_posterior" %in% SingleCellExperiment::reducedDimNames(again))
    seurat <- suppressWarnings(quick(predictSemST(seurat_of(spe), folder, verbose = FALSE)))
    expect_false(any(c("semst_typicality", "semst_unlike") %in% colnames(seurat[[]])))
    expect_false("semst_posterior" %in% SeuratObject::Reductions(seurat))
})

test_that("a model that was fitted on a given graph asks for one", {
    skip_without_python()
    near <- as.matrix(dist(SpatialExperiment::spatialCoords(spe))) == 1
    graph <- methods::as(near * 1, "CsparseMatrix")
    folder <- tempfile("model")
    fit <- quick(spe, graph = graph, save_model = folder)
    expect_error(predictSemST(spe, folder, verbose = FALSE), "fitted on a graph that was given; give one")
    found <- predictSemST(spe, folder, graph = graph, verbose = FALSE)
    expect_identical(found$SemST, fit$SemST)
})

test_that("what cannot be saved or read is refused before any work", {
    skip_without_python()
    there <- tempfile("there")
    dir.create(there)
    long <- 1e6 # epochs that nobody waits for
    expect_error(runSemST(spe, 3, "graphst", save_model = there, epochs = long), "save_model is .*there.*, which exists already")
    expect_error(calculateSemST(list(spe, spe), 3, "graphst", save_model = there, epochs = long), "which exists already")
    expect_error(
        runSemST(spe, 3, semantics = matrix(0.5, 144, 2), save_model = tempfile(), epochs = long),
        "semantics are given by name; here they are ndarray"
    )
    expect_error(predictSemST(spe, there, verbose = FALSE), "holds no saved SemST estimator")
    expect_error(predictSemST(spe, 3), "model has to be one text; it is 3")
    expect_error(predictSemST(spe, there, max_missing = 2), "max_missing has to be one number from 0 to 1; it is 2")
    expect_error(predictSemST(spe, there, epochs = 2), "Unknown arguments: epochs. [?]predictSemST")
    expect_error(predictSemST(list(spe), there, image = "a"), "No slice in x is read with image")
    expect_error(runSemST(spe, 3, save_model = 1), "save_model has to be one text; it is 1")
})
