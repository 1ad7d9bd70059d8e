#' Find spatial domains and store them
#'
#' Runs [calculateSemST()] on an object and puts what it finds into it.
#'
#' @inheritParams calculateSemST
#' @param x A `SpatialExperiment`, a `SingleCellExperiment` (with `coordinates`)
#'   or a `Seurat` object (v5).
#' @param name Stem of the names of all results.
#' @param assay Assay of a `Seurat` object; the default assay, or the one that
#'   `SCTransform()` made it from.
#' @param store_semantic Also store the semantic vectors.
#' @param ... Arguments of [calculateSemST()].
#'
#' @return The object with, for `name = "SemST"`,
#'
#' - `colData(x)$SemST`: the domains, a factor, `NA` for spots without counts;
#' - `colData(x)$SemST_unrefined`, `colData(x)$SemST_uncertainty`;
#' - `reducedDim(x, "SemST")`: the embedding, and `"SemST_semantic"` on request;
#' - `metadata(x)$SemST`: settings, versions, loss history and timings.
#'
#' A `Seurat` object gets the reduction `"semst"`, the metadata columns
#' `semst_domain`, `semst_unrefined` and `semst_uncertainty`, the record in
#' `Misc(x, "semst")`, and the call in `x[["runSemST"]]`.
#'
#' @seealso [plotDomains()], [domainMetrics()], [clusterSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     spe <- runSemST(spe, 3, semantics = "none", epochs = 2, verbose = FALSE)
#'     table(spe$SemST)
#'     plotDomains(spe)
#' }
#' @rdname runSemST
#' @export
setMethod("runSemST", "SingleCellExperiment", function(
    x, n_domains, ..., name = "SemST", store_semantic = FALSE
) {
    name <- .stem(name)
    store_semantic <- .flag(store_semantic, "store_semantic")
    .storeInSCE(x, calculateSemST(x, n_domains, ...), name, store_semantic)
})

#' @rdname runSemST
#' @export
setMethod("runSemST", "Seurat", function(
    x, n_domains, ..., assay = NULL, name = "semst", store_semantic = FALSE
) {
    name <- .stem(name)
    store_semantic <- .flag(store_semantic, "store_semantic")
    assay <- .seuratAssay(x, assay)
    found <- calculateSemST(x, n_domains, assay = assay, ...)
    .storeInSeurat(x, found, name, store_semantic, assay, "runSemST", sys.call(-1L))
})
