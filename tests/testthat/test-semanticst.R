# SemanticST from R.
spe <- stripes()

test_that("SemanticST finds domains in a SpatialExperiment and in a Seurat object alike", {
    skip_without_python()
    found <- runSemanticST(spe, 3, epochs = 2, verbose = FALSE)
    expect_s3_class(found$SemanticST, "factor")
    expect_false(anyNA(found$SemanticST))
    shares <- SingleCellExperiment::reducedDim(found, "SemanticST_attention")
    expect_equal(unname(rowSums(shares)), rep(1, ncol(spe)), tolerance = 1e-5)
    expect_identical(S4Vectors::metadata(found)$SemanticST$params$model, "semanticst")
    seurat <- runSemanticST(seurat_of(spe), 3, epochs = 2, verbose = FALSE)
    expect_identical(as.character(seurat$semanticst_domain), as.character(found$SemanticST))
    expect_s4_class(seurat[["runSemanticST"]], "SeuratCommand")
})

test_that("every setting of SemanticST goes in with its default's value", {
    skip_without_python()
    defaults <- reticulate::import("semst.models.semanticst")$SemanticSTConfig()$as_dict()
    settings <- lapply(defaults, unlist)
    settings[c("n_domains", "clip_norm", "cluster", "as_published")] <- NULL
    settings$passes <- 1
    settings$n_starts <- 1
    settings <- lapply(settings, function(value) if (is.integer(value)) as.double(value) else value)
    settings$epochs <- 2
    settings$graphs <- "spatial" # one alone is no vector to R
    settings$n_mutual <- NULL # as if not given
    found <- do.call(runSemanticST, c(list(stripes(), 3, verbose = FALSE), settings))
    params <- S4Vectors::metadata(found)$SemanticST$params
    for (name in names(settings)) expect_equal(unlist(params[[name]]), settings[[name]], info = name)
    expect_identical(typeof(params$passes), "integer")
})

test_that("semantics come in with fsm, and unknown settings are told", {
    skip_without_python()
    plain <- runSemanticST(spe, 3, epochs = 2, verbose = FALSE)
    modulated <- runSemanticST(spe, 3, epochs = 4, fsm = TRUE, semantics = "random", verbose = FALSE)
    expect_identical(S4Vectors::metadata(plain)$SemanticST$params$semantics, "none")
    expect_identical(S4Vectors::metadata(modulated)$SemanticST$params$semantics, "random")
    expect_error(runSemanticST(spe, 3, epoch = 2, verbose = FALSE), "Accepted are: .*epochs")
})
