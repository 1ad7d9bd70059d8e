# Coordinates as a plain matrix of spots x 2 or 3.
.coordinates <- function(coordinates, n_spots, how) {
    if (is.null(coordinates)) {
        stop("There are no coordinates. ", how, call. = FALSE)
    }
    xy <- if (is.data.frame(coordinates) || methods::is(coordinates, "DataFrame")) {
        as.matrix(as.data.frame(coordinates))
    } else {
        coordinates
    }
    if (!is.matrix(xy) || !is.numeric(xy)) {
        stop("Coordinates have to be a numeric matrix of spots x 2 (or 3); they are ",
            .shown(coordinates), ". ", how, call. = FALSE)
    }
    if (!ncol(xy) %in% c(2L, 3L)) {
        stop("Coordinates have to have 2 or 3 columns; they have ", ncol(xy), ". ", how,
            call. = FALSE)
    }
    if (nrow(xy) != n_spots) {
        stop("There are ", nrow(xy), " coordinates for ", n_spots, " spots; one row per ",
            "spot is needed.", call. = FALSE)
    }
    if (!all(is.finite(xy))) {
        stop("Coordinates of ", sum(!apply(is.finite(xy), 1L, all)), " spots are NA or ",
            "infinite. Leave these spots out.", call. = FALSE)
    }
    storage.mode(xy) <- "double"
    unname(xy)
}

.how <- paste(
    "Give them with coordinates =: a matrix with one row per spot, the names of",
    "two columns of colData, or the name of a reduced dimension."
)

# From a SingleCellExperiment: a matrix, columns of colData, or a reducedDim.
.sceCoordinates <- function(x, coordinates) {
    if (!is.character(coordinates)) return(.coordinates(coordinates, ncol(x), .how))
    if (all(coordinates %in% colnames(colData(x)))) {
        return(.coordinates(colData(x)[coordinates], ncol(x), .how))
    }
    if (length(coordinates) == 1L && coordinates %in% reducedDimNames(x)) {
        return(.coordinates(reducedDim(x, coordinates), ncol(x), .how))
    }
    stop("coordinates is ", .shown(coordinates), ", which names neither columns of ",
        "colData (", .list(colnames(colData(x))), ") nor a reduced dimension (",
        .list(reducedDimNames(x)), ").", call. = FALSE)
}

.speCoordinates <- function(x, coordinates = NULL) {
    if (!is.null(coordinates)) return(.sceCoordinates(x, coordinates))
    xy <- spatialCoords(x)
    if (ncol(xy) == 0L) {
        stop("spatialCoords(x) is empty. Set it: spatialCoords(x) <- as.matrix(xy), ",
            "one row per spot.", call. = FALSE)
    }
    .coordinates(xy, ncol(x), "Set spatialCoords(x).")
}

.list <- function(names) {
    if (length(names) == 0L) "there are none" else paste(names, collapse = ", ")
}

.column <- function(x, name, what) {
    frame <- if (methods::is(x, "Seurat")) x[[]] else colData(x)
    if (!name %in% colnames(frame)) {
        stop(what, ' is "', name, '", which is no column. There are: ',
            .list(colnames(frame)), ".", call. = FALSE)
    }
    frame[[name]]
}

# A vector with one entry per spot, or the name of a column that holds it.
.perSpot <- function(x, value, what) {
    if (is.character(value) && length(value) == 1L) return(.column(x, value, what))
    value
}

.assay <- function(x, assay.type) {
    .string(assay.type, "assay.type")
    if (!assay.type %in% assayNames(x)) {
        stop('There is no assay "', assay.type, '". The object has: ',
            .list(assayNames(x)), ". Name the one with raw counts: assay.type =.",
            call. = FALSE)
    }
    assay(x, assay.type)
}

.assayAdvice <- function(x, assay.type) {
    others <- setdiff(assayNames(x), assay.type)
    paste0("Name the assay that holds them: assay.type =; the object has ",
        .list(c(assay.type, others)), ".")
}

.symbols <- function(x, symbols) {
    if (!is.character(symbols) || length(symbols) != 1L) return(symbols)
    if (!symbols %in% colnames(rowData(x))) {
        stop('symbols is "', symbols, '", which is no column of rowData. There are: ',
            .list(colnames(rowData(x))), ".", call. = FALSE)
    }
    rowData(x)[[symbols]]
}
