# Any model of the Python core, which checks its settings. `take()` reads the
# object, which may be large, only when the rest is right; `ready()` has the
# last word before the work.
.run <- function(
    x,
    n_domains,
    model,
    take,
    ...,
    graph = NULL,
    image_features = NULL,
    ready = NULL
) {
    asked <- .asked(n_domains, model, ...)
    slice <- take()
    if (!is.null(ready)) {
        ready()
    }
    found <- .call(
        "run",
        settings = c(
            .crossing(slice, x, graph, image_features),
            list(semantics = .semantics(asked$semantics, ncol(slice$counts))),
            asked$options
        ),
        verbose = asked$verbose
    )
    .embedding(found, slice$spots)
}

# The same for several slices, jointly; `how` is how each object is read.
.runJointly <- function(
    x,
    n_domains,
    model,
    how,
    ...,
    graph = NULL,
    image_features = NULL,
    ready = NULL
) {
    asked <- .asked(n_domains, model, ...)
    names <- .sliceNames(x)
    .checkEntries(x, list(graph = graph, image_features = image_features))
    slices <- .slices(x, how)
    if (!is.null(ready)) {
        ready()
    }
    n_spots <- sum(vapply(slices, function(slice) ncol(slice$counts), 1L))
    found <- .call(
        "run_jointly",
        unname(.eachSlice(x, function(one, k) {
            features <- .ofSlice(image_features, k, names)
            .crossing(slices[[k]], one, .ofSlice(graph, k, names), features)
        })),
        as.list(names),
        settings = c(
            list(semantics = .semantics(asked$semantics, n_spots)),
            asked$options
        ),
        verbose = asked$verbose
    )
    ofAll <- found[setdiff(names(found), "parts")]
    stats::setNames(
        lapply(seq_along(slices), function(k) {
            .embedding(c(found$parts[[k]], ofAll), slices[[k]]$spots)
        }),
        names(x)
    )
}

# What a call asks of a model, whatever it is about.
.asked <- function(
    n_domains,
    model,
    ...,
    fsm = NULL,
    semantics = NULL,
    cluster = "auto",
    refine = TRUE,
    explain = TRUE,
    seed = 0L,
    save_model = NULL,
    verbose = TRUE
) {
    force(n_domains)
    settings <- .settings(..., known = function(names) {
        .checkSettings(names, model)
    })
    .checkModel(.text(model, "model"))
    list(
        semantics = semantics,
        verbose = .flag(verbose, "verbose"),
        options = c(
            list(
                model = model,
                n_domains = n_domains,
                fsm = if (!is.null(fsm)) .flag(fsm, "fsm"),
                cluster = .string(cluster, "cluster"),
                refine = .flag(refine, "refine"),
                explain = .flag(explain, "explain"),
                random_state = .whole(seed, "seed", low = 0),
                progress = verbose,
                save_model = .folder(save_model, "save_model")
            ),
            settings
        )
    )
}

# A slice of the object `x` as it crosses to Python.
.crossing <- function(slice, x, graph = NULL, image_features = NULL) {
    n_spots <- ncol(slice$counts)
    list(
        counts = .parts(slice$counts, genes = as.list(slice$genes)),
        coordinates = slice$coordinates,
        samples = slice$samples,
        depth = slice$depth,
        inside = if (!is.null(slice$inside)) array(slice$inside),
        graph = .graph(graph, n_spots),
        image = .imageFeatures(x, image_features, n_spots)
    )
}

# What comes back, as a matrix of spots x dimensions with the rest as
# attributes.
.embedding <- function(found, spots) {
    embedding <- .missingAsNA(found$embedding)
    title <- .alphanumeric(found$title)
    dimnames(embedding) <- list(
        spots,
        paste0(title, "_", seq_len(ncol(embedding)))
    )
    # chosen, where that was asked for
    levels <- seq_len(found$record$params$n_domains)
    attr(embedding, "domains") <- .factor(found$labels, levels)
    attr(embedding, "unrefined") <- .factor(found$unrefined, levels)
    attr(embedding, "uncertainty") <- .missingAsNA(found$uncertainty)
    attr(embedding, "semantic") <- .named(found$semantic, spots)
    attr(embedding, "inspected") <- lapply(found$inspected, function(values) {
        .named(as.matrix(values), spots)
    })
    for (what in c("graph", "distances")) {
        attr(embedding, what) <- if (!is.null(found[[what]])) {
            .fromParts(found[[what]], list(spots, spots), nrow(embedding))
        }
    }
    attr(embedding, "explanation") <- .explanation(found$explanation)
    attr(embedding, "title") <- title
    attr(embedding, "record") <- c(
        found$record,
        list(
            r = c(
                R = as.character(getRversion()),
                SemST = as.character(packageVersion("SemST"))
            )
        )
    )
    embedding
}

.missingAsNA <- function(x) {
    if (is.null(x)) {
        return(NULL)
    }
    if (is.double(x)) {
        x[is.nan(x)] <- NA_real_
    }
    x
}

.named <- function(x, names) {
    if (is.null(x)) {
        return(NULL)
    }
    x <- .missingAsNA(x)
    rownames(x) <- names
    x
}
