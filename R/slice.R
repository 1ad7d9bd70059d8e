# What a model needs of an object, as plain parts, whatever the object is:
# counts (dgCMatrix), coordinates, samples, depth, genes and the spots' names.
.slice <- function(
    counts,
    coordinates,
    symbols,
    samples,
    depth,
    where,
    elsewhere,
    spots = colnames(counts),
    subset_row = NULL,
    in_tissue = NULL
) {
    .checkCounts(counts, where, elsewhere)
    genes <- .genes(counts, symbols, where)
    if (!is.null(subset_row)) {
        kept <- .subsetOf(subset_row, rownames(counts), genes)
        # a library is that of all genes
        if (is.null(depth)) {
            depth <- Matrix::colSums(counts)
        }
        counts <- counts[kept, , drop = FALSE]
        genes <- genes[kept]
    }
    list(
        counts = counts,
        coordinates = coordinates,
        genes = genes,
        samples = .samples(samples, ncol(counts)),
        depth = .depth(depth, ncol(counts)),
        inside = .inTissue(in_tissue, ncol(counts)),
        spots = spots
    )
}

.matrixSlice <- function(
    x,
    coordinates = NULL,
    samples = NULL,
    depth = NULL,
    symbols = NULL,
    subset_row = NULL,
    in_tissue = NULL
) {
    .checkCountsOf(x, "A run", accepted = .counts)
    counts <- .sparse(x)
    xy <- .coordinates(
        coordinates,
        ncol(counts),
        "Give them with coordinates =: a matrix with one row per spot."
    )
    .slice(
        counts,
        xy,
        symbols,
        samples,
        depth,
        "x",
        "Give the matrix that holds them.",
        subset_row = subset_row,
        in_tissue = in_tissue
    )
}

.sceSlice <- function(
    x,
    coordinates = NULL,
    samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
    depth = NULL,
    symbols = NULL,
    assay.type = "counts",
    subset_row = NULL,
    in_tissue = NULL
) {
    counts <- .sparse(.assay(x, assay.type))
    rownames(counts) <- rownames(x)
    assay.type <- .assayName(x, assay.type)
    advice <- paste0(
        "Name the assay that holds them: assay.type =; the object has ",
        .list(unique(c(assay.type, assayNames(x)))),
        "."
    )
    place <- .place(x, coordinates, samples)
    .slice(
        counts,
        place$xy,
        .symbols(x, symbols),
        place$samples,
        .perSpot(x, depth, "depth"),
        paste0('Assay "', assay.type, '"'),
        advice,
        spots = colnames(x),
        subset_row = subset_row,
        in_tissue = .tissueColumn(x, in_tissue)
    )
}

.seuratSlice <- function(
    x,
    assay = NULL,
    layer = "counts",
    coordinates = NULL,
    image = NULL,
    samples = NULL,
    depth = NULL,
    symbols = NULL,
    subset_row = NULL,
    in_tissue = NULL
) {
    assay <- .seuratAssay(x, assay)
    .warnCorrected(x, assay)
    counts <- .seuratCounts(x, assay, layer)
    place <- .place(x, coordinates, samples, image)
    .slice(
        counts,
        place$xy,
        .symbols(x, symbols, assay),
        place$samples,
        .perSpot(x, depth, "depth"),
        paste0('Layer "', layer, '" of assay "', assay, '"'),
        "Name the layer that holds them: layer =.",
        subset_row = subset_row,
        in_tissue = .tissueColumn(x, in_tissue)
    )
}

