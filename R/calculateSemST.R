#' Embed spots and find their domains
#'
#' The whole way from raw counts to domains, without labels anywhere, with a
#' matrix as the result: by SemST, the method of Long et al. (2026), or by any
#' other model of [semstModels()], plain or with semantics plugged in.
#' [runSemST()] does the same and stores the result in the object.
#'
#' Counts that are sparse stay sparse, and those on disk (`DelayedMatrix`) are
#' read in blocks. The network is trained in Python, mclust runs in this R
#' session. The random stream (`.Random.seed`) is left as it was; `seed` alone
#' decides. A run can be stopped with Ctrl-C.
#'
#' Several slices in a list make one run: on the genes that all have, without a
#' spatial edge between two, each centred by itself (`batch`), with the same
#' domains in all. Samples within an object stay apart, too, and so do those of
#' the same name in two objects. Arguments that say how an object is read
#' (`coordinates`, `samples`, `depth`, `symbols`, `assay.type`, `assay`,
#' `layer`, `image`, `subset_row`, `in_tissue`) hold for each element whose
#' class knows them; or they are lists themselves, with an entry for each
#' element in order, or for some by name. So are `graph` and `image_features`;
#' `semantics`, where it is a matrix, has the rows of all slices one after the
#' other.
#'
#' @param x Raw counts, genes x spots with gene symbols as row names: a matrix,
#'   a sparse `Matrix` or a `DelayedMatrix`; or an object that holds them; or a
#'   list of these, also of different classes, which are run jointly.
#' @param n_domains Number of domains, 2 or more; or `"auto"`: chosen from 2 to
#'   15 by how stable domains are, with the curves in the record (`choice`).
#' @param model Name of the model; [semstModels()] lists them.
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
#'   metadata of the assay). Where the row names are Ensembl IDs and there is a
#'   column of symbols (`Symbol`, `gene_name`, ...), it is taken, and a message
#'   says so.
#' @param subset_row Genes to use: names, numbers, or `TRUE` and `FALSE` for
#'   each. Library sizes stay those of all genes.
#' @param in_tissue Which spots lie in the tissue; the others are left out, with
#'   a message, and come back as `NA`. A vector (`TRUE` or 1, `FALSE` or 0), or
#'   the name of a column; by default the column `in_tissue`, where there is
#'   one. `FALSE` takes all spots.
#' @param fsm Let semantic vectors modulate what the network has learned. SemST
#'   does so by itself where a source is named; into the other models it is
#'   plugged in with `TRUE`.
#' @param semantics Source of the semantic vectors: a name such as
#'   `"minilm-genes"`, `"minilm"`, `"qwen3"` or `"none"`, a model by its hub id
#'   or folder (`"llm:FOLDER"`, a language model; `"text:FOLDER"`, a text
#'   encoder), what [semanticSource()] makes, or a numeric matrix with one row
#'   per spot. `NULL` takes the model's, with `fsm = TRUE` `"minilm-genes"`.
#' @param cluster `"auto"` (what the model's authors use: k-means for
#'   Spatial-MGCN and MAFN, mclust for the others), `"mclust"`, `"mixture"` (the
#'   same model in Python), `"kmeans"` or `"leiden"`.
#' @param seed Seed of everything that is drawn.
#' @param save_model New folder to save the fitted model in, for
#'   [predictSemST()].
#' @param refine Let every spot take the most frequent domain among itself and
#'   its neighbours, where the model does so.
#' @param explain Say what marks each domain, see [explainDomains()].
#' @param verbose Whether to show messages and progress.
#' @param assay.type Assay with the raw counts, by its name or number.
#' @param assay,layer Assay and layer of a `Seurat` object; the default assay,
#'   or the one that `SCTransform()` made it from. Layers that are split
#'   (`counts.1`, `counts.2`) are joined.
#' @param image Names of the images of a `Seurat` object; all by default.
#' @param ... For objects, all of the above. Besides, everywhere:
#'
#'   - `batch`: what is done about differences between slices: `"centre"` (the
#'     default) takes each slice's own mean off what enters the model,
#'     `"harmony"` corrects the embedding, `"none"` leaves them; one slice stays
#'     as it is;
#'   - `graph`: spatial graph to use instead of one made from the coordinates, a
#'     sparse matrix, spots x spots;
#'   - `image_features`: features of the tissue image at every spot, for models
#'     that use them: a matrix with one row per spot, or the name of a reduced
#'     dimension;
#'   - any setting of [semstSettings()], e.g. `preset`, `epochs`, `n_neighs`,
#'     `k_g`, `n_starts`, `device`, `checkpoint_dir` or `cache_dir` (`FALSE`
#'     keeps no cache). An unknown one is an error that names those nearest.
#'
#' @return A numeric matrix, spots x dimensions, with the attributes `domains`
#'   and `unrefined` (factors), `uncertainty` (1 - posterior, or `NULL`),
#'   `semantic` (matrix or `NULL`), `inspected` (a list of what some models show
#'   of their inside, matrices), `graph` and `distances` (the spatial graph of
#'   the run and the lengths of its edges, sparse matrices), `explanation` (see
#'   [explainDomains()], or `NULL`) and `record` (settings, versions, loss
#'   history, timings). Spots without counts, or outside the tissue, are `NA`.
#'   Of a list, a list of these with the same names; explanation and record are
#'   those of all slices.
#'
#' @references Long et al. (2026). When Genes Speak: A Semantic-Guided Framework
#'   for Spatially Resolved Transcriptomics Data Clustering. AAAI.
#' @seealso [runSemST()], [semstModels()], [semstSettings()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 100)
#'     z <- calculateSemST(spe, 3, verbose = FALSE)
#'     table(attr(z, "domains"))
#'     both <- calculateSemST(
#'         list(first = spe, second = simulatedCortex(150, 100, seed = 1)), 3,
#'         verbose = FALSE
#'     )
#'     vapply(both, nrow, 1L)
#' }
#' @rdname calculateSemST
#' @export
setMethod(
    "calculateSemST",
    "ANY",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        coordinates = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        verbose = TRUE
    ) {
        .checkCountsOf(x, "calculateSemST")
        .run(
            x,
            .nDomains(n_domains, auto = TRUE),
            model,
            function() {
                .matrixSlice(
                    x,
                    coordinates,
                    samples,
                    depth,
                    symbols,
                    subset_row,
                    in_tissue
                )
            },
            ...,
            fsm = fsm,
            semantics = semantics,
            cluster = cluster,
            refine = refine,
            explain = explain,
            seed = seed,
            save_model = save_model,
            verbose = verbose
        )
    }
)

