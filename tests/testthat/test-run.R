# The way through Python.
spe <- stripes()

test_that("a SpatialExperiment gets domains, embedding and record", {
    skip_without_python()
    found <- quick(spe)
    expect_s3_class(found$SemST, "factor")
    expect_identical(levels(found$SemST), c("1", "2", "3"))
    expect_false(anyNA(found$SemST))
    expect_true(all(found$SemST_uncertainty >= 0 & found$SemST_uncertainty <= 1))
    z <- SingleCellExperiment::reducedDim(found, "SemST")
    expect_identical(rownames(z), colnames(spe))
    expect_identical(nrow(z), ncol(spe))
    record <- S4Vectors::metadata(found)$SemST
    expect_identical(record$params$preset, "linear")
    expect_length(record$history, 0)
    expect_gt(record$linear$explained, 0)
    expect_identical(record$clustering$method, "mclust")
    expect_true("R" %in% names(record$r))
    expect_identical(SummarizedExperiment::assay(found), SummarizedExperiment::assay(spe))
    expect_gt(domainMetrics(found, truth = "truth")[["ari"]], 0.5)
    expect_true(all(c("chaos", "pas", "asw") %in% names(domainMetrics(found))))
    record <- S4Vectors::metadata(quick(spe, preset = "network"))$SemST
    expect_identical(record$params$epochs, 2L)
    expect_length(record$history$loss, 2)
    expect_type(record$history$loss, "double")
})

test_that("matrix, SpatialExperiment, SingleCellExperiment and Seurat give the same", {
    skip_without_python()
    first <- quick(spe)
    z <- SingleCellExperiment::reducedDim(first, "SemST")
    sce <- as(spe, "SingleCellExperiment")
    second <- quick(sce, coordinates = SpatialExperiment::spatialCoords(spe))
    expect_identical(SingleCellExperiment::reducedDim(second, "SemST"), z)
    expect_identical(second$SemST, first$SemST)
    third <- quick(seurat_of(spe))
    expect_equal(unname(SeuratObject::Embeddings(third, "semst")), unname(z), tolerance = 1e-6)
    expect_identical(as.character(third$semst_domain), as.character(first$SemST))
    expect_s4_class(third[["runSemST.RNA"]], "SeuratCommand")
    expect_match(slot(third[["runSemST.RNA"]], "call.string"), '^runSemST\\(x, n_domains, .*semantics = "none"')
    expect_identical(SeuratObject::Misc(third, "semst")$params$n_domains, 3L)
    fourth <- calculateSemST(as.matrix(SummarizedExperiment::assay(spe)), 3,
        coordinates = SpatialExperiment::spatialCoords(spe), semantics = "none", epochs = 2, verbose = FALSE)
    expect_identical(unname(fourth[, ]), unname(z))
    expect_identical(attr(fourth, "domains"), first$SemST)
})

test_that("several slices are kept apart by sample_id", {
    skip_without_python()
    second <- spe
    colnames(second) <- paste0(colnames(spe), "_2")
    second$sample_id <- "sample02"
    both <- SummarizedExperiment::cbind(spe, second) # the same places twice
    degree <- function(x, ...) S4Vectors::metadata(quick(x, radius = 1.1, ...))$SemST$graphs$mean_degree
    expect_equal(degree(both), degree(spe))
    # taken for one slice, every spot also sees its twin and the twins of its neighbours
    expect_warning(as_one <- degree(both, samples = NULL), "add one and name it with samples")
    expect_equal(as_one, 2 * degree(spe) + 1)
})

