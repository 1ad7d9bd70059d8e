# How counts, places and columns are taken out of a SpatialExperiment, a
# SingleCellExperiment or a Seurat object (v5, or an older assay in it): for the
# verbs of this package, and for semst.io.read_rds, which evaluates this file in
# an environment of its own (python/semst/io/objects.R is a link to it). So
# other packages are called by name, and nothing of this one is used that is not
# in here.
.isSeurat <- function(x) inherits(x, "Seurat")

# Columns -----------------------------------------------------------------
.spotColumns <- function(x) {
    if (.isSeurat(x)) x[[]] else SummarizedExperiment::colData(x)
}

.geneColumns <- function(x, assay = NULL) {
    if (.isSeurat(x)) x[[assay]][[]] else SummarizedExperiment::rowData(x)
}

.column <- function(x, name, what) {
    frame <- .spotColumns(x)
    if (what == "domains") {
        name <- .alias(name, colnames(frame))
    }
    if (!name %in% colnames(frame)) {
        stop(
            what,
            ' is "',
            name,
            '", which is no column. There are: ',
            .list(colnames(frame)),
            ".",
            call. = FALSE
        )
    }
    frame[[name]]
}

# A vector with one entry per spot, or the name of a column that holds it.
.perSpot <- function(x, value, what) {
    if (is.character(value) && length(value) == 1L) {
        return(.column(x, value, what))
    }
    value
}

# Counts ------------------------------------------------------------------
.assay <- function(x, assay.type) {
    number <- .assayNumber(x, assay.type)
    SummarizedExperiment::assay(x, number)
}

# The assay by its number, whether it was named or counted.
.assayNumber <- function(x, assay.type) {
    held <- SummarizedExperiment::assayNames(x)
    n_held <- length(SummarizedExperiment::assays(x, withDimnames = FALSE))
    there <- if (is.null(held)) paste(n_held, "without names") else .list(held)
    if (is.numeric(assay.type)) {
        if (length(assay.type) == 1L && assay.type %in% seq_len(n_held)) {
            return(as.integer(assay.type))
        }
    } else {
        if (isTRUE(.string(assay.type, "assay.type") %in% held)) {
            return(match(assay.type, held))
        }
    }
    stop(
        "There is no assay ",
        .shown(assay.type),
        ". The object has: ",
        there,
        ". Give the one with raw counts by its name or number: assay.type =.",
        call. = FALSE
    )
}

.assayName <- function(x, assay.type) {
    held <- SummarizedExperiment::assayNames(x)
    if (is.numeric(assay.type) && !is.null(held)) {
        held[assay.type]
    } else {
        as.character(assay.type)
    }
}

.seuratAssay <- function(x, assay) {
    assay <- if (is.null(assay)) .rawAssay(x) else .string(assay, "assay")
    if (!assay %in% SeuratObject::Assays(x)) {
        stop(
            'There is no assay "',
            assay,
            '". The object has: ',
            .list(SeuratObject::Assays(x)),
            ".",
            call. = FALSE
        )
    }
    assay
}

# Corrected counts look like raw ones; who names them is told.
.warnCorrected <- function(x, assay) {
    if (inherits(x[[assay]], "SCTAssay")) {
        warning(
            'The assay "',
            assay,
            '" holds counts that SCTransform() has corrected, not raw ',
            "ones; the models are made for raw counts. Name the assay that ",
            "holds them, assay =: ",
            .list(setdiff(SeuratObject::Assays(x), assay)),
            ".",
            call. = FALSE
        )
    }
}

# The default assay; where SCTransform() made it, the one it was made from: the
# "counts" of the former are corrected ones, which look like raw counts.
.rawAssay <- function(x) {
    assay <- SeuratObject::DefaultAssay(x)
    if (!inherits(x[[assay]], "SCTAssay")) {
        return(assay)
    }
    made_from <- vapply(
        methods::slot(x[[assay]], "SCTModel.list"),
        function(model) {
            methods::slot(model, "umi.assay")
        },
        ""
    )
    made_from <- intersect(unique(made_from), SeuratObject::Assays(x))
    if (length(made_from) != 1L) {
        stop(
            'The default assay "',
            assay,
            '" holds counts that SCTransform() has corrected. Raw ',
            "counts are needed: name the assay that holds them, assay =. ",
            "There are: ",
            .list(SeuratObject::Assays(x)),
            ".",
            call. = FALSE
        )
    }
    message(
        'SemST: the assay "',
        assay,
        '" holds corrected counts; raw counts are taken from "',
        made_from,
        '"'
    )
    made_from
}

# Names of layers; those that are split (counts.1, counts.2) under one name.
.seuratLayers <- function(x, assay) {
    unique(sub(
        "^(counts|data|scale\\.data)\\..+$",
        "\\1",
        SeuratObject::Layers(x[[assay]])
    ))
}

