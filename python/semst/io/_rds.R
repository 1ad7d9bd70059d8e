# What semst.io.read_rds and write_rds do in R. Evaluated in an environment of its
# own; packages are used by name, and nothing of the session is changed.

needs <- function(packages) {
  missing <- packages[!vapply(packages, requireNamespace, NA, quietly = TRUE)]
  if (length(missing)) stop("R packages are missing: ", paste(missing, collapse = ", "))
}

# R says which packages it loads for an object; nobody asked.
read_object <- function(path) suppressMessages(read_any(path))

read_any <- function(path) {
  x <- tryCatch(readRDS(path), error = function(e) stop("not an .rds file: ", conditionMessage(e)))
  needs("SingleCellExperiment")
  if (inherits(x, "Seurat")) return(from_seurat(x))
  if (inherits(x, "SingleCellExperiment") || inherits(x, "SpatialExperiment")) return(from_sce(x))
  list(class = class(x)[1L])
}

from_sce <- function(x) {
  dropped <- character()
  reduced <- as.list(SingleCellExperiment::reducedDims(x))
  if (inherits(x, "SpatialExperiment")) {
    needs("SpatialExperiment")
    xy <- SpatialExperiment::spatialCoords(x)
    if (ncol(xy) > 0L) reduced$spatial <- xy
    images <- SpatialExperiment::imgData(x)
    if (!is.null(images) && nrow(images) > 0L) dropped <- c(dropped, "imgData")
  }
  if (length(SingleCellExperiment::altExpNames(x))) dropped <- c(dropped, "altExps")
  assays <- as.list(SummarizedExperiment::assays(x, withDimnames = FALSE))
  parts(assays, reduced, SummarizedExperiment::colData(x), SummarizedExperiment::rowData(x),
        S4Vectors::metadata(x), dimnames(x), dropped)
}

from_seurat <- function(x) {
  needs("SeuratObject")
  name <- SeuratObject::DefaultAssay(x)
  held <- x[[name]]
  if (inherits(held, "Assay5")) held <- SeuratObject::JoinLayers(held)
  genes <- rownames(held)
  cells <- colnames(x)
  dropped <- setdiff(SeuratObject::Assays(x), name)
  if (length(dropped)) dropped <- paste("assay", dropped)
  assays <- list()
  for (layer in SeuratObject::Layers(held)) {
    values <- SeuratObject::LayerData(held, layer = layer)
    if (identical(dim(values), c(length(genes), length(cells)))) {
      assays[[layer]] <- values[genes, cells, drop = FALSE]
    } else if (length(values)) {
      dropped <- c(dropped, paste("layer", layer)) # scale.data often holds part of the genes
    }
  }
  reduced <- list()
  for (reduction in SeuratObject::Reductions(x)) {
    values <- SeuratObject::Embeddings(x, reduction)
    if (identical(rownames(values), cells)) reduced[[reduction]] <- values
    else dropped <- c(dropped, paste("reduction", reduction))
  }
  meta <- x[[]]
  xy <- matrix(NA_real_, length(cells), 2L)
  image <- rep(NA_character_, length(cells))
  for (one in SeuratObject::Images(x)) {
    picture <- x[[one]]
    found <- if (inherits(picture, "FOV") && "centroids" %in% SeuratObject::Boundaries(picture)) {
      SeuratObject::GetTissueCoordinates(picture, which = "centroids")
    } else {
      SeuratObject::GetTissueCoordinates(picture)
    }
    of <- if ("cell" %in% names(found)) as.character(found$cell) else rownames(found)
    axes <- if (all(c("imagecol", "imagerow") %in% names(found))) c("imagecol", "imagerow")
      else if (inherits(picture, "VisiumV2")) c("y", "x") # the row of the pixel is in x
      else c("x", "y")
    first <- !duplicated(of) # VisiumV1 lists a spot once, outlines many times
    place <- match(of[first], cells)
    free <- !is.na(place) & is.na(image[place])
    xy[place[free], ] <- as.matrix(found[first, axes])[free, ]
    image[place[free]] <- one
  }
  if (!all(is.na(image))) {
    reduced$spatial <- xy
    if (length(unique(image)) > 1L && !"image" %in% names(meta)) meta$image <- image
  }
  var <- if (inherits(held, "Assay5")) held[[]] else data.frame(row.names = genes)
  parts(assays, reduced, meta, var, SeuratObject::Misc(x), list(genes, cells), dropped)
}

parts <- function(assays, reduced, obs, var, metadata, names, dropped) {
  if (length(assays) == 0L) return(list(class = "an object without any matrix of counts"))
  if (is.null(names(assays))) names(assays) <- paste0("assay", seq_along(assays))
  first <- if ("counts" %in% names(assays)) "counts" else names(assays)[1L]
  assays <- lapply(assays[c(first, setdiff(names(assays), first))], matrix_of)
  for (one in names(reduced)) { # LinearEmbeddingMatrix and the like
    plain <- tryCatch(as.matrix(reduced[[one]]), error = function(e) NULL)
    if (is.numeric(plain)) reduced[[one]] <- unname(plain + 0)
    else { reduced[[one]] <- NULL; dropped <- c(dropped, paste("reducedDim", one)) }
  }
  genes <- if (is.null(names[[1L]])) paste0("gene", seq_len(nrow(assays[[1L]]))) else names[[1L]]
  spots <- if (is.null(names[[2L]])) paste0("spot", seq_len(ncol(assays[[1L]]))) else names[[2L]]
  obs <- columns(obs)
  var <- columns(var)
  dropped <- c(dropped, paste("column", c(obs$dropped, var$dropped))[seq_along(c(obs$dropped, var$dropped))])
  list(
    sce = SingleCellExperiment::SingleCellExperiment(
      assays = lapply(assays, function(m) { dimnames(m) <- list(genes, spots); m }),
      reducedDims = lapply(reduced, function(m) { rownames(m) <- spots; m })),
    first = first, genes = genes, spots = spots, obs = obs$kept, var = var$kept,
    metadata = plain(metadata), dropped = dropped)
}

