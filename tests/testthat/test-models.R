# One verb for all models.
spe <- stripes()
record_of <- function(found, name) {
    if (is(found, "Seurat")) SeuratObject::Misc(found, name) else S4Vectors::metadata(found)[[name]]
}

test_that("another model with semantics plugged in runs on every kind of object alike", {
    skip_without_python()
    run <- function(x, ...) {
        runSemST(x, 3, model = "graphst", fsm = TRUE, semantics = "random", epochs = 2, refine = FALSE,
            verbose = FALSE, ...)
    }
    first <- run(spe, store_semantic = TRUE)
    expect_identical(levels(first$GraphST), c("1", "2", "3"))
    expect_false(anyNA(first$GraphST))
    z <- SingleCellExperiment::reducedDim(first, "GraphST")
    expect_identical(colnames(z)[1], "GraphST_1")
    expect_identical(nrow(SingleCellExperiment::reducedDim(first, "GraphST_semantic")), ncol(spe))
    params <- record_of(first, "GraphST")$params
    expect_identical(params[c("model", "fsm", "semantics", "epochs")],
        list(model = "graphst", fsm = TRUE, semantics = "random", epochs = 2L))
    second <- run(seurat_of(spe), store_semantic = TRUE)
    expect_identical(as.character(second$graphst_domain), as.character(first$GraphST))
    expect_identical(unname(SeuratObject::Embeddings(second, "graphst")), unname(z))
    expect_true("graphst_semantic" %in% SeuratObject::Reductions(second))
    expect_identical(record_of(second, "graphst")$params, params)
    expect_s4_class(second[["runSemST.RNA"]], "SeuratCommand")
    # beside another model's results in the same object
    both <- quick(first)
    expect_identical(both$GraphST, first$GraphST)
    expect_false(is.null(both$SemST))
    plain <- runSemST(spe, 3, "graphst", epochs = 2, refine = FALSE, verbose = FALSE)
    expect_identical(record_of(plain, "GraphST")$params$semantics, "none")
    expect_error(runSemST(spe, 3, "graphst", semantics = "random"), "with fsm = TRUE only")
})

test_that("every model runs, under its own name", {
    skip_without_python()
    models <- semstModels()
    expect_gt(nrow(models), 10)
    image <- matrix(rep(sin(1:144), 5), 144)
    small <- SingleCellExperiment::`reducedDim<-`(spe, "pixels", value = image)
    for (model in rownames(models)) {
        settings <- semstSettings(model)$name
        epochs <- settings[grepl("epochs$", settings)]
        options <- stats::setNames(as.list(rep(2, length(epochs))), epochs)
        if (models[model, "image"] == "yes") options$image_features <- "pixels"
        # of a flat embedding, and of more neighbours than a domain has spots
        found <- suppressWarnings(do.call(runSemST, c(list(small, 3, model, verbose = FALSE), options)))
        name <- gsub("[^A-Za-z0-9]", "", models[model, "title"])
        expect_identical(levels(found[[name]]), c("1", "2", "3"), info = model)
        expect_false(anyNA(SingleCellExperiment::reducedDim(found, name)), info = model)
        expect_identical(record_of(found, name)$params$model, model)
        expect_true(all(is.finite(unlist(record_of(found, name)$history))), info = model)
        # and with the semantics plugged in; SemST does so by itself where a source is named
        options[c("fsm", "semantics")] <- list(if (model != "semst") TRUE, "random")
        modulated <- suppressWarnings(do.call(calculateSemST, c(list(small, 3, model, verbose = FALSE), options)))
        expect_identical(attr(modulated, "record")$params$semantics, "random", info = model)
        expect_identical(levels(attr(modulated, "domains")), c("1", "2", "3"), info = model)
        expect_identical(dim(attr(modulated, "semantic"))[1], ncol(small), info = model)
    }
    seurat <- suppressWarnings(runSemST(seurat_of(spe), 3, "spatial-mgcn", epochs = 2, verbose = FALSE))
    expect_true(all(c("spatialmgcn_domain", "spatialmgcn_unrefined") %in% colnames(seurat[[]])))
    expect_true("spatialmgcn" %in% SeuratObject::Reductions(seurat))
})

test_that("what a model cannot do is refused with its reason, and unknown names with the nearest", {
    skip_without_python()
    expect_error(runSemST(spe, 3, "graphst", radius = 2), paste0(
        "graphst cannot use radius: ", semstModels()["graphst", "radius"], "."), fixed = TRUE)
    expect_error(runSemST(spe, 3, "graphst", image_features = matrix(0, 144, 2)),
        "graphst cannot use image_features: it has no view of the image")
    expect_error(runSemST(spe, 3, "grapst"), "no model 'grapst'. Did you mean 'graphst'")
    expect_error(runSemST(spe, 3, "graphst", epoch = 2), "no setting 'epoch'. Did you mean 'epochs'")
    expect_error(semstSettings("grapst"), 'model has to be one of "semst".*; it is "grapst"')
    expect_error(runSemST(spe, 3, preset = "papper"), "preset is 'papper'; semst has .*'paper'")
})

