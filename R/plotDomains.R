#' Draw domains on the tissue
#'
#' A panel for each slice and column. Of several columns the first is the
#' reference, e.g. an annotation: in the others every domain has the colour of
#' the one in it that the Hungarian algorithm matches it with by overlap, and
#' the titles carry the adjusted Rand index against it. A row of the legend then
#' names the domains of all columns that share a colour. Several slices lie side
#' by side in one scale, each from its own corner, however far apart their
#' coordinates are.
#'
#' A column of measurements, such as `SemST_uncertainty`, is drawn as a scale of
#' colours. Above 100,000 spots the points are drawn as pixels, by
#' \pkg{scattermore} where it is installed.
#'
#' @param x Domains, one per spot (`NA` is drawn grey), a data frame of several,
#'   or an object that holds them.
#' @param coordinates Matrix, spots x 2, x to the right and y down as in images.
#'   Columns that say by their names that the row or y comes first are turned.
#' @param samples Slice of each spot, or the name of a column; one panel each.
#'   Taken from `sample_id` of a `SpatialExperiment` and from the images of a
#'   `Seurat` object.
#' @param domains Column with the domains or with measurements, or several to
#'   compare, the reference first.
#' @param groups Domains to draw in their colours, one or several, and those
#'   matched with them in other columns; all other spots are grey. Every domain
#'   by default.
#' @param crop The part to show, `c(x_min, x_max, y_min, y_max)` in the units of
#'   the coordinates; all by default. Of several slices each is cropped in its
#'   own coordinates.
#' @param size Diameter of the points in millimetres; from the spacing of the
#'   spots by default.
#' @param colours Colours of the (first) domains; with names, those of the
#'   domains.
#' @param tissue Whether to lay the image of the tissue under the spots, of
#'   every slice that has one.
#' @param image Names of the images with coordinates of a `Seurat` object.
#' @param ... Arguments of the method for vectors.
#' @return A `ggplot` object.
#' @seealso [plotMarkers()], [plotExplanation()], [plotHistory()],
#'   [plotChoice()]
#' @examples
#' xy <- expand.grid(x = 1:12, y = 1:8)
#' plotDomains(cut(xy$x, 3, labels = FALSE), xy)
#' plotDomains(cut(xy$x, 3, labels = FALSE), xy, groups = 2, crop = c(3, 10, 1,
#'     6))
#' both <- data.frame(truth = cut(xy$x, 3), found = cut(xy$x + xy$y / 9, 3,
#'     labels = FALSE))
#' plotDomains(both, xy)
#' plotDomains(data.frame(uncertainty = 1 / (1 + xy$x)), xy)
#' @rdname plotDomains
#' @export
setMethod(
    "plotDomains",
    "ANY",
    function(
        x,
        coordinates,
        samples = NULL,
        size = NULL,
        colours = NULL,
        groups = NULL,
        crop = NULL,
        ...
    ) {
        .nothingElse(..., page = "plotDomains")
        if (!is.data.frame(x)) {
            .checkLabelsOf(x, "plotDomains")
        }
        if (missing(coordinates)) {
            coordinates <- NULL
        }
        columns <- if (is.data.frame(x)) x else data.frame(domain = x)
        xy <- .coordinates(
            coordinates,
            nrow(columns),
            "Give a matrix with one row per spot."
        )
        .drawTissue(columns, xy, samples, size, colours, groups, crop)
    }
)

#' @rdname plotDomains
#' @export
setMethod(
    "plotDomains",
    "SingleCellExperiment",
    function(
        x,
        ...,
        domains = "SemST",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        colours = NULL,
        tissue = FALSE
    ) {
        place <- .place(x, coordinates, samples)
        images <- if (.flag(tissue, "tissue")) .tissueImages(x)
        columns <- .columns(x, domains)
        .drawTissue(
            columns,
            place$xy,
            place$samples,
            ...,
            images = images,
            colours = .ownColours(x, columns, colours)
        )
    }
)

#' @rdname plotDomains
#' @export
setMethod(
    "plotDomains",
    "Seurat",
    function(
        x,
        ...,
        domains = "semst_domain",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        colours = NULL,
        tissue = FALSE
    ) {
        place <- .place(x, coordinates, samples, image)
        images <- if (.flag(tissue, "tissue")) .tissueImages(x)
        columns <- .columns(x, domains)
        .drawTissue(
            columns,
            place$xy,
            place$samples,
            ...,
            images = images,
            colours = .ownColours(x, columns, colours)
        )
    }
)

.columns <- function(x, domains) {
    columns <- lapply(domains, function(name) .column(x, name, "domains"))
    names(columns) <- domains
    as.data.frame(columns, check.names = FALSE)
}

# Given colours, else those that the object keeps of its (first) domains.
.ownColours <- function(x, columns, colours) {
    if (!is.null(colours) || .isMeasured(columns[[1L]])) {
        return(colours)
    }
    .keptColours(x, names(columns)[1L], columns[[1L]])
}
