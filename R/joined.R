# Several objects as one slice, on the genes that all have, for verbs that look
# at all of them together; and what is found dealt out again.
.joined <- function(x, how = list()) {
    names <- .sliceNames(x)
    slices <- .slices(x, how)
    genes <- Reduce(intersect, lapply(slices, `[[`, "genes"))
    if (length(genes) == 0L) {
        stop(
            "The slices have no gene in common. Row names that differ ",
            "(symbols and Ensembl IDs, ",
            "species) may be why: symbols =.",
            call. = FALSE
        )
    }
    counts <- lapply(slices, function(slice) {
        counts <- slice$counts
        dimnames(counts) <- list(slice$genes, slice$spots)
        counts[genes, , drop = FALSE]
    })
    widths <- vapply(slices, function(slice) NCOL(slice$coordinates), 1L)
    if (length(unique(widths)) > 1L) {
        stop(
            "Coordinates have 2 columns in some slices and 3 in others.",
            call. = FALSE
        )
    }
    n_spots <- vapply(slices, function(slice) ncol(slice$counts), 1L)
    samples <- Map(
        function(slice, name, n) {
            if (is.null(slice$samples)) {
                rep(name, n)
            } else {
                paste(name, unlist(slice$samples), sep = "/")
            }
        },
        slices,
        names,
        n_spots
    )
    list(
        counts = do.call(cbind, unname(counts)),
        coordinates = do.call(
            rbind,
            lapply(unname(slices), `[[`, "coordinates")
        ),
        samples = unlist(samples, use.names = FALSE),
        slice = rep(seq_along(x), n_spots),
        depth = if (
            !any(vapply(slices, function(slice) is.null(slice$depth), NA))
        ) {
            unlist(lapply(slices, `[[`, "depth"), use.names = FALSE)
        }
    )
}

# Domains of several objects, with the same levels in all.
.domainsOf <- function(x, domains) {
    .checkEntries(x, list(domains = domains))
    names <- .sliceNames(x)
    .bound(unname(.eachSlice(x, function(one, k) {
        .column(
            one,
            .text(
                .ownName(one, .ofSlice(domains, k, names), "domain"),
                "domains"
            ),
            "domains"
        )
    })))
}
