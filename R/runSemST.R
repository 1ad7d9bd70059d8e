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
#'   `Seurat` object its name (`"semst"`, `"graphst"`, `"spatialmgcn"`). Results
#'   of an earlier run of that name are replaced; anything else that would be is
#'   an error before the work.
#' @param store_semantic Also store the semantic vectors.
#' @param store_graph Also store the spatial graph of the run, and the lengths
#'   of its edges.
#' @param ... Settings of the model and further arguments, as in
#'   [calculateSemST()]; for a list also how its elements are read.
#'
#' @return The object with, for `name = "SemST"`,
#'
#' - `colData(x)$SemST`: the domains, a factor, `NA` for spots without counts;
#' - `colData(x)$SemST_unrefined`, `colData(x)$SemST_uncertainty`;
#' - `reducedDim(x, "SemST")`: the embedding, and `"SemST_semantic"` on request;
#' - `colPair(x, "SemST_connectivities")`, `colPair(x, "SemST_distances")`: the
#'   spatial graph on request; `colPair(x, "SemST_connectivities", asSparse =
#'   TRUE)` is a sparse matrix;
#' - what some models show of their inside: `"SemanticST_attention"`, the share
#'   of every graph in a spot's embedding, of SemanticST;
#' - `metadata(x)$SemST`: settings, versions, loss history and timings;
#' - `metadata(x)$SemST_explain`: what marks each domain, see
#'   [explainDomains()].
#'
#' A `Seurat` object gets the reduction `"semst"` (and `"semst_semantic"`,
#' `"semanticst_attention"`), the metadata columns `semst_domain`,
#' `semst_unrefined` and `semst_uncertainty`, the record in `Misc(x, "semst")`,
#' what marks each domain in `Misc(x, "semst_explain")`, the call in
#' `x[["runSemST.RNA"]]` (with the assay's name), and on request the graphs
#' `semst_connectivities` and `semst_distances`. Names that Seurat would change
#' in some places (with spaces, or a digit first) are changed as `make.names()`
#' does in all.
#'
#' Of a list, a list with the same names, each element as above: the same
#' domains in all, record and explanation those of the joint run.
#'
#' @seealso [semstModels()], [plotDomains()], [explainDomains()],
#'   [domainMetrics()], [clusterSemST()]
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
setMethod(
    "runSemST",
    "SingleCellExperiment",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        name = NULL,
        store_semantic = FALSE,
        store_graph = FALSE,
        verbose = TRUE
    ) {
        name <- .string(name, "name")
        store <- .stored(store_semantic, store_graph)
        found <- calculateSemST(
            x,
            n_domains,
            model,
            ...,
            assay.type = assay.type,
            coordinates = coordinates,
            samples = samples,
            depth = depth,
            symbols = symbols,
            subset_row = subset_row,
            in_tissue = in_tissue,
            fsm = fsm,
            semantics = semantics,
            cluster = cluster,
            refine = refine,
            explain = explain,
            seed = seed,
            save_model = save_model,
            verbose = verbose,
            ready = function() {
                .checkStem(x, .stemOf(x, name, model), store$beside)
            }
        )
        .storeInSCE(x, found, name, store)
    }
)

#' @rdname runSemST
#' @export
setMethod(
    "runSemST",
    "Seurat",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        name = NULL,
        store_semantic = FALSE,
        store_graph = FALSE,
        verbose = TRUE
    ) {
        name <- .seuratName(.string(name, "name"))
        store <- .stored(store_semantic, store_graph)
        assay <- .seuratAssay(x, assay)
        found <- calculateSemST(
            x,
            n_domains,
            model,
            ...,
            assay = assay,
            layer = layer,
            coordinates = coordinates,
            image = image,
            samples = samples,
            depth = depth,
            symbols = symbols,
            subset_row = subset_row,
            in_tissue = in_tissue,
            fsm = fsm,
            semantics = semantics,
            cluster = cluster,
            refine = refine,
            explain = explain,
            seed = seed,
            save_model = save_model,
            verbose = verbose,
            ready = function() {
                .checkStem(x, .stemOf(x, name, model), store$beside)
            }
        )
        .storeInSeurat(x, found, name, store, assay, sys.call(-1L))
    }
)

#' @rdname runSemST
#' @export
setMethod(
    "runSemST",
    "list",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        assay = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        name = NULL,
        store_semantic = FALSE,
        store_graph = FALSE,
        verbose = TRUE
    ) {
        name <- .string(name, "name")
        store <- .stored(store_semantic, store_graph)
        .checkObjects(x, "calculateSemST() takes matrices, and stores nothing.")
        assays <- .seuratAssays(x, assay)
        how <- if (length(assays) > 0L) list(assay = assays)
        ready <- function() {
            .eachSlice(x, function(one, k) {
                own <- if (.isSeurat(one)) .seuratName(name) else name
                .checkStem(one, .stemOf(one, own, model), store$beside)
            })
        }
        found <- do.call(
            calculateSemST,
            c(
                list(
                    x,
                    .nDomains(n_domains, auto = TRUE),
                    model,
                    ...,
                    fsm = fsm,
                    semantics = semantics,
                    cluster = cluster,
                    refine = refine,
                    explain = explain,
                    seed = seed,
                    save_model = save_model,
                    verbose = verbose,
                    ready = ready
                ),
                how
            )
        )
        call <- sys.call(-1L)
        names <- .sliceNames(x)
        .eachSlice(x, function(one, k) {
            if (!.isSeurat(one)) {
                return(.storeInSCE(one, found[[k]], name, store))
            }
            .storeInSeurat(
                one,
                found[[k]],
                .seuratName(name),
                store,
                assays[[names[k]]],
                call
            )
        })
    }
)

#' @rdname runSemST
#' @export
setMethod("runSemST", "ANY", function(x, n_domains, model = "semst", ...) {
    .notTaken(x, "runSemST", paste0(.objects, ", or a list of these"))
})

# What a run stores on request, besides what it stores in any case.
.stored <- function(store_semantic, store_graph) {
    list(
        semantic = .flag(store_semantic, "store_semantic"),
        graph = .flag(store_graph, "store_graph"),
        beside = if (store_semantic) "_semantic"
    )
}

#' @rdname runSemST
#' @export
runSemanticST <- function(x, n_domains, ...) {
    call <- match.call()
    call[[1L]] <- runSemST
    call$model <- "semanticst"
    # so that the call that a Seurat object keeps is the user's
    eval(call, parent.frame())
}