#' @rdname calculateSemST
#' @export
setMethod(
    "calculateSemST",
    "SingleCellExperiment",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        verbose = TRUE
    ) {
        .run(
            x,
            .nDomains(n_domains, auto = TRUE),
            model,
            function() {
                .sceSlice(
                    x,
                    coordinates,
                    samples,
                    depth,
                    symbols,
                    assay.type,
                    subset_row,
                    in_tissue
                )
            },
            ...,
            fsm = fsm,
            semantics = semantics,
            cluster = cluster,
            refine = refine,
            explain = explain,
            seed = seed,
            save_model = save_model,
            verbose = verbose
        )
    }
)

#' @rdname calculateSemST
#' @export
setMethod(
    "calculateSemST",
    "Seurat",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        verbose = TRUE
    ) {
        .run(
            x,
            .nDomains(n_domains, auto = TRUE),
            model,
            function() {
                .seuratSlice(
                    x,
                    assay,
                    layer,
                    coordinates,
                    image,
                    samples,
                    depth,
                    symbols,
                    subset_row,
                    in_tissue
                )
            },
            ...,
            fsm = fsm,
            semantics = semantics,
            cluster = cluster,
            refine = refine,
            explain = explain,
            seed = seed,
            save_model = save_model,
            verbose = verbose
        )
    }
)

#' @rdname calculateSemST
#' @export
setMethod(
    "calculateSemST",
    "list",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        verbose = TRUE
    ) {
        given <- .dealt(list(...))
        do.call(
            .runJointly,
            c(
                list(x, .nDomains(n_domains, auto = TRUE), model, given$how),
                given$rest,
                list(
                    fsm = fsm,
                    semantics = semantics,
                    cluster = cluster,
                    refine = refine,
                    explain = explain,
                    seed = seed,
                    save_model = save_model,
                    verbose = verbose
                )
            )
        )
    }
)
