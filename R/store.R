# Where the result of a model goes in an object; `found` is what .runModel()
# returns, `name` the stem of all names.
.storeInSCE <- function(x, found, name, store_semantic) {
    reducedDim(x, name) <- .bare(found, name)
    colData(x)[[name]] <- attr(found, "domains")
    colData(x)[[paste0(name, "_unrefined")]] <- attr(found, "unrefined")
    colData(x)[[paste0(name, "_uncertainty")]] <- attr(found, "uncertainty")
    if (store_semantic && !is.null(attr(found, "semantic"))) {
        reducedDim(x, paste0(name, "_semantic")) <- attr(found, "semantic")
    }
    metadata(x)[[name]] <- attr(found, "record")
    x
}

# Seurat allows no column with the name of a reduction: the domains are in
# <name>_domain. `verb` and `call` are kept as LogSeuratCommand() keeps them.
.storeInSeurat <- function(x, found, name, store_semantic, assay, verb, call) {
    key <- gsub("[^A-Za-z0-9]", "", name)
    x[[name]] <- SeuratObject::CreateDimReducObject(
        embeddings = .bare(found, key), key = paste0(key, "_"), assay = assay
    )
    x <- .addColumns(x, stats::setNames(
        list(attr(found, "domains"), attr(found, "unrefined"), attr(found, "uncertainty")),
        paste0(name, c("_domain", "_unrefined", "_uncertainty"))
    ))
    if (store_semantic && !is.null(attr(found, "semantic"))) {
        vectors <- attr(found, "semantic")
        colnames(vectors) <- paste0(key, "semantic_", seq_len(ncol(vectors)))
        x[[paste0(name, "_semantic")]] <- SeuratObject::CreateDimReducObject(
            embeddings = vectors, key = paste0(key, "semantic_"), assay = assay
        )
    }
    SeuratObject::Misc(x, slot = name) <- attr(found, "record")
    x[[verb]] <- new(
        methods::getClass("SeuratCommand", where = asNamespace("SeuratObject")),
        name = verb, time.stamp = Sys.time(), assay.used = assay,
        call.string = .callString(verb, call),
        params = attr(found, "record")$params
    )
    x
}

# Columns of the cell metadata of a Seurat object. One that is NULL goes, lest an
# earlier run's stays beside what is new.
.addColumns <- function(x, columns) {
    gone <- vapply(columns, is.null, NA)
    for (name in intersect(names(columns)[gone], colnames(x[[]]))) x[[name]] <- NULL
    SeuratObject::AddMetaData(x, data.frame(
        columns[!gone], row.names = colnames(x), check.names = FALSE
    ))
}

# The call as the user wrote it; do.call() puts whole objects into it, which are
# named by their class.
.callString <- function(verb, call) {
    args <- lapply(as.list(call)[-1L], function(arg) {
        short <- is.language(arg) || (is.atomic(arg) && length(arg) <= 10L)
        if (short) arg else as.name(paste0("<", class(arg)[1L], ">"))
    })
    gsub("`", "", paste(trimws(deparse(as.call(c(as.name(verb), args)))), collapse = " "))
}

.bare <- function(found, key) {
    matrix(found, nrow(found), ncol(found),
        dimnames = list(rownames(found), paste0(key, "_", seq_len(ncol(found))))
    )
}
