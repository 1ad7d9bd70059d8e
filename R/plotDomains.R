# Okabe & Ito (black softened), then colours far from those before them for
# normal and colour-blind eyes alike; the palette of the Python side.
.colours <- c(
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#333333",
    "#3C0FA5", "#4BF078", "#690F00", "#5A0F5A", "#0078FF", "#FF0F5A", "#69693C", "#B4E1A5",
    "#1E3C96", "#A5005A", "#006978", "#784B00", "#B487FF", "#C3A54B", "#00D2E1", "#E1A5A5"
)

#' Draw domains on the tissue
#'
#' @param x Domains, one per spot (`NA` is drawn grey), or an object that holds
#'   them.
#' @param coordinates Matrix, spots x 2, y pointing down as in images.
#' @param samples Slice of each spot, or the name of a column; one panel each.
#'   Taken from `sample_id` of a `SpatialExperiment` and from the images of a
#'   `Seurat` object.
#' @param domains Column with the domains, or several to compare.
#' @param groups Domains to draw in their colours, one or several; all other
#'   spots are grey. Every domain by default.
#' @param crop The part to show, `c(x_min, x_max, y_min, y_max)` in the units of
#'   the coordinates; all by default.
#' @param size Diameter of the points in millimetres; from the spacing of the
#'   spots by default.
#' @param colours Colours, one per domain; with names, those of the domains.
#' @param image Whether to draw the tissue image of a `SpatialExperiment` that
#'   has one; for a `Seurat` object the names of images with coordinates.
#' @param ... Arguments of the method for vectors.
#' @return A `ggplot` object.
#' @examples
#' xy <- expand.grid(x = 1:12, y = 1:8)
#' plotDomains(cut(xy$x, 3, labels = FALSE), xy)
#' plotDomains(cut(xy$x, 3, labels = FALSE), xy, groups = 2, crop = c(3, 10, 1, 6))
#' @rdname plotDomains
#' @export
setMethod("plotDomains", "ANY", function(
    x, coordinates, samples = NULL, size = NULL, colours = NULL, groups = NULL, crop = NULL, ...
) {
    if (missing(coordinates)) coordinates <- NULL
    columns <- if (is.data.frame(x)) x else data.frame(domain = x)
    xy <- .coordinates(coordinates, nrow(columns), "Give a matrix with one row per spot.")
    .plot(columns, xy, samples, size, colours, groups, crop)
})

#' @rdname plotDomains
#' @export
setMethod("plotDomains", "SingleCellExperiment", function(
    x, ..., domains = "SemST", coordinates = NULL,
    samples = if (methods::is(x, "SpatialExperiment")) "sample_id", image = FALSE
) {
    place <- .place(x, coordinates, samples)
    columns <- lapply(domains, function(name) .column(x, name, "domains"))
    names(columns) <- domains
    columns <- as.data.frame(columns, check.names = FALSE)
    picture <- if (.flag(image, "image")) .picture(x)
    .plot(columns, place$xy, place$samples, ..., picture = picture)
})

#' @rdname plotDomains
#' @export
setMethod("plotDomains", "Seurat", function(
    x, ..., domains = "semst_domain", coordinates = NULL, image = NULL, samples = NULL
) {
    place <- .place(x, coordinates, samples, image)
    columns <- lapply(domains, function(name) .column(x, name, "domains"))
    names(columns) <- domains
    .plot(as.data.frame(columns, check.names = FALSE), place$xy, place$samples, ...)
})

