# Where the result of a model goes in an object; `found` is what .run() or .predict()
# returns, `name` the stem of all names, by default the model's. What it does not hold is
# taken away, lest an earlier call's stays beside what is new.
.spotwise <- c("unrefined", "uncertainty", "typicality", "unlike") # columns, as attributes

.storeInSCE <- function(x, found, name, store_semantic) {
    if (is.null(name)) name <- attr(found, "title")
    reducedDim(x, name) <- .bare(found, name)
    colData(x)[[name]] <- attr(found, "domains")
    for (what in .spotwise) colData(x)[[paste0(name, "_", what)]] <- attr(found, what)
    earlier <- paste0(name, "_posterior")
    if (earlier %in% reducedDimNames(x)) reducedDim(x, earlier) <- NULL
    beside <- .beside(found, store_semantic)
    for (what in names(beside)) reducedDim(x, paste0(name, "_", what)) <- beside[[what]]
    metadata(x)[[name]] <- attr(found, "record")
    .explanationInSCE(x, attr(found, "explanation"), name)
}

# Seurat allows no column with the name of a reduction: the domains are in
# <name>_domain. `call` is kept as LogSeuratCommand() keeps it.
.storeInSeurat <- function(
    x, found, name, store_semantic, assay, call, verb = "runSemST"
) {
    record <- attr(found, "record")
    if (is.null(name)) name <- .alphanumeric(record$params$model)
    earlier <- paste0(name, "_posterior")
    if (earlier %in% SeuratObject::Reductions(x)) x[[earlier]] <- NULL
    beside <- .beside(found, store_semantic)
    if (length(beside) > 0L) names(beside) <- paste0(name, "_", names(beside))
    reductions <- c(stats::setNames(list(found), name), beside)
    for (one in names(reductions)) {
        key <- .alphanumeric(one)
        x[[one]] <- SeuratObject::CreateDimReducObject(
            embeddings = .bare(reductions[[one]], key), key = paste0(key, "_"), assay = assay
        )
    }
    x <- .addColumns(x, stats::setNames(
        lapply(c("domains", .spotwise), function(what) attr(found, what)),
        paste0(name, "_", c("domain", .spotwise))
    ))
    SeuratObject::Misc(x, slot = name) <- record
    x <- .explanationInSeurat(x, attr(found, "explanation"), name)
    x[[verb]] <- new(
        methods::getClass("SeuratCommand", where = asNamespace("SeuratObject")),
        name = verb, time.stamp = Sys.time(), assay.used = assay,
        call.string = .callString(verb, call), params = record$params
    )
    x
}

# Matrices that are stored besides the embedding.
.beside <- function(found, store_semantic) {
    semantic <- attr(found, "semantic")
    posterior <- attr(found, "posterior")
    c(
        attr(found, "inspected"),
        if (store_semantic && !is.null(semantic)) list(semantic = semantic),
        if (!is.null(posterior)) list(posterior = posterior)
    )
}

.alphanumeric <- function(name) gsub("[^A-Za-z0-9]", "", name)

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
