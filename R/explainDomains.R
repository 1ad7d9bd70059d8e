#' Say what marks each domain
#'
#' Genes that are higher in a domain than elsewhere, and what these have in
#' common in the Gene Ontology. Of any column with labels, whether a run of this
#' package made it or not. [runSemST()] does this by default.
#'
#' Markers: Welch's t of log-normalised values, a domain's spots against all
#' others that are labelled; with three slices or more these are the replicates.
#' Terms: hypergeometric, the markers against all measured genes that are in a
#' gene set. Neighbouring spots are not independent, so `p` and `q` rank and
#' prove nothing: any compact piece of tissue has markers, because genes are
#' smooth. `p_regions` holds each against random regions in one piece with as
#' many spots: the share of them in which the same gene, or term, is as strong.
#'
#' @inheritParams calculateSemST
#' @param x Raw counts, genes x spots with gene symbols as row names; an object
#'   that holds them; or a list of objects with the same domains, of which these
#'   are explained together, by the genes that all have.
#' @param domains Domains, one per spot (`NA` for none); for objects the column
#'   that holds them.
#' @param coordinates As in [calculateSemST()]. Without them there are no random
#'   regions (`p_regions` is `NA`) and no neighbours.
#' @param gene_sets `NULL` for the Gene Ontology that comes with the package
#'   (human genes, and genes of other species that bear the same symbol); the
#'   path of a `.gmt` file; a named list of character vectors; a
#'   `GeneSetCollection` of \pkg{GSEABase}; or an `OrgDb` of
#'   \pkg{AnnotationDbi}, for the Gene Ontology of another species.
#' @param n_markers,n_terms At most so many a domain.
#' @param n_null Random regions that a domain is held against; 0 for none.
#' @param seed Seed of these regions.
#' @param ... For objects, all of the above.
#'
#' @return For counts a list with the tables
#'
#' - `domains`: `domain`, `n_spots`, `share` of the labelled spots, `markers`
#'   (the first five), `term` (the first), `neighbours` (domains it borders on),
#'   `note` (why there are no terms) and `p_regions` (of random regions whose
#'   best term, or marker, is as strong as the best here);
#' - `markers`: `domain`, `gene`, `score` (t), `log2_fold_change`, `share_in`
#'   and `share_out` (spots with the gene), `p`, `q`, `p_regions`; best first;
#' - `terms`: `domain`, `id`, `term`, `ontology`, `hits`, `size`, `fold`, `p`,
#'   `q`, `p_regions`, `genes` (markers in it); best first;
#'
#' and `coverage`, `gene_sets` (name, date, licence, source) and `params`. For
#' objects the object with this list, for `domains = "SemST"` in
#' `metadata(x)$SemST_explain`, its tables as `DataFrame`s; in a `Seurat`
#' object, for `"semst_domain"`, in `Misc(x, "semst_explain")`, as data frames.
#'
#' @references The Gene Ontology Consortium (2023). Genetics 224.
#' @seealso [plotExplanation()], [plotMarkers()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(300, 200)
#'     spe <- explainDomains(spe, domains = "ground_truth", n_null = 0,
#'         verbose = FALSE)
#'     S4Vectors::metadata(spe)$ground_truth_explain$domains
#' }
#' @rdname explainDomains
#' @export
setMethod(
    "explainDomains",
    "ANY",
    function(
        x,
        domains,
        coordinates = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        gene_sets = NULL,
        n_markers = 100L,
        n_terms = 10L,
        n_null = 20L,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "explainDomains")
        .checkCountsOf(x, "explainDomains")
        if (missing(domains)) {
            stop("domains is missing: the domain of each spot.", call. = FALSE)
        }
        counts <- .checkCounts(
            .sparse(x),
            "x",
            "Give the matrix that holds them."
        )
        n_spots <- ncol(counts)
        labels <- droplevels(as.factor(domains))
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
        .tables(.explanation(.call(
            "explain",
            .parts(counts, genes = as.list(.genes(counts, symbols, "x"))),
            array(.codes(labels)),
            as.list(levels(labels)),
            coordinates = if (!is.null(coordinates)) {
                .coordinates(
                    coordinates,
                    n_spots,
                    "Give a matrix with one row per spot."
                )
            },
            samples = .samples(samples, n_spots),
            depth = .depth(depth, n_spots),
            gene_sets = .geneSets(gene_sets),
            n_markers = .whole(n_markers, "n_markers"),
            n_terms = .whole(n_terms, "n_terms"),
            n_null = .whole(n_null, "n_null", low = 0),
            random_state = .whole(seed, "seed", low = 0),
            progress = verbose,
            verbose = verbose
        )))
    }
)