# dense, dgCMatrix, or read from disk in blocks
matrix_of <- function(m) {
  if (inherits(m, "DelayedMatrix")) {
    grid <- DelayedArray::colAutoGrid(m)
    sparse <- DelayedArray::is_sparse(m)
    m <- do.call(cbind, lapply(seq_along(grid), function(k)
      double_of(methods::as(DelayedArray::read_block(m, grid[[k]], as.sparse = sparse), "CsparseMatrix"))))
    return(m)
  }
  if (is.matrix(m)) { storage.mode(m) <- "double"; return(m) }
  double_of(methods::as(m, "CsparseMatrix"))
}

double_of <- function(m) methods::as(methods::as(m, "dMatrix"), "generalMatrix")

# Columns as plain vectors with their kind and their gaps said apart.
columns <- function(frame) {
  kept <- list()
  dropped <- character()
  for (name in colnames(frame)) {
    values <- frame[[name]]
    if (inherits(values, "Rle")) values <- as.vector(values)
    kind <- if (is.factor(values)) "factor" else if (is.logical(values)) "logical"
      else if (is.integer(values)) "integer" else if (is.numeric(values)) "double"
      else if (is.character(values)) "character" else NULL
    if (is.null(kind) || !is.null(dim(values)) || (is.object(values) && kind != "factor")) {
      dropped <- c(dropped, name)
      next
    }
    gap <- is.na(values)
    if (kind == "double") gap <- gap & !is.nan(values)
    plain <- switch(kind,
      factor = as.integer(values) - 1L, logical = as.integer(values), as.vector(values))
    if (kind == "factor" || kind == "logical" || kind == "integer") plain[gap] <- -1L
    if (kind == "character") plain[gap] <- ""
    if (kind == "double") plain[gap] <- NaN
    kept[[name]] <- list(kind = kind, values = unname(plain), gap = unname(gap),
                         levels = as.character(levels(values)), ordered = is.ordered(values))
  }
  list(kept = kept, dropped = dropped)
}

# Lists of vectors and of such lists; the rest is left out.
plain <- function(x) {
  if (is.list(x) && !is.object(x)) {
    x <- x[nzchar(names(x) %||% rep("", length(x)))]
    x <- lapply(x, plain)
    return(x[!vapply(x, is.null, NA)])
  }
  if (is.factor(x)) x <- as.character(x)
  if (is.atomic(x) && !is.object(x) && is.null(dim(x)) && typeof(x) %in% c("logical", "integer", "double", "character")) {
    return(x)
  }
  NULL
}

write_sce <- function(sce, obs, var, metadata, xy, samples, path) {
  needs("SpatialExperiment")
  if (!is.null(samples)) obs$sample_id <- samples
  spe <- SpatialExperiment::SpatialExperiment(
    assays = SummarizedExperiment::assays(sce),
    colData = S4Vectors::DataFrame(obs, check.names = FALSE, row.names = colnames(sce)),
    rowData = S4Vectors::DataFrame(var, check.names = FALSE, row.names = rownames(sce)),
    reducedDims = SingleCellExperiment::reducedDims(sce),
    spatialCoords = if (is.null(xy)) NULL else place(xy, colnames(sce)))
  S4Vectors::metadata(spe) <- metadata
  saveRDS(spe, path)
}

place <- function(xy, spots) {
  dimnames(xy) <- list(spots, c("x", "y", "z")[seq_len(ncol(xy))])
  xy
}

write_seurat <- function(sce, obs, var, metadata, xy, samples, path) {
  needs("SeuratObject")
  assays <- as.list(SummarizedExperiment::assays(sce))
  rownames(obs) <- colnames(sce)
  x <- SeuratObject::CreateSeuratObject(methods::as(assays[[1L]], "CsparseMatrix"), meta.data = obs)
  for (layer in names(assays)[-1L]) SeuratObject::LayerData(x, layer = layer) <- assays[[layer]]
  if (ncol(var)) {
    rownames(var) <- rownames(sce)
    x[["RNA"]] <- SeuratObject::AddMetaData(x[["RNA"]], var)
  }
  reduced <- SingleCellExperiment::reducedDims(sce)
  for (name in names(reduced)) {
    key <- gsub("[^A-Za-z0-9]", "", name)
    values <- reduced[[name]]
    dimnames(values) <- list(colnames(sce), paste0(key, "_", seq_len(ncol(values))))
    slot <- if (name %in% colnames(x[[]])) paste0(name, "_embedding") else name
    x[[slot]] <- SeuratObject::CreateDimReducObject(embeddings = values, key = paste0(key, "_"), assay = "RNA")
  }
  if (!is.null(xy)) {
    if (is.null(samples)) samples <- rep("slice1", ncol(sce))
    frame <- data.frame(x = xy[, 1L], y = xy[, 2L], cell = colnames(sce))
    for (one in unique(samples)) {
      slot <- make.names(one)
      x[[slot]] <- SeuratObject::CreateFOV(SeuratObject::CreateCentroids(frame[samples == one, ]),
        assay = "RNA", key = paste0(gsub("[^A-Za-z0-9]", "", slot), "_"))
    }
  }
  for (name in names(metadata)) SeuratObject::Misc(x, slot = name) <- metadata[[name]]
  saveRDS(x, path)
}

`%||%` <- function(a, b) if (is.null(a)) b else a
