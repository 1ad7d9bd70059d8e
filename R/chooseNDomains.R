#' Choose the number of domains
#'
#' From an embedding alone, without an annotation: how stable domains are when
#' mixtures are fitted to part of the spots, how likely they are, and how far
#' apart. The number is a resolution, not a fact of the tissue: look at the
#' peaks, not at the chosen number alone. [runSemST()] with `n_domains = "auto"`
#' does the same within a run.
#'
#' @param x Embedding, spots x dimensions; an object that holds one; or a list
#'   of such objects with embeddings of one run, of which the number is chosen
#'   for all together.
#' @param k Numbers to try, each 2 or more.
#' @param criterion What decides: `"stability"`, `"bic"`, `"icl"` or
#'   `"silhouette"`.
#' @param samples Slice of each spot, from which spots are drawn evenly, or the
#'   name of a column. Taken from `sample_id` of a `SpatialExperiment` and from
#'   the images of a `Seurat` object.
#' @param n_subsamples Subsamples for each number.
#' @param n_starts Starts of each mixture.
#' @param seed Seed.
#' @param verbose Whether to show messages and progress.
#' @param dimred Reduced dimension with the embedding, by its name or number.
#'   For a list `NULL` takes the default of each object's class.
#' @param ... For objects, all of the above.
#'
#' @return A list of class `semstChoice`, which prints what it says: `n_domains`
#'   and the `criterion`; `choices`, what every criterion would choose (one
#'   without an optimum in the range is absent); `peaks`, numbers that are more
#'   stable than those next to them, the most stable first (`n_domains`,
#'   `stability`, `stability_se`); `curves`, a data frame with a row a number
#'   (`k`, `stability`, `stability_se`, `bic`, `icl`, `silhouette`); and
#'   `lines`, the text.
#' @seealso [plotChoice()], which draws it, [runSemST()], [clusterSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     set.seed(1)
#'     x <- rbind(matrix(rnorm(80), 40), matrix(rnorm(80, 6), 40),
#'         matrix(rnorm(80, 12), 40))
#'     chooseNDomains(x, 2:5, n_subsamples = 4, verbose = FALSE)
#' }
#' @rdname chooseNDomains
#' @export
setMethod(
    "chooseNDomains",
    "ANY",
    function(
        x,
        k = 2:15,
        criterion = "stability",
        samples = NULL,
        n_subsamples = 20L,
        n_starts = 30L,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "chooseNDomains")
        .checkEmbedding(x, "chooseNDomains")
        if (
            !is.numeric(k) ||
                length(k) == 0L ||
                !all(vapply(k, .isWhole, NA)) ||
                any(k < 2)
        ) {
            stop(
                "k has to be whole numbers of 2 or more, e.g. 2:15; it is ",
                .shown(k),
                ".",
                call. = FALSE
            )
        }
        verbose <- .flag(verbose, "verbose")
        found <- .call(
            "choose",
            unname(x) + 0,
            as.list(as.integer(k)),
            samples = .samples(samples, nrow(x)),
            criterion = .choice(
                criterion,
                c("stability", "bic", "icl", "silhouette"),
                "criterion"
            ),
            n_subsamples = .whole(n_subsamples, "n_subsamples", low = 2),
            n_starts = .whole(n_starts, "n_starts"),
            random_state = .whole(seed, "seed", low = 0),
            progress = verbose,
            verbose = verbose
        )
        structure(
            class = c("semstChoice", "list"),
            list(
                n_domains = found$n_domains,
                criterion = found$criterion,
                choices = unlist(found$choices),
                peaks = .frame(found$peaks),
                curves = .frame(found$curves),
                lines = as.character(unlist(found$lines))
            )
        )
    }
)

#' @rdname chooseNDomains
#' @export
setMethod(
    "chooseNDomains",
    "SingleCellExperiment",
    function(
        x,
        k = 2:15,
        ...,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        dimred = "SemST"
    ) {
        embedding <- .embeddingIn(x, dimred)
        chooseNDomains(
            embedding,
            k,
            ...,
            samples = .perSpot(x, samples, "samples")
        )
    }
)

#' @rdname chooseNDomains
#' @export
setMethod(
    "chooseNDomains",
    "Seurat",
    function(x, k = 2:15, ..., samples = NULL, dimred = "semst") {
        embedding <- .embeddingIn(x, dimred)
        chooseNDomains(embedding, k, ..., samples = .slicesOf(x, samples))
    }
)

#' @rdname chooseNDomains
#' @export
setMethod(
    "chooseNDomains",
    "list",
    function(x, k = 2:15, ..., samples = NULL, dimred = NULL) {
        found <- .embeddingsOf(x, dimred, samples)
        chooseNDomains(found$embedding, k, ..., samples = found$samples)
    }
)

methods::setOldClass(c("semstChoice", "list"))

#' @rdname plotChoice
#' @export
setMethod("plotChoice", "semstChoice", function(x, ...) {
    held <- list(
        n_domains = x$n_domains,
        choices = as.list(x$choices),
        peaks = x$peaks
    )
    plotChoice(list(choice = c(held, as.list(x$curves))), ...)
})

#' @exportS3Method print semstChoice
print.semstChoice <- function(x, ...) {
    cat(x$lines, sep = "\n")
    invisible(x)
}

# Slices of a Seurat object: the column named, or its images.
.slicesOf <- function(x, samples) {
    if (!is.null(samples)) {
        return(.perSpot(x, samples, "samples"))
    }
    on <- if (length(SeuratObject::Images(x)) > 0L) .places(x)$image
    if (!anyNA(on)) on
}

# Embeddings of several objects one below the other, and the slice of each row.
.embeddingsOf <- function(x, dimred, samples) {
    .checkObjects(
        x,
        "Of matrices, those of all slices go in as one, with samples."
    )
    .checkEntries(x, list(dimred = dimred, samples = samples))
    names <- .sliceNames(x)
    found <- unname(.eachSlice(x, function(one, k) {
        rows <- .embeddingIn(
            one,
            .ownName(one, .ofSlice(dimred, k, names), "dimred")
        )
        within <- .ofSlice(samples, k, names)
        if (is.null(within) && methods::is(one, "SpatialExperiment")) {
            within <- "sample_id"
        }
        on <- if (.isSeurat(one)) {
            .slicesOf(one, within)
        } else {
            .perSpot(one, within, "samples")
        }
        if (is.null(on)) {
            on <- rep("", ncol(one))
        }
        list(rows = rows, samples = paste(names[k], on, sep = "/"))
    }))
    widths <- vapply(found, function(one) ncol(one$rows), 1L)
    if (length(unique(widths)) > 1L) {
        stop(
            "The embeddings have ",
            .list(widths),
            " dimensions; those of one run are needed.",
            call. = FALSE
        )
    }
    list(
        embedding = do.call(rbind, lapply(found, `[[`, "rows")),
        samples = unlist(lapply(found, `[[`, "samples")),
        slice = rep(
            seq_along(found),
            vapply(found, function(one) nrow(one$rows), 1L)
        )
    )
}