#' @rdname explainDomains
#' @export
setMethod(
    "explainDomains",
    "SingleCellExperiment",
    function(
        x,
        ...,
        domains = "SemST",
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        depth = NULL,
        symbols = NULL
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        .checkExplained(x, domains)
        counts <- .assay(x, assay.type)
        dimnames(counts) <- dimnames(x)
        place <- .placeIfAny(x, coordinates, samples)
        found <- explainDomains(
            counts,
            labels,
            coordinates = place$xy,
            samples = place$samples,
            depth = .perSpot(x, depth, "depth"),
            symbols = .symbols(x, symbols),
            ...
        )
        .explanationInSCE(x, found, domains)
    }
)

#' @rdname explainDomains
#' @export
setMethod(
    "explainDomains",
    "Seurat",
    function(
        x,
        ...,
        domains = "semst_domain",
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        .checkExplained(x, .stem(domains))
        assay <- .seuratAssay(x, assay)
        place <- .placeIfAny(x, coordinates, samples, image)
        found <- explainDomains(
            .seuratCounts(x, assay, layer),
            labels,
            coordinates = place$xy,
            samples = place$samples,
            depth = .perSpot(x, depth, "depth"),
            symbols = .symbols(x, symbols, assay),
            ...
        )
        .explanationInSeurat(x, found, .stem(domains))
    }
)

#' @rdname explainDomains
#' @export
setMethod("explainDomains", "list", function(x, ..., domains = NULL) {
    .checkObjects(
        x,
        "Of matrices, those of all slices go in as one, with samples."
    )
    given <- .dealt(list(...))
    names <- .sliceNames(x)
    labels <- .domainsOf(x, domains)
    columns <- .eachSlice(x, function(one, k) {
        column <- .ownName(one, .ofSlice(domains, k, names), "domain")
        .checkExplained(one, if (.isSeurat(one)) .stem(column) else column)
        column
    })
    whole <- .joined(x, given$how)
    found <- do.call(
        explainDomains,
        c(
            list(
                whole$counts,
                labels,
                coordinates = whole$coordinates,
                samples = whole$samples,
                depth = whole$depth
            ),
            given$rest
        )
    )
    .eachSlice(x, function(one, k) {
        if (!.isSeurat(one)) {
            return(.explanationInSCE(one, found, columns[[k]]))
        }
        .explanationInSeurat(one, found, .stem(columns[[k]]))
    })
})

# As .place(), and no coordinates where the object has none.
.placeIfAny <- function(x, coordinates, samples, image = NULL) {
    without <- is.null(coordinates) &&
        if (.isSeurat(x)) {
            length(SeuratObject::Images(x)) == 0L
        } else {
            !methods::is(x, "SpatialExperiment")
        }
    if (!without) {
        return(.place(x, coordinates, samples, image))
    }
    list(
        xy = NULL,
        samples = if (!is.null(samples)) .perSpot(x, samples, "samples")
    )
}

# What crosses as columns, as data frames; NULL where there is nothing.
.explanation <- function(found) {
    if (is.null(found)) {
        return(NULL)
    }
    tables <- c("domains", "markers", "terms")
    found[tables] <- lapply(found[tables], .frame)
    found
}

.frame <- function(columns) {
    frame <- as.data.frame(
        lapply(columns, function(column) {
            if (length(column) == 0L && is.list(column)) {
                character()
            } else {
                .missingAsNA(unlist(column))
            }
        }),
        stringsAsFactors = FALSE
    )
    stats::setNames(frame, names(columns)) # also those that are no names of R
}

.isTable <- function(x) is.data.frame(x) || methods::is(x, "DataFrame")

.explanationInSCE <- function(x, found, name) {
    if (!is.null(found)) {
        tables <- vapply(found, .isTable, NA)
        found[tables] <- lapply(found[tables], methods::as, "DataFrame")
    }
    # NULL takes an earlier run's away
    metadata(x)[[paste0(name, "_explain")]] <- found
    x
}

.explanationInSeurat <- function(x, found, stem) {
    # Misc() would warn that it is there
    methods::slot(x, "misc")[[paste0(stem, "_explain")]] <- found
    x
}

# Seurat allows no column with the name of a reduction, so that of the domains
# ends so.
.stem <- function(column) sub("_domain$", "", column)

# What explainDomains() has left in an object; its tables as data frames.
.explained <- function(x, domains) {
    held <- .held(x)
    stem <- if (.isSeurat(x)) .stem(domains) else domains
    held <- held[[.alias(paste0(stem, "_explain"), names(held))]]
    if (is.null(held)) {
        stop(
            "It has not been said what marks the domains in ",
            .shown(domains),
            ". Do that first: x <- explainDomains(x, domains = ",
            .shown(domains),
            ").",
            call. = FALSE
        )
    }
    tables <- vapply(held, .isTable, NA)
    held[tables] <- lapply(held[tables], as.data.frame)
    held
}
