# Names of arguments that are given as `...`, held against those that there are
# before any work, and before Python starts.

# Settings of a model, by the names that Python has for them; it checks their
# values. A model that is not in the table was added to the Python that runs,
# which knows it.
.checkSettings <- function(given, model) {
    .checkModel(.text(model, "model"))
    known <- .settingsOfModels[[model]]
    if (is.null(known)) {
        return(invisible())
    }
    # of what other models have, Python says why this one has not
    others <- unlist(.settingsOfModels, use.names = FALSE)
    .checkNames(
        setdiff(given, others),
        c(known, .settingsShared),
        "runSemST",
        model
    )
}

# Names that have to be those of settings; others that a verb has are of other
# objects.
.checkNames <- function(given, settings, verb, whose) {
    own <- setdiff(.argumentsOf(verb), c("x", "...", "ready"))
    settings <- setdiff(settings, own)
    for (name in setdiff(given, settings)) {
        if (name %in% own) {
            stop(
                name,
                " is no argument for this object. ",
                .ofWhich(name),
                call. = FALSE
            )
        }
        .unknown(
            name,
            c(own, settings),
            paste0(whose, " has no setting"),
            paste0(
                "Accepted are: ",
                .list(settings),
                "; and the arguments of ",
                verb,
                "(): ",
                .list(own),
                "."
            )
        )
    }
}

.checkModel <- function(model) {
    if (model %in% names(.settingsOfModels)) {
        return(invisible())
    }
    running <- !is.null(.python$offered)
    if (running && model %in% names(.known()$models)) {
        return(invisible())
    }
    known <- if (running) names(.known()$models) else names(.settingsOfModels)
    .unknown(
        model,
        known,
        "There is no model",
        paste0("Accepted are: ", .list(known), ".")
    )
}

# Which objects an argument is of that this one does not have.
.ofWhich <- function(name) {
    switch(
        name,
        assay.type = "A Seurat object has assays and layers: assay =, layer =.",
        assay = ,
        layer = "It is one of Seurat objects; here the assay is named by assay.type =.",
        image = "It is one of Seurat objects with images.",
        name = ,
        store_semantic = "calculateSemST() stores nothing; runSemST() does.",
        "It is one of other objects."
    )
}

# An error that says that a name is unknown, which are near it, and which there
# are.
.unknown <- function(name, known, what, accepted) {
    near <- .nearest(name, known)
    stop(
        what,
        " '",
        name,
        "'.",
        if (length(near) > 0L) {
            paste0(
                " Did you mean ",
                paste0("'", near, "'", collapse = " or "),
                "?"
            )
        },
        " ",
        accepted,
        call. = FALSE
    )
}

# Names that differ in few letters, or begin alike; the spelling with dots,
# underscores and capitals does not matter.
.nearest <- function(name, known) {
    bare <- function(x) tolower(gsub("[._]", "", x))
    distance <- utils::adist(bare(name), bare(known))[1L, ]
    longest <- pmax(nchar(bare(name)), nchar(bare(known)), 1L)
    likeness <- 1 - distance / longest
    shorter <- pmin(nchar(bare(name)), nchar(bare(known)))
    begins <- shorter > 2L &
        .sharedBeginning(bare(name), bare(known)) >= 0.8 * shorter
    likeness[begins] <- pmax(likeness[begins], 0.75)
    near <- which(likeness >= 0.6)
    utils::head(known[near[order(-likeness[near])]], 3L)
}

# How many letters two names have in common from the first on.
.sharedBeginning <- function(name, known) {
    vapply(
        known,
        function(one) {
            n <- min(nchar(name), nchar(one))
            same <- substring(name, seq_len(n), seq_len(n)) ==
                substring(one, seq_len(n), seq_len(n))
            sum(cumprod(same))
        },
        1,
        USE.NAMES = FALSE
    )
}

# All arguments of a verb, whatever the object.
.argumentsOf <- function(verb) {
    generic <- get(verb, envir = asNamespace("SemST"))
    if (!methods::is(generic, "genericFunction")) {
        return(names(formals(generic)))
    }
    found <- methods::findMethods(generic)
    names <- unlist(lapply(found@.Data, function(method) {
        names(.formalsOf(method))
    }))
    unique(c(names(formals(generic)), names))
}

# Formals of a method as it was written: one with more arguments than its
# generic has them in a function within, .local.
.formalsOf <- function(method) {
    inside <- body(method)
    local <- if (is.call(inside) && length(inside) > 1L) inside[[2L]]
    if (
        is.call(local) &&
            length(local) == 3L &&
            identical(local[[2L]], quote(.local))
    ) {
        return(formals(eval(local[[3L]])))
    }
    formals(method)
}

# A misspelt argument of a method whose generic has `...`. `page` is the verb,
# whose page of help lists those that are accepted.
.nothingElse <- function(..., page) {
    if (...length() == 0L) {
        return(invisible())
    }
    given <- names(list(...))
    known <- setdiff(.argumentsOf(page), c("x", "..."))
    if (is.null(given) || !all(nzchar(given))) {
        stop(
            "Unknown arguments: without a name. ?",
            page,
            " lists those that are accepted: ",
            .list(known),
            ".",
            call. = FALSE
        )
    }
    near <- setdiff(unlist(lapply(given, .nearest, known)), given)
    stop(
        "Unknown arguments: ",
        .list(given),
        ".",
        if (length(near) > 0L) {
            paste0(" Did you mean ", .list(near), "?")
        },
        " ?",
        page,
        " lists those that are accepted: ",
        .list(known),
        ".",
        call. = FALSE
    )
}
