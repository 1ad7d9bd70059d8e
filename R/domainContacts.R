#' Compare which domains touch which
#'
#' Counts the edges of the spatial graph between every two domains, and within
#' each, sample by sample, and holds two conditions against each other. Needs
#' the Python package squidpy.
#'
#' Edges are held against what the domains' sizes and degrees alone would give,
#' the ends of all edges joined at random: `log2((counts + 0.5) / (expected +
#' 0.5))`. Domains are compact, so pairs of different ones are mostly below 0;
#' which of them are less so, and where conditions differ, is what can be read
#' from them. What is expected follows the domains' sizes, and borders follow
#' them in another way: read the result beside [domainProportions()].
#'
#' @inheritParams domainProportions
#' @param coordinates Matrix, spots x 2 (or 3); for objects as in
#'   [calculateSemST()].
#' @param samples Sample of each spot, or the name of a column, as in
#'   [domainProportions()]; without it all spots are one.
#' @param sections Section of each spot, where a sample (a donor) has several,
#'   or the name of a column: no edge joins two. Taken from `sample_id` of a
#'   `SpatialExperiment` and from the images of a `Seurat` object; the objects
#'   of a list are sections in any case.
#' @param n_neighs Wanted mean number of neighbours; 6 are the nearest on a
#'   hexagonal grid.
#' @param graph Spatial graph to use instead, a sparse matrix, spots x spots.
#' @param image Names of the images of a `Seurat` object.
#' @param ... For objects `n_neighs`, `graph`, `n_permutations`, `seed` and
#'   `verbose`.
#'
#' @return A list: `counts`, `expected` and `log2_ratio`, matrices of samples x
#'   pairs of domains (`NA` where a sample lacks one of the two); `overall`, a
#'   data frame with a row a pair for all samples together (`domain`,
#'   `neighbour`, `counts`, `expected`, `log2_ratio`, `n_samples`); `domains`;
#'   `conditions` and `groups`; `effects`, a data frame with a row a pair
#'   (`domain`, `neighbour`, `n_<group>`, `mean_<group>`, `difference`,
#'   `standard_error`, `low`, `high`, `p`, `p_adjusted`), or `NULL`; and `note`,
#'   as in [domainProportions()].
#'
#' @references Palla et al. (2022). Squidpy: a scalable framework for spatial
#'   omics analysis. Nature Methods 19.
#' @seealso [domainProportions()]
#' @examples
#' if (semstPython()$ready && !any(grepl("^squidpy", semstPython()$missing))) {
#'     spe <- simulatedCortex(300, 60)
#'     domainContacts(spe, "ground_truth", verbose = FALSE)$overall
#' }
#' @rdname domainContacts
#' @export
setMethod(
    "domainContacts",
    "ANY",
    function(
        x,
        coordinates = NULL,
        samples = NULL,
        condition = NULL,
        groups = NULL,
        sections = NULL,
        n_neighs = 6L,
        graph = NULL,
        n_permutations = 9999L,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "domainContacts")
        .checkLabelsOf(x, "domainContacts")
        n_spots <- length(x)
        found <- .call(
            "contacts",
            .crossingLabels(x, n_spots, "domains"),
            if (is.null(graph)) {
                .coordinates(
                    coordinates,
                    n_spots,
                    "Give a matrix with one row per spot."
                )
            },
            samples = .crossingLabels(samples, n_spots, "samples"),
            condition = .crossingLabels(condition, n_spots, "condition"),
            sections = .crossingLabels(sections, n_spots, "sections"),
            graph = .graph(graph, n_spots),
            groups = .groups(groups),
            n_neighs = .whole(n_neighs, "n_neighs"),
            n_permutations = .whole(n_permutations, "n_permutations"),
            random_state = .whole(seed, "seed", low = 0),
            verbose = .flag(verbose, "verbose")
        )
        overall <- .frame(found$overall)
        names <- list(
            as.character(found$samples),
            paste(overall$domain, overall$neighbour, sep = "|")
        )
        tables <- lapply(
            found[c("counts", "expected", "log2_ratio")],
            .matrixOf,
            names
        )
        .tables(c(
            tables,
            list(overall = overall, domains = as.character(found$domains)),
            .compared(found)
        ))
    }
)

#' @rdname domainContacts
#' @export
setMethod(
    "domainContacts",
    "SingleCellExperiment",
    function(
        x,
        domains = "SemST",
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        condition = NULL,
        groups = NULL,
        ...,
        coordinates = NULL,
        sections = if (methods::is(x, "SpatialExperiment")) "sample_id"
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        domainContacts(
            labels,
            .place(x, coordinates, NULL)$xy,
            .perSpot(x, samples, "samples"),
            .perSpot(x, condition, "condition"),
            groups,
            .perSpot(x, sections, "sections"),
            ...
        )
    }
)

#' @rdname domainContacts
#' @export
setMethod(
    "domainContacts",
    "Seurat",
    function(
        x,
        domains = "semst_domain",
        samples = NULL,
        condition = NULL,
        groups = NULL,
        ...,
        coordinates = NULL,
        image = NULL,
        sections = NULL
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        place <- .place(x, coordinates, sections, image)
        on <- if (is.null(samples)) {
            place$samples
        } else {
            .perSpot(x, samples, "samples")
        }
        domainContacts(
            labels,
            place$xy,
            on,
            .perSpot(x, condition, "condition"),
            groups,
            place$samples,
            ...
        )
    }
)

#' @rdname domainContacts
#' @export
setMethod(
    "domainContacts",
    "list",
    function(
        x,
        domains = NULL,
        samples = NULL,
        condition = NULL,
        groups = NULL,
        ...,
        coordinates = NULL,
        sections = NULL
    ) {
        spots <- .labelsOfSlices(x, domains, samples, condition)
        .checkEntries(x, list(coordinates = coordinates, sections = sections))
        names <- .sliceNames(x)
        places <- unname(.eachSlice(x, function(one, k) {
            within <- .ofSlice(sections, k, names)
            if (is.null(within) && methods::is(one, "SpatialExperiment")) {
                within <- "sample_id"
            }
            .place(one, .ofSlice(coordinates, k, names), within)
        }))
        within <- unlist(Map(
            function(place, one) {
                if (is.null(place$samples)) {
                    rep("", ncol(one))
                } else {
                    as.character(place$samples)
                }
            },
            places,
            x
        ))
        domainContacts(
            spots$domains,
            do.call(rbind, lapply(places, `[[`, "xy")),
            spots$samples,
            spots$condition,
            groups,
            paste(spots$slice, within, sep = "/"),
            ...
        )
    }
)
