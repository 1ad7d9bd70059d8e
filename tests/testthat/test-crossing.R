# Results keep their place on the way from door to door: R, Python, the command, Seurat, R.
in_python <- function(lines, folder) {
    script <- file.path(folder, "step.py")
    writeLines(c("import sys, semst", "from semst.cli import app", lines), script)
    core <- dirname(normalizePath(semstPython()$core))
    said <- suppressWarnings(system2(reticulate::py_exe(), script, stdout = TRUE, stderr = TRUE,
        env = c(paste0("PYTHONPATH=", core), paste0("R_LIBS=", paste(.libPaths(), collapse = ":")), "R_TESTS=")))
    expect_null(attr(said, "status"), info = paste(said, collapse = "\n"))
}

test_that("from R to Python to R to Seurat and back, domains, embedding, colours and explanation are found", {
    skip_without_python()
    skip_if_not(reticulate::py_module_available("rpy2"), "rpy2 is not installed")
    folder <- tempfile("crossing")
    dir.create(folder)
    path <- function(name) file.path(folder, name)
    first <- splitDomains(quick(simulatedCortex(200, 120), store_graph = TRUE), "1", 2, verbose = FALSE)
    saveRDS(first, path("first.rds"))
    in_python(sprintf(c(
        "adata = semst.io.read('%1$s/first.rds')",
        "assert {'semst', 'semst_unrefined', 'semst_uncertainty', 'semst_split'} <= set(adata.obs), adata.obs.columns",
        "assert 'X_semst' in adata.obsm and 'semst_connectivities' in adata.obsp, adata",
        "assert adata.uns['semst']['params']['model'] == 'semst'",
        "assert list(adata.uns['semst_explain']['markers'].columns)[:2] == ['domain', 'gene']",
        "assert semst.tl.explain_lines(adata)",
        "semst.pl.domains(adata)",
        "semst.tl.tree(adata, 'semst_split')",
        "semst.tl.cut(adata, 2)",
        "semst.io.write_rds(adata, '%1$s/spe.rds')",
        "semst.io.write_rds(adata, '%1$s/seurat.rds', as_='Seurat')",
        "semst.io.write(adata, '%1$s/slice.h5ad')"
    ), folder), folder)
    names <- function(x) {
        if (is(x, "Seurat")) c("semst_domain", "semst", "semst_split", "semst_cut") else c("SemST", "SemST", "SemST_split", "SemST_cut")
    }
    look <- function(x) {
        own <- names(x)
        domains <- SemST:::.column(x, own[1], "domains")
        expect_identical(as.character(domains), as.character(first$SemST))
        expect_equal(unname(SemST:::.embeddingIn(x, own[2])),
            unname(SingleCellExperiment::reducedDim(first, "SemST")[, ]), tolerance = 1e-6)
        expect_identical(SemST:::.explained(x, own[1])$markers$gene,
            as.character(S4Vectors::metadata(first)$SemST_explain$markers$gene))
        expect_s3_class(plotDomains(x), "ggplot")
        expect_true("ari" %in% base::names(domainMetrics(x, truth = "ground_truth")))
        expect_identical(domainTree(x, domains = own[3])$labels, levels(first$SemST_split))
        expect_identical(nlevels(SemST:::.column(x, own[4], "domains")), 2L)
        # results, which a run of that name replaces
        expect_no_error(suppressWarnings(suppressMessages(quick(x))))
    }
    look(readRDS(path("spe.rds")))
    seurat <- readRDS(path("seurat.rds"))
    look(seurat)
    expect_true("semst_connectivities" %in% SeuratObject::Graphs(seurat))
    spe <- readRDS(path("spe.rds"))
    expect_setequal(SingleCellExperiment::colPairNames(spe), c("SemST_connectivities", "SemST_distances"))
    # and back through the command
    saveRDS(seurat, path("again.rds"))
    in_python(sprintf(c(
        "app(['explain', '%1$s/again.rds', '--out', '%1$s/explained.h5ad', '--overwrite', '--quiet'], standalone_mode=False)",
        "adata = semst.io.read('%1$s/explained.h5ad')",
        "assert 'semst' in adata.obs and 'X_semst' in adata.obsm and 'semst_explain' in adata.uns, adata",
        "semst.io.write_rds(adata, '%1$s/back.rds')"
    ), folder), folder)
    back <- readRDS(path("back.rds"))
    expect_identical(as.character(back$SemST), as.character(first$SemST))
    expect_false(is.null(S4Vectors::metadata(back)$SemST_explain$markers))
})

