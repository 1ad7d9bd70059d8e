#' The tree of domains
#'
#' Which domains are near each other, by the distances between them in the
#' embedding: those of Mahalanobis between their means, joined by average
#' linkage. Parts of a split domain (`"3.1"`, `"3.2"`, see [splitDomains()])
#' join first.
#'
#' @param x Domains, one per spot (`NA` for none); an object that holds them; or
#'   a list of objects with domains of one run.
#' @param embedding Matrix, spots x dimensions.
#' @param domains Column with the domains, two or more.
#' @param dimred Reduced dimension with the embedding, by its name or number;
#'   `NULL` takes that of the run that found the domains.
#' @param verbose Whether to show messages.
#' @param ... Nothing else is accepted; for objects `verbose`.
#' @return A tree of class [stats::hclust()], with the domains as labels: for
#'   `plot()`, `as.dendrogram()` and others.
#' @seealso [cutDomains()], [splitDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- runSemST(simulatedCortex(300, 100), 4, explain = FALSE,
#'         verbose = FALSE)
#'     plot(domainTree(spe))
#' }
#' @rdname domainTree
#' @export
setMethod("domainTree", "ANY", function(x, embedding, verbose = TRUE, ...) {
    .nothingElse(..., page = "domainTree")
    .checkLabelsOf(x, "domainTree")
    domains <- droplevels(as.factor(x))
    if (missing(embedding)) {
        embedding <- NULL
    }
    found <- .call(
        "tree",
        array(.codes(domains)),
        as.list(levels(domains)),
        .rowsToExport(embedding, length(domains)),
        verbose = .flag(verbose, "verbose")
    )
    .hclust(as.character(unlist(found$names)), found$linkage)
})

#' @rdname domainTree
#' @export
setMethod(
    "domainTree",
    "SingleCellExperiment",
    function(x, ..., domains = "SemST", dimred = NULL) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        embedding <- .embeddingOfDomains(x, domains, dimred)
        domainTree(labels, embedding, ...)
    }
)

#' @rdname domainTree
#' @export
setMethod(
    "domainTree",
    "Seurat",
    function(x, ..., domains = "semst_domain", dimred = NULL) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        embedding <- .embeddingOfDomains(x, domains, dimred)
        domainTree(labels, embedding, ...)
    }
)

#' @rdname domainTree
#' @export
setMethod(
    "domainTree",
    "list",
    function(x, ..., domains = NULL, dimred = NULL) {
        embedding <- .embeddingsOf(x, dimred, NULL)$embedding
        labels <- .domainsOf(x, domains)
        domainTree(labels, embedding, ...)
    }
)

#' Merge the nearest domains
#'
#' Until `n` are left, by the tree of [domainTree()]. With one domain less, two
#' are merged and the others are the same, which a new run does not promise.
#'
#' @inheritParams domainTree
#' @param n Number of domains to leave.
#' @param name Column that is written; by default `domains` with `_cut` after
#'   it.
#' @param colours Colours of the domains, as in [plotDomains()]; for objects
#'   those that are kept.
#' @return A factor with the attributes `merged` (the coarser domain of each
#'   finer one) and `colours` (of every domain that of its largest part); or the
#'   object with the column `name`, in the metadata of that name `merged`, and
#'   the colours in the metadata `<name>_colors`. Domains that have merged are
#'   called `"2+5"`.
#' @seealso [domainTree()], [splitDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- runSemST(simulatedCortex(300, 100), 4, explain = FALSE,
#'         verbose = FALSE)
#'     spe <- cutDomains(spe, 3, verbose = FALSE)
#'     table(spe$SemST, spe$SemST_cut)
#' }
#' @rdname cutDomains
#' @export
setMethod(
    "cutDomains",
    "ANY",
    function(x, n, embedding, colours = NULL, verbose = TRUE, ...) {
        .nothingElse(..., page = "cutDomains")
        .checkLabelsOf(x, "cutDomains")
        domains <- droplevels(as.factor(x))
        if (missing(embedding)) {
            embedding <- NULL
        }
        if (missing(n)) {
            stop("n is missing: the number of domains to leave.", call. = FALSE)
        }
        found <- .call(
            "cut",
            array(.codes(domains)),
            as.list(levels(domains)),
            .rowsToExport(embedding, length(domains)),
            .whole(n, "n"),
            colors = .crossingColours(colours, domains),
            verbose = .flag(verbose, "verbose")
        )
        cut <- .factor(found$labels, unlist(found$levels))
        attr(cut, "merged") <- stats::setNames(
            unlist(found$merged),
            unlist(found$names)
        )
        attr(cut, "colours") <- stats::setNames(
            unlist(found$colors),
            levels(cut)
        )
        cut
    }
)

#' @rdname cutDomains
#' @export
setMethod(
    "cutDomains",
    "SingleCellExperiment",
    function(
        x,
        n,
        ...,
        domains = "SemST",
        dimred = NULL,
        name = NULL
    ) {
        .cutIn(x, n, .text(domains, "domains"), dimred, name, ...)
    }
)

#' @rdname cutDomains
#' @export
setMethod(
    "cutDomains",
    "Seurat",
    function(
        x,
        n,
        ...,
        domains = "semst_domain",
        dimred = NULL,
        name = NULL
    ) {
        .cutIn(x, n, .text(domains, "domains"), dimred, name, ...)
    }
)