# Rows by name (of the row or its symbol), by number, or TRUE and FALSE.
.subsetOf <- function(subset_row, rows, genes) {
    n_genes <- length(genes)
    if (is.logical(subset_row) && length(subset_row) == n_genes) {
        found <- which(subset_row)
    } else if (
        is.numeric(subset_row) && all(subset_row %in% seq_len(n_genes))
    ) {
        found <- as.integer(subset_row)
    } else if (is.character(subset_row)) {
        found <- match(subset_row, rows)
        found[is.na(found)] <- match(subset_row[is.na(found)], genes)
        if (anyNA(found)) {
            lost <- subset_row[is.na(found)]
            stop(
                "subset_row names ",
                length(lost),
                " genes that are not there: ",
                .list(utils::head(lost, 5L)),
                if (length(lost) > 5L) ", ...",
                ".",
                call. = FALSE
            )
        }
    } else {
        stop(
            "subset_row has to be names of genes, their numbers (1 to ",
            n_genes,
            "), or TRUE ",
            "and FALSE for each of them; it is ",
            .shown(subset_row),
            ".",
            call. = FALSE
        )
    }
    found <- unique(found)
    if (length(found) == 0L) {
        stop("subset_row leaves no gene.", call. = FALSE)
    }
    found
}

# The column that says which spots lie in the tissue: by default the one that
# readers of Visium leave. FALSE takes all spots.
.tissueColumn <- function(x, in_tissue) {
    if (is.null(in_tissue)) {
        return(
            if ("in_tissue" %in% colnames(.spotColumns(x))) {
                .spotColumns(x)[["in_tissue"]]
            }
        )
    }
    .perSpot(x, in_tissue, "in_tissue")
}

# TRUE for every spot that lies in the tissue; NULL where all do.
.inTissue <- function(in_tissue, n_spots) {
    if (is.null(in_tissue) || isFALSE(in_tissue)) {
        return(NULL)
    }
    values <- toupper(as.character(in_tissue))
    known <- c("1", "TRUE", "0", "FALSE")
    if (length(values) != n_spots || !all(values %in% known)) {
        stop(
            "in_tissue has to say of each of the ",
            n_spots,
            " spots whether it lies in the ",
            "tissue (TRUE or 1, FALSE or 0), name the column that does, or ",
            "be FALSE to take all ",
            "spots; it is ",
            .shown(in_tissue),
            ".",
            call. = FALSE
        )
    }
    inside <- values %in% known[1:2]
    if (all(inside)) {
        return(NULL)
    }
    if (!any(inside)) {
        stop(
            "No spot lies in the tissue (in_tissue is 0 for all ",
            n_spots,
            "). Look whether the ",
            "column is right, or take all spots with in_tissue = FALSE.",
            call. = FALSE
        )
    }
    inside
}

.depth <- function(depth, n_spots) {
    if (is.null(depth)) {
        return(NULL)
    }
    if (
        !is.numeric(depth) || length(depth) != n_spots || !all(is.finite(depth))
    ) {
        stop(
            "depth has to be one finite number per spot (",
            n_spots,
            "), or the name of a ",
            "column that holds them; it is ",
            .shown(depth),
            ".",
            call. = FALSE
        )
    }
    array(as.double(depth))
}

.graph <- function(graph, n_spots) {
    if (is.null(graph)) {
        return(NULL)
    }
    if (
        !(is.matrix(graph) || methods::is(graph, "Matrix")) ||
            !all(dim(graph) == n_spots)
    ) {
        stop(
            "graph has to be a sparse matrix of ",
            n_spots,
            " x ",
            n_spots,
            " spots; it is ",
            .shown(graph),
            ".",
            call. = FALSE
        )
    }
    .parts(.double(methods::as(graph, "CsparseMatrix")), whole = FALSE)
}

# A matrix with a row per spot, or the name of a reduced dimension of the
# object.
.imageFeatures <- function(x, features, n_spots) {
    if (is.null(features)) {
        return(NULL)
    }
    if (is.character(features) && length(features) == 1L) {
        held <- if (.isSeurat(x) || methods::is(x, "SingleCellExperiment")) {
            .reductions(x)
        }
        if (!features %in% held) {
            stop(
                'image_features is "',
                features,
                '", which is no reduced dimension (',
                .list(held),
                ").",
                call. = FALSE
            )
        }
        features <- .reduction(x, features)
    }
    if (
        !is.matrix(features) ||
            !is.numeric(features) ||
            nrow(features) != n_spots
    ) {
        stop(
            "image_features has to be a numeric matrix with one row per spot (",
            n_spots,
            "), or the name of a reduced dimension; it is ",
            .shown(features),
            ".",
            call. = FALSE
        )
    }
    unname(features)
}