test_that("names that Python or another door has left are found by the verbs", {
    skip_without_python()
    found <- quick(stripes())
    columns <- SummarizedExperiment::colData(found)
    for (name in c("semst", "semst_domain")) {
        other <- found
        S4Vectors::metadata(other) <- stats::setNames(S4Vectors::metadata(other)[c("SemST", "SemST_explain")],
            c("semst", "semst_explain"))
        colnames(SummarizedExperiment::colData(other)) <- sub("^SemST$", name, sub("^SemST_", "semst_", colnames(columns)))
        SingleCellExperiment::reducedDimNames(other) <- "X_semst"
        expect_identical(domainMetrics(other), domainMetrics(found))
        expect_identical(domainProportions(other)$counts, domainProportions(found)$counts)
        expect_identical(refineDomains(other, verbose = FALSE)$SemST, refineDomains(found, verbose = FALSE)$SemST)
        expect_s3_class(plotDomains(other), "ggplot")
        expect_s3_class(domainTree(other), "hclust")
        expect_identical(SemST:::.explained(other, "SemST")$markers, SemST:::.explained(found, "SemST")$markers)
        expect_identical(chooseNDomains(other, 2:3, n_subsamples = 2, n_starts = 1, verbose = FALSE),
            chooseNDomains(found, 2:3, n_subsamples = 2, n_starts = 1, verbose = FALSE))
    }
    mine <- found
    mine$semst_domain <- mine$SemST # what is asked for by its own name is that
    expect_identical(domainMetrics(mine, domains = "SemST"), domainMetrics(found))
})

test_that("a Seurat object takes results again, is updated and renamed without a warning", {
    skip_without_python()
    object <- quick(seurat_of(stripes()))
    expect_no_warning(again <- quick(object))
    expect_identical(again$semst_domain, object$semst_domain)
    expect_no_warning(suppressMessages(SeuratObject::UpdateSeuratObject(again)))
    odd <- c("my run" = "my.run", "my.run" = "my.run", my_run = "my_run", "_x" = "X_x", "1a" = "X1a", "a-b" = "a.b")
    for (name in names(odd)) {
        own <- odd[[name]]
        x <- seurat_of(stripes())
        if (own != name) expect_message(x <- quick(x, name = name), paste0('are called "', own, '"'), fixed = TRUE)
        else expect_no_message(x <- quick(x, name = name))
        expect_true(all(paste0(own, c("_domain", "_unrefined", "_uncertainty")) %in% colnames(x[[]])), info = name)
        expect_identical(SeuratObject::Reductions(x), own)
        expect_true(all(paste0(own, c("", "_explain")) %in% names(slot(x, "misc"))), info = name)
        expect_no_warning(suppressMessages(x <- quick(x, name = name)))
        expect_identical(SeuratObject::Reductions(x), own)
        expect_no_warning(suppressMessages(SeuratObject::UpdateSeuratObject(x)))
        expect_type(domainMetrics(x, domains = paste0(own, "_domain"), dimred = own), "double")
    }
})

test_that("an assay with corrected counts that is named is told", {
    skip_without_python()
    skip_if_not_installed("Seurat")
    corrected <- known_objects()[["Seurat, SCTransform()"]]$object
    expect_warning(try(runSemST(corrected, 2, assay = "SCT", verbose = FALSE), silent = TRUE),
        'The assay "SCT" holds counts that SCTransform() has corrected', fixed = TRUE)
})
