# Types of arguments, with a sentence for each that is wrong.
.isWhole <- function(x) {
    is.numeric(x) && length(x) == 1L && is.finite(x) && x == round(x)
}

.nDomains <- function(n_domains, auto = FALSE) {
    if (missing(n_domains) || is.null(n_domains)) {
        stop(
            "n_domains is missing. Give the number of domains you expect in ",
            "the ",
            "tissue, e.g. runSemST(x, n_domains = 7).",
            call. = FALSE
        )
    }
    if (auto && identical(n_domains, "auto")) {
        return(n_domains)
    }
    if (!.isWhole(n_domains) || n_domains < 2) {
        stop(
            "n_domains has to be one whole number of 2 or more",
            if (auto) ", or \"auto\"",
            "; it is ",
            .shown(n_domains),
            ".",
            call. = FALSE
        )
    }
    as.integer(n_domains)
}

.whole <- function(x, name, low = 1) {
    if (is.null(x)) {
        return(NULL)
    }
    if (!.isWhole(x) || x < low || x > .Machine$integer.max) {
        stop(
            name,
            " has to be one whole number of ",
            low,
            " or more; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    as.integer(x)
}

.positive <- function(x, name) {
    if (is.null(x)) {
        return(NULL)
    }
    if (!is.numeric(x) || length(x) != 1L || !is.finite(x) || x <= 0) {
        stop(
            name,
            " has to be one number above 0; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    as.double(x)
}

.share <- function(x, name) {
    if (!is.numeric(x) || length(x) != 1L || !isTRUE(x >= 0 && x <= 1)) {
        stop(
            name,
            " has to be one number from 0 to 1; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    as.double(x)
}

.flag <- function(x, name) {
    if (!is.logical(x) || length(x) != 1L || is.na(x)) {
        stop(
            name,
            " has to be TRUE or FALSE; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    x
}

.text <- function(x, name) {
    if (is.null(x)) {
        stop(name, " has to be one text; it is NULL.", call. = FALSE)
    }
    .string(x, name)
}

.choice <- function(x, choices, name) {
    if (!is.character(x) || length(x) != 1L || !x %in% choices) {
        stop(
            name,
            " has to be one of ",
            paste0('"', choices, '"', collapse = ", "),
            "; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    x
}

.folder <- function(path, name) {
    path <- .string(path, name)
    if (is.null(path)) NULL else path.expand(path)
}

# Settings given as `...`, by the names that Python has for them, which checks
# their values; `known()` checks the names.
.settings <- function(..., known = function(names) NULL) {
    settings <- list(...)
    if (length(settings) == 0L) {
        return(NULL)
    }
    if (is.null(names(settings)) || !all(nzchar(names(settings)))) {
        stop(
            "Further arguments have to be named settings, e.g. epochs = 200; ",
            "one is not named.",
            call. = FALSE
        )
    }
    for (name in intersect(names(settings), names(.called))) {
        stop(name, " is given as ", .called[[name]], " in R.", call. = FALSE)
    }
    known(names(settings))
    for (name in names(settings)) {
        value <- settings[[name]]
        if (
            !is.null(value) &&
                (!is.atomic(value) || anyNA(value) || is.factor(value))
        ) {
            stop(
                "The setting ",
                name,
                " has to be a number, a text or TRUE/FALSE; ",
                "it is ",
                .shown(value),
                ".",
                call. = FALSE
            )
        }
        if (endsWith(name, "_dir") && is.character(value)) {
            settings[[name]] <- path.expand(value)
        }
    }
    settings
}

# What Python calls otherwise.
.called <- c(
    random_state = "seed",
    progress = "verbose",
    layer = "assay.type",
    use_raw = "assay.type",
    depth_key = "depth",
    spatial_key = "coordinates",
    sample_key = "samples",
    image_key = "image_features",
    use_existing_graph = "graph",
    key_added = "name"
)

.semantics <- function(semantics, n_spots) {
    if (is.null(semantics) || inherits(semantics, "SemSTSource")) {
        return(if (is.null(semantics)) NULL else .unclassed(semantics))
    }
    if (is.matrix(semantics) && is.numeric(semantics)) {
        if (nrow(semantics) != n_spots) {
            stop(
                "semantics has ",
                nrow(semantics),
                " rows for ",
                n_spots,
                " spots; one row per spot is needed.",
                call. = FALSE
            )
        }
        return(unname(semantics))
    }
    if (!is.character(semantics)) {
        stop(
            "semantics has to be the name of a source, what semanticSource() ",
            "makes, ",
            "or a numeric matrix with one row per spot; it is ",
            .shown(semantics),
            ".",
            call. = FALSE
        )
    }
    .string(semantics, "semantics")
}

.samples <- function(samples, n_spots) {
    if (is.null(samples)) {
        return(NULL)
    }
    if (length(samples) != n_spots) {
        stop(
            "samples has ",
            length(samples),
            " entries for ",
            n_spots,
            " spots.",
            call. = FALSE
        )
    }
    if (anyNA(samples)) {
        stop(
            "samples is NA for ",
            sum(is.na(samples)),
            " spots; every spot has to ",
            "belong to a slice.",
            call. = FALSE
        )
    }
    samples <- as.character(samples)
    if (length(unique(samples)) == 1L) NULL else as.list(samples)
}

.factor <- function(codes, levels) {
    codes[codes == 0L] <- NA_integer_
    structure(
        as.integer(codes),
        levels = as.character(levels),
        class = "factor"
    )
}
