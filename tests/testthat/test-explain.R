# What marks the domains: through Python, in objects, and drawn.
tables <- c("domains", "markers", "terms")

# What explainDomains() returns, by hand: two domains, the second without terms.
explained <- function() {
    list(
        domains = data.frame(domain = c("1", "2"), n_spots = c(3L, 1L), share = c(0.75, 0.25),
            markers = c("MBP, PLP1", "GFAP"), term = c("myelination", ""), neighbours = c("2", "1"),
            note = c("", "1 spot, fewer than 10: too few for terms")),
        markers = data.frame(domain = c("1", "1", "2"), gene = c("MBP", "PLP1", "GFAP")),
        terms = data.frame(domain = c("1", "1"), term = c("myelination", "ensheathment of neurons"),
            q = c(1e-5, 1e-3))
    )
}

test_that("a run says what marks its domains, and explainDomains() says the same", {
    skip_without_python()
    spe <- stripes()
    found <- quick(spe)
    held <- S4Vectors::metadata(found)$SemST_explain
    for (table in tables) expect_s4_class(held[[table]], "DataFrame")
    expect_identical(held$domains$domain, c("1", "2", "3"))
    expect_identical(held$domains$n_spots, as.vector(table(found$SemST)))
    # every fourth gene is a marker of a stripe
    first <- held$markers[!duplicated(held$markers$domain), ]
    stripe <- vapply(first$domain, function(domain) {
        names(which.max(table(found$truth[found$SemST == domain])))
    }, "")
    expect_identical((as.integer(sub("Gene", "", first$gene)) - 1L) %% 4L + 1L, as.integer(stripe))
    expect_identical(nrow(held$terms), 0L)
    expect_identical(vapply(held$terms, typeof, "")[c("term", "hits", "q")],
        c(term = "character", hits = "integer", q = "double"))
    expect_match(held$domains$note, "Gene Ontology", all = TRUE)

    again <- explainDomains(found, verbose = FALSE)
    expect_equal(S4Vectors::metadata(again)$SemST_explain[tables], held[tables])
    plain <- explainDomains(SummarizedExperiment::assay(spe), found$SemST,
        coordinates = SpatialExperiment::spatialCoords(spe), verbose = FALSE)
    expect_s3_class(plain$markers, "data.frame")
    expect_equal(plain$markers, as.data.frame(held$markers))
})

test_that("a Seurat object keeps data frames beside the record, and no run leaves those of another", {
    skip_without_python()
    object <- suppressWarnings(quick(quick(seurat_of(stripes())))) # Misc() warns that a record is there
    held <- SeuratObject::Misc(object, "semst_explain")
    for (table in tables) expect_s3_class(held[[table]], "data.frame")
    expect_identical(held$domains$n_spots, as.vector(table(object$semst_domain)))
    again <- explainDomains(object, n_null = 0, verbose = FALSE)
    expect_true(all(is.na(SeuratObject::Misc(again, "semst_explain")$markers$p_regions)))
    expect_null(SeuratObject::Misc(quick(object, explain = FALSE), "semst_explain"))
    spe <- quick(quick(stripes()), explain = FALSE)
    expect_named(S4Vectors::metadata(spe), "SemST")
})

test_that("any labels are explained, also without coordinates, NA left out", {
    skip_without_python()
    sce <- as(stripes(), "SingleCellExperiment")
    sce$truth[1:5] <- NA
    held <- S4Vectors::metadata(explainDomains(sce, domains = "truth", verbose = FALSE))$truth_explain
    expect_identical(held$domains$n_spots, c(44L, 47L, 48L))
    expect_identical(held$domains$neighbours, c("", "", ""))
    expect_true(all(is.na(held$markers$p_regions)))
    object <- seurat_of(stripes(), image = FALSE)
    object$truth <- sce$truth
    same <- SeuratObject::Misc(explainDomains(object, domains = "truth", verbose = FALSE), "truth_explain")
    expect_equal(same$markers, as.data.frame(held$markers))
})

test_that("gene sets in any form are the same sets", {
    skip_without_python()
    spe <- simulatedCortex(400, 600, seed = 1)
    genes <- rownames(spe)
    own <- genes[SummarizedExperiment::rowData(spe)$marker_of == "WM"]
    sets <- c(list("white matter" = own), split(genes, rep_len(1:20, length(genes))))
    explain <- function(gene_sets) {
        explained <- explainDomains(spe, domains = "ground_truth", gene_sets = gene_sets, n_null = 0,
            verbose = FALSE)
        S4Vectors::metadata(explained)$ground_truth_explain
    }
    found <- explain(sets)
    expect_identical(found$terms$term[found$terms$domain == "WM"][1], "white matter")
    expect_gt(found$terms$hits[1], 2L)
    gmt <- tempfile(fileext = ".gmt")
    writeLines(paste(names(sets), "", vapply(sets, paste, "", collapse = "\t"), sep = "\t"), gmt)
    expect_equal(explain(gmt)[tables], found[tables])
    if (requireNamespace("GSEABase", quietly = TRUE)) {
        collection <- GSEABase::GeneSetCollection(Map(function(name, genes) {
            GSEABase::GeneSet(genes, setName = name)
        }, names(sets), sets))
        expect_equal(explain(collection)[tables], found[tables])
    }
})

