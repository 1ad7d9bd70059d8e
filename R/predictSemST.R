#' Read the domains of a saved model off a new slice
#'
#' Gives a slice the domains of a model that was fitted to others and saved
#' (`save_model` of [runSemST()], `semst run --save-model`, `Estimator.save()`),
#' without training again. The slice goes through the genes, scales, components
#' and weights of the fit, and the mixture that was fitted there reads the
#' domains; neighbours have the same vote. The domains are so the same ones in
#' every slice.
#'
#' Genes of the fit that are missing are named in a warning and have no effect.
#' Look at `typicality`: 0 is a spot that is unlike every one of the fit. Where
#' many are `unlike`, a warning says so: the slice holds other tissue, or was
#' measured differently.
#'
#' @inheritParams calculateSemST
#' @param x Raw counts, genes x spots with gene symbols as row names; an object
#'   that holds them; or a list of these, of which each is read by itself.
#' @param model Folder of the model.
#' @param max_missing Share of the genes of the fit that the slice may lack, 0
#'   to 1.
#' @param name Stem of the names of all results; as in [runSemST()].
#' @param graph,image_features As in [calculateSemST()]; needed where the model
#'   was fitted with them.
#' @param ... For objects `graph`, `image_features` and `verbose`; for a list
#'   all of the above, each as in [calculateSemST()].
#'
#' @return For counts a matrix as [calculateSemST()] gives it, with the further
#'   attributes `posterior` (matrix, spots x domains, before the vote),
#'   `typicality` (share of the fitted spots that are less likely than this one)
#'   and `unlike` (whether that is below 0.005). For objects the object with
#'   what [runSemST()] stores, and for `name = "SemST"`
#'
#' - `colData(x)$SemST_typicality`, `colData(x)$SemST_unlike`;
#' - `reducedDim(x, "SemST_posterior")`;
#' - `metadata(x)$SemST`: settings of the model, missing genes, shares of
#'   domains and of unlike spots.
#'
#' A `Seurat` object gets the metadata columns `semst_typicality` and
#' `semst_unlike`, the reduction `"semst_posterior"`, the record in `Misc(x,
#' "semst")` and the call in `x[["predictSemST.RNA"]]`. For a list a list with
#' the same names.
#'
#' @seealso [runSemST()], [matchDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     model <- tempfile("model")
#'     spe <- runSemST(simulatedCortex(300, 100), 3, save_model = model,
#'         verbose = FALSE)
#'     new <- predictSemST(simulatedCortex(200, 100, seed = 1), model,
#'         verbose = FALSE)
#'     table(new$SemST, new$SemST_unlike)
#' }
#' @rdname predictSemST
#' @export
setMethod(
    "predictSemST",
    "ANY",
    function(
        x,
        model,
        coordinates = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL,
        max_missing = 0.2,
        graph = NULL,
        image_features = NULL,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "predictSemST")
        .checkCountsOf(x, "predictSemST")
        .predict(
            x,
            model,
            list(
                coordinates = coordinates,
                samples = samples,
                depth = depth,
                symbols = symbols,
                subset_row = subset_row,
                in_tissue = in_tissue
            ),
            max_missing,
            graph,
            image_features,
            verbose
        )
    }
)

#' @rdname predictSemST
#' @export
setMethod(
    "predictSemST",
    "SingleCellExperiment",
    function(
        x,
        model,
        ...,
        max_missing = 0.2,
        name = NULL,
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL
    ) {
        name <- .string(name, "name")
        .checkStem(x, name, "_posterior")
        found <- .predict(
            x,
            model,
            list(
                coordinates = coordinates,
                samples = samples,
                depth = depth,
                symbols = symbols,
                assay.type = assay.type,
                subset_row = subset_row,
                in_tissue = in_tissue
            ),
            max_missing,
            ...
        )
        if (is.null(name)) {
            .checkStem(x, attr(found, "title"), "_posterior")
        }
        .storeInSCE(x, found, name, .stored(FALSE, FALSE))
    }
)

#' @rdname predictSemST
#' @export
setMethod(
    "predictSemST",
    "Seurat",
    function(
        x,
        model,
        ...,
        max_missing = 0.2,
        name = NULL,
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        depth = NULL,
        symbols = NULL,
        subset_row = NULL,
        in_tissue = NULL
    ) {
        name <- .seuratName(.string(name, "name"))
        assay <- .seuratAssay(x, assay)
        .checkStem(x, name, "_posterior")
        found <- .predict(
            x,
            model,
            list(
                assay = assay,
                layer = layer,
                coordinates = coordinates,
                image = image,
                samples = samples,
                depth = depth,
                symbols = symbols,
                subset_row = subset_row,
                in_tissue = in_tissue
            ),
            max_missing,
            ...
        )
        if (is.null(name)) {
            .checkStem(
                x,
                .alphanumeric(attr(found, "record")$params$model),
                "_posterior"
            )
        }
        .storeInSeurat(
            x,
            found,
            name,
            .stored(FALSE, FALSE),
            assay,
            sys.call(-1L),
            verb = "predictSemST"
        )
    }
)

#' @rdname predictSemST
#' @export
setMethod("predictSemST", "list", function(x, model, ...) {
    given <- .dealt(list(...))
    ofEach <- given$rest[names(given$rest) %in% c("graph", "image_features")]
    forAll <- given$rest[!names(given$rest) %in% names(ofEach)]
    .checkReading(x, given$how)
    .checkEntries(x, ofEach)
    names <- .sliceNames(x)
    .eachSlice(x, function(one, k) {
        own <- .string(forAll$name, "name")
        if (.isSeurat(one)) {
            own <- .seuratName(own)
        }
        if (.isStored(one)) .checkStem(one, own, "_posterior")
    })
    .eachSlice(x, function(one, k) {
        how <- .howOf(given$how, k, names)
        how <- how[names(how) %in% names(formals(.readerOf(one)))]
        rest <- forAll[.isStored(one) | names(forAll) != "name"]
        do.call(
            predictSemST,
            c(list(one, model), how, .howOf(ofEach, k, names), rest)
        )
    })
})

.predict <- function(
    x,
    model,
    how,
    max_missing,
    graph = NULL,
    image_features = NULL,
    verbose = TRUE,
    ...
) {
    .nothingElse(..., page = "predictSemST")
    model <- .folder(.text(model, "model"), "model")
    max_missing <- .share(max_missing, "max_missing")
    verbose <- .flag(verbose, "verbose")
    slice <- .sliceOf(x, how)
    found <- .call(
        "predict",
        settings = c(
            .crossing(slice, x, graph, image_features),
            list(model = model, max_missing = max_missing, progress = verbose)
        ),
        verbose = verbose
    )
    missing <- unlist(found$record$prediction$missing_genes)
    found$record$prediction$missing_genes <- as.character(missing)
    embedding <- .embedding(found, slice$spots)
    posterior <- .named(found$posterior, slice$spots)
    colnames(posterior) <- levels(attr(embedding, "domains"))
    attr(embedding, "posterior") <- posterior
    attr(embedding, "typicality") <- .missingAsNA(found$typicality)
    attr(embedding, "unlike") <- found$unlike
    embedding
}