test_that("several slices are centred each by itself, unless told otherwise", {
    skip_without_python()
    second <- spe
    colnames(second) <- paste0(colnames(spe), "_2")
    second$sample_id <- "sample02"
    counts <- SummarizedExperiment::assay(second, "counts")
    SummarizedExperiment::assay(second, "counts") <- counts * rep(c(1, 4), length.out = nrow(counts))
    both <- SummarizedExperiment::cbind(spe, second) # every other gene is caught four times as well
    found <- quick(both)
    apart <- function(x) {
        z <- SingleCellExperiment::reducedDim(x, "SemST")
        second <- x$sample_id == "sample02"
        sqrt(sum((colMeans(z[second, ]) - colMeans(z[!second, ]))^2))
    }
    expect_identical(S4Vectors::metadata(found)$SemST$params$batch, "centre")
    expect_lt(apart(found), 0.2 * apart(quick(both, batch = "none")))
    # one slice is left as it is
    embedded <- function(...) SingleCellExperiment::reducedDim(quick(spe, ...), "SemST")
    expect_identical(embedded(), embedded(batch = "none"))
    expect_error(quick(both, batch = "center"), "accepted are 'centre', 'harmony', 'none'")
    expect_error(quick(both, harmony = TRUE), "no setting 'harmony'")
})

test_that("spots without counts come back as NA, with a warning", {
    skip_without_python()
    empty <- spe
    SummarizedExperiment::assay(empty, "counts")[, 7] <- 0
    expect_warning(found <- quick(empty, store_semantic = TRUE), "1 of 144 spots have no counts")
    expect_identical(which(is.na(found$SemST)), 7L)
    z <- SingleCellExperiment::reducedDim(found, "SemST")
    expect_true(all(is.na(z[7, ])) && !anyNA(z[-7, ]))
    expect_false(any(is.nan(found$SemST_uncertainty)))
    again <- clusterSemST(found, 3, verbose = FALSE)
    expect_identical(again$SemST, found$SemST_unrefined)
    voted <- refineDomains(again, domains = "SemST_unrefined", verbose = FALSE)
    expect_identical(which(is.na(voted$SemST)), 7L)
    object <- suppressWarnings(quick(seurat_of(empty)))
    expect_identical(unname(which(is.na(object$semst_domain))), 7L)
})

test_that("domains that are made anew are what the neighbours vote on", {
    skip_without_python()
    for (x in list(quick(spe), quick(seurat_of(spe)))) {
        again <- clusterSemST(x, 2, method = "kmeans", verbose = FALSE)
        voted <- refineDomains(again, verbose = FALSE)
        sce <- is(x, "SingleCellExperiment")
        columns <- if (sce) colnames(SummarizedExperiment::colData(again)) else colnames(again[[]])
        stem <- if (sce) "SemST" else "semst"
        record <- if (sce) S4Vectors::metadata(again)$SemST else SeuratObject::Misc(again, "semst")
        domains <- if (sce) voted$SemST else voted$semst_domain
        expect_identical(levels(domains), c("1", "2"))
        expect_false(paste0(stem, "_uncertainty") %in% columns) # k-means has none
        expect_identical(record$clustering$method, "kmeans")
        expect_identical(record$clustering$n_domains, 2L)
        expect_identical(record$params$n_domains, 3L) # what the model was run with
    }
})

test_that("what cannot be scored is refused", {
    skip_without_python()
    expect_error(domainMetrics(c(1, 2, 2), embedding = matrix(0, 2, 2)), "embedding has 2 rows for 3 domains")
    expect_error(domainMetrics(c(1, 2), truth = 1:2, turth = 3), "Unknown arguments: turth")
})

test_that("what to do is said in R's words", {
    skip_without_python()
    ids <- spe
    rownames(ids) <- sprintf("ENSG%011d", seq_len(nrow(ids)))
    expect_error(runSemST(ids, 3, semantics = "minilm-genes", epochs = 1, verbose = FALSE),
        'name the column that holds them: symbols = "<column of rowData>"', fixed = TRUE)
    expect_error(runSemanticST(spe, 3, batch = "harmony", epochs = 1, verbose = FALSE), 'give samples = "<column>"')
    expect_error(runSemST(spe, 3, radius = -1, verbose = FALSE), "^radius (is|must)")
    expect_error(runSemST(spe, 3, semantics = "minilm-genes", preset = "linear", verbose = FALSE),
        'use preset = "network"', fixed = TRUE)
    expect_error(runSemST(spe, 3, device = "cuda:77", verbose = FALSE), 'device = "cuda:77" cannot be used here', fixed = TRUE)
    said <- testthat::capture_messages(runSemanticST(spe, 3, epochs = 1, cluster = "kmeans"))
    expect_false(any(grepl("obsm", said)))
})

