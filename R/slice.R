# What a model needs of an object, as plain parts, whatever the object is:
# counts (dgCMatrix), coordinates, samples, depth, genes and the spots' names.
.slice <- function(
    counts, coordinates, symbols, samples, depth, where, elsewhere, spots = colnames(counts)
) {
    .checkCounts(counts, where, elsewhere)
    list(
        counts = counts, coordinates = coordinates, genes = .genes(counts, symbols, where),
        samples = .samples(samples, ncol(counts)), depth = .depth(depth, ncol(counts)),
        spots = spots
    )
}

.matrixSlice <- function(
    x, coordinates = NULL, samples = NULL, depth = NULL, symbols = NULL
) {
    counts <- .sparse(x)
    xy <- .coordinates(coordinates, ncol(counts),
        "Give them with coordinates =: a matrix with one row per spot.")
    .slice(counts, xy, symbols, samples, depth, "x", "Give the matrix that holds them.")
}

.sceSlice <- function(
    x, coordinates = NULL,
    samples = if (methods::is(x, "SpatialExperiment")) "sample_id", depth = NULL, symbols = NULL,
    assay.type = "counts"
) {
    counts <- .sparse(.assay(x, assay.type))
    rownames(counts) <- rownames(x)
    advice <- paste0("Name the assay that holds them: assay.type =; the object has ",
        .list(unique(c(assay.type, assayNames(x)))), ".")
    place <- .place(x, coordinates, samples)
    .slice(counts, place$xy, .symbols(x, symbols), place$samples, .perSpot(x, depth, "depth"),
        paste0('Assay "', assay.type, '"'), advice,
        spots = colnames(x)
    )
}

.seuratSlice <- function(
    x, assay = NULL, layer = "counts", coordinates = NULL, image = NULL, samples = NULL,
    depth = NULL, symbols = NULL
) {
    assay <- .seuratAssay(x, assay)
    counts <- .seuratCounts(x, assay, layer)
    place <- .place(x, coordinates, samples, image)
    .slice(counts, place$xy, .symbols(x, symbols, assay), place$samples,
        .perSpot(x, depth, "depth"),
        paste0('Layer "', layer, '" of assay "', assay, '"'),
        "Name the layer that holds them: layer =."
    )
}

.depth <- function(depth, n_spots) {
    if (is.null(depth)) return(NULL)
    if (!is.numeric(depth) || length(depth) != n_spots || !all(is.finite(depth))) {
        stop("depth has to be one finite number per spot (", n_spots, "), or the name of a ",
            "column that holds them; it is ", .shown(depth), ".", call. = FALSE)
    }
    array(as.double(depth))
}

.graph <- function(graph, n_spots) {
    if (is.null(graph)) return(NULL)
    if (!(is.matrix(graph) || methods::is(graph, "Matrix")) || !all(dim(graph) == n_spots)) {
        stop("graph has to be a sparse matrix of ", n_spots, " x ", n_spots, " spots; it is ",
            .shown(graph), ".", call. = FALSE)
    }
    .parts(.double(methods::as(graph, "CsparseMatrix")), whole = FALSE)
}

# A matrix with a row per spot, or the name of a reduced dimension of the object.
.imageFeatures <- function(x, features, n_spots) {
    if (is.null(features)) return(NULL)
    if (is.character(features) && length(features) == 1L) {
        held <- if (.isSeurat(x) || methods::is(x, "SingleCellExperiment")) .reductions(x)
        if (!features %in% held) {
            stop('image_features is "', features, '", which is no reduced dimension (',
                .list(held), ").", call. = FALSE)
        }
        features <- .reduction(x, features)
    }
    if (!is.matrix(features) || !is.numeric(features) || nrow(features) != n_spots) {
        stop("image_features has to be a numeric matrix with one row per spot (", n_spots,
            "), or the name of a reduced dimension; it is ", .shown(features), ".", call. = FALSE)
    }
    unname(features)
}