test_that("a set of one gene stays a list, and what is no set is told", {
    expect_identical(SemST:::.geneSets(list(a = "MBP", b = c(x = "A", y = "B"))),
        list(a = list("MBP"), b = list("A", "B")))
    expect_null(SemST:::.geneSets(NULL))
    expect_identical(SemST:::.geneSets("~/sets.gmt"), path.expand("~/sets.gmt"))
    for (wrong in list(1, c(a = "MBP"), list("MBP"), list(), list(a = 1), list(a = NA_character_), NA_character_)) {
        expect_error(SemST:::.geneSets(wrong), "gene_sets has to be NULL, the path of a .gmt file")
    }
    expect_error(SemST:::.geneSets(list(a = "MBP", a = "GFAP")), "names a more than once")
})

test_that("what cannot be explained is told", {
    skip_without_python()
    spe <- stripes()
    expect_error(explainDomains(spe), 'domains is "SemST", which is no column. There are: .*truth')
    expect_error(explainDomains(spe, domains = "truth", n_null = -1), "n_null has to be one whole number of 0")
    expect_error(explainDomains(spe, domains = "truth", gene_sets = "nowhere.gmt", verbose = FALSE),
        "there is no such file")
    expect_error(explainDomains(SummarizedExperiment::assay(spe), 1:3), "3 entries for 144 spots")
    for (draw in c(plotMarkers, plotExplanation)) {
        expect_error(draw(spe, domains = "truth"),
            'Do that first: x <- explainDomains(x, domains = "truth")', fixed = TRUE)
    }
})

test_that("sizes of points are shares, colours means from the lowest to the highest domain", {
    counts <- methods::as(cbind(
        a = c(10, 0, 0), b = c(4, 0, 6), c = c(0, 0, 10), d = c(0, 5, 5), empty = 0, none = c(9, 9, 9)
    ), "CsparseMatrix")
    labels <- factor(c("1", "2", "2", "3", "1", NA), levels = c("1", "2", "3", "unused"))
    found <- SemST:::.summaries(counts, droplevels(labels), c(1L, 3L))
    expect_equal(found$share, rbind("1" = c(1, 0), "2" = c(0.5, 1), "3" = c(0, 1)), ignore_attr = TRUE)
    first <- c(log1p(1e4), log1p(4e3) / 2, 0)
    third <- c(0, (log1p(6e3) + log1p(1e4)) / 2, log1p(5e3))
    expect_equal(found$level, cbind(first / max(first), third / max(third)), ignore_attr = TRUE)
})

test_that("a picture of markers has the first genes of every domain, none twice", {
    spe <- stripes()
    held <- explained()
    held$markers <- data.frame(domain = c("1", "1", "1", "2", "2", "3"),
        gene = paste0("Gene", c(1, 5, 9, 5, 2, 3)))
    S4Vectors::metadata(spe)$truth_explain <- held
    drawn <- plotMarkers(spe, domains = "truth", n_genes = 2)
    expect_s3_class(drawn, "ggplot")
    expect_identical(levels(drawn$data$gene), paste0("Gene", c(1, 5, 2, 3)))
    expect_identical(nrow(drawn$data), 12L)
    at <- function(domain, gene) drawn$data[drawn$data$domain == domain & drawn$data$gene == gene, ]
    expect_identical(at("1", "Gene1")$level, 1)
    expect_identical(at("3", "Gene3")$level, 1)
    counts <- SummarizedExperiment::assay(spe)
    expect_equal(at("2", "Gene3")$share, mean(counts["Gene3", spe$truth == 2] > 0))
    expect_identical(as.character(at("2", "Gene2")$of), "2")
    object <- seurat_of(spe)
    object$truth <- spe$truth
    object@misc$truth_explain <- held
    expect_equal(plotMarkers(object, domains = "truth", n_genes = 2)$data, drawn$data)
    expect_error(plotMarkers(spe, domains = "truth", genes = 2), "Unknown arguments: genes. Did you mean n_genes[?] .plotMarkers")
    rownames(spe) <- paste0("other", seq_len(nrow(spe)))
    expect_error(plotMarkers(spe, domains = "truth"), "markers are no genes of x .first: Gene1")
    silent <- ggplot2::ggplot_build(drawn)
    expect_length(silent$layout$layout$PANEL, 3)
})

