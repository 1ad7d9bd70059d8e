#' Semantic vectors of spots
#'
#' What the genes of each spot mean, as a vector: from a language model, a text
#' encoder or a gene table. Vectors of texts are kept in a cache on disk.
#'
#' @inheritParams calculateSemST
#' @param x Raw counts, genes x spots, or an object that holds them.
#' @param semantics Name of a source, or what [semanticSource()] makes.
#' @param all_genes Let all genes into texts, and not only the 3,000 variable
#'   ones that [runSemST()] lets in.
#' @param coordinates Matrix, spots x 2 (or 3), over which landmarks are spread;
#'   without it they are drawn at random.
#' @param ... For objects, arguments of the method for matrices. Besides,
#'   settings: `k_g` and `ranking` (genes per spot in texts, and what ranks
#'   them), `landmarks` (embed so many spots only, and predict the vectors of
#'   the others from their expression; for sources that read a text for every
#'   spot), `device` and `cache_dir`; see [semstSettings()].
#' @return A numeric matrix, spots x dimensions, with the attribute `info`
#'   (source, coverage of the genes and timings).
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(100, 50)
#'     dim(calculateSemantics(spe, semantics = "random", verbose = FALSE))
#' }
#' @rdname calculateSemantics
#' @export
setMethod(
    "calculateSemantics",
    "ANY",
    function(
        x,
        semantics = "minilm-genes",
        symbols = NULL,
        depth = NULL,
        all_genes = FALSE,
        coordinates = NULL,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .checkCountsOf(x, "calculateSemantics")
        settings <- .settings(..., known = function(names) {
            .checkNames(
                names,
                c(.settingsOfVectors, .settingsShared),
                "calculateSemantics",
                "This step"
            )
        })
        counts <- .checkCounts(
            .sparse(x),
            "x",
            "Give the matrix that holds them."
        )
        n_spots <- ncol(counts)
        verbose <- .flag(verbose, "verbose")
        found <- .call(
            "embed",
            .parts(counts, genes = as.list(.genes(counts, symbols, "x"))),
            source = .semantics(semantics, n_spots),
            depth = .depth(depth, n_spots),
            all_genes = .flag(all_genes, "all_genes"),
            coordinates = if (!is.null(coordinates)) {
                .coordinates(
                    coordinates,
                    n_spots,
                    "Give a matrix with one row per spot."
                )
            },
            random_state = .whole(seed, "seed", low = 0),
            progress = verbose,
            verbose = verbose,
            settings = settings
        )
        structure(.named(found$vectors, colnames(counts)), info = found$info)
    }
)

#' @rdname calculateSemantics
#' @export
setMethod(
    "calculateSemantics",
    "SingleCellExperiment",
    function(
        x,
        ...,
        assay.type = "counts",
        symbols = NULL
    ) {
        counts <- .assay(x, assay.type)
        dimnames(counts) <- dimnames(x)
        calculateSemantics(counts, ..., symbols = .symbols(x, symbols))
    }
)

#' @rdname calculateSemantics
#' @export
setMethod(
    "calculateSemantics",
    "Seurat",
    function(
        x,
        ...,
        assay = NULL,
        layer = "counts",
        symbols = NULL
    ) {
        assay <- .seuratAssay(x, assay)
        calculateSemantics(
            .seuratCounts(x, assay, layer),
            ...,
            symbols = .symbols(x, symbols, assay)
        )
    }
)

#' A source of semantic vectors with settings of its own
#'
#' For what a short name cannot say: another model, another text, a table of
#' your own.
#'
#' @param kind Class of the Python module `semst.semantics`, such as
#'   `"LanguageModel"`, `"TextEncoder"`, `"DescribedGenes"`, `"GeneTable"` or
#'   `"RandomVectors"`.
#' @param ... Settings of that kind, e.g. `model` (an id or a folder),
#'   `pooling`, `template`, `dtype`; `table` (a path or a data frame) for the
#'   kinds that read one. `model` and `source` may be sources themselves.
#' @return A plain list of class `SemSTSource`, for the argument `semantics`.
#' @examples
#' if (semstPython()$ready) {
#'     semanticSource("DescribedGenes",
#'         table = data.frame(symbol = "MBP",
#'             description = "myelin basic protein")
#'     )
#' }
#' @export
semanticSource <- function(kind, ...) {
    kind <- .choice(kind, names(.settingsOfSources), "kind")
    args <- list(...)
    if (
        length(args) > 0L && (is.null(names(args)) || !all(nzchar(names(args))))
    ) {
        stop(
            "The settings of a source have to be named, e.g. model = \"...\".",
            call. = FALSE
        )
    }
    known <- .settingsOfSources[[kind]]
    for (name in setdiff(names(args), known)) {
        .unknown(
            name,
            known,
            paste(kind, "has no setting"),
            paste0("It has: ", .list(known), ".")
        )
    }
    structure(class = "SemSTSource", list(kind = kind, args = args))
}

#' @exportS3Method print SemSTSource
print.SemSTSource <- function(x, ...) {
    cat("source of semantic vectors:", x$kind, "\n")
    for (name in names(x$args)) {
        cat(" ", name, "=", .shown(x$args[[name]]), "\n")
    }
    invisible(x)
}

.unclassed <- function(source) {
    args <- lapply(source$args, function(value) {
        if (inherits(value, "SemSTSource")) {
            return(.unclassed(value))
        }
        if (.isWhole(value)) {
            as.integer(value)
        } else if (is.matrix(value)) {
            # a table keeps its names
            as.data.frame(value)
        } else {
            value
        }
    })
    # an empty list() would reach Python as a list, not as a dict
    list(
        kind = source$kind,
        args = if (length(args)) args else reticulate::dict()
    )
}
