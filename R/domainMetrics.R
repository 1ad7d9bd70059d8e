#' Scores of domains
#'
#' Agreement with an annotation: `ari`, `nmi`, `accuracy` and F1 scores after
#' the best matching of names; spots without annotation are left out. Without
#' one: `chaos` and `pas` (coherence on the tissue, lower is better; the mean
#' over slices) and `asw` (silhouette width in the embedding, higher is better).
#' On request how well slices mix among the neighbours of a spot in the
#' embedding: `ilisi`, from 1 (apart) to the number of slices, and `clisi`, the
#' same of domains, 1 where neighbours share theirs.
#'
#' @param x Domains, one per spot (`NA` for none), or an object that holds them.
#' @param truth Annotation (`NA` for none), or the name of a column.
#' @param coordinates Matrix, spots x 2 (or 3).
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object.
#' @param embedding Matrix, spots x dimensions.
#' @param lisi Whether to add `clisi` and, of several slices, `ilisi` (Korsunsky
#'   et al., 2019); needs the Python package harmonypy and an embedding.
#' @param domains Column with the domains.
#' @param dimred Reduced dimension with the embedding, by its name or number;
#'   the default is used where it is there.
#' @param image Names of the images of a `Seurat` object.
#' @param ... Nothing else is accepted; for a list of objects the above.
#' @return A named numeric vector; of a list the scores of all spots together,
#'   as of one object with these slices.
#' @references Korsunsky et al. (2019). Fast, sensitive and accurate integration
#'   of single-cell data with Harmony. Nature Methods 16.
#' @examples
#' if (semstPython()$ready) {
#'     domainMetrics(c(1, 1, 2, 2), truth = c("a", "a", "b", NA))
#' }
#' @rdname domainMetrics
#' @export
setMethod(
    "domainMetrics",
    "ANY",
    function(
        x,
        truth = NULL,
        coordinates = NULL,
        samples = NULL,
        embedding = NULL,
        lisi = FALSE,
        ...
    ) {
        .nothingElse(..., page = "domainMetrics")
        .checkLabelsOf(x, "domainMetrics")
        domains <- as.factor(x)
        n_spots <- length(domains)
        if (is.null(truth) && is.null(coordinates) && is.null(embedding)) {
            stop(
                "Nothing to score against: give truth, coordinates or ",
                "embedding.",
                call. = FALSE
            )
        }
        if (!is.null(truth) && length(truth) != n_spots) {
            stop(
                "truth has ",
                length(truth),
                " entries for ",
                n_spots,
                " domains.",
                call. = FALSE
            )
        }
        if (!is.null(embedding) && nrow(as.matrix(embedding)) != n_spots) {
            stop(
                "embedding has ",
                nrow(as.matrix(embedding)),
                " rows for ",
                n_spots,
                " domains.",
                call. = FALSE
            )
        }
        found <- .call(
            "score",
            array(.codes(domains)),
            truth = if (!is.null(truth)) array(.codes(as.factor(truth))),
            coordinates = if (!is.null(coordinates)) {
                .coordinates(
                    coordinates,
                    n_spots,
                    "Give a matrix with one row per spot."
                )
            },
            samples = .samples(samples, n_spots),
            embedding = if (!is.null(embedding)) unname(as.matrix(embedding)),
            lisi = .flag(lisi, "lisi")
        )
        unlist(found)
    }
)

#' @rdname domainMetrics
#' @export
setMethod(
    "domainMetrics",
    "SingleCellExperiment",
    function(
        x,
        truth = NULL,
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        domains = "SemST",
        dimred = "SemST",
        lisi = FALSE,
        ...
    ) {
        .nothingElse(..., page = "domainMetrics")
        .scored(
            .toScore(
                x,
                truth,
                .place(x, coordinates, samples),
                domains,
                dimred,
                missing(dimred)
            ),
            lisi
        )
    }
)

#' @rdname domainMetrics
#' @export
setMethod(
    "domainMetrics",
    "Seurat",
    function(
        x,
        truth = NULL,
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        domains = "semst_domain",
        dimred = "semst",
        lisi = FALSE,
        ...
    ) {
        .nothingElse(..., page = "domainMetrics")
        place <- .place(x, coordinates, samples, image)
        .scored(
            .toScore(x, truth, place, domains, dimred, missing(dimred)),
            lisi
        )
    }
)

#' @rdname domainMetrics
#' @export
setMethod(
    "domainMetrics",
    "list",
    function(
        x,
        truth = NULL,
        coordinates = NULL,
        samples = NULL,
        domains = NULL,
        dimred = NULL,
        lisi = FALSE,
        ...
    ) {
        .nothingElse(..., page = "domainMetrics")
        .checkObjects(x, "Of vectors, those of all spots go in as one.")
        given <- list(
            truth = truth,
            coordinates = coordinates,
            samples = samples,
            domains = domains,
            dimred = dimred
        )
        .checkEntries(x, given)
        names <- .sliceNames(x)
        found <- unname(.eachSlice(x, function(one, k) {
            of <- lapply(given, .ofSlice, k, names)
            if (is.null(of$samples) && methods::is(one, "SpatialExperiment")) {
                of$samples <- "sample_id"
            }
            place <- .place(one, of$coordinates, of$samples)
            on <- if (is.null(place$samples)) {
                rep("", ncol(one))
            } else {
                as.character(place$samples)
            }
            place$samples <- paste(names[k], on, sep = "/")
            .toScore(
                one,
                of$truth,
                place,
                .ownName(one, of$domains, "domain"),
                .ownName(one, of$dimred, "dimred"),
                is.null(of$dimred)
            )
        }))
        together <- function(what, bind) {
            do.call(bind, lapply(found, `[[`, what))
        }
        some <- !vapply(found, function(one) is.null(one$embedding), NA)
        .scored(
            list(
                domains = .bound(lapply(found, `[[`, "domains")),
                truth = if (!is.null(truth)) {
                    .bound(lapply(found, `[[`, "truth"))
                },
                xy = together("xy", rbind),
                samples = together("samples", c),
                embedding = if (all(some)) together("embedding", rbind)
            ),
            lisi
        )
    }
)

# What of an object is scored.
.toScore <- function(x, truth, place, domains, dimred, if_any) {
    domains <- .column(x, .text(domains, "domains"), "domains")
    there <- .alias(dimred, .reductions(x)) %in% .reductions(x)
    list(
        domains = domains,
        truth = .perSpot(x, truth, "truth"),
        xy = place$xy,
        samples = place$samples,
        embedding = if (there || !if_any) unname(.embeddingIn(x, dimred))
    )
}

.scored <- function(given, lisi) {
    domainMetrics(
        given$domains,
        truth = given$truth,
        coordinates = given$xy,
        samples = given$samples,
        embedding = given$embedding,
        lisi = lisi
    )
}

# The default name of an object's class, where none is given.
.ownName <- function(x, name, what) {
    if (!is.null(name)) {
        return(name)
    }
    if (!.isSeurat(x)) {
        "SemST"
    } else if (what == "domain") {
        "semst_domain"
    } else {
        "semst"
    }
}
