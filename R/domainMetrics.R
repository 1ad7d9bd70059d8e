#' Scores of domains
#'
#' Agreement with an annotation: `ari`, `nmi`, `accuracy` and F1 scores after
#' the best matching of names; spots without annotation are left out. Without
#' one: `chaos` and `pas` (coherence on the tissue, lower is better; the mean
#' over slices) and `asw` (silhouette width in the embedding, higher is better).
#'
#' @param x Domains, one per spot (`NA` for none), or an object that holds them.
#' @param truth Annotation (`NA` for none), or the name of a column.
#' @param coordinates Matrix, spots x 2 (or 3).
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat` object.
#' @param embedding Matrix, spots x dimensions.
#' @param domains Column with the domains.
#' @param dimred Reduced dimension with the embedding; used where it is there.
#' @param image Names of the images of a `Seurat` object.
#' @param ... Nothing else is accepted.
#' @return A named numeric vector.
#' @examples
#' if (semstPython()$ready) {
#'     domainMetrics(c(1, 1, 2, 2), truth = c("a", "a", "b", NA))
#' }
#' @rdname domainMetrics
#' @export
setMethod("domainMetrics", "ANY", function(
    x, truth = NULL, coordinates = NULL, samples = NULL, embedding = NULL, ...
) {
    .nothingElse(...)
    domains <- as.factor(x)
    n_spots <- length(domains)
    if (is.null(truth) && is.null(coordinates) && is.null(embedding)) {
        stop("Nothing to score against: give truth, coordinates or embedding.", call. = FALSE)
    }
    if (!is.null(truth) && length(truth) != n_spots) {
        stop("truth has ", length(truth), " entries for ", n_spots, " domains.", call. = FALSE)
    }
    if (!is.null(embedding) && nrow(as.matrix(embedding)) != n_spots) {
        stop("embedding has ", nrow(as.matrix(embedding)), " rows for ", n_spots, " domains.",
            call. = FALSE)
    }
    found <- .call("score", array(.codes(domains)),
        truth = if (!is.null(truth)) array(.codes(as.factor(truth))),
        coordinates = if (!is.null(coordinates)) {
            .coordinates(coordinates, n_spots, "Give a matrix with one row per spot.")
        },
        samples = .samples(samples, n_spots),
        embedding = if (!is.null(embedding)) unname(as.matrix(embedding))
    )
    unlist(found)
})

#' @rdname domainMetrics
#' @export
setMethod("domainMetrics", "SingleCellExperiment", function(
    x, truth = NULL, coordinates = NULL,
    samples = if (methods::is(x, "SpatialExperiment")) "sample_id", domains = "SemST",
    dimred = "SemST", ...
) {
    .nothingElse(...)
    place <- .place(x, coordinates, samples)
    domainMetrics(.column(x, domains, "domains"),
        truth = .perSpot(x, truth, "truth"), coordinates = place$xy, samples = place$samples,
        embedding = if (dimred %in% reducedDimNames(x)) reducedDim(x, dimred)
    )
})

#' @rdname domainMetrics
#' @export
setMethod("domainMetrics", "Seurat", function(
    x, truth = NULL, coordinates = NULL, image = NULL, samples = NULL, domains = "semst_domain",
    dimred = "semst", ...
) {
    .nothingElse(...)
    place <- .place(x, coordinates, samples, image)
    domainMetrics(.column(x, domains, "domains"),
        truth = .perSpot(x, truth, "truth"), coordinates = place$xy, samples = place$samples,
        embedding = if (dimred %in% SeuratObject::Reductions(x)) {
            SeuratObject::Embeddings(x, dimred)
        }
    )
})
