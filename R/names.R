# Names of results, looked at before the work: what they would replace has to be
# a result, too, and Seurat has to be able to hold them.

# The stem of all names: `name`, or where that is NULL the model's (as in
# R/store.R); NULL where there is no such model, which Python says better.
.stemOf <- function(x, name, model) {
    if (!is.null(name)) {
        return(name)
    }
    title <- if (.isSeurat(x)) model else .known()$models[[model]]
    if (!is.null(title)) .alphanumeric(title)
}

# `beside` are the endings of reduced dimensions that are stored besides the
# embedding.
.checkStem <- function(x, stem, beside = character()) {
    if (is.null(stem)) {
        return(invisible())
    }
    if (.isSeurat(x)) {
        .checkSeuratNames(x, paste0(stem, c("", beside)))
    }
    taken <- .taken(x, stem, beside)
    if (length(taken) > 0L) {
        stop(
            'Results with the name "',
            stem,
            '" would replace ',
            .list(taken),
            ", which no run has left there. Give them another name, name =, ",
            "or take away ",
            "what is there first.",
            call. = FALSE
        )
    }
}

.checkColumn <- function(x, column, stem) {
    there <- column %in% colnames(.spotColumns(x))
    if (there && !.isResult(x, stem)) {
        stop(
            'Domains with the name "',
            column,
            '" would replace the column of that name, ',
            "which no run has left there. Give them another name, name =, or ",
            "take away ",
            "what is there first.",
            call. = FALSE
        )
    }
    if (.isSeurat(x) && column %in% names(x)) {
        stop(
            '"',
            column,
            '" is the name of a reduction, an assay or an image, with which ',
            "Seurat allows no column. Give the domains another one, name =, ",
            "such as \"",
            column,
            '_domain".',
            call. = FALSE
        )
    }
}

.checkExplained <- function(x, stem) {
    slot <- paste0(stem, "_explain")
    held <- .held(x)[[slot]]
    if (!is.null(held) && !.isExplanation(held)) {
        stop(
            sprintf(.slots(x)$held, slot),
            " would be replaced, which is no explanation of ",
            "domains. Take it away first, or put it elsewhere.",
            call. = FALSE
        )
    }
}

# Reductions that Seurat takes as they are: it gives those whose key another
# thing has a key at random, with a warning, and refuses those whose name
# another thing has.
.checkSeuratNames <- function(x, reductions) {
    others <- setdiff(
        c(names(x), colnames(x[[]]), names(methods::slot(x, "commands"))),
        SeuratObject::Reductions(x)
    )
    same <- intersect(reductions, others)
    if (length(same) > 0L) {
        stop(
            "Seurat allows one thing of a name, and ",
            .list(dQuote(same, FALSE)),
            " is that ",
            "of another one than a reduction. Give the results another name, ",
            "name =.",
            call. = FALSE
        )
    }
    keys <- paste0(.alphanumeric(reductions), "_")
    if (!all(grepl("^[A-Za-z]", keys))) {
        stop(
            'Seurat needs a letter at the beginning of a name, and in "',
            reductions[1L],
            '" there is none. Give the results another name, name =.',
            call. = FALSE
        )
    }
    held <- SeuratObject::Key(x)
    held <- held[!names(held) %in% reductions]
    clash <- match(keys, held, nomatch = 0L)
    if (any(clash > 0L)) {
        stop(
            'The reduction "',
            reductions[clash > 0L][1L],
            '" would have the key "',
            keys[clash > 0L][1L],
            '", which "',
            names(held)[clash][1L],
            '" has; Seurat would ',
            "change it. Give the results another name, name =.",
            call. = FALSE
        )
    }
}

# Of all that a run writes or takes away what is there, and no result.
.taken <- function(x, stem, beside) {
    if (.isResult(x, stem)) {
        return(character())
    }
    domains <- if (.isSeurat(x)) "_domain" else ""
    held <- paste0(stem, c("", "_explain"))
    if (.isExplanation(.held(x)[[held[2L]]])) {
        held <- stem
    }
    wanted <- list(
        columns = paste0(stem, c(domains, "_typicality", "_unlike")),
        reductions = paste0(stem, unique(c("", beside, "_posterior"))),
        held = held
    )
    there <- list(
        columns = colnames(.spotColumns(x)),
        reductions = .reductions(x),
        held = names(.held(x))
    )
    unlist(
        Map(
            function(name, words) sprintf(words, name),
            Map(intersect, wanted, there),
            .slots(x)[names(wanted)]
        ),
        use.names = FALSE
    )
}

# Whether a run has left results of this stem. Objects that were joined may have
# lost its record; the columns beside the domains are still there.
.isResult <- function(x, stem) {
    beside <- paste0(stem, c("_unrefined", "_uncertainty"))
    .isRecord(.held(x)[[stem]]) || any(beside %in% colnames(.spotColumns(x)))
}

# Whether something is the record of a run, or of a step of one.
.isRecord <- function(held) {
    params <- if (is.list(held)) held[["params"]]
    is.list(params) &&
        ("clustering" %in%
            names(held) ||
            any(c("model", "run") %in% names(params)))
}

.isExplanation <- function(held) {
    is.list(held) && all(c("domains", "markers", "terms") %in% names(held))
}

.held <- function(x) if (.isSeurat(x)) methods::slot(x, "misc") else metadata(x)

.slots <- function(x) {
    if (.isSeurat(x)) {
        list(
            columns = 'the column "%s"',
            reductions = 'the reduction "%s"',
            held = 'Misc(x, "%s")'
        )
    } else {
        list(
            columns = 'colData(x)[["%s"]]',
            reductions = 'reducedDim(x, "%s")',
            held = 'metadata(x)[["%s"]]'
        )
    }
}
