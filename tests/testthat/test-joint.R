# Several objects in a list, as one run.
counts_of <- function(x) SummarizedExperiment::assay(x, "counts")
embedding_of <- function(x, name = "SemST") unname(SingleCellExperiment::reducedDim(x, name))

# Two slices with other counts, spots and genes: the second lacks Gene39 and Gene40.
first <- stripes()
second <- stripes()[seq_len(38), seq_len(96)]
colnames(second) <- paste0("t", seq_len(96))
SummarizedExperiment::assay(second, "counts") <- counts_of(second) * rep(c(1, 2), 19)
shared <- rownames(second)

test_that("a list gives what its slices bound into one object give", {
    skip_without_python()
    apart <- quick(list(a = first, b = second))
    expect_named(apart, c("a", "b"))
    one <- second
    one$sample_id <- "b"
    both <- quick(SummarizedExperiment::cbind(first[shared, ], one))
    a <- both$sample_id != "b"
    expect_identical(apart$a$SemST, both$SemST[a])
    expect_identical(apart$b$SemST, both$SemST[!a])
    expect_equal(embedding_of(apart$a), embedding_of(both)[a, ], tolerance = 1e-6)
    expect_equal(embedding_of(apart$b), embedding_of(both)[!a, ], tolerance = 1e-6)
    expect_identical(rownames(SingleCellExperiment::reducedDim(apart$b, "SemST")), colnames(second))
    # what came in is still there, and the record is that of both
    expect_identical(counts_of(apart$a), counts_of(first))
    expect_identical(S4Vectors::metadata(apart$a)$SemST, S4Vectors::metadata(apart$b)$SemST)
    held <- S4Vectors::metadata(apart$b)$SemST_explain
    expect_identical(sum(held$domains$n_spots), 240L)
})

test_that("objects of several classes in a list are read each in its own way", {
    skip_without_python()
    xy <- SpatialExperiment::spatialCoords(second)
    sce <- as(second, "SingleCellExperiment")
    sce$px <- xy[, 1]
    sce$py <- xy[, 2]
    pairs <- list(
        list(first, second), list(first, sce), list(seurat_of(first), seurat_of(second)),
        list(first, as.matrix(counts_of(second)))
    )
    found <- Map(function(slices, coordinates) {
        calculateSemST(slices, 3, coordinates = coordinates, epochs = 2, verbose = FALSE)
    }, pairs, list(NULL, list("1" = SpatialExperiment::spatialCoords(first), "2" = c("px", "py")),
        NULL, list("2" = xy)))
    for (one in found) {
        expect_null(names(one))
        expect_length(one, 2)
        expect_identical(rownames(one[[2]]), colnames(second))
        for (k in 1:2) {
            expect_identical(attr(one[[k]], "domains"), attr(found[[1]][[k]], "domains"))
            expect_equal(one[[k]][, ], found[[1]][[k]][, ], tolerance = 1e-6)
        }
    }
})

test_that("results go back into the objects of a list", {
    skip_without_python()
    mixed <- quick(list(spe = first, seurat = seurat_of(second)), store_semantic = TRUE)
    expect_s4_class(mixed$spe, "SpatialExperiment")
    expect_s4_class(mixed$seurat, "Seurat")
    alone <- quick(list(spe = first, seurat = second))
    expect_identical(mixed$spe$SemST, alone$spe$SemST)
    expect_identical(as.character(mixed$seurat$semst_domain), as.character(alone$seurat$SemST))
    expect_match(slot(mixed$seurat[["runSemST.RNA"]], "call.string"), "^runSemST\\(x, n_domains, ")
    expect_identical(SeuratObject::Misc(mixed$seurat, "semst")$params, S4Vectors::metadata(mixed$spe)$SemST$params)
    short <- runSemanticST(list(first, second), 3, epochs = 2, verbose = FALSE)
    expect_identical(levels(short[[2]]$SemanticST), c("1", "2", "3"))
    named <- quick(list(first, second), name = "Other")
    expect_null(names(named))
    expect_identical(named[[1]]$Other, alone$spe$SemST)
})

test_that("a list of one slice gives what the slice gives", {
    skip_without_python()
    expect_identical(quick(list(a = first))$a$SemST, quick(first)$SemST)
    expect_equal(embedding_of(quick(list(first))[[1]]), embedding_of(quick(first)), tolerance = 1e-6)
})