test_that("mclust in R finds what mclust through rpy2 finds", {
    skip_without_python()
    skip_if_not(reticulate::py_module_available("rpy2"), "rpy2 is not installed")
    z <- SingleCellExperiment::reducedDim(quick(spe), "SemST")
    python <- reticulate::import("semst.cluster")
    for (starts in c(1L, 8L)) {
        here <- clusterSemST(z, 3, n_starts = starts, seed = 3, verbose = FALSE)
        there <- python$mclust(unname(z), 3L, n_starts = starts, random_state = 3L)
        expect_identical(as.integer(here), as.integer(there$labels) + 1L)
        expect_equal(attr(here, "uncertainty"), as.vector(there$uncertainty), tolerance = 1e-6)
        expect_equal(attr(here, "record")$log_likelihood, there$log_likelihood, tolerance = 1e-9)
    }
})

test_that("the random stream of the session is left as it was", {
    skip_without_python()
    set.seed(11)
    before <- .Random.seed
    quick(spe)
    clusterSemST(matrix(seq_len(60) + c(0, 50), 30), 2, method = "kmeans", verbose = FALSE)
    expect_identical(.Random.seed, before)
    # where there is no stream yet, none comes of our seed: draws differ from run to run
    after <- function() {
        suppressWarnings(rm(".Random.seed", envir = globalenv()))
        found <- quick(spe)
        list(domains = found$SemST, drawn = stats::runif(3))
    }
    runs <- list(after(), after())
    expect_identical(runs[[1]]$domains, runs[[2]]$domains)
    expect_false(identical(runs[[1]]$drawn, runs[[2]]$drawn))
})

test_that("options reach the core with the right types", {
    skip_without_python()
    found <- quick(spe, preset = "network", n_latent = 5, rings = c(4, 8), learning_rate = 1e-3,
        n_neighs = 8, seed = 7, refine = FALSE, cluster = "kmeans", name = "Other")
    params <- S4Vectors::metadata(found)$Other$params
    expect_identical(params$n_latent, 5L)
    expect_equal(unlist(params$rings), c(4, 8))
    expect_equal(params$learning_rate, 1e-3)
    expect_identical(params$random_state, 7L)
    expect_identical(ncol(SingleCellExperiment::reducedDim(found, "Other")), 5L)
    expect_identical(found$Other, found$Other_unrefined)
    expect_null(found$Other_uncertainty)
    expect_error(runSemST(spe, 3, epochs = 1.5), "epochs is 1.5; give a whole number of 1 or more")
    expect_error(quick(spe, n_latent = c(1, 2)), "n_latent is \\[1.0, 2.0\\]; give a whole number")
    expect_error(quick(spe, cluster = "k-means"), "no clusterer 'k-means'. Did you mean 'kmeans'")
    expect_error(clusterSemST(found, 3, dimred = "Other", method = "pam"), "no clusterer 'pam'.*mclust, mixture, kmeans, leiden")
    expect_error(quick(spe, n_latents = 5), "no setting 'n_latents'. Did you mean 'n_latent'.*Accepted are:")
})

test_that("the number of domains can be left to the core", {
    skip_without_python()
    expect_warning(found <- quick(spe, "auto", n_starts = 2), "the number of domains is a resolution")
    record <- S4Vectors::metadata(found)$SemST
    expect_identical(levels(found$SemST), as.character(seq_len(record$params$n_domains)))
    expect_false(is.null(record$choice))
})

