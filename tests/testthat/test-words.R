# What is wrong with a call is said in one sentence, in R's words and before Python starts.
spe <- stripes()
verbs <- list(
    runSemST = 3, calculateSemST = 3, predictSemST = "folder", clusterSemST = 3, refineDomains = NULL,
    calculateSemantics = NULL, domainMetrics = NULL, explainDomains = NULL, matchDomains = spe, alignSlices = NULL,
    domainProportions = NULL, domainContacts = NULL, exportDomains = "file.csv", chooseNDomains = NULL,
    harmoniseSlices = NULL, splitDomains = "1", cutDomains = 2, domainTree = NULL, matchLabels = NULL, spatialGraph = NULL,
    plotMarkers = NULL, plotExplanation = NULL
)

test_that("every verb says what was found, what is accepted and what to do", {
    things <- list(
        "NULL" = NULL, "a data.frame of 3 x 1" = data.frame(a = 1:3), "a function" = mean,
        'the text "slice.h5ad"' = "slice.h5ad"
    )
    for (verb in names(verbs)) {
        others <- if (verb %in% c("spatialGraph", "plotExplanation")) "a data.frame of 3 x 1" # a kind of theirs
        for (thing in setdiff(names(things), others)) {
            said <- tryCatch(do.call(verb, c(list(things[[thing]]), verbs[[verb]])), error = conditionMessage)
            info <- paste0(verb, "(", thing, "): ", said)
            expect_match(said, paste0("x is ", thing, "."), fixed = TRUE, info = info)
            expect_match(said, "takes .*SpatialExperiment", info = info)
            expect_no_match(said, "inherited method|error in evaluating|unused argument", info = info)
        }
    }
    expect_error(runSemST(matrix(1, 2, 3), 3), "x is a matrix of 2 x 3.*For a matrix there is calculateSemST()")
    expect_error(runSemST(list(spe, "a"), 3), "Slice '2' is a character; a SpatialExperiment")
    expect_error(calculateSemST(list(spe, "a"), 3), "Slice '2': x is the text \"a\"")
})

test_that("names of arguments are held against R's and the settings before Python starts", {
    testthat::local_mocked_bindings(.core = function() stop("Python was started"), .package = "SemST")
    near <- c(assay_type = "assay.type", assay_typ = "assay.type", coords = "coordinates", symbol = "symbols",
        sed = "seed", epoch = "epochs", subsetrow = "subset_row", n_neigh = "n_neighs", in.tissue = "in_tissue")
    for (name in names(near)) {
        expect_error(do.call(runSemST, c(list(spe, 3), stats::setNames(list(1), name))),
            paste0("no setting '", name, "'. Did you mean '", near[[name]], "'"), fixed = TRUE)
    }
    said <- tryCatch(runSemST(spe, 3, qqq = 1), error = conditionMessage)
    for (name in c("assay.type", "coordinates", "symbols", "seed", "epochs", "device")) {
        expect_match(said, paste0("\\b", name, "\\b"), info = name)
    }
    expect_error(runSemST(spe, 3, assay = "RNA"), "assay is no argument for this object. It is one of Seurat")
    expect_error(runSemST(seurat_of(spe), 3, assay.type = "counts"), "A Seurat object has assays and layers")
    expect_error(runSemST(spe, 3, random_state = 1), "random_state is given as seed in R")
    expect_error(runSemST(list(spe), 3, epoch = 1), "no setting 'epoch'. Did you mean 'epochs'")
    expect_error(calculateSemantics(spe, ranknig = 1), "no setting 'ranknig'. Did you mean 'ranking'")
    expect_error(semanticSource("TextEncoder", modell = "x"), "no setting 'modell'. Did you mean 'model'")
    expect_error(domainMetrics(c(1, 2), turth = 3), "Unknown arguments: turth. Did you mean truth?", fixed = TRUE)
    expect_error(clusterSemST(matrix(1, 3, 2), 2, start = 3), "Unknown arguments: start. Did you mean n_starts|Unknown arguments: start")
    expect_error(runSemST(spe, 3), "Python was started")
})

test_that("an unknown model is told without Python, too", {
    said <- in_session("tryCatch(runSemST(1:3, 3), error = function(e) cat(conditionMessage(e), '\\n'))",
        "x <- matrix(1, 2, 2)",
        "tryCatch(calculateSemST(x, 3, 'grapst'), error = function(e) cat(conditionMessage(e), '\\n'))",
        "cat('Python:', reticulate::py_available(), '\\n')", python = "/nowhere/python")
    expect_match(said, "no model 'grapst'. Did you mean 'graphst'", fixed = TRUE)
    expect_match(said, "Python: FALSE", fixed = TRUE)
})

test_that("the first call says that it starts Python", {
    skip_without_python()
    said <- in_session("x <- simulatedCortex(100, 50)", "x <- simulatedCortex(100, 50)")
    expect_identical(lengths(regmatches(said, gregexpr("starting Python (first call", said, fixed = TRUE))), 1L)
    expect_no_match(in_session("x <- runSemST(simulatedCortex, 3)"), "starting Python")
})

test_that("the arguments of a run show in args() and in its methods", {
    shown <- names(formals(args(runSemST)))
    expect_true(all(c("model", "semantics", "fsm", "cluster", "seed", "name", "verbose") %in% shown))
    for (verb in c("runSemST", "calculateSemST")) {
        for (kind in c("SingleCellExperiment", "Seurat")) {
            own <- names(SemST:::.formalsOf(selectMethod(verb, kind)))
            wanted <- c("coordinates", "samples", "depth", "symbols", "subset_row", "in_tissue", "seed", "semantics",
                if (kind == "Seurat") c("assay", "layer", "image") else "assay.type")
            expect_identical(setdiff(wanted, own), character(), info = paste(verb, kind))
        }
    }
})