.seuratLayer <- function(x, assay, layer) {
    held <- x[[assay]]
    layers <- SeuratObject::Layers(held)
    if (!layer %in% layers && any(startsWith(layers, paste0(layer, ".")))) {
        held <- SeuratObject::JoinLayers(held, layers = layer)
        layers <- SeuratObject::Layers(held)
    }
    if (!layer %in% layers) {
        stop(
            'The assay "',
            assay,
            '" has no layer "',
            layer,
            '". It has: ',
            .list(layers),
            ". Name the one with raw counts: layer =.",
            call. = FALSE
        )
    }
    SeuratObject::LayerData(held, layer = layer)
}

.seuratCounts <- function(x, assay, layer) {
    counts <- .seuratLayer(x, assay, .string(layer, "layer"))
    missing <- setdiff(colnames(x), colnames(counts))
    if (length(missing) > 0L) {
        stop(
            'The layer "',
            layer,
            '" of assay "',
            assay,
            '" lacks ',
            length(missing),
            " of ",
            ncol(x),
            " cells. Subset the object to the cells of this assay.",
            call. = FALSE
        )
    }
    counts <- .sparse(counts)
    counts[, match(colnames(x), colnames(counts)), drop = FALSE]
}

# Any matrix of genes x spots to a dgCMatrix; what is on disk is read in blocks.
.sparse <- function(x) {
    if (methods::is(x, "DelayedMatrix")) {
        grid <- DelayedArray::colAutoGrid(x)
        on_disk <- DelayedArray::is_sparse(x)
        return(.bindBlocks(
            seq_along(grid),
            function(k) {
                DelayedArray::read_block(x, grid[[k]], as.sparse = on_disk)
            },
            dimnames(x)
        ))
    }
    if (is.data.frame(x)) {
        stop(
            "Counts have to be a matrix of genes x spots; a data.frame was ",
            "given. ",
            "Use as.matrix().",
            call. = FALSE
        )
    }
    if (methods::is(x, "dgCMatrix")) {
        return(x)
    }
    if (!is.matrix(x) && !methods::is(x, "Matrix")) {
        converted <- tryCatch(methods::as(x, "dgCMatrix"), error = function(e) {
            NULL
        })
        if (is.null(converted)) {
            stop(
                "Counts have to be a matrix, a sparse Matrix or a ",
                "DelayedMatrix of ",
                "genes x spots; a ",
                class(x)[1L],
                " was given.",
                call. = FALSE
            )
        }
        return(converted)
    }
    if (!is.matrix(x)) {
        return(methods::as(.double(x), "CsparseMatrix"))
    }
    if (!is.numeric(x) && !is.logical(x)) {
        stop(
            "Counts have to be numbers; the matrix holds ",
            typeof(x),
            ".",
            call. = FALSE
        )
    }
    width <- max(1L, as.integer(2^24 / max(1L, nrow(x))))
    .bindBlocks(
        seq.int(1L, max(1L, ncol(x)), by = width),
        function(first) {
            x[,
                seq.int(first, length.out = min(width, ncol(x) - first + 1L)),
                drop = FALSE
            ]
        },
        dimnames(x)
    )
}

.bindBlocks <- function(blocks, take, dimnames) {
    found <- lapply(blocks, function(k) {
        .double(methods::as(take(k), "CsparseMatrix"))
    })
    found <- if (length(found) == 1L) found[[1L]] else do.call(cbind, found)
    dimnames(found) <- dimnames
    found
}

.double <- function(x) {
    methods::as(methods::as(x, "dMatrix"), "generalMatrix")
}

# Places ------------------------------------------------------------------
.reductions <- function(x) {
    if (.isSeurat(x)) {
        SeuratObject::Reductions(x)
    } else {
        SingleCellExperiment::reducedDimNames(x)
    }
}

.reduction <- function(x, name) {
    if (.isSeurat(x)) {
        return(SeuratObject::Embeddings(x, name))
    }
    SingleCellExperiment::reducedDim(x, name)
}

# Coordinates that an object holds as such, or NULL; of a Seurat object also the
# image that each cell lies on. NA for cells on none of `images`.
.places <- function(x, images = SeuratObject::Images(x)) {
    if (!.isSeurat(x)) {
        xy <- if (inherits(x, "SpatialExperiment")) {
            SpatialExperiment::spatialCoords(x)
        }
        return(list(xy = if (NCOL(xy) > 0L) .acrossFirst(xy)))
    }
    xy <- matrix(NA_real_, ncol(x), 2L)
    image <- rep(NA_character_, ncol(x))
    for (name in images) {
        found <- .imageCoordinates(x[[name]])
        cells <- match(rownames(found), colnames(x))
        # a zoom shows cells of another image again
        free <- !is.na(cells) & is.na(image[cells])
        xy[cells[free], ] <- found[free, ]
        image[cells[free]] <- name
    }
    list(xy = if (!all(is.na(image))) xy, image = image)
}

