#' Let neighbours vote on domains
#'
#' Every spot takes the most frequent domain among itself and its spatial
#' neighbours; on a draw it keeps its own. [runSemST()] does this by default.
#'
#' @param x Domains, one per spot (`NA` for none); an object that holds them; or
#'   a list of such objects, of which each is gone through by itself.
#' @param coordinates Matrix, spots x 2 (or 3).
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object.
#' @param n_neighs,radius Wanted mean number of neighbours, or the radius.
#' @param domains Column with the domains.
#' @param name Column that is written.
#' @param image Names of the images of a `Seurat` object.
#' @param verbose Whether to show messages.
#' @param ... Arguments of the method for vectors.
#' @return A factor, or the object with the column `name`.
#' @examples
#' if (semstPython()$ready) {
#'     refineDomains(c("a", "a", "b", "a"), cbind(1:4, 0), radius = 1,
#'         verbose = FALSE)
#' }
#' @rdname refineDomains
#' @export
setMethod(
    "refineDomains",
    "ANY",
    function(
        x,
        coordinates,
        samples = NULL,
        n_neighs = 12L,
        radius = NULL,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "refineDomains")
        .checkLabelsOf(x, "refineDomains")
        given <- as.factor(x)
        if (missing(coordinates)) {
            coordinates <- NULL
        }
        found <- .call(
            "refine",
            array(.codes(given)),
            .coordinates(
                coordinates,
                length(given),
                "Give a matrix with one row per spot."
            ),
            n_neighs = .whole(n_neighs, "n_neighs"),
            radius = .positive(radius, "radius"),
            samples = .samples(samples, length(given)),
            verbose = .flag(verbose, "verbose")
        )
        .factor(found$labels, levels(given))
    }
)

#' @rdname refineDomains
#' @export
setMethod(
    "refineDomains",
    "SingleCellExperiment",
    function(
        x,
        ...,
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        domains = "SemST_unrefined",
        name = "SemST"
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        place <- .place(x, coordinates, samples)
        colData(x)[[name]] <- refineDomains(
            labels,
            coordinates = place$xy,
            samples = place$samples,
            ...
        )
        x
    }
)

#' @rdname refineDomains
#' @export
setMethod(
    "refineDomains",
    "Seurat",
    function(
        x,
        ...,
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        domains = "semst_unrefined",
        name = "semst_domain"
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        place <- .place(x, coordinates, samples, image)
        columns <- data.frame(row.names = colnames(x))
        columns[[name]] <- refineDomains(
            labels,
            coordinates = place$xy,
            samples = place$samples,
            ...
        )
        SeuratObject::AddMetaData(x, columns)
    }
)

#' @rdname refineDomains
#' @export
setMethod("refineDomains", "list", function(x, ...) {
    .checkObjects(
        x,
        "Of vectors, those of all spots go in as one, with samples."
    )
    # no slice votes in another
    .eachSlice(x, function(one, k) refineDomains(one, ...))
})

.codes <- function(x) {
    codes <- as.integer(x)
    codes[is.na(codes)] <- 0L
    codes
}
