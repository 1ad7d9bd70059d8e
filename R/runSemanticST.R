#' Find spatial domains with SemanticST and store them
#'
#' SemanticST learns on context graphs of several kinds (near in space, alike in
#' expression, of one first domain), fuses what it learns spot by spot, and takes
#' several slices at once: graphs in space stay within a slice, and mutual nearest
#' neighbours join slices by expression.
#'
#' @inheritParams calculateSemST
#' @param x A `SpatialExperiment`, a `SingleCellExperiment` (with `coordinates`)
#'   or a `Seurat` object (v5).
#' @param n_domains Number of domains, 2 or more.
#' @param name Stem of the names of all results.
#' @param store_semantic Also store the semantic vectors.
#' @param ... `fsm` (let semantic vectors modulate what the network has learned;
#'   `FALSE`), `semantics` (their source, as in [calculateSemST()]; not used
#'   without `fsm`), `harmony` (correct the embedding of several slices with
#'   Harmony; `FALSE`); `epochs`, `cluster`, `n_starts`, `refine`, `seed`,
#'   `device`, `precision`, `checkpoint_dir`, `cache_dir` and `verbose` as in
#'   [calculateSemST()]; and settings of the model, e.g. `n_latent`. An unknown
#'   one is an error that lists all.
#'
#' @return The object with the slots of [runSemST()], under `name`. In a
#'   `SpatialExperiment` or `SingleCellExperiment`, `reducedDim(x,
#'   "SemanticST_attention")` also holds the share of every graph in a spot's
#'   embedding.
#'
#' @seealso [runSemST()], [plotDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     spe <- runSemanticST(spe, 3, epochs = 2, verbose = FALSE)
#'     table(spe$SemanticST)
#' }
#' @rdname runSemanticST
#' @export
setMethod("runSemanticST", "SingleCellExperiment", function(
    x, n_domains, ..., assay.type = "counts", coordinates = NULL,
    samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
    depth = NULL, symbols = NULL, name = "SemanticST", store_semantic = FALSE
) {
    name <- .stem(name)
    store_semantic <- .flag(store_semantic, "store_semantic")
    spatial <- methods::is(x, "SpatialExperiment")
    found <- .semanticst(.nDomains(n_domains), function() {
        xy <- if (spatial) .speCoordinates(x, coordinates) else .sceCoordinates(x, coordinates)
        .sceSlice(x, xy, samples, depth, symbols, assay.type)
    }, ...)
    reducedDim(x, paste0(name, "_attention")) <- attr(found, "attention")
    .storeInSCE(x, found, name, store_semantic)
})

#' @rdname runSemanticST
#' @export
setMethod("runSemanticST", "Seurat", function(
    x, n_domains, ..., assay = NULL, layer = "counts", coordinates = NULL, image = NULL,
    samples = NULL, depth = NULL, symbols = NULL, name = "semanticst", store_semantic = FALSE
) {
    name <- .stem(name)
    store_semantic <- .flag(store_semantic, "store_semantic")
    assay <- .seuratAssay(x, assay)
    found <- .semanticst(.nDomains(n_domains), function() {
        .seuratSlice(x, assay, layer, coordinates, image, samples, depth, symbols)
    }, ...)
    .storeInSeurat(x, found, name, store_semantic, assay, "runSemanticST", sys.call(-1L))
})

# The settings of SemanticST, with their types checked, for .runModel().
.semanticst <- function(
    n_domains, take, ..., fsm = FALSE, semantics = NULL, harmony = FALSE, epochs = NULL,
    cluster = .clusterers, n_starts = NULL, refine = TRUE, seed = 0L, device = "auto",
    precision = "32-true", checkpoint_dir = NULL, cache_dir = NULL, verbose = TRUE
) {
    force(n_domains)
    verbose <- .flag(verbose, "verbose")
    options <- list(
        fsm = .flag(fsm, "fsm"), harmony = .flag(harmony, "harmony"),
        epochs = .whole(epochs, "epochs"), cluster = .choice(cluster, .clusterers, "cluster"),
        n_starts = .whole(n_starts, "n_starts"), refine = .flag(refine, "refine"),
        random_state = .whole(seed, "seed", low = 0), device = .string(device, "device"),
        precision = .string(precision, "precision"),
        checkpoint_dir = .folder(checkpoint_dir, "checkpoint_dir"),
        cache_dir = .folder(cache_dir, "cache_dir")
    )
    .runModel("semanticst", take(), n_domains,
        name = "SemanticST", semantics = semantics, settings = .settings(...),
        options = options, verbose = verbose
    )
}
