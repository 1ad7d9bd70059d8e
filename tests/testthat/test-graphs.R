# Graphs come back as sparse matrices; several slices are brought together.
spe <- stripes()
xy <- SpatialExperiment::spatialCoords(spe)
near <- unname(as.matrix(dist(xy)))

test_that("a graph of coordinates is the one that distances give", {
    skip_without_python()
    graph <- spatialGraph(spe, radius = 1, verbose = FALSE)
    expect_s4_class(graph, "dgCMatrix")
    expect_identical(dimnames(graph), list(colnames(spe), colnames(spe)))
    expect_equal(unname(as.matrix(graph)), (near == 1) * 1)
    lengths <- spatialGraph(spe, radius = 1.5, weights = "distances", verbose = FALSE)
    expect_equal(unname(as.matrix(lengths)), near * (near <= 1.5), tolerance = 1e-6)
    expect_identical(unname(spatialGraph(seurat_of(spe), radius = 1, verbose = FALSE)), unname(graph))
    apart <- spatialGraph(xy, radius = 2, samples = rep(1:2, 72), verbose = FALSE)
    expect_equal(unname(as.matrix(apart)), (near > 0 & near <= 2 & outer(rep(1:2, 72), rep(1:2, 72), "==")) * 1)
    expect_gte(min(Matrix::rowSums(spatialGraph(xy, 3, method = "knn", verbose = FALSE) > 0)), 3)
    expect_error(spatialGraph(xy, radius = 1, method = "knn"), 'radius means nothing with method = "knn"')
})

test_that("the graph of a run is stored on request, and used again", {
    skip_without_python()
    found <- quick(spe, radius = 1.1, store_graph = TRUE)
    graph <- SingleCellExperiment::colPair(found, "SemST_connectivities", asSparse = TRUE)
    expect_equal(unname(as.matrix(graph)), (near > 0 & near <= 1.1) * 1)
    lengths <- SingleCellExperiment::colPair(found, "SemST_distances", asSparse = TRUE)
    expect_equal(unname(as.matrix(lengths)), near * (near <= 1.1), tolerance = 1e-6)
    expect_identical(quick(spe, graph = graph)$SemST, found$SemST)
    expect_identical(SingleCellExperiment::colPairNames(quick(found)), character()) # of an earlier run
    object <- quick(seurat_of(spe), radius = 1.1, store_graph = TRUE)
    expect_s4_class(object[["semst_connectivities"]], "Graph")
    expect_equal(unname(as.matrix(object[["semst_connectivities"]])), unname(as.matrix(graph)))
    expect_false("semst_distances" %in% SeuratObject::Graphs(quick(object)))
    z <- calculateSemST(spe, 3, radius = 1.1, verbose = FALSE)
    expect_equal(unname(attr(z, "graph")), unname(methods::as(graph, "CsparseMatrix")) * 1)
})

test_that("Harmony brings slices together, and LISI says so", {
    skip_without_python()
    skip_if(any(grepl("^harmonypy", semstPython()$missing)), "harmonypy is not installed")
    second <- spe
    colnames(second) <- paste0(colnames(spe), "_2")
    second$sample_id <- "sample02"
    counts <- SummarizedExperiment::assay(second, "counts")
    SummarizedExperiment::assay(second, "counts") <- counts * rep(c(1, 4), length.out = nrow(counts))
    both <- quick(SummarizedExperiment::cbind(spe, second), batch = "none")
    fixed <- harmoniseSlices(both, verbose = FALSE)
    before <- domainMetrics(both, lisi = TRUE)
    after <- domainMetrics(fixed, lisi = TRUE, dimred = "SemST_harmony")
    expect_false(identical(after[["ilisi"]], before[["ilisi"]]))
    set.seed(1)
    z <- rbind(matrix(rnorm(300), 100), matrix(rnorm(300, 4), 100))
    of <- rep(c("a", "b"), each = 100)
    mixed <- function(z) domainMetrics(rep(1:2, 100), samples = of, embedding = z, lisi = TRUE)[["ilisi"]]
    expect_lt(mixed(z), 1.1)
    expect_gt(mixed(harmoniseSlices(z, of, verbose = FALSE)), 1.5)
    expect_true(all(c("clisi", "ilisi") %in% names(before)))
    expect_false("ilisi" %in% names(domainMetrics(both)))
    expect_error(domainMetrics(c(1, 1, 2), truth = 1:3, lisi = TRUE), "LISI looks at neighbours in an embedding")
    again <- clusterSemST(fixed, 3, dimred = "SemST_harmony", verbose = FALSE)
    expect_identical(nlevels(again$SemST), 3L)
    apart <- list(a = both[, both$sample_id == "sample01"], b = both[, both$sample_id == "sample02"])
    together <- harmoniseSlices(apart, verbose = FALSE)
    z <- SingleCellExperiment::reducedDim(fixed, "SemST_harmony")
    expect_equal(SingleCellExperiment::reducedDim(together$b, "SemST_harmony"), z[both$sample_id == "sample02", ])
    expect_equal(domainMetrics(apart, lisi = TRUE), before)
    object <- seurat_of(spe)
    object$half <- rep(c("a", "b"), 72)
    object <- harmoniseSlices(quick(object), "half", verbose = FALSE)
    expect_true("semst_harmony" %in% SeuratObject::Reductions(object))
    expect_error(harmoniseSlices(spe), 'dimred is "SemST", which is no reduced dimension')
    expect_error(harmoniseSlices(matrix(1, 3, 2)), "There is one slice")
    expect_error(harmoniseSlices(both, name = "SemST", verbose = FALSE), "would be replaced")
})

test_that("public slices are listed, and fetched by name", {
    skip_without_python()
    listed <- publicSlices()
    expect_identical(listed["dlpfc_151673", "n_domains"], 7L)
    expect_true(all(nzchar(listed$citation)))
    expect_error(publicSlice("dlpfc_15167"), "no public slice 'dlpfc_15167'. Did you mean 'dlpfc_151")
    expect_error(publicSlice(), "name has to be that of a slice")
    # as it comes from Python, without a network
    testthat::local_mocked_bindings(.call = function(what, ...) {
        list(counts = list(i = 0:1, p = c(0L, 1L, 2L), x = c(5L, 6L)), genes = list("MBP", "GFAP"),
            spots = list("s1", "s2"), coordinates = matrix(1:4 + 0, 2), truth = c(1L, 0L), levels = list("WM"),
            source = list(citation = "whom"))
    }, .package = "SemST")
    made <- publicSlice("dlpfc_151673")
    expect_identical(as.character(made$ground_truth), c("WM", NA))
    expect_identical(S4Vectors::metadata(made)$source$citation, "whom")
    expect_identical(as.matrix(SummarizedExperiment::assay(made)), matrix(c(5, 0, 0, 6), 2,
        dimnames = list(c("MBP", "GFAP"), c("s1", "s2"))))
})
