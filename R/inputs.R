# What a verb is given as `x`, looked at first: one sentence on what was found,
# what is accepted and what to do.
.objects <- "a SpatialExperiment, a SingleCellExperiment or a Seurat object"
.counts <- paste(
    "raw counts, genes x spots (a matrix, a sparse Matrix or a DelayedMatrix),",
    .objects
)

# Raw counts, or what can be made a matrix of them.
.checkCountsOf <- function(x, verb, what = "x", accepted = .counts) {
    array <- is.matrix(x) ||
        methods::is(x, "Matrix") ||
        methods::is(x, "DelayedMatrix")
    if (array || (isS4(x) && length(dim(x)) == 2L && !.isTable(x))) {
        return(invisible())
    }
    .notTaken(x, verb, accepted, what)
}

# Domains: one per spot, in a vector or a factor.
.checkLabelsOf <- function(x, verb) {
    vector <- is.atomic(x) && is.null(dim(x)) && length(x) > 1L
    if (vector) {
        return(invisible())
    }
    .notTaken(
        x,
        verb,
        paste0("domains, one per spot (a factor or a vector), or ", .objects)
    )
}

# An embedding: a numeric matrix.
.checkEmbedding <- function(x, verb) {
    if (is.matrix(x) && is.numeric(x)) {
        return(invisible())
    }
    .notTaken(
        x,
        verb,
        paste0(
            "an embedding (a numeric matrix of spots x dimensions), or ",
            .objects
        )
    )
}

# A reduced dimension as a matrix, by its name (or that under which another door
# has left it) or number.
.embeddingIn <- function(x, dimred) {
    there <- .reductions(x)
    number <- is.numeric(dimred) &&
        length(dimred) == 1L &&
        dimred %in% seq_along(there)
    name <- if (number) there[dimred] else .alias(dimred, there)
    if (!(is.character(name) && length(name) == 1L && name %in% there)) {
        stop(
            "dimred is ",
            .shown(dimred),
            ", which is no ",
            if (.isSeurat(x)) "reduction" else "reduced dimension",
            ". There are: ",
            .list(there),
            ".",
            call. = FALSE
        )
    }
    as.matrix(.reduction(x, name))
}

.notTaken <- function(x, verb, accepted, what = "x") {
    if (!grepl(" ", verb)) {
        verb <- paste0(verb, "()")
    }
    stop(
        what,
        " is ",
        .described(x),
        ". ",
        verb,
        " takes ",
        accepted,
        ". ",
        .instead(x, verb),
        call. = FALSE
    )
}

.described <- function(x) {
    if (is.null(x)) {
        return("NULL")
    }
    if (is.function(x)) {
        return("a function")
    }
    kind <- paste0("a ", class(x)[1L])
    if (length(dim(x)) == 2L) {
        return(paste(kind, "of", nrow(x), "x", ncol(x)))
    }
    if (is.character(x) && length(x) == 1L) {
        return(paste0("the text ", dQuote(x, FALSE)))
    }
    paste(kind, "of length", length(x))
}

.instead <- function(x, verb) {
    if (is.null(x)) {
        return("Look whether what should have made it has worked.")
    }
    if (is.character(x) && length(x) == 1L) {
        return(paste(
            "Read the file first: readRDS(), or read10xVisium() of",
            "SpatialExperiment."
        ))
    }
    if (.isTable(x)) {
        return("Of a table of numbers, give as.matrix(x).")
    }
    if (is.list(x)) {
        return("Of several, go through them one by one, with lapply().")
    }
    if (is.matrix(x) || methods::is(x, "Matrix")) {
        return(paste(
            "For a matrix there is calculateSemST(), which returns what it",
            "finds."
        ))
    }
    "See ?SpatialExperiment::SpatialExperiment on how to make one."
}

#' @rdname plotMarkers
#' @export
setMethod("plotMarkers", "ANY", function(x, ...) {
    .notTaken(x, "plotMarkers", .objects)
})

#' @rdname plotExplanation
#' @export
setMethod("plotExplanation", "ANY", function(x, ...) {
    .notTaken(
        x,
        "plotExplanation",
        paste0("what explainDomains() returns, or ", .objects)
    )
})
