#' Find domains again in another slice
#'
#' Which domain of one slice is which of another: another section, another
#' panel, another study, whatever the domains are called in each.
#'
#' A domain is described by its genes' shares of its counts, against those of
#' all labelled spots of the slice (Pearson residuals). Where the slices share
#' 30 genes or more, these are correlated; where they do not, the genes of each
#' gene set are added up. The best one-to-one assignment gives every domain a
#' candidate; it is a match where each of the two is the most alike for the
#' other, and no more than 5 % of the permutations of the second slice's genes
#' make a domain as much alike. A permutation shows that the genes' identity
#' matters, not that two tissues are the same.
#'
#' @inheritParams explainDomains
#' @param x,y The two slices: raw counts, genes x spots with gene symbols as row
#'   names, or objects that hold them, also of different classes.
#' @param domains Domains of `x`: for counts one per spot (`NA` for none), for
#'   objects the column that holds them, by default that of [runSemST()].
#' @param domains_y The same of `y`; for an object `NULL` takes the default of
#'   its class.
#' @param by `"auto"`, `"symbols"` or `"gene sets"`.
#' @param n_permutations Permutations of the genes, 19 or more.
#' @param seed Seed of these.
#' @param depth,depth_y,symbols,symbols_y As in [explainDomains()], for `x` and
#'   for `y`.
#' @param assay.type,assay.type_y,assay,assay_y,layer,layer_y The same.
#' @param ... Nothing else is accepted.
#' @return A list: `pairs`, a data frame with a row for every domain of `x`
#'   (`domain`, `partner`, `matched`, `r`, `p`, `assigned`, `best`, `r_best`);
#'   `correlation`, a matrix of the domains of `x` x those of `y`; `mapping`,
#'   the matched domains of `y` (as names) and their partners in `x`; `by` and
#'   `n_features`, what was compared; `null`, the r that 5 % of the permutations
#'   reach; and a `note` where nothing can be compared.
#' @seealso [explainDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     x <- simulatedCortex(300, 100, seed = 1)
#'     y <- simulatedCortex(300, 100, seed = 2)
#'     matchDomains(x, y, "ground_truth", "ground_truth",
#'         n_permutations = 19)$pairs
#' }
#' @rdname matchDomains
#' @export
setMethod(
    "matchDomains",
    "ANY",
    function(
        x,
        y,
        domains = NULL,
        domains_y = NULL,
        by = "auto",
        gene_sets = NULL,
        n_permutations = 200L,
        seed = 0L,
        depth = NULL,
        depth_y = NULL,
        symbols = NULL,
        symbols_y = NULL,
        assay.type = "counts",
        assay.type_y = assay.type,
        assay = NULL,
        assay_y = NULL,
        layer = "counts",
        layer_y = layer,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "matchDomains")
        options <- list(
            by = .choice(by, c("auto", "symbols", "gene sets"), "by"),
            gene_sets = .geneSets(gene_sets),
            random_state = .whole(seed, "seed", low = 0),
            n_permutations = .whole(n_permutations, "n_permutations", low = 19)
        )
        found <- .call(
            "match",
            .labelled(
                x,
                domains,
                depth,
                symbols,
                assay.type,
                assay,
                layer,
                "x"
            ),
            .labelled(
                y,
                domains_y,
                depth_y,
                symbols_y,
                assay.type_y,
                assay_y,
                layer_y,
                "y"
            ),
            settings = options,
            verbose = .flag(verbose, "verbose")
        )
        pairs <- .frame(found$pairs)
        matched <- pairs[pairs$matched, , drop = FALSE]
        .tables(list(
            pairs = pairs,
            correlation = matrix(
                .missingAsNA(found$correlation),
                nrow(pairs),
                dimnames = list(pairs$domain, unlist(found$names))
            ),
            mapping = stats::setNames(matched$domain, matched$partner),
            by = found$by,
            n_features = found$n_features,
            null = .missingAsNA(found$null),
            note = found$note
        ))
    }
)

# Counts and labels of a slice, whatever holds them, as Python takes them.
.labelled <- function(
    x,
    domains,
    depth,
    symbols,
    assay.type,
    assay,
    layer,
    what
) {
    seurat <- .isSeurat(x)
    object <- seurat || methods::is(x, "SingleCellExperiment")
    if (object) {
        if (is.null(domains)) {
            domains <- if (seurat) "semst_domain" else "SemST"
        }
        labels <- .column(x, .text(domains, "domains"), "domains")
        depth <- .perSpot(x, depth, "depth")
    } else {
        labels <- domains
    }
    if (seurat) {
        assay <- .seuratAssay(x, assay)
        symbols <- .symbols(x, symbols, assay)
        counts <- .seuratCounts(x, assay, layer)
    } else if (object) {
        symbols <- .symbols(x, symbols)
        counts <- .sparse(.assay(x, assay.type))
        dimnames(counts) <- dimnames(x)
    } else {
        .checkCountsOf(x, "matchDomains", what)
        counts <- .sparse(x)
    }
    .checkCounts(counts, what, "Name the matrix that holds them.")
    labels <- droplevels(as.factor(labels))
    if (length(labels) != ncol(counts)) {
        stop(
            "The domains of ",
            what,
            " have ",
            length(labels),
            " entries for ",
            ncol(counts),
            " spots.",
            call. = FALSE
        )
    }
    list(
        counts = .parts(counts, genes = as.list(.genes(counts, symbols, what))),
        labels = array(.codes(labels)),
        levels = as.list(levels(labels)),
        depth = .depth(depth, ncol(counts))
    )
}
