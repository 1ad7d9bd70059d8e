# Results replace results, and nothing else; what would be replaced is told before the work.
spe <- stripes()

# Runs that must not get as far as Python's work.
not_run <- function(x, ...) {
    testthat::local_mocked_bindings(.call = function(...) stop("run all the same"), .package = "SemST")
    quick(x, ...)
}

with_misc <- function(object, name, value) {
    methods::slot(object, "misc")[[name]] <- value
    object
}

with_reduction <- function(object, name, key = paste0(gsub("[^A-Za-z0-9]", "", name), "_")) {
    z <- matrix(1, ncol(object), 2, dimnames = list(colnames(object), paste0(key, 1:2)))
    object[[name]] <- SeuratObject::CreateDimReducObject(z, key = key, assay = "RNA")
    object
}

test_that("what is the user's in a SpatialExperiment is not replaced", {
    skip_without_python()
    mine <- spe
    SingleCellExperiment::reducedDim(mine, "PCA") <- matrix(1, ncol(spe), 2)
    S4Vectors::metadata(mine)$study <- list(params = list(source = "a paper"))
    S4Vectors::metadata(mine)$other_explain <- "because"
    mine$seen_unlike <- TRUE
    refused <- function(name, taken) {
        expect_error(not_run(mine, name = name), paste0('Results with the name "', name, '" would replace ', taken,
            ", which no run has left there. Give them another name, name ="), fixed = TRUE)
    }
    refused("truth", 'colData(x)[["truth"]]')
    refused("PCA", 'reducedDim(x, "PCA")')
    refused("study", 'metadata(x)[["study"]]')
    refused("other", 'metadata(x)[["other_explain"]]')
    refused("seen", 'colData(x)[["seen_unlike"]]')
    SingleCellExperiment::reducedDim(mine, "truth") <- matrix(1, ncol(spe), 2)
    refused("truth", 'colData(x)[["truth"]], reducedDim(x, "truth")')
    expect_error(not_run(mine, name = "free"), "run all the same")
    # also under the name of the model
    mine$GraphST <- 1
    expect_error(not_run(mine, model = "graphst"), 'colData(x)[["GraphST"]], which no run', fixed = TRUE)
    expect_error(not_run(mine), "run all the same")
    # semantic vectors only where they are stored
    SingleCellExperiment::reducedDim(mine, "free_semantic") <- matrix(1, ncol(spe), 2)
    expect_error(not_run(mine, name = "free"), "run all the same")
    expect_error(not_run(mine, name = "free", store_semantic = TRUE), 'reducedDim(x, "free_semantic")', fixed = TRUE)
})

test_that("what is the user's in a Seurat object is not replaced, and names are such that it can hold them", {
    skip_without_python()
    object <- with_reduction(seurat_of(spe), "pca", "PC_")
    object$truth <- 1
    object$layer_domain <- 1
    object <- with_misc(object, "notes", "mine")
    refused <- function(name, taken, ...) expect_error(not_run(object, name = name, ...), taken, fixed = TRUE)
    refused("layer", 'would replace the column "layer_domain", which no run has left there')
    refused("pca", 'would replace the reduction "pca"')
    refused("notes", 'would replace Misc(x, "notes")')
    for (name in c("truth", "RNA", "slice")) {
        refused(name, paste0('one thing of a name, and "', name, '" is that of another one than a reduction'))
    }
    refused("P.C", 'The reduction "P.C" would have the key "PC_", which "pca" has')
    refused("rna", 'key "rna_", which "RNA" has')
    expect_message(expect_error(not_run(object, name = "1"), "run all the same"), 'are called "X1"', fixed = TRUE)
    object$semst_domain <- 1
    expect_error(not_run(object), 'the column "semst_domain"', fixed = TRUE)
    expect_error(not_run(object, name = "free"), "run all the same")
    expect_error(not_run(object, model = "spatial-mgcn"), "run all the same")
})

test_that("no name passes that Seurat then changes or refuses", {
    skip_without_python()
    object <- seurat_of(spe)
    expect_no_warning(found <- quick(object, name = "my.run", explain = FALSE))
    expect_identical(SeuratObject::Key(found[["my.run"]]), c("my.run" = "myrun_"), ignore_attr = TRUE)
    expect_error(not_run(found, name = "my_run"), 'key "myrun_", which "my.run" has', fixed = TRUE)
})

