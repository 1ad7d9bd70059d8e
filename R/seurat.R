# What a Seurat object (v5, or an older assay in it) holds, as plain parts.
.seuratAssay <- function(x, assay) {
    assay <- if (is.null(assay)) SeuratObject::DefaultAssay(x) else .string(assay, "assay")
    if (!assay %in% SeuratObject::Assays(x)) {
        stop('There is no assay "', assay, '". The object has: ',
            .list(SeuratObject::Assays(x)), ".", call. = FALSE)
    }
    assay
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

# Coordinates of all cells and the image each one lies on. VisiumV1 has row
# names; VisiumV2 and FOV have a column `cell` instead.
.seuratCoordinates <- function(x, coordinates, image) {
    how <- paste(
        "Give them with coordinates =: a matrix with one row per cell or the names",
        "of two columns of the cell metadata."
    )
    if (is.character(coordinates)) {
        unknown <- setdiff(coordinates, colnames(x[[]]))
        if (length(unknown) > 0L) {
            stop("coordinates names ", .list(unknown), ", which are no columns of the cell ",
                "metadata. There are: ", .list(colnames(x[[]])), ".", call. = FALSE)
        }
        return(list(xy = .coordinates(x[[]][, coordinates], ncol(x), how), image = NULL))
    }
    if (!is.null(coordinates)) {
        return(list(xy = .coordinates(coordinates, ncol(x), how), image = NULL))
    }
    images <- SeuratObject::Images(x)
    if (length(images) == 0L) {
        stop("The Seurat object has no image, so there are no coordinates. Load it with ",
            "Load10X_Spatial() or LoadXenium(), or give them with coordinates =: a matrix ",
            "with one row per cell or the names of two columns of the cell metadata.",
            call. = FALSE)
    }
    if (!is.null(image)) {
        unknown <- setdiff(image, images)
        if (length(unknown) > 0L) {
            stop("There is no image ", .list(unknown), ". The object has: ", .list(images),
                ".", call. = FALSE)
        }
        images <- image
    }
    xy <- matrix(NA_real_, ncol(x), 2L)
    owner <- rep(NA_character_, ncol(x))
    for (name in images) {
        found <- .imageCoordinates(x[[name]])
        cells <- match(rownames(found), colnames(x))
        free <- !is.na(cells) & is.na(owner[cells]) # a zoom shows cells of another image again
        xy[cells[free], ] <- found[free, ]
        owner[cells[free]] <- name
    }
    if (anyNA(owner)) {
        stop(sum(is.na(owner)), " of ", ncol(x), " cells lie on no image (", .list(images),
            "). Subset the object to the cells with coordinates.", call. = FALSE)
    }
    list(xy = .coordinates(xy, ncol(x), how), image = owner)
}

.imageCoordinates <- function(image) {
    found <- if (methods::is(image, "FOV") &&
        "centroids" %in% SeuratObject::Boundaries(image)) {
        SeuratObject::GetTissueCoordinates(image, which = "centroids")
    } else {
        SeuratObject::GetTissueCoordinates(image)
    }
    cells <- if ("cell" %in% colnames(found)) as.character(found$cell) else rownames(found)
    axes <- intersect(c("x", "y"), colnames(found))
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