.plot <- function(
    columns, xy, samples, size = NULL, colours = NULL, groups = NULL, crop = NULL, picture = NULL
) {
    columns[] <- lapply(columns, .inOrder)
    levels <- unique(unlist(lapply(columns, levels)))
    colours <- .coloursOf(levels, colours)
    columns[] <- lapply(columns, .onlyGroups, groups, levels)
    samples <- if (is.null(samples)) factor(rep("", nrow(xy))) else .inOrder(samples)
    first <- xy[which(samples == samples[!is.na(samples)][1L]), , drop = FALSE]
    shown <- .inWindow(xy, crop)
    xy <- xy[shown, , drop = FALSE]
    columns <- columns[shown, , drop = FALSE]
    samples <- samples[shown]
    frame <- do.call(rbind, lapply(names(columns), function(name) {
        data.frame(
            x = xy[, 1L], y = xy[, 2L], sample = samples,
            what = factor(name, names(columns)),
            domain = factor(columns[[name]], levels)
        )
    }))
    several <- nlevels(samples) > 1L
    panels <- c(if (several) "sample", if (length(columns) > 1L) "what")
    n_panels <- (if (several) length(unique(samples)) else 1L) * length(columns)
    if (is.null(size)) {
        ends <- if (is.null(crop)) c(range(first[, 1L]), range(first[, 2L])) else crop
        size <- .pointSize(.spacing(first), ends, n_panels)
    }
    drawn <- ggplot2::ggplot(frame, ggplot2::aes(
        x = .data[["x"]], y = .data[["y"]], colour = .data[["domain"]]
    )) +
        picture +
        ggplot2::geom_point(size = size, stroke = 0) +
        ggplot2::scale_colour_manual(
            values = colours, na.value = "#D9D9D9", drop = FALSE,
            breaks = if (is.null(groups)) levels else levels[levels %in% as.character(groups)],
            name = if (length(columns) == 1L) names(columns) else "domain"
        ) +
        ggplot2::guides(colour = ggplot2::guide_legend(
            override.aes = list(size = 3.5), ncol = ceiling(length(levels) / 9)
        )) +
        ggplot2::scale_y_reverse() +
        .tissueAxes(crop) +
        ggplot2::theme_void(base_size = 11) +
        ggplot2::theme(
            strip.text = ggplot2::element_text(margin = ggplot2::margin(4, 4, 4, 4)),
            plot.margin = ggplot2::margin(6, 6, 6, 6)
        )
    if (length(panels) > 0L) drawn <- drawn + ggplot2::facet_wrap(panels)
    drawn
}

# One colour per domain, named.
.coloursOf <- function(levels, colours) {
    if (is.null(colours)) colours <- rep_len(.colours, length(levels))
    if (is.null(names(colours))) {
        if (length(colours) < length(levels)) {
            stop(length(colours), " colours for ", length(levels), " domains.", call. = FALSE)
        }
        return(stats::setNames(colours[seq_along(levels)], levels))
    }
    without <- setdiff(levels, names(colours))
    if (length(without) > 0L) {
        stop("colours names ", .list(names(colours)), " and has none for the domains ",
            .list(without), ".", call. = FALSE)
    }
    colours[levels]
}

# Median distance of the nearest spots.
.spacing <- function(xy) {
    some <- xy[unique(round(seq(1, nrow(xy), length.out = min(nrow(xy), 200L)))), , drop = FALSE]
    nearest <- apply(some, 1L, function(spot) {
        apart <- (xy[, 1L] - spot[1L])^2 + (xy[, 2L] - spot[2L])^2
        sqrt(min(apart[apart > 0], Inf))
    })
    stats::median(nearest[is.finite(nearest)])
}

# Points that nearly touch in a picture about 5 inches wide; `ends` are
# c(x_min, x_max, y_min, y_max).
.pointSize <- function(spacing, ends, n_panels) {
    extent <- max(ends[2L] - ends[1L], ends[4L] - ends[3L])
    if (!is.finite(spacing) || extent == 0) return(2)
    min(6, max(0.2, 0.95 * spacing / extent * 125 / sqrt(n_panels)))
}

# The lowest-resolution image of a SpatialExperiment with one slice.
.picture <- function(x) {
    images <- imgData(x)
    if (is.null(images) || nrow(images) == 0L) {
        stop("imgData(x) holds no image; draw without: image = FALSE.", call. = FALSE)
    }
    if (length(unique(x$sample_id)) > 1L) {
        stop("The tissue image can be drawn for one slice at a time: ",
            "x[, x$sample_id == \"...\"].", call. = FALSE)
    }
    pixels <- SpatialExperiment::imgRaster(x)
    factor <- images$scaleFactor[1L]
    ggplot2::annotation_raster(pixels,
        xmin = 0, xmax = ncol(pixels) / factor, ymin = 0, ymax = -nrow(pixels) / factor
    )
}
