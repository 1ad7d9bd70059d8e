#' Cluster an embedding into domains
#'
#' mclust runs in this R session, from the best of many starts; the random
#' stream (`.Random.seed`) is left as it was. The same embedding and seed give
#' the same domains as `semst.cluster` in Python.
#'
#' @param x Embedding, spots x dimensions; an object that holds one; or a list
#'   of such objects with embeddings of one run, which get the same domains.
#'   Rows that are `NA` throughout get no domain.
#' @param n_domains Number of domains, 2 or more.
#' @param method `"mclust"`, `"mixture"`, `"kmeans"` or `"leiden"`.
#' @param n_starts Starts, of which the best is the result, for all but Leiden;
#'   `NULL` takes the method's. 1 is mclust alone.
#' @param model Shape of mclust's components by its own names.
#' @param seed Seed.
#' @param verbose Whether to show messages.
#' @param dimred Reduced dimension to cluster, by its name or number.
#' @param name Name of the column that is written. A column of that name which
#'   no run has left is not replaced.
#' @param ... Arguments of the method for matrices.
#' @return For a matrix a factor with the attributes `uncertainty` and `record`;
#'   else the object with the domains in the column `name` and, for
#'   [refineDomains()], in `<stem>_unrefined`, their `<stem>_uncertainty` where
#'   there is one, and what was done in `clustering` of the record `<stem>`,
#'   where the model has left one. The stem is `name`, of a `Seurat` object
#'   without `_domain`.
#' @examples
#' if (semstPython()$ready) {
#'     x <- rbind(matrix(rnorm(80), 40), matrix(rnorm(80, 6), 40))
#'     table(clusterSemST(x, 2, verbose = FALSE))
#' }
#' @rdname clusterSemST
#' @export
setMethod(
    "clusterSemST",
    "ANY",
    function(
        x,
        n_domains,
        method = "mclust",
        model = NULL,
        n_starts = NULL,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "clusterSemST")
        .checkEmbedding(x, "clusterSemST")
        n_domains <- .nDomains(n_domains)
        found <- .call(
            "cluster",
            unname(x) + 0,
            n_domains,
            method = .text(method, "method"),
            n_starts = .whole(n_starts, "n_starts"),
            model = .string(model, "model"),
            random_state = .whole(seed, "seed", low = 0),
            verbose = .flag(verbose, "verbose")
        )
        domains <- .factor(found$labels, seq_len(n_domains))
        names(domains) <- rownames(x)
        attr(domains, "uncertainty") <- .missingAsNA(found$uncertainty)
        attr(domains, "record") <- found$record
        domains
    }
)

#' @rdname clusterSemST
#' @export
setMethod(
    "clusterSemST",
    "SingleCellExperiment",
    function(
        x,
        n_domains,
        ...,
        dimred = "SemST",
        name = "SemST"
    ) {
        embedding <- .embeddingIn(x, dimred)
        .checkColumn(x, name, name)
        found <- clusterSemST(embedding, n_domains, ...)
        .storeClustered(
            x,
            name,
            .plainFactor(found),
            attr(found, "uncertainty"),
            .clustering(found)
        )
    }
)

#' @rdname clusterSemST
#' @export
setMethod(
    "clusterSemST",
    "Seurat",
    function(
        x,
        n_domains,
        ...,
        dimred = "semst",
        name = "semst_domain"
    ) {
        embedding <- .embeddingIn(x, dimred)
        stem <- .stem(name)
        .checkColumn(x, name, stem)
        found <- clusterSemST(embedding, n_domains, ...)
        .storeClustered(
            x,
            name,
            .plainFactor(found),
            attr(found, "uncertainty"),
            .clustering(found)
        )
    }
)

#' @rdname clusterSemST
#' @export
setMethod(
    "clusterSemST",
    "list",
    function(x, n_domains, ..., dimred = NULL, name = NULL) {
        together <- .embeddingsOf(x, dimred, NULL)
        names <- .sliceNames(x)
        columns <- .eachSlice(x, function(one, k) {
            column <- .ownName(one, .ofSlice(name, k, names), "domain")
            .checkColumn(
                one,
                column,
                if (.isSeurat(one)) .stem(column) else column
            )
            column
        })
        found <- clusterSemST(together$embedding, n_domains, ...)
        .eachSlice(x, function(one, k) {
            own <- together$slice == k
            .storeClustered(
                one,
                columns[[k]],
                .plainFactor(found)[own],
                attr(found, "uncertainty")[own],
                .clustering(found)
            )
        })
    }
)

# Domains that were found anew, in the place of those that a run has left.
.storeClustered <- function(x, name, domains, uncertainty, clustering) {
    stem <- if (.isSeurat(x)) .stem(name) else name
    columns <- stats::setNames(
        list(domains, domains, uncertainty),
        c(name, paste0(stem, c("_unrefined", "_uncertainty")))
    )
    if (.isSeurat(x)) {
        x <- .addColumns(x, columns)
        if (is.list(.held(x)[[stem]])) {
            methods::slot(x, "misc")[[stem]]$clustering <- clustering
        }
        return(x)
    }
    for (column in names(columns)) {
        colData(x)[[column]] <- columns[[column]]
    }
    if (is.list(metadata(x)[[stem]])) {
        metadata(x)[[stem]]$clustering <- clustering
    }
    x
}

.clustering <- function(found) {
    c(attr(found, "record"), list(n_domains = nlevels(found)))
}

.plainFactor <- function(x) {
    .factor(as.integer(x), levels(x))
}
