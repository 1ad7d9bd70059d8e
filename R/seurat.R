# What a Seurat object (v5, or an older assay in it) holds, as plain parts.
.seuratAssay <- function(x, assay) {
    assay <- if (is.null(assay)) .rawAssay(x) else .string(assay, "assay")
    if (!assay %in% SeuratObject::Assays(x)) {
        stop('There is no assay "', assay, '". The object has: ',
            .list(SeuratObject::Assays(x)), ".", call. = FALSE)
    }
    assay
}

# The default assay; where SCTransform() made it, the one it was made from: the
# "counts" of the former are corrected ones, which look like raw counts.
.rawAssay <- function(x) {
    assay <- SeuratObject::DefaultAssay(x)
    if (!inherits(x[[assay]], "SCTAssay")) return(assay)
    made_from <- vapply(methods::slot(x[[assay]], "SCTModel.list"), function(model) {
        methods::slot(model, "umi.assay")
    }, "")
    made_from <- intersect(unique(made_from), SeuratObject::Assays(x))
    if (length(made_from) != 1L) {
        stop('The default assay "', assay, '" holds counts that SCTransform() has corrected. Raw ',
            "counts are needed: name the assay that holds them, assay =. There are: ",
            .list(SeuratObject::Assays(x)), ".", call. = FALSE)
    }
    message('SemST: the assay "', assay, '" holds corrected counts; raw counts are taken from "',
        made_from, '"')
    made_from
}

.seuratCounts <- function(x, assay, layer) {
    .string(layer, "layer")
    held <- x[[assay]]
    layers <- SeuratObject::Layers(held)
    split <- grep(paste0("^", layer, "\\."), layers, value = TRUE)
    if (!layer %in% layers && length(split) > 0L) {
        held <- SeuratObject::JoinLayers(held, layers = layer)
        layers <- SeuratObject::Layers(held)
    }
    if (!layer %in% layers) {
        stop('The assay "', assay, '" has no layer "', layer, '". It has: ', .list(layers),
            ". Name the one with raw counts: layer =.", call. = FALSE)
    }
    counts <- SeuratObject::LayerData(held, layer = layer)
    missing <- setdiff(colnames(x), colnames(counts))
    if (length(missing) > 0L) {
        stop('The layer "', layer, '" of assay "', assay, '" lacks ', length(missing), " of ",
            ncol(x), " cells. Subset the object to the cells of this assay.", call. = FALSE)
    }
    counts <- .sparse(counts)
    counts[, match(colnames(x), colnames(counts)), drop = FALSE]
}

# Coordinates of all cells and the image each one lies on.
.seuratCoordinates <- function(x, coordinates, image) {
    how <- paste(
        "Give them with coordinates =: a matrix with one row per cell, the names of two",
        "columns of the cell metadata, or the name of a reduction."
    )
    if (is.character(coordinates)) coordinates <- .namedCoordinates(x, coordinates)
    images <- SeuratObject::Images(x)
    if (!is.null(coordinates)) {
        # images still tell slices apart, where every cell lies on one
        owner <- .onImages(x, images)$owner
        return(list(
            xy = .coordinates(coordinates, ncol(x), how), image = if (!anyNA(owner)) owner
        ))
    }
    if (length(images) == 0L) {
        stop("The Seurat object has no image, so there are no coordinates. Load it with ",
            "Load10X_Spatial() or LoadXenium(). ", how, call. = FALSE)
    }
    if (!is.null(image)) {
        unknown <- setdiff(image, images)
        if (length(unknown) > 0L) {
            stop("There is no image ", .list(unknown), ". The object has: ", .list(images),
                ".", call. = FALSE)
        }
        images <- image
    }
    place <- .onImages(x, images)
    lost <- is.na(place$owner)
    if (any(lost)) {
        stop(sum(lost), " of ", ncol(x), " cells lie on no image (", .list(images),
            "). Subset the object to the cells with coordinates: x[, unlist(lapply(c(",
            paste0('"', images, '"', collapse = ", "), "), function(i) Cells(x[[i]])))].",
            call. = FALSE)
    }
    list(xy = .coordinates(place$xy, ncol(x), how), image = place$owner)
}

# Two columns of the cell metadata, or a reduction.
.namedCoordinates <- function(x, coordinates) {
    if (all(coordinates %in% colnames(x[[]]))) return(x[[]][, coordinates])
    if (length(coordinates) == 1L && coordinates %in% SeuratObject::Reductions(x)) {
        return(SeuratObject::Embeddings(x, coordinates))
    }
    stop("coordinates is ", .shown(coordinates), ", which names neither columns of the cell ",
        "metadata (", .list(colnames(x[[]])), ") nor a reduction (",
        .list(SeuratObject::Reductions(x)), ").", call. = FALSE)
}

# Where each cell lies and on which of the images; NA on none.
.onImages <- function(x, images) {
    xy <- matrix(NA_real_, ncol(x), 2L)
    owner <- rep(NA_character_, ncol(x))
    for (name in images) {
        found <- .imageCoordinates(x[[name]])
        cells <- match(rownames(found), colnames(x))
        free <- !is.na(cells) & is.na(owner[cells]) # a zoom shows cells of another image again
        xy[cells[free], ] <- found[free, ]
        owner[cells[free]] <- name
    }
    list(xy = xy, owner = owner)
}

# Coordinates and slices: those named by `samples`, else the images.
.seuratPlace <- function(x, coordinates, image, samples) {
    place <- .seuratCoordinates(x, coordinates, image)
    list(
        xy = place$xy,
        samples = if (is.null(samples)) place$image else .perSpot(x, samples, "samples")
    )
}

# A column of what the assay says of its genes.
.seuratSymbols <- function(x, assay, symbols) {
    if (!is.character(symbols) || length(symbols) != 1L) return(symbols)
    held <- x[[assay]][[]]
    if (!symbols %in% colnames(held)) {
        stop('symbols is "', symbols, '", which is no column of the metadata of the assay "', assay,
            '". There are: ', .list(colnames(held)), ".", call. = FALSE)
    }
    held[[symbols]]
}

# Coordinates of one image, x to the right and y down. VisiumV1 has row names;
# VisiumV2 and FOV have a column `cell` instead, and VisiumV2 keeps the row of
# the pixel in x and its column in y.
.imageCoordinates <- function(image) {
    found <- if (methods::is(image, "FOV") &&
        "centroids" %in% SeuratObject::Boundaries(image)) {
        SeuratObject::GetTissueCoordinates(image, which = "centroids")
    } else {
        SeuratObject::GetTissueCoordinates(image)
    }
    cells <- if ("cell" %in% colnames(found)) as.character(found$cell) else rownames(found)
    across <- if (methods::is(image, "VisiumV2")) c("y", "x") else c("x", "y")
    axes <- intersect(across, colnames(found))
    if (length(axes) < 2L) axes <- intersect(c("imagecol", "imagerow"), colnames(found))
    if (length(axes) < 2L) axes <- colnames(found)[vapply(found, is.numeric, NA)][c(1L, 2L)]
    points <- as.matrix(found[, axes])
    if (anyDuplicated(cells)) { # outlines: the middle of each
        points <- rowsum(points, cells) / as.vector(table(cells)[sort(unique(cells))])
        return(points)
    }
    rownames(points) <- cells
    points
}