test_that("of several slices each is looked at before the run", {
    skip_without_python()
    taken <- spe
    taken$mine <- 1
    expect_error(not_run(list(a = spe, b = taken), name = "mine"),
        "^Slice 'b': Results with the name \"mine\" would replace")
    object <- seurat_of(spe)
    object$mine_domain <- 1
    expect_error(not_run(list(a = spe, b = object), name = "mine"), "^Slice 'b': .*the column \"mine_domain\"")
    taken$SemST <- 1
    expect_error(not_run(list(a = spe, b = taken)), "^Slice 'b': Results with the name \"SemST\" would replace")
    expect_error(not_run(list(a = spe, b = object)), "run all the same")
})

test_that("results are replaced by results of the same name", {
    skip_without_python()
    saved <- tempfile("model")
    for (x in list(spe, seurat_of(spe))) {
        found <- quick(x, save_model = if (!dir.exists(saved)) saved)
        again <- suppressWarnings(predictSemST(quick(found, 2), saved, verbose = FALSE))
        again <- suppressWarnings(quick(again, 2))
        domains <- if (methods::is(x, "Seurat")) again$semst_domain else again$SemST
        expect_identical(levels(domains), c("1", "2"))
        again <- clusterSemST(clusterSemST(again, 2, name = "five", verbose = FALSE), 2, name = "five", verbose = FALSE)
        again <- explainDomains(again, n_null = 0, verbose = FALSE)
        expect_no_error(suppressWarnings(quick(list(again, again))))
    }
    # objects that were joined have lost their record
    found <- quick(spe)
    S4Vectors::metadata(found) <- list()
    expect_no_error(quick(found))
})

test_that("other verbs replace nothing of the user's either", {
    skip_without_python()
    saved <- tempfile("model")
    found <- quick(spe, save_model = saved)
    mine <- spe
    mine$mine <- 1
    object <- seurat_of(mine)
    object$mine_domain <- 1
    testthat::local_mocked_bindings(.predict = function(...) stop("run all the same"), .package = "SemST")
    expect_error(predictSemST(mine, saved, name = "mine"), 'colData(x)[["mine"]]', fixed = TRUE)
    expect_error(predictSemST(object, saved, name = "mine"), 'the column "mine_domain"', fixed = TRUE)
    expect_error(predictSemST(list(a = spe, b = mine), saved, name = "mine"), "^Slice 'b': Results with")
    expect_error(predictSemST(mine, saved), "run all the same")
    expect_error(predictSemST(list(a = SummarizedExperiment::assay(mine)), saved, name = "mine",
        coordinates = SpatialExperiment::spatialCoords(mine)), "run all the same")
})

test_that("a prediction under the model's own name replaces nothing of the user's", {
    skip_without_python()
    saved <- tempfile("model")
    quick(spe, save_model = saved)
    mine <- spe
    mine$SemST <- 1
    expect_error(predictSemST(mine, saved, verbose = FALSE), 'would replace colData(x)[["SemST"]]', fixed = TRUE)
    object <- with_misc(seurat_of(spe), "semst", "mine")
    expect_error(predictSemST(object, saved, verbose = FALSE), 'would replace Misc(x, "semst")', fixed = TRUE)
})

test_that("nor do single steps", {
    skip_without_python()
    mine <- quick(spe)
    mine$mine <- 1
    testthat::local_mocked_bindings(.call = function(...) stop("run all the same"), .package = "SemST")
    expect_error(clusterSemST(mine, 2, name = "mine"),
        'Domains with the name "mine" would replace the column of that name, which no run has left there')
    expect_error(clusterSemST(mine, 2), "run all the same")
    object <- with_reduction(seurat_of(spe), "semst")
    object$mine <- 1
    expect_error(clusterSemST(object, 2, name = "mine"), "would replace the column of that name")
    expect_error(clusterSemST(object, 2, name = "semst"), '"semst" is the name of a reduction.*such as "semst_domain"')
    expect_error(clusterSemST(object, 2), "run all the same")
    S4Vectors::metadata(mine)$truth_explain <- "because"
    expect_error(explainDomains(mine, domains = "truth"), 'metadata(x)[["truth_explain"]] would be replaced', fixed = TRUE)
    expect_error(explainDomains(with_misc(object, "mine_explain", 1), domains = "mine"),
        'Misc(x, "mine_explain") would be replaced', fixed = TRUE)
    SingleCellExperiment::reducedDim(mine, "aligned") <- matrix(1, ncol(spe), 2)
    expect_error(alignSlices(mine), 'reducedDim(x, "aligned") would be replaced', fixed = TRUE)
    S4Vectors::metadata(mine)$aligned_motions <- data.frame()
    expect_error(alignSlices(mine), "run all the same")
    object <- with_reduction(object, "aligned")
    expect_error(alignSlices(object), 'the reduction "aligned" would be replaced', fixed = TRUE)
    expect_error(alignSlices(object, name = "RNA"), "one thing of a name")
})
