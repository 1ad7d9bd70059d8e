#' Find spatial domains and store them
#'
#' Runs [calculateSemST()] on an object and puts what it finds into it.
#' `runSemanticST()` is short for `model = "semanticst"`.
#'
#' @inheritParams calculateSemST
#' @param x A `SpatialExperiment`, a `SingleCellExperiment` (with `coordinates`)
#'   or a `Seurat` object (v5); or a list of these, which are run jointly, see
#'   [calculateSemST()].
#' @param name Stem of the names of all results. `NULL` takes the model's: its
#'   title in letters and digits (`"SemST"`, `"GraphST"`, `"SpatialMGCN"`); in a
#'   `Seurat` object its name (`"semst"`, `"graphst"`, `"spatialmgcn"`). Results of an
#'   earlier run of that name are replaced; anything else that would be is an error
#'   before the work.
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
#' - what some models show of their inside: `"SemanticST_attention"`, the share of
#'   every graph in a spot's embedding, of SemanticST;
#' - `metadata(x)$SemST`: settings, versions, loss history and timings;
#' - `metadata(x)$SemST_explain`: what marks each domain, see [explainDomains()].
#'
#' A `Seurat` object gets the reduction `"semst"` (and `"semst_semantic"`,
#' `"semanticst_attention"`), the metadata columns `semst_domain`,
#' `semst_unrefined` and `semst_uncertainty`, the record in `Misc(x, "semst")`,
#' what marks each domain in `Misc(x, "semst_explain")`, and the call in
#' `x[["runSemST"]]`.
#'
#' Of a list, a list with the same names, each element as above: the same domains
#' in all, record and explanation those of the joint run.
#'
#' @seealso [semstModels()], [plotDomains()], [explainDomains()], [domainMetrics()], [clusterSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     spe <- runSemST(spe, 3, verbose = FALSE)
#'     spe <- runSemST(spe, 3, model = "graphst", fsm = TRUE,
#'         semantics = "random", epochs = 2, verbose = FALSE
#'     )
#'     table(spe$SemST, spe$GraphST)
#'     plotDomains(spe)
#'     slices <- list(first = spe, second = simulatedCortex(150, 100, seed = 1))
#'     slices <- runSemST(slices, 3, verbose = FALSE)
#'     table(slices$second$SemST)
#' }
#' @rdname runSemST
#' @export
setMethod("runSemST", "SingleCellExperiment", function(
    x, n_domains, model = "semst", ..., name = NULL, store_semantic = FALSE
) {
    name <- .string(name, "name")
    store_semantic <- .flag(store_semantic, "store_semantic")
    found <- calculateSemST(x, n_domains, model, ..., ready = function() {
        .checkStem(x, .stemOf(x, name, model), if (store_semantic) "_semantic")
    })
    .storeInSCE(x, found, name, store_semantic)
})

#' @rdname runSemST
#' @export
setMethod("runSemST", "Seurat", function(
    x, n_domains, model = "semst", ..., assay = NULL, name = NULL, store_semantic = FALSE
) {
    name <- .string(name, "name")
    store_semantic <- .flag(store_semantic, "store_semantic")
    assay <- .seuratAssay(x, assay)
    found <- calculateSemST(x, n_domains, model, assay = assay, ..., ready = function() {
        .checkStem(x, .stemOf(x, name, model), if (store_semantic) "_semantic")
    })
    .storeInSeurat(x, found, name, store_semantic, assay, sys.call(-1L))
})

#' @rdname runSemST
#' @export
setMethod("runSemST", "list", function(
    x, n_domains, model = "semst", ..., assay = NULL, name = NULL, store_semantic = FALSE
) {
    name <- .string(name, "name")
    store_semantic <- .flag(store_semantic, "store_semantic")
    .checkObjects(x, "calculateSemST() takes matrices, and stores nothing.")
    assays <- .seuratAssays(x, assay)
    how <- if (length(assays) > 0L) list(assay = assays)
    ready <- function() {
        .eachSlice(x, function(one, k) {
            .checkStem(one, .stemOf(one, name, model), if (store_semantic) "_semantic")
        })
    }
    found <- do.call(calculateSemST, c(
        list(x, .nDomains(n_domains, auto = TRUE), model, ..., ready = ready), how
    ))
    call <- sys.call(-1L)
    names <- .sliceNames(x)
    .eachSlice(x, function(one, k) {
        if (!.isSeurat(one)) return(.storeInSCE(one, found[[k]], name, store_semantic))
        .storeInSeurat(one, found[[k]], name, store_semantic, assays[[names[k]]], call)
    })
})

#' @rdname runSemST
#' @export
runSemanticST <- function(x, n_domains, ...) {
    call <- match.call()
    call[[1L]] <- runSemST
    call$model <- "semanticst"
    eval(call, parent.frame()) # so that the call that a Seurat object keeps is the user's
}
