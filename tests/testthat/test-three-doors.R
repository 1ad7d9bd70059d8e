# One slice through AnnData in a Python of its own, through the command, and through R's objects here.
test_that("Python, the command, SpatialExperiment and Seurat give the same embedding and domains", {
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
        "import numpy as np, scipy.io, semst, sys",
        "from semst.cli import app",
        paste("adata =", read),
        "adata.write_h5ad('in.h5ad')",
        "scipy.io.mmwrite('counts.mtx', adata.X.T.tocoo())",
        "np.savetxt('xy.txt', adata.obsm['spatial'], fmt='%.17g')",
        "open('genes.txt', 'w').write('\\n'.join(adata.var_names) + '\\n')",
        "for name, fsm, source in (('semst', None, 'none'), ('graphst', True, 'random')):",
        "    semst.tl.run(adata, name, 7, fsm=fsm, semantics=source, epochs=10, cluster='mixture', random_state=1,",
        "        progress=False)",
        "    line = ['run', 'in.h5ad', '--model', name, '--n-domains', '7', '--semantics', source, '--epochs', '10',",
        "        '--cluster', 'mixture', '--seed', '1', '--out', 'out.h5ad', '--overwrite', '--quiet']",
        "    app(line + ['--fsm'] * bool(fsm), standalone_mode=False)",
        "    for door, found in (('python', adata), ('command', semst.io.read('out.h5ad'))):",
        "        np.savetxt(f'{name}-{door}.z', found.obsm[f'X_{name}'].astype(float), fmt='%.17g')",
        "        np.savetxt(f'{name}-{door}.domains', found.obs[name].astype(int).to_numpy(), fmt='%d')"
    ), script)
    old <- setwd(folder)
    on.exit(setwd(old))
    core <- dirname(semstPython()$core)
    log <- system2(reticulate::py_exe(), "run.py", stdout = TRUE, stderr = TRUE, env = paste0("PYTHONPATH=", core))
    expect_true(file.exists("graphst-command.domains"), info = paste(log, collapse = "\n"))
    counts <- methods::as(Matrix::readMM("counts.mtx"), "CsparseMatrix")
    dimnames(counts) <- list(readLines("genes.txt"), paste0("s", seq_len(ncol(counts))))
    xy <- as.matrix(read.table("xy.txt"))
    dimnames(xy) <- list(NULL, c("x", "y"))
    spe <- SpatialExperiment::SpatialExperiment(assays = list(counts = counts), spatialCoords = xy)
    run <- function(x, ...) {
        suppressWarnings(runSemST(x, 7, ..., epochs = 10, cluster = "mixture", seed = 1, verbose = FALSE))
    }
    check <- function(name, title, ...) {
        z <- unname(as.matrix(read.table(paste0(name, "-python.z"))))
        domains <- as.character(scan(paste0(name, "-python.domains"), quiet = TRUE))
        expect_identical(unname(as.matrix(read.table(paste0(name, "-command.z")))), z)
        expect_identical(as.character(scan(paste0(name, "-command.domains"), quiet = TRUE)), domains)
        first <- run(spe, ...)
        expect_lte(max(abs(unname(SingleCellExperiment::reducedDim(first, title)) - z)), 1e-5)
        expect_identical(as.character(first[[title]]), domains)
        second <- run(seurat_of(spe), ...)
        expect_lte(max(abs(unname(SeuratObject::Embeddings(second, name)) - z)), 1e-5)
        expect_identical(as.character(second[[]][[paste0(name, "_domain")]]), domains)
    }
    check("semst", "SemST", semantics = "none")
    check("graphst", "GraphST", model = "graphst", fsm = TRUE, semantics = "random")
})
