# Where the result of a model goes in an object; `found` is what .run() or
# .predict() returns, `name` the stem of all names, by default the model's. What
# it does not hold is taken away, lest an earlier call's stays beside what is
# new.
# columns, as attributes
.spotwise <- c("unrefined", "uncertainty", "typicality", "unlike")

.storeInSCE <- function(x, found, name, store) {
    if (is.null(name)) {
        name <- attr(found, "title")
    }
    reducedDim(x, name) <- .bare(found, name)
    colData(x)[[name]] <- attr(found, "domains")
    for (what in .spotwise) {
        colData(x)[[paste0(name, "_", what)]] <- attr(found, what)
    }
    earlier <- paste0(name, "_posterior")
    if (earlier %in% reducedDimNames(x)) {
        reducedDim(x, earlier) <- NULL
    }
    beside <- .beside(found, store$semantic)
    for (what in names(beside)) {
        reducedDim(x, paste0(name, "_", what)) <- beside[[what]]
    }
    for (what in names(.graphSlots)) {
        slot <- paste0(name, .graphSlots[[what]])
        there <- slot %in% SingleCellExperiment::colPairNames(x)
        graph <- if (store$graph) attr(found, what)
        if (there || !is.null(graph)) {
            SingleCellExperiment::colPair(x, slot) <- if (!is.null(graph)) {
                .hits(graph)
            }
        }
    }
    metadata(x)[[name]] <- attr(found, "record")
    .explanationInSCE(x, attr(found, "explanation"), name)
}

# Seurat allows no column with the name of a reduction: the domains are in
# <name>_domain. `call` is kept as LogSeuratCommand() keeps it.
.storeInSeurat <- function(
    x,
    found,
    name,
    store,
    assay,
    call,
    verb = "runSemST"
) {
    record <- attr(found, "record")
    if (is.null(name)) {
        name <- .alphanumeric(record$params$model)
    }
    earlier <- paste0(name, "_posterior")
    if (earlier %in% SeuratObject::Reductions(x)) {
        x[[earlier]] <- NULL
    }
    beside <- .beside(found, store$semantic)
    if (length(beside) > 0L) {
        names(beside) <- paste0(name, "_", names(beside))
    }
    reductions <- c(stats::setNames(list(found), name), beside)
    for (one in names(reductions)) {
        key <- .alphanumeric(one)
        x[[one]] <- SeuratObject::CreateDimReducObject(
            embeddings = .bare(reductions[[one]], key),
            key = paste0(key, "_"),
            assay = assay
        )
    }
    x <- .addColumns(
        x,
        stats::setNames(
            lapply(c("domains", .spotwise), function(what) attr(found, what)),
            paste0(name, "_", c("domain", .spotwise))
        )
    )
    for (what in names(.graphSlots)) {
        slot <- paste0(name, .graphSlots[[what]])
        graph <- if (store$graph) attr(found, what)
        if (!is.null(graph)) {
            graph <- SeuratObject::as.Graph(graph)
            SeuratObject::DefaultAssay(graph) <- assay
        }
        if (!is.null(graph) || slot %in% SeuratObject::Graphs(x)) {
            x[[slot]] <- graph
        }
    }
    # Misc() would warn that it is there
    methods::slot(x, "misc")[[name]] <- record
    x <- .explanationInSeurat(x, attr(found, "explanation"), name)
    # as Seurat names them, which reads the assay off the end
    command <- paste(verb, assay, sep = ".")
    x[[command]] <- new(
        methods::getClass("SeuratCommand", where = asNamespace("SeuratObject")),
        name = command,
        time.stamp = Sys.time(),
        assay.used = assay,
        call.string = .callString(verb, call),
        params = record$params
    )
    x
}

# Endings of the names of a run's graphs; those of Python.
.graphSlots <- c(graph = "_connectivities", distances = "_distances")

# A sparse matrix of spots x spots as pairs of spots, by which an object holds
# it.
.hits <- function(graph) {
    S4Vectors::SelfHits(
        graph@i + 1L,
        rep(seq_len(ncol(graph)), diff(graph@p)),
        nnode = ncol(graph),
        x = graph@x
    )
}

# Names as Seurat takes them everywhere: it would change those of reductions,
# and not those of columns.
.seuratName <- function(name) {
    if (is.null(name)) {
        return(NULL)
    }
    made <- make.names(name)
    if (made != name) {
        message(
            'SemST: Seurat allows no reduction with the name "',
            name,
            '"; the results are called "',
            made,
            '"'
        )
    }
    made
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

# Columns of the cell metadata of a Seurat object. One that is NULL goes, lest
# an earlier run's stays beside what is new.
.addColumns <- function(x, columns) {
    gone <- vapply(columns, is.null, NA)
    for (name in intersect(names(columns)[gone], colnames(x[[]]))) {
        x[[name]] <- NULL
    }
    SeuratObject::AddMetaData(
        x,
        data.frame(
            columns[!gone],
            row.names = colnames(x),
            check.names = FALSE
        )
    )
}

# The call as the user wrote it; do.call() puts whole objects into it, which are
# named by their class.
.callString <- function(verb, call) {
    args <- lapply(as.list(call)[-1L], function(arg) {
        short <- is.language(arg) || (is.atomic(arg) && length(arg) <= 10L)
        if (short) arg else as.name(paste0("<", class(arg)[1L], ">"))
    })
    gsub(
        "`",
        "",
        paste(trimws(deparse(as.call(c(as.name(verb), args)))), collapse = " ")
    )
}

.bare <- function(found, key) {
    matrix(
        found,
        nrow(found),
        ncol(found),
        dimnames = list(rownames(found), paste0(key, "_", seq_len(ncol(found))))
    )
}