test_that("an assay is named or numbered", {
    skip_without_python()
    two <- spe
    SummarizedExperiment::assays(two) <- list(logcounts = log1p(SummarizedExperiment::assay(spe)),
        counts = SummarizedExperiment::assay(spe))
    expect_identical(quick(two, assay.type = 2)$SemST, quick(two)$SemST)
    expect_error(quick(two, assay.type = 1), 'Assay "logcounts" holds values that are not whole numbers')
    expect_error(quick(two, assay.type = 3), "There is no assay 3. The object has: logcounts, counts")
    expect_error(quick(two, assay.type = NULL), "There is no assay NULL")
    two <- SpatialExperiment::SpatialExperiment(
        assays = unname(as.list(SummarizedExperiment::assays(two))), spatialCoords = SpatialExperiment::spatialCoords(spe))
    expect_identical(quick(two, assay.type = 2)$SemST, quick(spe)$SemST)
    expect_error(quick(two), 'no assay "counts". The object has: 2 without names')
})

test_that("genes can be chosen, by name, number or truth", {
    skip_without_python()
    chosen <- rownames(spe)[1:30]
    found <- quick(spe, subset_row = chosen)
    expect_identical(quick(spe, subset_row = 1:30)$SemST, found$SemST)
    expect_identical(quick(spe, subset_row = rownames(spe) %in% chosen)$SemST, found$SemST)
    alone <- quick(spe[1:30, ], depth = Matrix::colSums(SummarizedExperiment::assay(spe)))
    expect_identical(SingleCellExperiment::reducedDim(alone, "SemST"), SingleCellExperiment::reducedDim(found, "SemST"))
    expect_identical(unname(quick(seurat_of(spe), subset_row = chosen)$semst_domain), found$SemST)
    expect_error(quick(spe, subset_row = c("Gene1", "MBP")), "subset_row names 1 genes that are not there: MBP")
    expect_error(quick(spe, subset_row = 0), "subset_row has to be names of genes, their numbers (1 to 40)", fixed = TRUE)
})

test_that("spots outside the tissue are left out, and told", {
    skip_without_python()
    part <- spe
    part$in_tissue <- rep(c(TRUE, FALSE), c(132, 12))
    expect_message(found <- runSemST(part, 3, semantics = "none", seed = 2),
        "12 of 144 spots lie outside the tissue (in_tissue) and are left out", fixed = TRUE)
    alone <- quick(part[, 1:132], seed = 2)
    expect_identical(found$SemST[1:132], alone$SemST)
    expect_true(all(is.na(found$SemST[133:144])) && all(is.na(found$SemST_uncertainty[133:144])))
    z <- SingleCellExperiment::reducedDim(found, "SemST")
    expect_identical(z[1:132, ], SingleCellExperiment::reducedDim(alone, "SemST")[, ])
    expect_true(all(is.na(z[133:144, ])))
    object <- seurat_of(spe)
    object$in_tissue <- as.integer(part$in_tissue)
    expect_identical(unname(quick(object, seed = 2)$semst_domain), found$SemST)
    expect_identical(quick(part, in_tissue = FALSE)$SemST, quick(spe)$SemST)
    joint <- quick(list(a = part, b = spe))
    expect_identical(lapply(joint, function(one) sum(is.na(one$SemST))), list(a = 12L, b = 0L))
    vectors <- matrix(sin(1:288), 144)
    run <- runSemST(part, 3, semantics = vectors, preset = "network", epochs = 1, store_semantic = TRUE, verbose = FALSE)
    kept <- SingleCellExperiment::reducedDim(run, "SemST_semantic")
    expect_equal(unname(kept[1:132, ]), vectors[1:132, ], tolerance = 1e-6)
    saved <- tempfile("model")
    quick(spe, save_model = saved)
    predicted <- suppressWarnings(predictSemST(part, saved, verbose = FALSE))
    expect_identical(which(is.na(predicted$SemST)), 133:144)
    expect_error(quick(part, in_tissue = rep("maybe", 144)), "in_tissue has to say of each of the 144 spots")
    part$in_tissue <- 0
    expect_error(quick(part), "No spot lies in the tissue (in_tissue is 0 for all 144)", fixed = TRUE)
})

test_that("Ensembl IDs are read by the column of symbols, and that is told", {
    skip_without_python()
    ids <- spe
    symbols <- rownames(spe)
    rownames(ids) <- sprintf("ENSG%011d", seq_len(nrow(ids)))
    SummarizedExperiment::rowData(ids)$gene_name <- symbols
    expect_message(found <- quick(ids),
        'the row names are Ensembl IDs; gene symbols are taken from the column "gene_name" of rowData', fixed = TRUE)
    expect_identical(S4Vectors::metadata(found)$SemST_explain$markers$gene,
        S4Vectors::metadata(quick(spe))$SemST_explain$markers$gene)
    object <- seurat_of(ids)
    object[["RNA"]] <- SeuratObject::AddMetaData(object[["RNA"]],
        data.frame(Symbol = symbols, row.names = rownames(object)))
    expect_message(quick(object), 'the column "Symbol" of the metadata of the assay "RNA"', fixed = TRUE)
    SummarizedExperiment::rowData(ids)$gene_name <- rownames(ids)
    expect_no_message(quick(ids))
    expect_no_message(quick(ids, symbols = symbols))
})
