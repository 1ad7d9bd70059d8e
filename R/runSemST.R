#' Find spatial domains and store them
#'
#' Runs [calculateSemST()] on an object and puts what it finds into it.
#'
#' @inheritParams calculateSemST
#' @param x A `SpatialExperiment`, a `SingleCellExperiment` (with `coordinates`)
#'   or a `Seurat` object (v5).
#' @param name Stem of the names of all results.
#' @param assay Assay of a `Seurat` object; the default assay by default.
#' @param store_semantic Also store the semantic vectors.
#' @param ... Arguments of [calculateSemST()].
#'
#' @return The object with, for `name = "SemST"`,
#'
#' - `colData(x)$SemST`: the domains, a factor, `NA` for spots without counts;
#' - `colData(x)$SemST_unrefined`, `colData(x)$SemST_uncertainty`;
#' - `reducedDim(x, "SemST")`: the embedding, and `"SemST_semantic"` on request;
#' - `metadata(x)$SemST`: settings, versions, loss history and timings.
#'
#' A `Seurat` object gets the reduction `"semst"`, the metadata columns
#' `semst_domain`, `semst_unrefined` and `semst_uncertainty`, the record in
#' `Misc(x, "semst")`, and the call in `x[["runSemST"]]`.
#'
#' @seealso [plotDomains()], [domainMetrics()], [clusterSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     spe <- runSemST(spe, 3, semantics = "none", epochs = 2, verbose = FALSE)
#'     table(spe$SemST)
#'     plotDomains(spe)
#' }
#' @rdname runSemST
#' @export
setMethod("runSemST", "SingleCellExperiment", function(
    x, n_domains, ..., name = "SemST", store_semantic = FALSE
) {
    name <- .string(name, "name")
    store_semantic <- .flag(store_semantic, "store_semantic")
    found <- calculateSemST(x, n_domains, ...)
    embedding <- .bare(found, name)
    reducedDim(x, name) <- embedding
    colData(x)[[name]] <- attr(found, "domains")
    colData(x)[[paste0(name, "_unrefined")]] <- attr(found, "unrefined")
    if (!is.null(attr(found, "uncertainty"))) {
        colData(x)[[paste0(name, "_uncertainty")]] <- attr(found, "uncertainty")
    }
    if (store_semantic && !is.null(attr(found, "semantic"))) {
        reducedDim(x, paste0(name, "_semantic")) <- attr(found, "semantic")
    }
    metadata(x)[[name]] <- attr(found, "record")
    x
})

#' @rdname runSemST
#' @export
setMethod("runSemST", "Seurat", function(
    x, n_domains, ..., assay = NULL, name = "semst", store_semantic = FALSE
) {
    name <- .string(name, "name")
    store_semantic <- .flag(store_semantic, "store_semantic")
    assay <- .seuratAssay(x, assay)
    found <- calculateSemST(x, n_domains, assay = assay, ...)
    key <- gsub("[^A-Za-z0-9]", "", name)
    x[[name]] <- SeuratObject::CreateDimReducObject(
        embeddings = .bare(found, key), key = paste0(key, "_"), assay = assay
    )
    columns <- data.frame(row.names = colnames(x))
    # Seurat allows no column with the name of a reduction
    columns[[paste0(name, "_domain")]] <- attr(found, "domains")
    columns[[paste0(name, "_unrefined")]] <- attr(found, "unrefined")
    columns[[paste0(name, "_uncertainty")]] <- attr(found, "uncertainty")
    x <- SeuratObject::AddMetaData(x, columns)
    if (store_semantic && !is.null(attr(found, "semantic"))) {
        vectors <- attr(found, "semantic")
        colnames(vectors) <- paste0(key, "semantic_", seq_len(ncol(vectors)))
        x[[paste0(name, "_semantic")]] <- SeuratObject::CreateDimReducObject(
            embeddings = vectors, key = paste0(key, "semantic_"), assay = assay
        )
    }
    SeuratObject::Misc(x, slot = name) <- attr(found, "record")
    x[["runSemST"]] <- new(
        methods::getClass("SeuratCommand", where = asNamespace("SeuratObject")),
        name = "runSemST", time.stamp = Sys.time(), assay.used = assay,
        call.string = paste(deparse(match.call()), collapse = " "),
        params = attr(found, "record")$params
    )
    x
})

.bare <- function(found, key) {
    matrix(found, nrow(found), ncol(found),
        dimnames = list(rownames(found), paste0(key, "_", seq_len(ncol(found))))
    )
}
