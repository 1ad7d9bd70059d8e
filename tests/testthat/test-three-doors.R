# One slice through AnnData in a Python of its own, and through R's objects here.
test_that("AnnData, SpatialExperiment and Seurat give the same embedding and domains", {
    skip_without_python()
    folder <- tempfile("doors")
    dir.create(folder)
    slice <- file.path(Sys.getenv("SEMST_SHARED_DATA", "nowhere"), "starmap_mvc_BY3_1k.h5ad")
    read <- if (file.exists(slice)) {
        sprintf("semst.io.read(%s)", shQuote(slice))
    } else {
        "semst.datasets.simulated_cortex(400, 150, random_state=4)"
    }
    script <- file.path(folder, "run.py")
    writeLines(c(
        "import os, sys, numpy as np, scipy.io, semst",
        paste("adata =", read),
        "semst.tl.semst(adata, 7, semantics='none', epochs=10, cluster='mixture', random_state=1, progress=False)",
        "scipy.io.mmwrite('counts.mtx', adata.X.T.tocoo())",
        "np.savetxt('xy.txt', adata.obsm['spatial'], fmt='%.17g')",
        "np.savetxt('z.txt', adata.obsm['X_semst'].astype(float), fmt='%.17g')",
        "np.savetxt('domains.txt', adata.obs['semst'].astype(int).to_numpy(), fmt='%d')",
        "open('genes.txt', 'w').write('\\n'.join(adata.var_names) + '\\n')"
    ), script)
    old <- setwd(folder)
    on.exit(setwd(old))
    core <- dirname(semstPython()$core)
    log <- system2(reticulate::py_exe(), "run.py", stdout = TRUE, stderr = TRUE, env = paste0("PYTHONPATH=", core))
    expect_true(file.exists("genes.txt"), info = paste(log, collapse = "\n"))
    counts <- methods::as(Matrix::readMM("counts.mtx"), "CsparseMatrix")
    dimnames(counts) <- list(readLines("genes.txt"), paste0("s", seq_len(ncol(counts))))
    xy <- as.matrix(read.table("xy.txt"))
    dimnames(xy) <- list(NULL, c("x", "y"))
    z <- unname(as.matrix(read.table("z.txt")))
    domains <- as.character(scan("domains.txt", quiet = TRUE))

    spe <- SpatialExperiment::SpatialExperiment(assays = list(counts = counts), spatialCoords = xy)
    run <- function(x) {
        suppressWarnings(runSemST(x, 7, semantics = "none", epochs = 10, cluster = "mixture", seed = 1, verbose = FALSE))
    }
    first <- run(spe)
    expect_lte(max(abs(unname(SingleCellExperiment::reducedDim(first, "SemST")) - z)), 1e-5)
    expect_identical(as.character(first$SemST), domains)
    second <- run(seurat_of(spe))
    expect_lte(max(abs(unname(SeuratObject::Embeddings(second, "semst")) - z)), 1e-5)
    expect_identical(as.character(second$semst_domain), domains)
})