test_that("samples within the objects of a list stay apart, of equal names too", {
    skip_without_python()
    halves <- list(first[, 1:72], first[, 73:144])
    for (k in 1:2) halves[[k]]$sample_id <- c("left", "right")[k]
    two <- SummarizedExperiment::cbind(halves[[1]], halves[[2]])
    degree <- function(x, ...) S4Vectors::metadata(quick(x, radius = 1.1, ...)[[1]])$SemST$graphs$mean_degree
    edges <- function(x) { # of a spot's neighbours at a distance of 1, none is in another sample
        xy <- SpatialExperiment::spatialCoords(x)
        near <- as.matrix(dist(xy)) < 1.1 & outer(x$sample_id, x$sample_id, "==")
        sum(near) - ncol(x)
    }
    expect_lt(edges(two), edges(first))
    expect_equal(degree(list(two, two)), edges(two) / 144)
    expect_equal(degree(list(two, first)), (edges(two) + edges(first)) / 288)
    expect_equal(degree(list(two, first), samples = NULL), edges(first) / 144) # each one slice
    expect_equal(degree(list(a = two, b = two), samples = list(a = NULL)), (edges(two) + edges(first)) / 288)
})

test_that("graphs, depths and vectors come in for every slice", {
    skip_without_python()
    graph <- lapply(list(first, second), function(x) {
        methods::as((as.matrix(dist(SpatialExperiment::spatialCoords(x))) == 1) * 1, "CsparseMatrix")
    })
    found <- quick(list(first, second), graph = graph)
    degree <- S4Vectors::metadata(found[[1]])$SemST$graphs$mean_degree
    expect_equal(degree, sum(vapply(graph, sum, 1)) / 240)
    expect_error(quick(list(a = first, b = second), graph = list(a = graph[[1]])),
        "Other slices have a graph, and b not; give it for all or for none")
    expect_error(quick(list(first, second), graph = rev(graph)), "Slice '1': graph has to be .* 144 x 144 spots")
    first$deep <- 500
    second$deep <- 700
    expect_no_error(quick(list(first, second), depth = "deep"))
    expect_error(quick(list(first, second), depth = list("deep", NULL)), "Other slices have depth, and 2 not")
    vectors <- matrix(sin(1:480), 240)
    found <- runSemST(list(first, second), 3, semantics = vectors, epochs = 1, store_semantic = TRUE,
        verbose = FALSE)
    expect_equal(embedding_of(found[[2]], "SemST_semantic"), vectors[145:240, ], tolerance = 1e-6)
})

test_that("what is wrong with a slice is told with its name", {
    skip_without_python()
    said <- testthat::capture_messages(runSemST(list(a = first, b = second), 3, explain = FALSE))
    expect_match(said, "38 genes that all slices have are used (genes: a 40, b 38)", fixed = TRUE, all = FALSE)
    expect_error(quick(list(a = first, b = second), assay.type = "logcounts"),
        "Slice 'a': There is no assay \"logcounts\"")
    other <- second
    SummarizedExperiment::assay(other, "counts")[3, 5] <- 0.5
    expect_error(quick(list(a = first, b = other)),
        "Slice 'b': Assay \"counts\" holds values that are not whole numbers")
    expect_error(quick(list(first, as(second, "SingleCellExperiment"))), "Slice '2': There are no coordinates")
    alien <- second
    rownames(alien) <- paste0("Alien", seq_len(nrow(alien)))
    expect_error(quick(list(a = first, b = alien)), "no gene in common .genes: a 40, b 38.*b: Alien1, Alien2")
})

