#' Embed spots and find their domains
#'
#' The whole way from raw counts to domains, with a matrix as the result: the
#' method of Long et al. (2026), without labels anywhere. [runSemST()] does the
#' same and stores the result in the object.
#'
#' Counts that are sparse stay sparse, and those on disk (`DelayedMatrix`) are
#' read in blocks. The network is trained in Python, mclust runs in this R
#' session. The random stream (`.Random.seed`) is left as it was; `seed` alone
#' decides. A run can be stopped with Ctrl-C.
#'
#' @param x Raw counts, genes x spots with gene symbols as row names: a matrix,
#'   a sparse `Matrix` or a `DelayedMatrix`; or an object that holds them.
#' @param n_domains Number of domains, 2 or more; or `"auto"`: chosen from 2 to
#'   15 by how stable domains are, with the curves in the record (`choice`).
#' @param coordinates Matrix or data frame, spots x 2 (or 3). For a
#'   `SpatialExperiment` and a `Seurat` object with images they come from the
#'   object; else also the names of two columns (`colData`, cell metadata) or
#'   the name of a reduced dimension.
#' @param samples Slice of each spot (no spatial edge joins two slices), or the
#'   name of a column. Taken from `sample_id` of a `SpatialExperiment` and from
#'   the images of a `Seurat` object.
#' @param depth Library size of each spot over all genes, for a matrix that
#'   holds part of them, or the name of a column.
#' @param symbols Gene symbols where the row names are something else: a
#'   vector, or the name of a column of `rowData` (of a `Seurat` object: of the
#'   metadata of the assay).
#' @param graph Spatial graph to use instead of one made from the coordinates:
#'   a sparse matrix, spots x spots.
#' @param preset `"semst"`, one default for all data, or `"paper"`, the
#'   published configuration.
#' @param semantics Source of the semantic vectors: a name such as
#'   `"minilm-genes"`, `"minilm"`, `"qwen3"` or `"none"`, a model by its hub id or
#'   folder (`"llm:FOLDER"`, a language model; `"text:FOLDER"`, a text encoder),
#'   what [semanticSource()] makes, or a numeric matrix with one row per spot.
#'   `NULL` takes the preset's: `"none"` for `"semst"`, `"qwen3"` for `"paper"`.
#' @param k_g,ranking Genes per spot in prompts, and what ranks them:
#'   `"expression"`, `"normalised"` or `"specificity"`.
#' @param n_neighs,radius Wanted mean number of spatial neighbours, from which
#'   the radius is found; or the radius itself.
#' @param fusion `"fsm"`, `"concat"`, `"add"`, `"cross-attention"` or `"none"`.
#' @param epochs Steps of training.
#' @param cluster `"mclust"`, `"mixture"` (the same model in Python),
#'   `"kmeans"` or `"leiden"`.
#' @param n_starts Starts of mclust or the mixture; 1 is mclust alone, as most
#'   publications use it.
#' @param refine Let every spot take the most frequent domain among itself and
#'   its neighbours.
#' @param seed Seed of everything that is drawn.
#' @param device,precision `"auto"`, `"cpu"`, `"cuda"` or `"mps"`;
#'   `"32-true"` or `"bf16-mixed"`.
#' @param devices Processes that share the training, each on a device of its own;
#'   one by default.
#' @param checkpoint_dir Folder from which a run that was cut off goes on.
#' @param cache_dir Folder of the cache of semantic vectors; `FALSE` keeps none.
#' @param verbose Whether to show messages and progress.
#' @param assay.type Assay with the raw counts.
#' @param assay,layer Assay and layer of a `Seurat` object; the default assay, or
#'   the one that `SCTransform()` made it from. Layers that are split
#'   (`counts.1`, `counts.2`) are joined.
#' @param image Names of the images of a `Seurat` object; all by default.
#' @param ... Passed on to the method for matrices; there, further settings of
#'   the model, e.g. `n_top_genes`, `n_latent`, `learning_rate`. An unknown one
#'   is an error that lists all.
#'
#' @return A numeric matrix, spots x dimensions, with the attributes `domains`
#'   and `unrefined` (factors), `uncertainty` (1 - posterior, or `NULL`),
#'   `semantic` (matrix or `NULL`) and `record` (settings, versions, loss
#'   history, timings). Spots without counts are `NA`.
#'
#' @references Long et al. (2026). When Genes Speak: A Semantic-Guided Framework
#'   for Spatially Resolved Transcriptomics Data Clustering. AAAI.
#' @seealso [runSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     z <- calculateSemST(spe, 3, semantics = "none", epochs = 2, verbose = FALSE)
#'     table(attr(z, "domains"))
#' }
#' @rdname calculateSemST
#' @export
setMethod("calculateSemST", "ANY", function(
    x, n_domains, coordinates = NULL, samples = NULL, depth = NULL, symbols = NULL,
    graph = NULL, preset = "semst", semantics = NULL, k_g = NULL, ranking = NULL,
    n_neighs = NULL, radius = NULL, fusion = NULL, epochs = NULL,
    cluster = c("mclust", "mixture", "kmeans", "leiden"), n_starts = NULL, refine = TRUE,
    seed = 0L, device = "auto", devices = NULL, precision = "32-true",
    checkpoint_dir = NULL, cache_dir = NULL, verbose = TRUE, ...
) {
    .semst(.nDomains(n_domains, auto = TRUE), function() {
        .matrixSlice(x, coordinates, samples, depth, symbols)
    },
        graph = graph, preset = preset, semantics = semantics, k_g = k_g,
        ranking = ranking, n_neighs = n_neighs, radius = radius, fusion = fusion,
        epochs = epochs, cluster = cluster, n_starts = n_starts, refine = refine,
        seed = seed, device = device, devices = devices, precision = precision,
        checkpoint_dir = checkpoint_dir, cache_dir = cache_dir, verbose = verbose, ...
    )
})

