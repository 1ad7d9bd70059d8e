# What semst.io.read_rds and write_rds do in R beyond what objects.R does, which is
# evaluated before it in the same environment. Packages are used by name, and nothing of
# the session is changed.

needs <- function(packages) {
  missing <- packages[!vapply(packages, requireNamespace, NA, quietly = TRUE)]
  if (length(missing)) stop("R packages are missing: ", paste(missing, collapse = ", "))
}

# R says which packages it loads for an object; nobody asked. What objects.R says is kept.
read_object <- function(path, assay) {
  # Python says what is wrong, in one line; R would say it before, on the console
  before <- options(show.error.messages = FALSE)
  on.exit(options(before))
  said <- character()
  found <- withCallingHandlers(read_any(path, assay), message = function(note) {
    text <- trimws(conditionMessage(note))
    if (startsWith(text, "SemST: ")) said <<- c(said, substring(text, 8L))
    invokeRestart("muffleMessage")
  })
  c(found, list(said = said))
}

# R's own code believes the sizes and indices of matrices, and the values of factors: a
# damaged one would be read beyond its end.
check_sizes <- function(x) {
  size <- attr(x, "dim", exact = TRUE)
  if (is.atomic(x) && !is.null(size) && !identical(as.double(length(x)), prod(size))) {
    stop("the file is damaged: ", length(x), " values cannot be ", paste(size, collapse = " x "))
  }
  if (inherits(x, "factor")) {
    codes <- suppressWarnings(range(1L, unclass(x), na.rm = TRUE))
    if (typeof(x) != "integer" || codes[1L] < 1L || codes[2L] > max(1L, nlevels(x))) {
      stop("the file is damaged: a factor has values beyond its ", nlevels(x), " levels")
    }
  }
  if (methods::is(x, "Matrix")) {
    fits <- tryCatch(methods::validObject(x, test = TRUE), error = conditionMessage)
    if (!isTRUE(fits)) stop("the file is damaged: ", paste(fits, collapse = "; "))
  }
  for (part in attributes(x)) check_sizes(part)
  if (is.list(x)) for (part in unclass(x)) check_sizes(part)
}

read_any <- function(path, assay) {
  x <- tryCatch(readRDS(path), error = function(e) stop("not an .rds file: ", conditionMessage(e)))
  check_sizes(x)
  needs("SingleCellExperiment")
  if (.isSeurat(x)) return(from_seurat(x, assay))
  if (inherits(x, "SingleCellExperiment") || inherits(x, "SpatialExperiment")) return(from_sce(x, assay))
  list(class = class(x)[1L])
}

from_sce <- function(x, assay) {
  dropped <- character()
  if (inherits(x, "SpatialExperiment")) {
    needs("SpatialExperiment")
    if (NROW(SpatialExperiment::imgData(x)) > 0L) dropped <- "imgData"
  }
  if (length(SingleCellExperiment::altExpNames(x))) dropped <- c(dropped, "altExps")
  assays <- as.list(SummarizedExperiment::assays(x, withDimnames = FALSE))
  if (is.null(names(assays))) names(assays) <- sprintf("assay%d", seq_along(assays))
  if (!is.null(assay)) assays <- c(stats::setNames(list(.assay(x, assay)), assay), assays[names(assays) != assay])
  else assays <- assays[order(names(assays) != "counts")]
  reduced <- lapply(stats::setNames(nm = .reductions(x)), function(name) .reduction(x, name))
  reduced$spatial <- .places(x)$xy
  pairs <- SingleCellExperiment::colPairNames(x)
  graphs <- lapply(stats::setNames(nm = pairs), function(name) graph_parts(pairs_of(SingleCellExperiment::colPair(x, name))))
  parts("SpatialExperiment", assays, reduced, .spotColumns(x), .geneColumns(x), S4Vectors::metadata(x), graphs,
        dimnames(x), dropped)
}

# Pairs of spots as a sparse matrix; those without numbers have 1.
pairs_of <- function(hits) {
  columns <- S4Vectors::mcols(hits)
  numeric <- if (NCOL(columns) > 0L) which(vapply(columns, is.numeric, NA))
  values <- if (length(numeric) > 0L) columns[[numeric[1L]]] else rep(1, length(hits))
  Matrix::sparseMatrix(S4Vectors::queryHits(hits), S4Vectors::subjectHits(hits), x = as.double(values),
                       dims = rep(S4Vectors::nnode(hits), 2L))
}

graph_parts <- function(graph) {
  graph <- .double(methods::as(graph, "CsparseMatrix"))
  list(i = graph@i, p = graph@p, x = graph@x)
}