# Coordinates whose names say that the row, or y, comes first, the other way
# round.
.acrossFirst <- function(xy) {
    names <- tolower(colnames(xy))
    if (length(names) < 2L) {
        return(xy)
    }
    down <- grepl("(^|_)(image)?(row|rows|y)(_|$)", names[1L])
    across <- grepl("(^|_)(image)?(col|cols|column|x)(_|$)", names[2L])
    if (!(down && across)) {
        return(xy)
    }
    xy[, c(2L, 1L, seq_along(names)[-c(1L, 2L)]), drop = FALSE]
}

# Coordinates of one image, x to the right and y down. VisiumV1 has row names;
# VisiumV2 and FOV have a column `cell` instead, and VisiumV2 keeps the row of
# the pixel in x and its column in y.
.imageCoordinates <- function(image) {
    centred <- methods::is(image, "FOV") &&
        "centroids" %in% SeuratObject::Boundaries(image)
    found <- if (centred) {
        SeuratObject::GetTissueCoordinates(image, which = "centroids")
    } else {
        SeuratObject::GetTissueCoordinates(image)
    }
    cells <- if ("cell" %in% colnames(found)) {
        as.character(found$cell)
    } else {
        rownames(found)
    }
    across <- if (methods::is(image, "VisiumV2")) c("y", "x") else c("x", "y")
    axes <- intersect(across, colnames(found))
    if (length(axes) < 2L) {
        axes <- intersect(c("imagecol", "imagerow"), colnames(found))
    }
    if (length(axes) < 2L) {
        axes <- colnames(found)[vapply(found, is.numeric, NA)][c(1L, 2L)]
    }
    points <- unname(as.matrix(found[, axes]))
    if (anyDuplicated(cells)) {
        return(.outlineCentres(points, cells))
    }
    rownames(points) <- cells
    points
}

# Centroid of the area inside each cell's outline, by the shoelace formula; of
# an outline that encloses none, a point or a line, the mean of its corners.
# Whether the first corner is repeated at the end does not matter, nor does the
# direction; rings of a cell in several pieces follow each other, and the ways
# between them cancel.
.outlineCentres <- function(points, cells) {
    cell <- match(cells, unique(cells))
    points <- points[order(cell), , drop = FALSE]
    cell <- sort(cell)
    # near 0, no digits are lost
    origin <- points[!duplicated(cell), , drop = FALSE]
    at <- points - origin[cell, , drop = FALSE]
    after <- rbind(at[-1L, , drop = FALSE], 0)
    # the last corner is followed by the first
    after[!duplicated(cell, fromLast = TRUE), ] <- 0
    cross <- at[, 1L] * after[, 2L] - after[, 1L] * at[, 2L]
    twice <- as.vector(rowsum(cross, cell))
    centre <- rowsum(cross * (at + after), cell) / (3 * twice)
    spread <- as.vector(rowsum(rowSums(at^2), cell))
    # the second condition: an outline that crosses itself can have its centroid
    # far away
    flat <- !(abs(twice) > 1e-9 * spread) | !(rowSums(centre^2) <= spread)
    if (any(flat)) {
        corners <- flat[cell]
        corners[corners] <- !duplicated(data.frame(cell, at)[corners, ])
        sums <- rowsum(cbind(at, 1)[corners, , drop = FALSE], cell[corners])
        centre[flat, ] <- sums[, 1:2] / sums[, 3L]
    }
    centre <- centre + origin
    rownames(centre) <- unique(cells)
    centre
}

# Names -------------------------------------------------------------------
# The name among `there` under which another door has left what is asked for:
# SemST and SemST_unrefined of a SpatialExperiment are semst_domain and
# semst_unrefined in a Seurat object, and semst and semst_unrefined, or X_semst,
# in Python.
.alias <- function(name, there) {
    if (
        length(name) != 1L ||
            !is.character(name) ||
            is.na(name) ||
            name %in% there
    ) {
        return(name)
    }
    bare <- function(x) {
        tolower(gsub(
            "[^A-Za-z0-9_]",
            "",
            sub("_domain$", "", sub("^X_", "", x))
        ))
    }
    same <- there[bare(there) == bare(name)]
    if (length(same) == 1L) same else name
}

# Words of errors ---------------------------------------------------------
.string <- function(x, name) {
    if (is.null(x)) {
        return(NULL)
    }
    if (!is.character(x) || length(x) != 1L || is.na(x) || !nzchar(x)) {
        stop(name, " has to be one text; it is ", .shown(x), ".", call. = FALSE)
    }
    x
}

.shown <- function(x) {
    if (is.null(x)) {
        return("NULL")
    }
    if (is.atomic(x) && length(x) <= 3L) {
        return(paste(deparse(x), collapse = ""))
    }
    paste0("a ", class(x)[1L], " of length ", length(x))
}

.list <- function(names) {
    if (length(names) == 0L) "there are none" else paste(names, collapse = ", ")
}