#' @rdname calculateSemST
#' @export
setMethod("calculateSemST", "SingleCellExperiment", function(
    x, n_domains, ..., assay.type = "counts", coordinates = NULL, samples = NULL,
    depth = NULL, symbols = NULL
) {
    .semst(.nDomains(n_domains, auto = TRUE), function() {
        .sceSlice(x, .sceCoordinates(x, coordinates), samples, depth, symbols, assay.type)
    }, ...)
})

#' @rdname calculateSemST
#' @export
setMethod("calculateSemST", "SpatialExperiment", function(
    x, n_domains, ..., assay.type = "counts", coordinates = NULL, samples = "sample_id",
    depth = NULL, symbols = NULL
) {
    .semst(.nDomains(n_domains, auto = TRUE), function() {
        .sceSlice(x, .speCoordinates(x, coordinates), samples, depth, symbols, assay.type)
    }, ...)
})

#' @rdname calculateSemST
#' @export
setMethod("calculateSemST", "Seurat", function(
    x, n_domains, ..., assay = NULL, layer = "counts", coordinates = NULL, image = NULL,
    samples = NULL, depth = NULL, symbols = NULL
) {
    .semst(.nDomains(n_domains, auto = TRUE), function() {
        .seuratSlice(x, assay, layer, coordinates, image, samples, depth, symbols)
    }, ...)
})

# The settings of SemST, with their types checked, for .runModel(). `take()`
# reads the object, which may be large, only when the rest is right.
.semst <- function(
    n_domains, take, ..., graph = NULL, preset = "semst", semantics = NULL, k_g = NULL,
    ranking = NULL, n_neighs = NULL, radius = NULL, fusion = NULL, epochs = NULL,
    cluster = .clusterers, n_starts = NULL, refine = TRUE, seed = 0L, device = "auto",
    devices = NULL, precision = "32-true", checkpoint_dir = NULL, cache_dir = NULL, verbose = TRUE
) {
    force(n_domains)
    verbose <- .flag(verbose, "verbose")
    options <- list(
        preset = .string(preset, "preset"), k_g = .whole(k_g, "k_g"),
        ranking = .string(ranking, "ranking"), n_neighs = .whole(n_neighs, "n_neighs"),
        radius = .positive(radius, "radius"), fusion = .string(fusion, "fusion"),
        epochs = .whole(epochs, "epochs"), cluster = .choice(cluster, .clusterers, "cluster"),
        n_starts = .whole(n_starts, "n_starts"), refine = .flag(refine, "refine"),
        random_state = .whole(seed, "seed", low = 0), device = .string(device, "device"),
        devices = .whole(devices, "devices"),
        precision = .string(precision, "precision"),
        checkpoint_dir = .folder(checkpoint_dir, "checkpoint_dir"),
        cache_dir = .folder(cache_dir, "cache_dir")
    )
    settings <- .settings(...)
    .runModel("semst", take(), n_domains,
        name = "SemST", graph = graph, semantics = semantics, settings = settings,
        options = options, verbose = verbose
    )
}

.clusterers <- c("mclust", "mixture", "kmeans", "leiden")