from_seurat <- function(x, assay) {
  needs("SeuratObject")
  assay <- .seuratAssay(x, assay)
  dropped <- sprintf("assay %s", setdiff(SeuratObject::Assays(x), assay))
  cells <- colnames(x)
  genes <- rownames(x[[assay]])
  layers <- .seuratLayers(x, assay)
  assays <- list()
  if ("counts" %in% layers) {
    assays$counts <- .seuratCounts(x, assay, "counts")
    genes <- rownames(assays$counts)
  }
  for (layer in setdiff(layers, "counts")) {
    values <- .seuratLayer(x, assay, layer)
    if (all(genes %in% rownames(values)) && all(cells %in% colnames(values))) {
      assays[[layer]] <- values[genes, cells, drop = FALSE]
    } else if (length(values)) {
      dropped <- c(dropped, paste("layer", layer)) # scale.data often holds part of the genes
    }
  }
  reduced <- list()
  for (name in .reductions(x)) {
    values <- .reduction(x, name)
    if (identical(rownames(values), cells)) reduced[[name]] <- values
    else dropped <- c(dropped, paste("reduction", name))
  }
  meta <- .spotColumns(x)
  place <- .places(x)
  reduced$spatial <- place$xy
  if (length(unique(place$image)) > 1L && !"image" %in% names(meta)) meta$image <- place$image
  var <- .geneColumns(x, assay)[match(genes, rownames(x[[assay]])), , drop = FALSE]
  graphs <- list()
  for (name in SeuratObject::Graphs(x)) {
    graph <- x[[name]]
    if (identical(dimnames(graph), list(cells, cells))) {
      graphs[[name]] <- graph_parts(methods::as(graph, "dgCMatrix"))
    } else dropped <- c(dropped, paste("graph", name))
  }
  parts("Seurat", assays, reduced, meta, var, SeuratObject::Misc(x), graphs, list(genes, cells), dropped)
}

# The first of `assays` becomes X.
parts <- function(kind, assays, reduced, obs, var, metadata, graphs, names, dropped) {
  if (length(assays) == 0L) return(list(class = "an object without any matrix of counts"))
  assays <- lapply(assays, matrix_of)
  for (one in names(reduced)) { # LinearEmbeddingMatrix and the like
    plain <- tryCatch(as.matrix(reduced[[one]]), error = function(e) NULL)
    if (is.numeric(plain)) reduced[[one]] <- unname(plain + 0)
    else { reduced[[one]] <- NULL; dropped <- c(dropped, paste("reducedDim", one)) }
  }
  genes <- if (is.null(names[[1L]])) sprintf("gene%d", seq_len(nrow(assays[[1L]]))) else names[[1L]]
  spots <- if (is.null(names[[2L]])) sprintf("spot%d", seq_len(ncol(assays[[1L]]))) else names[[2L]]
  obs <- columns(obs)
  var <- columns(var)
  list(
    sce = SingleCellExperiment::SingleCellExperiment(
      assays = lapply(assays, function(m) { dimnames(m) <- list(genes, spots); m }),
      reducedDims = lapply(reduced, function(m) { rownames(m) <- spots; m })),
    kind = kind, graphs = graphs, genes = genes, spots = spots, obs = obs$kept, var = var$kept,
    metadata = plain(metadata), dropped = c(dropped, sprintf("column %s", c(obs$dropped, var$dropped))))
}

# What is dense stays so, in double numbers.
matrix_of <- function(m) {
  if (!is.matrix(m)) return(.sparse(m))
  storage.mode(m) <- "double"
  m
}

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

# Lists of vectors, tables and such lists; the rest is left out.
plain <- function(x) {
  if (inherits(x, "semstTables")) x <- unclass(x)
  if (is.data.frame(x) || inherits(x, "DataFrame")) return(list(.table = columns(x)$kept, n = nrow(x)))
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

write_sce <- function(sce, obs, var, metadata, graphs, xy, samples, path) {
  needs("SpatialExperiment")
  if (!is.null(samples)) obs$sample_id <- samples
  spe <- SpatialExperiment::SpatialExperiment(
    assays = SummarizedExperiment::assays(sce),
    colData = S4Vectors::DataFrame(obs, check.names = FALSE, row.names = colnames(sce)),
    rowData = S4Vectors::DataFrame(var, check.names = FALSE, row.names = rownames(sce)),
    reducedDims = SingleCellExperiment::reducedDims(sce),
    spatialCoords = if (is.null(xy)) NULL else place(xy, colnames(sce)))
  S4Vectors::metadata(spe) <- tables_in(metadata, function(table) methods::as(table, "DataFrame"))
  for (name in names(graphs)) {
    parts <- graphs[[name]]
    SingleCellExperiment::colPair(spe, name) <- S4Vectors::SelfHits(
      parts$i + 1L, rep(seq_len(ncol(spe)), diff(parts$p)), nnode = ncol(spe), x = parts$x)
  }
  saveRDS(spe, path)
}

# `make` of every data frame in nested lists.
tables_in <- function(x, make) {
  if (is.data.frame(x)) return(make(x))
  if (is.list(x)) lapply(x, tables_in, make) else x
}

place <- function(xy, spots) {
  dimnames(xy) <- list(spots, c("x", "y", "z")[seq_len(ncol(xy))])
  xy
}

write_seurat <- function(sce, obs, var, metadata, graphs, xy, samples, path) {
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
  for (name in names(graphs)) {
    parts <- graphs[[name]]
    graph <- SeuratObject::as.Graph(methods::new("dgCMatrix", i = parts$i, p = parts$p, x = parts$x,
      Dim = rep(as.integer(ncol(x)), 2L), Dimnames = list(colnames(x), colnames(x))))
    SeuratObject::DefaultAssay(graph) <- "RNA"
    x[[make.names(name)]] <- graph
  }
  for (name in names(metadata)) SeuratObject::Misc(x, slot = name) <- metadata[[name]]
  saveRDS(x, path)
}

`%||%` <- function(a, b) if (is.null(a)) b else a
