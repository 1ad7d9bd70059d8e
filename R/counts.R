# Raw counts, or a sentence that says what was found. `where` is how the user
# knows the matrix, `elsewhere` how to name another one.
.checkCounts <- function(x, where, elsewhere) {
    values <- x@x
    advice <- paste0(" Raw counts are needed. ", elsewhere)
    for (first in seq.int(1L, max(1L, length(values)), by = 1e6)) {
        block <- values[seq.int(
            first,
            length.out = min(1e6, length(values) - first + 1)
        )]
        if (anyNA(block) || any(is.infinite(block))) {
            stop(
                where,
                " holds ",
                if (anyNA(block)) "NA" else "infinite values",
                ".",
                advice,
                call. = FALSE
            )
        }
        if (any(block < 0)) {
            stop(
                where,
                " holds negative values (e.g. ",
                signif(min(block), 4),
                "): it looks scaled or batch-corrected.",
                advice,
                call. = FALSE
            )
        }
        fractional <- block != round(block)
        if (any(fractional)) {
            stop(
                where,
                " holds values that are not whole numbers (e.g. ",
                signif(block[fractional][1L], 4),
                "; maximum ",
                signif(max(block), 4),
                "): it looks ",
                if (max(block) < 20) "log-transformed" else "normalised",
                ".",
                advice,
                call. = FALSE
            )
        }
    }
    # R would keep what the blocks left behind for later; Python cannot ask for
    # it.
    if (length(values) > 1e6) {
        gc(verbose = FALSE)
    }
    invisible(x)
}

.genes <- function(x, symbols, where) {
    genes <- if (is.null(symbols)) rownames(x) else as.character(symbols)
    if (is.null(genes)) {
        stop(
            where,
            " has no row names. Set them to the gene symbols: ",
            "rownames(x) <- symbols.",
            call. = FALSE
        )
    }
    if (length(genes) != nrow(x)) {
        stop(
            "symbols has ",
            length(genes),
            " entries for ",
            nrow(x),
            " genes.",
            call. = FALSE
        )
    }
    again <- duplicated(genes) | is.na(genes) | !nzchar(genes)
    if (!any(again)) {
        return(genes)
    }
    if (is.null(symbols)) {
        stop(
            where,
            " has ",
            sum(again),
            " repeated or empty gene names (first: ",
            genes[again][1L],
            "). Make them unique: rownames(x) <- make.unique(rownames(x)).",
            call. = FALSE
        )
    }
    message(
        "SemST: ",
        sum(again),
        " symbols are repeated or empty; these genes keep ",
        "a name of their own"
    )
    ids <- rownames(x)
    ids <- if (is.null(ids)) as.character(which(again)) else ids[again]
    genes[again] <- paste(
        ifelse(is.na(genes[again]), "", genes[again]),
        ids,
        sep = "_"
    )
    make.unique(genes)
}

# The parts of a dgCMatrix for Python. array() makes reticulate pass them as
# arrays and not as lists; counts, whole numbers by then, cross as integers,
# which take half the room.
.parts <- function(x, ..., whole = TRUE) {
    fits <- whole && (length(x@x) == 0L || max(x@x) <= .Machine$integer.max)
    values <- if (fits) as.integer(x@x) else x@x
    dim(values) <- length(values) # in place, where array() would copy
    list(i = array(x@i), p = array(x@p), x = values, ...)
}

# And back.
.fromParts <- function(parts, dimnames, n_square = NULL) {
    found <- new(
        "dgCMatrix",
        i = parts$i,
        p = parts$p,
        x = as.double(parts$x),
        Dim = if (is.null(n_square)) {
            lengths(dimnames)
        } else {
            rep(as.integer(n_square), 2L)
        }
    )
    dimnames(found) <- dimnames
    found
}
