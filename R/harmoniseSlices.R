#' Take what differs between slices off an embedding
#'
#' With Harmony, on an embedding of whatever model. A run does the same by
#' itself with `batch = "harmony"`, see [runSemST()]; afterwards
#' [clusterSemST()] finds domains in what is corrected. Needs the Python package
#' harmonypy.
#'
#' @param x Embedding, spots x dimensions; an object that holds one; or a list
#'   of such objects with embeddings of one run. Rows that are `NA` stay so.
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object; the objects of a list are slices in any case.
#' @param seed Seed.
#' @param verbose Whether to show messages.
#' @param dimred Reduced dimension with the embedding, by its name or number.
#'   For a list `NULL` takes the default of each object's class.
#' @param name Name of the reduced dimension that is written; by default
#'   `dimred` with `_harmony` after it.
#' @param ... For objects, `seed` and `verbose`.
#' @return The corrected embedding; or the object, or list of objects, with it
#'   in the reduced dimension `name`.
#' @references Korsunsky et al. (2019). Fast, sensitive and accurate integration
#'   of single-cell data with Harmony. Nature Methods 16.
#' @seealso [clusterSemST()], [domainMetrics()] with `lisi = TRUE`
#' @examples
#' if (semstPython()$ready && !any(grepl("^harmonypy", semstPython()$missing))) {
#'     set.seed(1)
#'     x <- rbind(matrix(rnorm(200), 100), matrix(rnorm(200, 3), 100))
#'     apart <- rep(c("a", "b"), each = 100)
#'     corrected <- harmoniseSlices(x, apart, verbose = FALSE)
#'     aggregate(corrected, list(slice = apart), mean)
#' }
#' @rdname harmoniseSlices
#' @export
setMethod(
    "harmoniseSlices",
    "ANY",
    function(x, samples, seed = 0L, verbose = TRUE, ...) {
        .nothingElse(..., page = "harmoniseSlices")
        .checkEmbedding(x, "harmoniseSlices")
        if (missing(samples)) {
            samples <- NULL
        }
        found <- .call(
            "harmonise",
            unname(x) + 0,
            .samples(samples, nrow(x)),
            random_state = .whole(seed, "seed", low = 0),
            verbose = .flag(verbose, "verbose")
        )
        structure(.missingAsNA(found$embedding), dimnames = dimnames(x))
    }
)

#' @rdname harmoniseSlices
#' @export
setMethod(
    "harmoniseSlices",
    "SingleCellExperiment",
    function(
        x,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        ...,
        dimred = "SemST",
        name = NULL
    ) {
        embedding <- .embeddingIn(x, dimred)
        name <- .correctedName(x, dimred, name)
        found <- harmoniseSlices(
            embedding,
            .perSpot(x, samples, "samples"),
            ...
        )
        .storeCorrected(x, found, name)
    }
)

#' @rdname harmoniseSlices
#' @export
setMethod(
    "harmoniseSlices",
    "Seurat",
    function(
        x,
        samples = NULL,
        ...,
        dimred = "semst",
        name = NULL
    ) {
        embedding <- .embeddingIn(x, dimred)
        name <- .correctedName(x, dimred, name)
        found <- harmoniseSlices(embedding, .slicesOf(x, samples), ...)
        .storeCorrected(x, found, name)
    }
)

#' @rdname harmoniseSlices
#' @export
setMethod(
    "harmoniseSlices",
    "list",
    function(x, samples = NULL, ..., dimred = NULL, name = NULL) {
        together <- .embeddingsOf(x, dimred, samples)
        names <- .sliceNames(x)
        written <- .eachSlice(x, function(one, k) {
            .correctedName(
                one,
                .ownName(one, .ofSlice(dimred, k, names), "dimred"),
                name
            )
        })
        found <- harmoniseSlices(together$embedding, together$samples, ...)
        .eachSlice(x, function(one, k) {
            .storeCorrected(
                one,
                found[together$slice == k, , drop = FALSE],
                written[[k]]
            )
        })
    }
)

# The name of a corrected embedding, which replaces an earlier one of that name
# alone.
.correctedName <- function(x, dimred, name) {
    if (is.null(name)) {
        if (is.numeric(dimred)) {
            dimred <- .reductions(x)[dimred]
        }
        name <- paste0(.alias(dimred, .reductions(x)), "_harmony")
    }
    name <- .text(name, "name")
    if (.isSeurat(x)) {
        name <- .seuratName(name)
        .checkSeuratNames(x, name)
    }
    if (name %in% .reductions(x) && !endsWith(name, "_harmony")) {
        stop(
            sprintf(.slots(x)$reductions, name),
            " would be replaced. Give the embedding another ",
            "name, name =.",
            call. = FALSE
        )
    }
    name
}

.storeCorrected <- function(x, found, name) {
    if (!.isSeurat(x)) {
        reducedDim(x, name) <- .bare(found, name)
        return(x)
    }
    key <- .alphanumeric(name)
    rownames(found) <- colnames(x)
    x[[name]] <- SeuratObject::CreateDimReducObject(
        embeddings = .bare(found, key),
        key = paste0(key, "_"),
        assay = SeuratObject::DefaultAssay(x)
    )
    x
}