test_that("lists that cannot be meant are refused", {
    counts <- as.matrix(counts_of(second))
    expect_error(quick(list()), "x is an empty list")
    expect_error(quick(list(a = first, second)), 'names that differ, or none at all; they are "a", ""')
    expect_error(quick(list(a = first, a = second)), 'they are "a", "a"')
    expect_error(quick(list(first, counts)), "Slice '2' is a matrix; a SpatialExperiment, .*calculateSemST\\(\\) takes")
    expect_error(runSemST(list(first)), "n_domains is missing")
    expect_error(calculateSemST(list(first)), "n_domains is missing")
    expect_error(calculateSemST(list(first, "a"), 3), "Slice '2': x is the text \"a\"")
    expect_error(calculateSemST(data.frame(a = 1), 3), "x is a data.frame of 1 x 1.*as.matrix")
    expect_error(quick(list(first, second), image = "slice"),
        "No slice in x is read with image; they are of class SpatialExperiment")
    expect_error(quick(list(first, second), assay = "RNA"), "No slice in x is read with assay")
    expect_error(quick(list(first, second), depth = list("deep")),
        "depth is a list of 1; a list has an entry for each of the 2 slices in order, or for some by name \\(1, 2\\)")
    expect_error(quick(list(a = first, b = second), samples = list(c = "x")), "samples is a list of 1 \\(c\\)")
    expect_error(quick(list(first, second), 1), "whole number of 2 or more")
    expect_error(calculateSemST(list(first, second), 3, "semst", 7), "Further arguments have to be named settings")
})

test_that("verbs that look at several slices take them in a list", {
    skip_without_python()
    first <- stripes()
    second <- first[rev(seq_len(nrow(first))), ]
    colnames(second) <- paste0(colnames(first), "_2")
    second$sample_id <- "sample02"
    seurat <- seurat_of(second)
    joint <- quick(list(a = first, b = seurat))
    again <- clusterSemST(joint, 2, verbose = FALSE)
    whole <- rbind(SingleCellExperiment::reducedDim(joint$a, "SemST")[, ], SeuratObject::Embeddings(joint$b, "semst"))
    expect_identical(as.integer(c(again$a$SemST, again$b$semst_domain)),
        as.integer(clusterSemST(unname(whole), 2, verbose = FALSE)))
    expect_identical(S4Vectors::metadata(again$a)$SemST$clustering$n_domains, 2L)
    voted <- refineDomains(again, verbose = FALSE)
    expect_identical(voted$a$SemST, refineDomains(again$a, verbose = FALSE)$SemST)
    explained <- explainDomains(joint, n_null = 0, verbose = FALSE)
    markers <- SemST:::.explained(explained$a, "SemST")$markers
    expect_identical(SemST:::.explained(explained$b, "semst_domain")$markers$gene, markers$gene)
    both <- explainDomains(cbind(SummarizedExperiment::assay(first), SummarizedExperiment::assay(second)[rownames(first), ]),
        c(as.character(joint$a$SemST), as.character(joint$b$semst_domain)),
        coordinates = rbind(SpatialExperiment::spatialCoords(first), SpatialExperiment::spatialCoords(first)),
        samples = rep(c("a", "b"), each = 144), n_null = 0, verbose = FALSE)
    expect_identical(sort(markers$gene), sort(both$markers$gene))
    tree <- domainTree(joint)
    expect_identical(tree$labels, c("1", "2", "3"))
    cut <- cutDomains(joint, 2, verbose = FALSE)
    expect_identical(levels(cut$a$SemST_cut), levels(cut$b$semst_cut))
    scores <- domainMetrics(joint)
    expect_true(all(c("chaos", "pas", "asw") %in% names(scores)))
    expect_error(refineDomains(list(first, 1:3)), "Slice '2' is a integer")
})

test_that("sections in a list are aligned in its order", {
    skip_without_python()
    skip_if(any(grepl("^POT", semstPython()$missing)), "POT is not installed")
    first <- simulatedCortex(200, 60)
    xy <- SpatialExperiment::spatialCoords(first)
    second <- first
    SpatialExperiment::spatialCoords(second) <- cbind(x = xy[, 2], y = -xy[, 1])
    found <- alignSlices(list(z = first, a = second), verbose = FALSE)
    expect_equal(unname(SingleCellExperiment::reducedDim(found$z, "aligned")[, ]), unname(xy))
    expect_lt(max(abs(SingleCellExperiment::reducedDim(found$a, "aligned") - xy)), 0.05 * diff(range(xy)))
    expect_identical(S4Vectors::metadata(found$a)$aligned_motions$section, "a")
    rownames(second) <- paste0("other", seq_len(nrow(second)))
    expect_error(alignSlices(list(first, second)), "The slices have no gene in common")
})