#' @rdname cutDomains
#' @export
setMethod(
    "cutDomains",
    "list",
    function(x, n, ..., domains = NULL, dimred = NULL, name = NULL) {
        together <- .embeddingsOf(x, dimred, NULL)
        labels <- .domainsOf(x, domains)
        names <- .sliceNames(x)
        own <- .eachSlice(x, function(one, k) {
            .ownName(one, .ofSlice(domains, k, names), "domain")
        })
        written <- .eachSlice(x, function(one, k) {
            .derivedName(one, own[[k]], name, "_cut")
        })
        found <- cutDomains(labels, n, together$embedding, ...)
        .eachSlice(x, function(one, k) {
            .storeDerived(
                one,
                .plainFactor(found)[together$slice == k],
                written[[k]],
                list(
                    params = c(
                        .paramsOf(
                            one,
                            if (.isSeurat(one)) .stem(own[[k]]) else own[[k]]
                        ),
                        list(n_domains = nlevels(found))
                    ),
                    merged = attr(found, "merged")
                ),
                attr(found, "colours")
            )
        })
    }
)

.cutIn <- function(x, n, domains, dimred, name, ...) {
    labels <- .column(x, domains, "domains")
    name <- .derivedName(x, domains, name, "_cut")
    found <- cutDomains(
        labels,
        n,
        .embeddingOfDomains(x, domains, dimred),
        ...,
        colours = .keptColours(x, domains, labels)
    )
    .storeDerived(
        x,
        .plainFactor(found),
        name,
        list(
            params = c(
                .paramsOf(x, if (.isSeurat(x)) .stem(domains) else domains),
                list(n_domains = nlevels(found))
            ),
            merged = attr(found, "merged")
        ),
        attr(found, "colours")
    )
}

# Merges as SciPy has them (leaves and merges counted from 0) in the form of
# hclust().
.hclust <- function(names, linkage) {
    n_leaves <- length(names)
    pairs <- matrix(as.integer(linkage[, 1:2]), ncol = 2L)
    merge <- ifelse(pairs < n_leaves, -(pairs + 1L), pairs - n_leaves + 1L)
    below <- function(node) {
        if (node < 0L) {
            return(-node)
        }
        c(below(merge[node, 1L]), below(merge[node, 2L]))
    }
    structure(
        class = "hclust",
        list(
            merge = matrix(as.integer(merge), ncol = 2L),
            height = linkage[, 3L],
            order = below(nrow(merge)),
            labels = names,
            method = "average",
            dist.method = "Mahalanobis",
            call = quote(domainTree(embedding))
        )
    )
}

# The embedding that domains were found in: that of their run, whose name theirs
# begins with.
.embeddingOfDomains <- function(x, domains, dimred) {
    if (is.null(dimred)) {
        dimred <- .origin(if (.isSeurat(x)) .stem(domains) else domains)
    }
    .embeddingIn(x, dimred)
}

# What is known of where such domains come from, as Python keeps it.
.paramsOf <- function(x, stem) {
    run <- .origin(stem)
    c(list(run = run), if (run %in% .reductions(x)) list(use_rep = run))
}

# The run that a column of finer or coarser domains goes back to.
.origin <- function(domains) sub("(_split|_cut)+$", "", domains)

# The column of domains that are derived of others; not that of a run, nor one
# that somebody else has made.
.derivedName <- function(x, domains, name, ending) {
    if (is.null(name)) {
        stem <- if (.isSeurat(x)) .stem(domains) else domains
        name <- if (endsWith(stem, ending)) stem else paste0(stem, ending)
    }
    name <- .text(name, "name")
    there <- name %in% colnames(.spotColumns(x))
    derived <- !is.null(.held(x)[[name]]$params$run)
    if (there && !derived) {
        stop(
            'The column "',
            name,
            '" would be replaced, which holds other domains. Give these ',
            "another name, name =.",
            call. = FALSE
        )
    }
    if (.isSeurat(x) && name %in% names(x)) {
        stop(
            '"',
            name,
            '" is the name of a reduction, an assay or an image, with which ',
            'Seurat ',
            "allows no column. Give the domains another one, name =.",
            call. = FALSE
        )
    }
    name
}

# Colours that are kept of a column of domains, by name: as Python keeps them,
# in the order of the levels. NULL where there are none that fit.
.keptColours <- function(x, domains, labels) {
    held <- .held(x)
    stem <- if (.isSeurat(x)) .stem(domains) else domains
    kept <- held[[.alias(paste0(stem, "_colors"), names(held))]]
    levels <- levels(droplevels(as.factor(labels)))
    if (!is.character(kept) || length(kept) != length(levels)) {
        return(NULL)
    }
    if (is.null(names(kept))) {
        names(kept) <- levels
    }
    if (setequal(names(kept), levels)) kept[levels]
}

.crossingColours <- function(colours, domains) {
    if (!is.null(colours)) {
        unname(unlist(.hexadecimal(domains, colours)[levels(domains)]))
    }
}

.storeDerived <- function(x, domains, name, record, colours = NULL) {
    if (.isSeurat(x)) {
        methods::slot(x, "misc")[[paste0(name, "_colors")]] <- colours
        x <- .addColumns(x, stats::setNames(list(domains), name))
        methods::slot(x, "misc")[[name]] <- record
        # of earlier domains
        methods::slot(x, "misc")[[paste0(name, "_explain")]] <- NULL
        return(x)
    }
    colData(x)[[name]] <- domains
    metadata(x)[[name]] <- record
    metadata(x)[[paste0(name, "_colors")]] <- colours
    metadata(x)[[paste0(name, "_explain")]] <- NULL
    x
}
