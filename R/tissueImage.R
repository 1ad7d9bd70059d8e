# Images of the tissue that an object holds: a list with an entry for each
# image, `pixels` (a raster), `scale` (pixels per unit of the coordinates) and
# `spots` (which lie on it).
.tissueImages <- function(x) {
    found <- if (.isSeurat(x)) .seuratImages(x) else .speImages(x)
    if (length(found) == 0L) {
        stop(
            "x holds no image of the tissue; draw without: tissue = FALSE.",
            call. = FALSE
        )
    }
    found
}

# The image of the lowest resolution of every slice that has one.
.speImages <- function(x) {
    held <- if (methods::is(x, "SpatialExperiment")) imgData(x)
    if (is.null(held) || nrow(held) == 0L) {
        return(NULL)
    }
    lapply(unique(as.character(held$sample_id)), function(slice) {
        rows <- which(held$sample_id == slice)
        row <- rows[which.min(held$scaleFactor[rows])]
        list(
            pixels = SpatialExperiment::imgRaster(x, slice, held$image_id[row]),
            scale = held$scaleFactor[row],
            spots = as.character(x$sample_id) == slice
        )
    })
}

.seuratImages <- function(x) {
    on <- .places(x)$image
    names <- Filter(
        function(name) {
            "image" %in%
                methods::slotNames(x[[name]]) &&
                length(dim(x[[name]]@image)) == 3L
        },
        SeuratObject::Images(x)
    )
    lapply(names, function(name) {
        image <- x[[name]]
        # coordinates of a VisiumV1 come in pixels of the small image, others in
        # those of the full one
        small <- if (methods::is(image, "VisiumV2")) {
            image@scale.factors$lowres
        } else {
            1
        }
        list(
            pixels = grDevices::as.raster(pmin(pmax(image@image, 0), 1)),
            scale = small,
            spots = !is.na(on) & on == name
        )
    })
}

# A layer for every image in every panel of its slice, cut to where spots are,
# in the panel's own coordinates.
.imageLayers <- function(images, frame, xy, samples, shown, corner, crop) {
    lapply(images, function(image) {
        here <- which(shown & image$spots)
        slices <- unique(as.character(samples[here]))
        lapply(slices, function(slice) {
            spots <- here[samples[here] == slice]
            part <- .cutImage(image, .around(xy[spots, , drop = FALSE], crop))
            if (is.null(part)) {
                return(NULL)
            }
            at <- corner[slice, ]
            .imageLayer(
                part,
                at,
                unique(frame[frame$sample == slice, "panel", drop = FALSE])
            )
        })
    })
}

# The window, or the spots with a margin of their spacing.
.around <- function(xy, crop) {
    if (!is.null(crop)) {
        return(crop)
    }
    margin <- if (nrow(xy) > 1L) .spacing(xy) else 0
    c(range(xy[, 1L]) + c(-1, 1) * margin, range(xy[, 2L]) + c(-1, 1) * margin)
}

# Whole pixels inside `ends`, half as strong as they are, and where they lie.
.cutImage <- function(image, ends) {
    pixels <- image$pixels
    columns <- .pixelsIn(ends[1:2] * image$scale, ncol(pixels))
    rows <- .pixelsIn(ends[3:4] * image$scale, nrow(pixels))
    if (length(columns) == 0L || length(rows) == 0L) {
        return(NULL)
    }
    list(
        pixels = .paler(grDevices::as.raster(as.matrix(pixels)[
            rows,
            columns,
            drop = FALSE
        ])),
        ends = c(
            columns[1L] - 1,
            columns[length(columns)],
            rows[1L] - 1,
            rows[length(rows)]
        ) /
            image$scale
    )
}

.pixelsIn <- function(ends, n) {
    first <- max(1, floor(ends[1L]) + 1)
    last <- min(n, ceiling(ends[2L]))
    if (first > last) integer() else seq.int(first, last)
}

# Half way to white, so that the spots stand out.
.paler <- function(pixels) {
    kinds <- unique(as.vector(pixels))
    mixed <- 127.5 + grDevices::col2rgb(kinds) / 2
    paler <- grDevices::rgb(
        mixed[1L, ],
        mixed[2L, ],
        mixed[3L, ],
        maxColorValue = 255
    )
    pixels[] <- paler[match(as.vector(pixels), kinds)]
    pixels
}

# `y` is drawn in reverse, so that the top has the smaller one. An annotation
# takes no room by itself; the blank points at its ends do.
.imageLayer <- function(part, corner, panels) {
    ends <- part$ends - corner[c(1L, 1L, 2L, 2L)]
    room <- cbind(
        panels[rep(1L, 2L), , drop = FALSE],
        x = ends[1:2],
        y = ends[3:4]
    )
    picture <- ggplot2::layer(
        data = panels,
        mapping = NULL,
        stat = ggplot2::StatIdentity,
        position = ggplot2::PositionIdentity,
        geom = ggplot2::GeomRasterAnn,
        inherit.aes = FALSE,
        params = list(
            raster = part$pixels,
            xmin = ends[1L],
            xmax = ends[2L],
            ymin = -ends[4L],
            ymax = -ends[3L],
            interpolate = TRUE
        )
    )
    list(
        picture,
        ggplot2::geom_blank(
            ggplot2::aes(x = .data[["x"]], y = .data[["y"]]),
            room,
            inherit.aes = FALSE
        )
    )
}
