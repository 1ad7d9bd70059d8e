# Any model of the Python core: `model` is the name of the function in semst._r,
# which takes arrays and returns a dict. A verb of its own for another model is
# a method that checks the model's settings and calls this.
.runModel <- function(
    model, slice, n_domains, name, graph = NULL, semantics = NULL, settings = NULL,
    options = list(), verbose = TRUE
) {
    n_spots <- ncol(slice$counts)
    found <- do.call(.call, c(
        list(model,
            .parts(slice$counts,
                genes = as.list(slice$genes), spots = as.list(as.character(seq_len(n_spots)))
            ),
            slice$coordinates, n_domains,
            samples = slice$samples, depth = slice$depth, graph = .graph(graph, n_spots),
            semantics = .semantics(semantics, n_spots), settings = settings,
            progress = verbose, verbose = verbose
        ),
        options
    ))
    .embedding(found, n_domains, slice$spots, name)
}

# What comes back, as a matrix of spots x dimensions with the rest as attributes.
.embedding <- function(found, n_domains, spots, name) {
    embedding <- .missingAsNA(found$embedding)
    dimnames(embedding) <- list(spots, paste0(name, "_", seq_len(ncol(embedding))))
    # what was chosen, where that was asked for
    levels <- seq_len(if (is.numeric(n_domains)) n_domains else found$record$params$n_domains)
    attr(embedding, "domains") <- .factor(found$labels, levels)
    attr(embedding, "unrefined") <- .factor(found$unrefined, levels)
    attr(embedding, "uncertainty") <- .missingAsNA(found$uncertainty)
    attr(embedding, "semantic") <- .named(found$semantic, spots)
    attr(embedding, "attention") <- .named(found$attention, spots)
    attr(embedding, "record") <- c(
        found$record,
        list(r = c(R = as.character(getRversion()), SemST = as.character(packageVersion("SemST"))))
    )
    embedding
}

.missingAsNA <- function(x) {
    if (is.null(x)) return(NULL)
    x[is.nan(x)] <- NA_real_
    x
}

.named <- function(x, names) {
    if (is.null(x)) return(NULL)
    x <- .missingAsNA(x)
    rownames(x) <- names
    x
}
