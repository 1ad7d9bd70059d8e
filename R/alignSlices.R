#' Bring sections into one frame
#'
#' Rotates and shifts the sections of one tissue, so that they lie on each other
#' as the first lies. Neighbouring sections are matched by fused
#' Gromov-Wasserstein transport, which weighs likeness of expression against
#' distances within the sections, and the rigid motion that fits the plan best
#' is applied. Needs the Python package POT.
#'
#' @inheritParams calculateSemST
#' @param x Raw counts of all sections, genes x spots; an object that holds
#'   them; or a list of objects, of which each is a section, or several that
#'   `samples` tell apart. They are compared by the genes that all have.
#' @param samples Section of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object.
#' @param order Sections from first to last; each is brought to the one before
#'   it. By default in the order of the levels of a factor, else of their names,
#'   numbers by size; those of a list in its order.
#' @param alpha Weight of the distances, from 0 (expression alone) to 1.
#' @param max_spots Spots of a section that enter the plan, spread over it; the
#'   motion moves all.
#' @param seed Seed of the choice of spots.
#' @param name Name of the reduced dimension that is written.
#' @param ... For objects, all of the above.
#'
#' @return For counts the coordinates, spots x 2 (or 3, the third as it was),
#'   with the attribute `motions`: a data frame with the `section`, the `angle`
#'   by which it was turned (degrees) and the shift `x` and `y` after that. For
#'   objects the object with the coordinates in the reduced dimension `name`,
#'   and the motions in `metadata(x)$aligned_motions`; of a `Seurat` object in
#'   `Misc(x, "aligned_motions")`. For a list a list with the same names.
#'
#' @references Zeira et al. (2022). Alignment and integration of spatial
#'   transcriptomics data. Nature Methods 19.
#' @seealso [plotDomains()], whose `coordinates` may be the name of a reduced
#'   dimension
#' @examples
#' if (semstPython()$ready && !any(grepl("^POT", semstPython()$missing))) {
#'     first <- simulatedCortex(200, 60)
#'     second <- first
#'     colnames(second) <- paste0(colnames(first), "_2")
#'     second$sample_id <- "turned"
#'     xy <- SpatialExperiment::spatialCoords(first)
#'     SpatialExperiment::spatialCoords(second) <- cbind(x = xy[, 2], y = -xy[,
#'         1])
#'     spe <- alignSlices(SummarizedExperiment::cbind(first, second),
#'         order = c("sample01", "turned"), verbose = FALSE
#'     )
#'     S4Vectors::metadata(spe)$aligned_motions
#' }
#' @rdname alignSlices
#' @export
setMethod(
    "alignSlices",
    "ANY",
    function(
        x,
        coordinates,
        samples,
        order = NULL,
        alpha = 0.1,
        max_spots = 800L,
        symbols = NULL,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "alignSlices")
        .checkCountsOf(x, "alignSlices")
        if (missing(coordinates)) {
            coordinates <- NULL
        }
        if (missing(samples)) {
            samples <- NULL
        }
        if (is.null(order) && is.factor(samples)) {
            order <- levels(droplevels(samples))
        }
        slice <- .matrixSlice(x, coordinates, samples, NULL, symbols)
        found <- .call(
            "align",
            .parts(slice$counts, genes = as.list(slice$genes)),
            slice$coordinates,
            samples = slice$samples,
            order = if (!is.null(order)) as.list(as.character(order)),
            alpha = .share(alpha, "alpha"),
            max_spots = .whole(max_spots, "max_spots"),
            random_state = .whole(seed, "seed", low = 0),
            verbose = .flag(verbose, "verbose")
        )
        aligned <- .named(found$coordinates, slice$spots)
        structure(aligned, motions = .frame(found$motions))
    }
)

#' @rdname alignSlices
#' @export
setMethod(
    "alignSlices",
    "SingleCellExperiment",
    function(
        x,
        ...,
        name = "aligned",
        assay.type = "counts",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        symbols = NULL
    ) {
        name <- .text(name, "name")
        .checkAligned(x, name)
        counts <- .assay(x, assay.type)
        dimnames(counts) <- dimnames(x)
        place <- .place(x, coordinates, samples)
        found <- alignSlices(
            counts,
            place$xy,
            place$samples,
            ...,
            symbols = .symbols(x, symbols)
        )
        reducedDim(x, name) <- .bare(found, name)
        metadata(x)[[paste0(name, "_motions")]] <- attr(found, "motions")
        x
    }
)

#' @rdname alignSlices
#' @export
setMethod(
    "alignSlices",
    "Seurat",
    function(
        x,
        ...,
        name = "aligned",
        assay = NULL,
        layer = "counts",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        symbols = NULL
    ) {
        name <- .text(name, "name")
        .checkAligned(x, name)
        assay <- .seuratAssay(x, assay)
        place <- .place(x, coordinates, samples, image)
        found <- alignSlices(
            .seuratCounts(x, assay, layer),
            place$xy,
            place$samples,
            ...,
            symbols = .symbols(x, symbols, assay)
        )
        key <- .alphanumeric(name)
        x[[name]] <- SeuratObject::CreateDimReducObject(
            embeddings = .bare(found, key),
            key = paste0(key, "_"),
            assay = assay
        )
        methods::slot(x, "misc")[[paste0(name, "_motions")]] <- attr(
            found,
            "motions"
        )
        x
    }
)

#' @rdname alignSlices
#' @export
setMethod(
    "alignSlices",
    "list",
    function(x, ..., order = NULL, name = "aligned") {
        .checkObjects(
            x,
            "Of matrices, those of all sections go in as one, with samples."
        )
        given <- .dealt(list(...))
        name <- .text(name, "name")
        .eachSlice(x, function(one, k) .checkAligned(one, name))
        whole <- .joined(x, given$how)
        if (is.null(order)) {
            order <- unique(whole$samples)
        }
        found <- do.call(
            alignSlices,
            c(
                list(
                    whole$counts,
                    whole$coordinates,
                    whole$samples,
                    order = order
                ),
                given$rest
            )
        )
        .eachSlice(x, function(one, k) {
            part <- found[whole$slice == k, , drop = FALSE]
            motions <- attr(found, "motions")
            of <- motions$section %in% whole$samples[whole$slice == k]
            .storeAligned(one, part, motions[of, , drop = FALSE], name)
        })
    }
)

.storeAligned <- function(x, aligned, motions, name) {
    if (!.isSeurat(x)) {
        reducedDim(x, name) <- .bare(aligned, name)
        metadata(x)[[paste0(name, "_motions")]] <- motions
        return(x)
    }
    key <- .alphanumeric(name)
    x[[name]] <- SeuratObject::CreateDimReducObject(
        embeddings = .bare(aligned, key),
        key = paste0(key, "_"),
        assay = SeuratObject::DefaultAssay(x)
    )
    methods::slot(x, "misc")[[paste0(name, "_motions")]] <- motions
    x
}

# Coordinates of an earlier call are replaced, nothing else.
.checkAligned <- function(x, name) {
    if (.isSeurat(x)) {
        .checkSeuratNames(x, name)
    }
    motions <- paste0(name, "_motions")
    if (name %in% .reductions(x) && !motions %in% names(.held(x))) {
        stop(
            sprintf(.slots(x)$reductions, name),
            " would be replaced, which alignSlices() ",
            "has not left there. Give the coordinates another name, name =.",
            call. = FALSE
        )
    }
}
