#' The spatial graph of a slice
#'
#' Which spots are neighbours, as a run has it: within a radius that gives them
#' a wanted mean number of neighbours, or the nearest ones. No edge joins two
#' slices. What a run has used comes back with `store_graph = TRUE` of
#' [runSemST()].
#'
#' @param x Coordinates, spots x 2 (or 3), or an object that holds them.
#' @param n_neighs Wanted mean number of neighbours; for `"knn"` that of every
#'   spot.
#' @param radius Radius, in the unit of the coordinates, instead of `n_neighs`.
#' @param method `"radius"` or `"knn"`.
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object.
#' @param weights `"connectivities"` (1 for every edge) or `"distances"`.
#' @param coordinates As in [calculateSemST()].
#' @param image Names of the images of a `Seurat` object.
#' @param verbose Whether to show messages.
#' @param ... For objects `n_neighs`, `radius`, `method`, `weights` and
#'   `verbose`.
#' @return A sparse matrix, spots x spots: for `graph` of [runSemST()] or
#'   [domainContacts()], as `colPair` of a `SingleCellExperiment`, or, by
#'   `SeuratObject::as.Graph()`, as graph of a `Seurat` object.
#' @seealso [runSemST()], [domainContacts()]
#' @examples
#' if (semstPython()$ready) {
#'     spatialGraph(cbind(1:4, 0), radius = 1, verbose = FALSE)
#' }
#' @rdname spatialGraph
#' @export
setMethod(
    "spatialGraph",
    "ANY",
    function(
        x,
        n_neighs = 12L,
        radius = NULL,
        method = "radius",
        samples = NULL,
        weights = "connectivities",
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "spatialGraph")
        if (!(is.matrix(x) || .isTable(x))) {
            .notTaken(
                x,
                "spatialGraph",
                paste("coordinates (a matrix of spots x 2 or 3), or", .objects)
            )
        }
        method <- .choice(method, c("radius", "knn"), "method")
        weights <- .choice(weights, c("connectivities", "distances"), "weights")
        if (method == "knn" && !is.null(radius)) {
            stop(
                'radius means nothing with method = "knn". Leave one of the ',
                'two out.',
                call. = FALSE
            )
        }
        found <- .call(
            "spatial_graph",
            .coordinates(x, nrow(x), "Give a matrix with one row per spot."),
            method = method,
            n_neighs = .whole(n_neighs, "n_neighs"),
            radius = .positive(radius, "radius"),
            samples = .samples(samples, nrow(x)),
            verbose = .flag(verbose, "verbose")
        )
        .fromParts(found[[weights]], list(rownames(x), rownames(x)), nrow(x))
    }
)

#' @rdname spatialGraph
#' @export
setMethod(
    "spatialGraph",
    "SingleCellExperiment",
    function(
        x,
        ...,
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id"
    ) {
        place <- .place(x, coordinates, samples)
        rownames(place$xy) <- colnames(x)
        spatialGraph(place$xy, ..., samples = place$samples)
    }
)

#' @rdname spatialGraph
#' @export
setMethod(
    "spatialGraph",
    "Seurat",
    function(
        x,
        ...,
        coordinates = NULL,
        image = NULL,
        samples = NULL
    ) {
        place <- .place(x, coordinates, samples, image)
        rownames(place$xy) <- colnames(x)
        spatialGraph(place$xy, ..., samples = place$samples)
    }
)
