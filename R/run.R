# Any model of the Python core, which checks its settings. `take()` reads the object,
# which may be large, only when the rest is right.
.run <- function(
    x, n_domains, model, take, ..., fsm = NULL, semantics = NULL, cluster = "auto",
    refine = TRUE, explain = TRUE, seed = 0L, graph = NULL, image_features = NULL,
    verbose = TRUE
) {
    force(n_domains)
    options <- c(list(
        model = .text(model, "model"), n_domains = n_domains,
        fsm = if (!is.null(fsm)) .flag(fsm, "fsm"), cluster = .string(cluster, "cluster"),
        refine = .flag(refine, "refine"), explain = .flag(explain, "explain"),
        random_state = .whole(seed, "seed", low = 0), progress = .flag(verbose, "verbose")
    ), .settings(...))
    slice <- take()
    n_spots <- ncol(slice$counts)
    found <- .call("run",
        .parts(slice$counts, genes = as.list(slice$genes)), slice$coordinates,
        samples = slice$samples, depth = slice$depth, graph = .graph(graph, n_spots),
        image = .imageFeatures(x, image_features, n_spots),
        semantics = .semantics(semantics, n_spots), settings = options, verbose = verbose
    )
    .embedding(found, slice$spots)
}

# What comes back, as a matrix of spots x dimensions with the rest as attributes.
.embedding <- function(found, spots) {
    embedding <- .missingAsNA(found$embedding)
    title <- .alphanumeric(found$title)
    dimnames(embedding) <- list(spots, paste0(title, "_", seq_len(ncol(embedding))))
    levels <- seq_len(found$record$params$n_domains) # chosen, where that was asked for
    attr(embedding, "domains") <- .factor(found$labels, levels)
    attr(embedding, "unrefined") <- .factor(found$unrefined, levels)
    attr(embedding, "uncertainty") <- .missingAsNA(found$uncertainty)
    attr(embedding, "semantic") <- .named(found$semantic, spots)
    attr(embedding, "inspected") <- lapply(found$inspected, function(values) {
        .named(as.matrix(values), spots)
    })
    attr(embedding, "explanation") <- .explanation(found$explanation)
    attr(embedding, "title") <- title
    attr(embedding, "record") <- c(
        found$record,
        list(r = c(R = as.character(getRversion()), SemST = as.character(packageVersion("SemST"))))
    )
    embedding
}

.missingAsNA <- function(x) {
    if (is.null(x)) return(NULL)
    if (is.double(x)) x[is.nan(x)] <- NA_real_
    x
}

.named <- function(x, names) {
    if (is.null(x)) return(NULL)
    x <- .missingAsNA(x)
    rownames(x) <- names
    x
}
