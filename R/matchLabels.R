#' Name domains after those of another labelling
#'
#' Domains get the names of those in another labelling of the same spots, an
#' annotation or an earlier run, that they share most spots with, one to one
#' (Hungarian method). Domains without a partner keep a name that the other does
#' not use. For the domains of two slices there is [matchDomains()].
#'
#' @param x Domains to rename, one per spot (`NA` for none), or an object that
#'   holds them.
#' @param reference The other labelling of the same spots; for objects also the
#'   name of its column.
#' @param domains Column with the domains.
#' @param name Column that is written; by default `domains` with `_matched`
#'   after it.
#' @param ... Nothing else is accepted.
#' @return A factor, whose levels are in the order of the reference's; or the
#'   object with the column `name`.
#' @seealso [matchDomains()], [domainMetrics()]
#' @examples
#' if (semstPython()$ready) {
#'     matchLabels(c(1, 1, 2, 2, 3), c("WM", "WM", "L1", "L1", "L1"))
#' }
#' @rdname matchLabels
#' @export
setMethod("matchLabels", "ANY", function(x, reference, ...) {
    .nothingElse(..., page = "matchLabels")
    .checkLabelsOf(x, "matchLabels")
    if (missing(reference)) {
        stop(
            "reference is missing: the other labelling of the same spots.",
            call. = FALSE
        )
    }
    if (length(reference) != length(x)) {
        stop(
            "reference has ",
            length(reference),
            " entries for ",
            length(x),
            " domains.",
            call. = FALSE
        )
    }
    own <- droplevels(as.factor(x))
    other <- droplevels(as.factor(reference))
    found <- .call(
        "match_labels",
        array(.codes(own)),
        as.list(levels(own)),
        array(.codes(other)),
        as.list(levels(other))
    )
    renamed <- as.character(unlist(found$renamed))
    order <- c(
        intersect(levels(other), renamed),
        setdiff(renamed, levels(other))
    )
    factor(renamed[as.integer(own)], order)
})

#' @rdname matchLabels
#' @export
setMethod(
    "matchLabels",
    "SingleCellExperiment",
    function(
        x,
        reference,
        ...,
        domains = "SemST",
        name = NULL
    ) {
        .matchIn(x, reference, .text(domains, "domains"), name, ...)
    }
)

#' @rdname matchLabels
#' @export
setMethod(
    "matchLabels",
    "Seurat",
    function(
        x,
        reference,
        ...,
        domains = "semst_domain",
        name = NULL
    ) {
        .matchIn(x, reference, .text(domains, "domains"), name, ...)
    }
)

.matchIn <- function(x, reference, domains, name, ...) {
    labels <- .column(x, domains, "domains")
    name <- .derivedName(x, domains, name, "_matched")
    found <- matchLabels(labels, .perSpot(x, reference, "reference"), ...)
    .storeDerived(
        x,
        found,
        name,
        list(
            params = .paramsOf(x, if (.isSeurat(x)) .stem(domains) else domains)
        )
    )
}