test_that("models and settings are listed as Python has them", {
    skip_without_python()
    models <- semstModels()
    there <- reticulate::import("semst.models")
    expect_identical(rownames(models), there$available())
    table <- there$features()
    expect_setequal(colnames(models), c("title", rownames(table)))
    for (feature in rownames(table)) {
        expect_identical(models[[feature]], unname(unlist(table[feature, ])), info = feature)
    }
    expect_true(all(models[c("fsm", "save")] == "yes"))
    settings <- semstSettings("graphst")
    expect_true(all(c("epochs", "n_neighs", "device", "cache_dir") %in% settings$name))
    expect_identical(settings$default[settings$name == "device"], "auto")
    expect_false("progress" %in% settings$name)
})

test_that("SemanticST has a short door, and shows the share of its graphs", {
    skip_without_python()
    found <- runSemanticST(spe, 3, epochs = 2, verbose = FALSE)
    expect_s3_class(found$SemanticST, "factor")
    expect_false(anyNA(found$SemanticST))
    shares <- SingleCellExperiment::reducedDim(found, "SemanticST_attention")
    expect_equal(unname(rowSums(shares)), rep(1, ncol(spe)), tolerance = 1e-5)
    expect_identical(record_of(found, "SemanticST")$params$model, "semanticst")
    expect_identical(runSemST(spe, 3, "semanticst", epochs = 2, verbose = FALSE)$SemanticST, found$SemanticST)
    object <- seurat_of(spe)
    seurat <- runSemanticST(object, 3, epochs = 2, verbose = FALSE)
    expect_identical(as.character(seurat$semanticst_domain), as.character(found$SemanticST))
    expect_equal(unname(SeuratObject::Embeddings(seurat, "semanticst_attention")), unname(shares))
    expect_s4_class(seurat[["runSemST.RNA"]], "SeuratCommand")
    expect_match(slot(seurat[["runSemST.RNA"]], "call.string"), "runSemST(x = object, n_domains = 3", fixed = TRUE)
    expect_error(runSemanticST(spe), "n_domains is missing")
})

test_that("semantics come in with fsm, and unknown settings are told", {
    skip_without_python()
    plain <- runSemanticST(spe, 3, epochs = 2, verbose = FALSE)
    modulated <- runSemanticST(spe, 3, epochs = 4, fsm = TRUE, semantics = "random", verbose = FALSE)
    expect_identical(record_of(plain, "SemanticST")$params$semantics, "none")
    expect_identical(record_of(modulated, "SemanticST")$params$semantics, "random")
    expect_error(runSemanticST(spe, 3, epoch = 2, verbose = FALSE), "Accepted are: .*epochs")
})

test_that("a model, a setting, a source and a clusterer that are added to Python are there", {
    skip_without_python()
    with_toys({
        found <- runSemST(spe, 3, model = "toy", fsm = TRUE, semantics = "toy", cluster = "toy", toy = 4,
            epochs = 1, verbose = FALSE)
        expect_identical(semstModels()["toy", "title"], "To-y")
        settings <- semstSettings("toy")
        expect_identical(settings$help[settings$name == "toy"], "A toy that changes nothing.")
        again <- clusterSemST(found, 3, method = "toy", dimred = "Toy", name = "Toy", verbose = FALSE)
    })
    expect_identical(as.integer(found$Toy_unrefined), rep(1:3, length.out = 144))
    expect_identical(again$Toy, found$Toy_unrefined)
    record <- record_of(found, "Toy")
    expect_identical(record$reference, "nowhere")
    expect_identical(record$params[c("model", "toy", "semantics", "cluster")],
        list(model = "toy", toy = 4L, semantics = "toy", cluster = "toy"))
    expect_error(runSemST(spe, 3, model = "toy"), "no model 'toy'")
})

test_that("semantic vectors are those that a run makes, for every ranking", {
    skip_without_python()
    depth <- Matrix::colSums(SummarizedExperiment::assay(spe)) + 5 * seq_len(ncol(spe))
    with_toys(for (ranking in c("expression", "normalised", "specificity")) {
        alone <- calculateSemantics(spe, "toy", k_g = 5, ranking = ranking, depth = depth, verbose = FALSE)
        run <- calculateSemST(spe, 3, semantics = "toy", k_g = 5, ranking = ranking, depth = depth,
            epochs = 1, verbose = FALSE)
        expect_identical(alone[, ], attr(run, "semantic")[, ], info = ranking)
        expect_equal(unname(rowSums(alone)), rep(5, ncol(spe)))
    })
})