test_that("a picture of the explanation has a panel a domain, its terms in their order", {
    held <- explained()
    drawn <- plotExplanation(held)
    expect_s3_class(drawn, "ggplot")
    expect_identical(drawn$data$term, c("myelination", "ensheathment of neurons", ""))
    expect_equal(drawn$data$strength, c(5, 3, 0))
    expect_identical(levels(drawn$data$head), c("1: 3 spots, 75.0 %\nMBP, PLP1", "2: 1 spots, 25.0 %\nGFAP"))
    expect_identical(drawn$data$note[3], "1 spot, fewer than 10: too few\nfor terms")
    built <- ggplot2::ggplot_build(drawn)
    bars <- built$data[[1]]
    expect_identical(bars$fill[order(bars$PANEL)], c("#0072B2", "#0072B2", "#E69F00"))
    best <- bars[bars$PANEL == 1, ]
    expect_gt(best$x[which.max(best$y)], 4) # the best is on top
    expect_identical(nrow(plotExplanation(held, n_terms = 1)$data), 2L)
    expect_identical(ggplot2::ggplot_build(plotExplanation(held, colours = c("red", "blue")))$data[[1]]$fill,
        c("red", "red", "blue"))
    expect_error(plotExplanation(list()), "x has to be what explainDomains\\(\\) returns")

    spe <- stripes()
    S4Vectors::metadata(spe)$SemST_explain <- lapply(held, methods::as, "DataFrame")
    expect_equal(plotExplanation(spe)$data, drawn$data)
    object <- seurat_of(spe)
    object@misc$semst_explain <- held
    expect_equal(plotExplanation(object)$data, drawn$data)
})

test_that("long texts end in an ellipsis", {
    long <- paste(rep("word", 40), collapse = " ")
    lines <- strsplit(SemST:::.wrapped(long, 20, 2), "\n")[[1]]
    expect_length(lines, 2)
    expect_true(all(nchar(lines) <= 20))
    expect_match(lines[2], "\u2026$")
    expect_identical(SemST:::.wrapped("short", 20, 2), "short")
    expect_identical(nchar(SemST:::.wrapped(strrep("x", 50), 20, 2)), 20L)
    expect_identical(SemST:::.wrapped(character(), 20, 2), character())
})

test_that("domains are found again in another slice, whatever holds it and whatever they are called", {
    skip_without_python()
    x <- simulatedCortex(700, 200, seed = 1)
    y <- simulatedCortex(600, 200, seed = 2)
    y$renamed <- factor(paste0("d", as.integer(y$ground_truth)))
    match <- function(x, y, ...) matchDomains(x, y, ..., n_permutations = 19, verbose = FALSE)
    found <- match(x, y, "ground_truth", "renamed")
    expect_identical(found$by, "symbols")
    expect_identical(found$n_features, 200L)
    expect_gt(sum(found$pairs$matched), 3)
    right <- setNames(paste0("d", seq_along(levels(y$ground_truth))), levels(y$ground_truth))
    matched <- found$pairs[found$pairs$matched, ]
    expect_identical(matched$partner, unname(right[matched$domain]))
    expect_identical(found$mapping, setNames(matched$domain, matched$partner))
    expect_identical(dimnames(found$correlation), list(levels(x$ground_truth), levels(y$renamed)))
    expect_equal(found$correlation[cbind(matched$domain, matched$partner)], matched$r)

    object <- seurat_of(y)
    object$semst_domain <- y$renamed
    expect_equal(match(x, object, "ground_truth"), found)
    counts <- SummarizedExperiment::assay(x, "counts")
    expect_equal(match(counts, y, x$ground_truth, "renamed"), found)
    other <- x
    rownames(other) <- paste0("other", seq_len(nrow(other)))
    expect_warning(none <- match(x, other, "ground_truth", "ground_truth"), "no domain is matched")
    expect_false(any(none$pairs$matched))
    expect_identical(unname(none$mapping), character())
    expect_true(nzchar(none$note))
    expect_error(match(x, y, "ground_truth", "nowhere"), "which is no column")
    expect_error(match(x, y, "ground_truth", "renamed", by = "names"), 'by has to be one of "auto"')
    expect_error(match(counts, y, 1:3, "renamed"), "The domains of x have 3 entries for 700 spots")
    expect_error(matchDomains(x, y, n_permutations = 5), "n_permutations has to be one whole number of 19")
})