test_that("a graph of one's own is used", {
    skip_without_python()
    xy <- SpatialExperiment::spatialCoords(spe)
    near <- as.matrix(dist(xy)) == 1
    graph <- methods::as(near * 1, "CsparseMatrix")
    found <- quick(spe, graph = graph)
    expect_equal(S4Vectors::metadata(found)$SemST$graphs$mean_degree, mean(rowSums(near)))
    expect_error(quick(spe, graph = graph[1:3, 1:3]), "144 x 144 spots")
})

test_that("semantic vectors: names, sources and arrays", {
    skip_without_python()
    drawn <- calculateSemantics(spe, semantics = semanticSource("RandomVectors", n_dimensions = 6), verbose = FALSE)
    expect_identical(dim(drawn), c(144L, 6L))
    expect_identical(rownames(drawn), colnames(spe))
    found <- runSemST(spe, 3, semantics = drawn, epochs = 2, store_semantic = TRUE, verbose = FALSE)
    kept <- SingleCellExperiment::reducedDim(found, "SemST_semantic")
    expect_equal(unname(kept), unname(drawn[, ]), tolerance = 1e-6)
    expect_error(calculateSemantics(spe, semantics = "nonsense"), 'no source "nonsense"')
    expect_error(calculateSemantics(spe, semantics = semanticSource("GeneTable", table = "no.csv")), "no.csv")
    expect_error(calculateSemantics(spe, semantics = semanticSource("TextEncoder", modell = "x")), "no setting 'modell'")
    expect_error(semanticSource("Oracle"), 'kind has to be one of .*"LanguageModel".*; it is "Oracle"')
    expect_error(calculateSemantics(spe, semantics = "none"), "'none' gives no vectors")
    table <- data.frame(a = c(1, 2), b = c(3, 4), row.names = c("Gene1", "Gene2"))
    expect_warning(
        averaged <- calculateSemantics(spe, semantics = semanticSource("GeneTable", table = table), verbose = FALSE),
        "8 of 144 spots have no gene"
    )
    expect_identical(ncol(averaged), 2L)
})

test_that("messages and warnings are R's own, errors have no traceback of Python", {
    skip_without_python()
    expect_message(runSemST(spe, 3, semantics = "none", epochs = 1), "SemST: spatial graph")
    expect_silent(quick(spe))
    same <- spe
    SpatialExperiment::spatialCoords(same)[] <- 1
    error <- tryCatch(quick(same), error = identity)
    expect_s3_class(error, "simpleError")
    expect_no_match(conditionMessage(error), "Traceback|py_last_error|semst\\._errors")
})

test_that("refinement and metrics work on plain vectors", {
    skip_without_python()
    line <- cbind(1:5, 0)
    expect_warning(
        voted <- refineDomains(c("a", "a", "b", "a", NA), line, radius = 1, verbose = FALSE),
        "no spot in domain"
    )
    expect_identical(as.character(voted), c("a", "a", "a", "a", NA))
    expect_identical(levels(voted), c("a", "b"))
    scores <- domainMetrics(factor(c(1, 1, 2, 2)), truth = c("x", "x", "y", NA))
    expect_equal(scores[["ari"]], 1)
    expect_equal(scores[["n_scored"]], 3)
    expect_error(domainMetrics(1:3), "Nothing to score against")
    expect_error(domainMetrics(1:3, truth = 1:2), "2 entries for 3 domains")
})

test_that("the simulated slice is the one of Python", {
    skip_without_python()
    cortex <- simulatedCortex(120, 40, seed = 2)
    there <- reticulate::import("semst.datasets")$simulated_cortex(120L, 40L, random_state = 2L)
    expect_equal(unname(as.matrix(Matrix::t(SummarizedExperiment::assay(cortex)))), as.matrix(there$X), ignore_attr = TRUE)
    expect_identical(colnames(cortex), unlist(there$obs_names$tolist()))
    expect_true(anyNA(cortex$ground_truth) && nlevels(cortex$ground_truth) == 7)
})
