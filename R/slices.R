# Several objects in a list, which may be of different classes. An argument that
# says how an object is read holds for each of them whose class knows it, or is
# a list itself, with an entry for each in order, or for some by name.
.reading <- c(
    "coordinates",
    "samples",
    "depth",
    "symbols",
    "assay.type",
    "assay",
    "layer",
    "image",
    "subset_row",
    "in_tissue"
)

# Given arguments, those that say how objects are read apart from the others.
.dealt <- function(given) {
    if (is.null(names(given))) {
        names(given) <- rep("", length(given))
    }
    how <- names(given) %in% .reading
    list(how = given[how], rest = given[!how])
}

# Names for messages and for Python: those of the list, or numbers.
.sliceNames <- function(x) {
    if (.isTable(x) || !is.list(x)) {
        .notTaken(x, "A joint step", paste("a list of slices, each", .objects))
    }
    if (length(x) == 0L) {
        stop("x is an empty list; it has to hold slices.", call. = FALSE)
    }
    names <- names(x)
    if (is.null(names)) {
        return(as.character(seq_along(x)))
    }
    wrong <- is.na(names) | !nzchar(names) | duplicated(names)
    if (any(wrong)) {
        stop(
            "The slices in x have to have names that differ, or none at all; ",
            "they are ",
            .list(dQuote(names, FALSE)),
            ".",
            call. = FALSE
        )
    }
    names
}

.slices <- function(x, how) {
    .checkReading(x, how)
    .eachSlice(x, function(one, k) {
        .sliceOf(one, .howOf(how, k, .sliceNames(x)))
    })
}

# `f` of every object and its number; what goes wrong is told with the name of
# the slice.
.eachSlice <- function(x, f) {
    names <- .sliceNames(x)
    found <- lapply(seq_along(x), function(k) {
        tryCatch(f(x[[k]], k), error = function(e) {
            stop("Slice '", names[k], "': ", conditionMessage(e), call. = FALSE)
        })
    })
    stats::setNames(found, names(x))
}

.sliceOf <- function(x, how) {
    do.call(
        .readerOf(x),
        c(list(x), how[names(how) %in% names(formals(.readerOf(x)))])
    )
}

.readerOf <- function(x) {
    if (.isSeurat(x)) {
        .seuratSlice
    } else if (methods::is(x, "SingleCellExperiment")) {
        .sceSlice
    } else {
        .matrixSlice
    }
}

# What is no list is for all; an entry that is not there leaves the default.
.howOf <- function(how, k, names) {
    kept <- vapply(how, .holds, NA, k, names)
    lapply(how[kept], .ofSlice, k, names)
}

.perSlice <- function(value) is.list(value) && !is.object(value)

.holds <- function(value, k, names) {
    !.perSlice(value) || is.null(names(value)) || names[k] %in% names(value)
}

.ofSlice <- function(value, k, names) {
    if (!.perSlice(value)) {
        return(value)
    }
    if (is.null(names(value))) value[[k]] else value[[names[k]]]
}

# An argument that none of the objects knows, or whose entries are not theirs.
.checkReading <- function(x, how) {
    known <- unique(unlist(lapply(x, function(one) {
        names(formals(.readerOf(one)))
    })))
    unknown <- setdiff(names(how)[!vapply(how, is.null, NA)], known)
    if (length(unknown) > 0L) {
        stop(
            "No slice in x is read with ",
            .list(unknown),
            "; they are of class ",
            .list(unique(vapply(x, function(one) class(one)[1L], ""))),
            ".",
            call. = FALSE
        )
    }
    .checkEntries(x, how)
}

.checkEntries <- function(x, given) {
    names <- .sliceNames(x)
    for (name in names(given)) {
        value <- given[[name]]
        if (!.perSlice(value)) {
            next
        }
        named <- !is.null(names(value))
        fits <- if (named) {
            all(names(value) %in% names)
        } else {
            length(value) == length(x)
        }
        if (fits) {
            next
        }
        stop(
            name,
            " is a list of ",
            length(value),
            if (named) c(" (", .list(names(value)), ")"),
            "; a list has an entry for each of the ",
            length(x),
            " slices in order, or for some ",
            "by name (",
            .list(names),
            ").",
            call. = FALSE
        )
    }
}

# Matrices have no columns to read or to write.
.isStored <- function(x) .isSeurat(x) || methods::is(x, "SingleCellExperiment")

.checkObjects <- function(x, otherwise) {
    names <- .sliceNames(x)
    stored <- vapply(x, .isStored, NA)
    if (!all(stored)) {
        stop(
            "Slice '",
            names[!stored][1L],
            "' is a ",
            class(x[!stored][[1L]])[1L],
            "; a SpatialExperiment, SingleCellExperiment or Seurat object is ",
            "needed. ",
            otherwise,
            call. = FALSE
        )
    }
}

# Assays of the Seurat objects among several, by name.
.seuratAssays <- function(x, assay) {
    names <- .sliceNames(x)
    .checkReading(x, list(assay = assay))
    found <- .eachSlice(x, function(one, k) {
        if (.isSeurat(one)) .seuratAssay(one, .ofSlice(assay, k, names))
    })
    names(found) <- names
    found[!vapply(found, is.null, NA)]
}
