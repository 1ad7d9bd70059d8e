skip_without_python <- function() {
    status <- semstPython()
    testthat::skip_if_not(status$ready, paste("Python core not usable:", status$problem))
}

quick <- function(x, n_domains = 3, ...) {
    runSemST(x, n_domains, ..., semantics = "none", epochs = 2, verbose = FALSE)
}

# A slice without Python: three stripes, each with genes of its own.
stripes <- function(n_side = 12L, n_genes = 40L) {
    old <- globalenv()[[".Random.seed"]]
    on.exit(if (!is.null(old)) assign(".Random.seed", old, envir = globalenv()))
    set.seed(1)
    xy <- as.matrix(expand.grid(x = seq_len(n_side), y = seq_len(n_side)))
    stripe <- (xy[, 1L] - 1L) %/% (n_side / 3L) + 1L
    mean <- matrix(1, n_genes, nrow(xy))
    for (k in 1:3) mean[seq(k, n_genes, by = 4), stripe == k] <- 8
    counts <- matrix(rpois(length(mean), mean), n_genes,
        dimnames = list(paste0("Gene", seq_len(n_genes)), paste0("s", seq_len(nrow(xy)))))
    SpatialExperiment::SpatialExperiment(
        assays = list(counts = methods::as(counts, "CsparseMatrix")),
        colData = S4Vectors::DataFrame(truth = factor(stripe), row.names = colnames(counts)),
        spatialCoords = xy
    )
}

seurat_of <- function(spe, image = TRUE) {
    object <- SeuratObject::CreateSeuratObject(SummarizedExperiment::assay(spe, "counts"))
    if (image) {
        xy <- as.data.frame(SpatialExperiment::spatialCoords(spe))
        xy$cell <- colnames(spe)
        object[["slice"]] <- SeuratObject::CreateFOV(
            SeuratObject::CreateCentroids(xy), assay = "RNA", key = "slice_"
        )
    }
    object
}
