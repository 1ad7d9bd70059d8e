#' Split a domain into sub-domains
#'
#' The run that found the domains is made anew, with its model and settings, on
#' the spots of one domain: variable genes, scales and components are those of
#' the domain and not of the whole slice. All other domains stay as they are.
#'
#' @inheritParams calculateSemST
#' @param x Raw counts, genes x spots with gene symbols as row names, or an
#'   object that holds them and domains.
#' @param domain Name of the domain; parts of domains can be split again.
#' @param n Number of sub-domains, or `"auto"`.
#' @param domains Domains, one per spot (`NA` for none); for objects the column
#'   that holds them. Where no run is recorded for it, the domain is split by
#'   SemST's default.
#' @param name Column that is written; by default `domains` with `_split` after
#'   it, or `domains` itself if it ends so. A second domain is split with
#'   `domains = "SemST_split"`.
#' @param semantics As in [calculateSemST()]; `NULL` takes those of the run.
#' @param ... For objects, all of the above. Besides, settings of the model in
#'   the place of those of the run, as in [calculateSemST()].
#' @return A factor with the attributes `record` (of the run on the domain) and
#'   `colours` (those of before, and shades of that of the split domain); or the
#'   object with the column `name`, where `"3.1"`, `"3.2"`, ... by falling size
#'   are in the place of `"3"`, the records in the metadata of that name, under
#'   `splits`, and the colours in the metadata `<name>_colors`.
#' @seealso [cutDomains()], [domainTree()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- runSemST(simulatedCortex(300, 100), 3, explain = FALSE,
#'         verbose = FALSE)
#'     spe <- splitDomains(spe, "1", 2, verbose = FALSE)
#'     table(spe$SemST, spe$SemST_split)
#' }
#' @rdname splitDomains
#' @export
setMethod(
    "splitDomains",
    "ANY",
    function(
        x,
        domain,
        n = 2,
        domains,
        coordinates = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        semantics = NULL,
        seed = NULL,
        verbose = TRUE,
        ...
    ) {
        .checkCountsOf(x, "splitDomains")
        if (missing(domains)) {
            stop("domains is missing: the domain of each spot.", call. = FALSE)
        }
        .split(
            .matrixSlice(x, coordinates, samples, depth, symbols),
            x,
            domain,
            n,
            domains,
            NULL,
            semantics,
            seed,
            verbose,
            NULL,
            ...
        )
    }
)

#' @rdname splitDomains
#' @export
setMethod(
    "splitDomains",
    "SingleCellExperiment",
    function(
        x,
        domain,
        n = 2,
        ...,
        domains = "SemST",
        name = NULL,
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        depth = NULL,
        symbols = NULL,
        semantics = NULL,
        seed = NULL,
        verbose = TRUE
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        name <- .derivedName(x, domains, name, "_split")
        slice <- .sceSlice(x, coordinates, samples, depth, symbols, assay.type)
        found <- .split(
            slice,
            x,
            domain,
            n,
            labels,
            .runOf(x, domains),
            semantics,
            seed,
            verbose,
            .keptColours(x, domains, labels),
            ...
        )
        .storeSplit(x, found, domains, name)
    }
)

#' @rdname splitDomains
#' @export
setMethod(
    "splitDomains",
    "Seurat",
    function(
        x,
        domain,
        n = 2,
        ...,
        domains = "semst_domain",
        name = NULL,
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        semantics = NULL,
        seed = NULL,
        verbose = TRUE
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        name <- .derivedName(x, domains, name, "_split")
        slice <- .seuratSlice(
            x,
            assay,
            layer,
            coordinates,
            image,
            samples,
            depth,
            symbols
        )
        found <- .split(
            slice,
            x,
            domain,
            n,
            labels,
            .runOf(x, .stem(domains)),
            semantics,
            seed,
            verbose,
            .keptColours(x, domains, labels),
            ...
        )
        .storeSplit(x, found, .stem(domains), name)
    }
)

.split <- function(
    slice,
    x,
    domain,
    n,
    labels,
    params,
    semantics,
    seed,
    verbose,
    colours,
    ...
) {
    model <- params$model
    settings <- .settings(..., known = function(names) {
        .checkSettings(names, if (is.null(model)) "semst" else model)
    })
    if (missing(domain) || length(domain) != 1L || is.na(domain)) {
        stop(
            "domain has to be the name of one domain; it is ",
            if (missing(domain)) {
                "missing"
            } else {
                .shown(domain)
            },
            ".",
            call. = FALSE
        )
    }
    labels <- droplevels(as.factor(labels))
    n_spots <- ncol(slice$counts)
    if (length(labels) != n_spots) {
        stop(
            "domains has ",
            length(labels),
            " entries for ",
            n_spots,
            " spots.",
            call. = FALSE
        )
    }
    verbose <- .flag(verbose, "verbose")
    found <- .call(
        "split",
        .crossing(slice, x),
        array(.codes(labels)),
        as.list(levels(labels)),
        as.character(domain),
        .nDomains(n, auto = TRUE),
        params = params,
        colors = .crossingColours(colours, labels),
        semantics = .semantics(semantics, n_spots),
        random_state = .whole(seed, "seed", low = 0),
        progress = verbose,
        verbose = verbose,
        settings = settings
    )
    parts <- .factor(found$labels, unlist(found$levels))
    attr(parts, "record") <- found$record
    attr(parts, "colours") <- stats::setNames(
        unlist(found$colors),
        levels(parts)
    )
    parts
}

# Settings of the run that domains go back to, where one is recorded.
.runOf <- function(x, domains) {
    held <- .held(x)
    .held(x)[[.alias(.origin(domains), names(held))]]$params
}

.storeSplit <- function(x, found, domains, name) {
    before <- .held(x)[[domains]]$splits
    .storeDerived(
        x,
        .plainFactor(found),
        name,
        list(
            params = .paramsOf(x, domains),
            splits = c(before, list(attr(found, "record")))
        ),
        attr(found, "colours")
    )
}
