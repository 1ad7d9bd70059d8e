# Coordinates as a plain matrix of spots x 2 or 3.
.coordinates <- function(coordinates, n_spots, how) {
    if (is.null(coordinates)) {
        stop("There are no coordinates. ", how, call. = FALSE)
    }
    xy <- if (
        is.data.frame(coordinates) || methods::is(coordinates, "DataFrame")
    ) {
        as.matrix(as.data.frame(coordinates))
    } else {
        coordinates
    }
    if (!is.matrix(xy) || !is.numeric(xy)) {
        stop(
            "Coordinates have to be a numeric matrix of spots x 2 (or 3); ",
            "they are ",
            .shown(coordinates),
            ". ",
            how,
            call. = FALSE
        )
    }
    if (!ncol(xy) %in% c(2L, 3L)) {
        stop(
            "Coordinates have to have 2 or 3 columns; they have ",
            ncol(xy),
            ". ",
            how,
            call. = FALSE
        )
    }
    if (nrow(xy) != n_spots) {
        stop(
            "There are ",
            nrow(xy),
            " coordinates for ",
            n_spots,
            " spots; one row per ",
            "spot is needed.",
            call. = FALSE
        )
    }
    if (!all(is.finite(xy))) {
        stop(
            "Coordinates of ",
            sum(!apply(is.finite(xy), 1L, all)),
            " spots are NA or ",
            "infinite. Leave these spots out.",
            call. = FALSE
        )
    }
    xy <- .acrossFirst(xy)
    storage.mode(xy) <- "double"
    unname(xy)
}

.how <- paste(
    "Give them with coordinates =: a matrix with one row per spot, the names",
    "of",
    "two columns of colData, or the name of a reduced dimension."
)

.sceCoordinates <- function(x, coordinates) {
    .coordinates(.namedCoordinates(x, coordinates), ncol(x), .how)
}

.speCoordinates <- function(x, coordinates = NULL) {
    if (!is.null(coordinates)) {
        return(.sceCoordinates(x, coordinates))
    }
    xy <- .places(x)$xy
    if (is.null(xy)) {
        stop(
            "spatialCoords(x) is empty. Set it: spatialCoords(x) <- ",
            "as.matrix(xy), ",
            "one row per spot.",
            call. = FALSE
        )
    }
    .coordinates(xy, ncol(x), "Set spatialCoords(x).")
}

# Coordinates of all cells and the image each one lies on.
.seuratCoordinates <- function(x, coordinates, image) {
    how <- paste(
        "Give them with coordinates =: a matrix with one row per cell, the",
        "names of two",
        "columns of the cell metadata, or the name of a reduction."
    )
    images <- SeuratObject::Images(x)
    if (!is.null(coordinates)) {
        xy <- .coordinates(.namedCoordinates(x, coordinates), ncol(x), how)
        # images still tell slices apart, where every cell lies on one
        on <- .places(x)$image
        return(list(xy = xy, image = if (!anyNA(on)) on))
    }
    if (length(images) == 0L) {
        stop(
            "The Seurat object has no image, so there are no coordinates. ",
            "Load it with ",
            "Load10X_Spatial() or LoadXenium(). ",
            how,
            call. = FALSE
        )
    }
    unknown <- setdiff(image, images)
    if (length(unknown) > 0L) {
        stop(
            "There is no image ",
            .list(unknown),
            ". The object has: ",
            .list(images),
            ".",
            call. = FALSE
        )
    }
    if (!is.null(image)) {
        images <- image
    }
    place <- .places(x, images)
    lost <- is.na(place$image)
    if (any(lost)) {
        stop(
            sum(lost),
            " of ",
            ncol(x),
            " cells lie on no image (",
            .list(images),
            "). Subset the object to the cells with coordinates: x[, ",
            "unlist(lapply(c(",
            paste0('"', images, '"', collapse = ", "),
            "), function(i) Cells(x[[i]])))].",
            call. = FALSE
        )
    }
    list(xy = .coordinates(place$xy, ncol(x), how), image = place$image)
}

# Coordinates and slices: those named by `samples`, else the images of a Seurat
# object.
.place <- function(x, coordinates, samples, image = NULL) {
    place <- if (.isSeurat(x)) {
        .seuratCoordinates(x, coordinates, image)
    } else if (methods::is(x, "SpatialExperiment")) {
        list(xy = .speCoordinates(x, coordinates))
    } else {
        list(xy = .sceCoordinates(x, coordinates))
    }
    list(
        xy = place$xy,
        samples = if (is.null(samples)) {
            place$image
        } else {
            .perSpot(x, samples, "samples")
        }
    )
}

# Two or three columns, or a reduced dimension; what is no name is handed back.
.namedCoordinates <- function(x, coordinates) {
    if (!is.character(coordinates)) {
        return(coordinates)
    }
    columns <- .spotColumns(x)
    if (all(coordinates %in% colnames(columns))) {
        return(columns[, coordinates, drop = FALSE])
    }
    if (length(coordinates) == 1L && coordinates %in% .reductions(x)) {
        return(.reduction(x, coordinates))
    }
    seurat <- .isSeurat(x)
    stop(
        "coordinates is ",
        .shown(coordinates),
        ", which names neither columns of ",
        if (seurat) "the cell metadata (" else "colData (",
        .list(colnames(columns)),
        ") nor a ",
        if (seurat) "reduction (" else "reduced dimension (",
        .list(.reductions(x)),
        ").",
        call. = FALSE
    )
}
