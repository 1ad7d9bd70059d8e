# What the file of each program is made of, besides the domains.
.formats <- list(
    loupe = "barcodes",
    xenium = c("barcodes", "colours"),
    geojson = c("coordinates", "samples", "image", "colours", "scale"),
    embedding = c("embedding", "uncertainty", "dimred")
)

#' Write domains for Loupe Browser, Xenium Explorer, QuPath or as a table
#'
#' Any column of labels, in the form in which another program imports it. The
#' files are those that `semst export` and Python write for the same domains,
#' byte for byte; each is written completely or not at all.
#'
#' - `"loupe"`: a table (`.csv`) that Loupe Browser imports as categories;
#' - `"xenium"`: a table (`.csv`) that Xenium Explorer imports as cell groups;
#' - `"geojson"`: outlines (`.geojson`) that QuPath opens as annotations. The
#'   cell of a spot is what is nearest to it, and a domain the cells of its
#'   spots. Needs the Python package shapely;
#' - `"embedding"`: a table (`.csv`) with embedding, domain and uncertainty of
#'   every spot, those without a domain among them; their fields are empty.
#'
#' The other three leave spots without a domain out. What an argument cannot
#' change, such as `scale` in a table, is an error. The domains are called as
#' their column is; that of a `Seurat` object without `_domain` (`"semst"`).
#'
#' @param x Domains, one per spot (`NA` for none), with the spots' names as
#'   names; or an object that holds them.
#' @param file File to write, ending in `.csv`, or `.geojson` for outlines.
#'   Missing folders are made.
#' @param to `"loupe"`, `"xenium"`, `"geojson"` or `"embedding"`.
#' @param name Name of the domains in the file.
#' @param domains Column with the domains.
#' @param coordinates Matrix, spots x 2; for objects as in [calculateSemST()].
#' @param samples Slice of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object. Where there are several, each gets a file with outlines:
#'   `domains.geojson` becomes `domains.<slice>.geojson`.
#' @param barcodes Barcode (cell ID) of each spot, or the name of a column. By
#'   default the names of the spots, without what putting slices together has
#'   added where they hold a barcode of 10x Genomics
#'   (`AAACAAGTATCTCCCA-1-151673` is `AAACAAGTATCTCCCA-1`).
#' @param embedding,uncertainty Matrix with a row per spot, and a number per
#'   spot.
#' @param dimred Reduced dimension with the embedding; by default that with the
#'   stem of the domains, which the run has left that found them.
#' @param colours Colours as in [plotDomains()], whose they are by default.
#' @param scale Pixels of the full-resolution image in a unit of the
#'   coordinates: 1 (the default) where they are pixels, as Space Ranger's;
#'   1/0.2125 for micrometres of a Xenium slice. Coordinates of an image of
#'   class `VisiumV1` (Seurat 4) are those of the small image: `1 /
#'   Seurat::ScaleFactors(x[["slice1"]])$lowres`.
#' @param image Names of the images of a `Seurat` object.
#' @param overwrite Whether existing files may be replaced.
#' @param verbose Whether to show messages.
#' @param ... Nothing else is accepted.
#' @return The files that were written, invisibly.
#' @seealso [plotDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(200, 60)
#'     file <- exportDomains(spe, tempfile(fileext = ".csv"), "xenium",
#'         domains = "ground_truth", barcodes = colnames(spe), verbose = FALSE
#'     )
#'     readLines(file, 3)
#' }
#' @rdname exportDomains
#' @export
setMethod(
    "exportDomains",
    "ANY",
    function(
        x,
        file,
        to = c("loupe", "xenium", "geojson", "embedding"),
        name = "SemST",
        coordinates = NULL,
        samples = NULL,
        barcodes = NULL,
        embedding = NULL,
        uncertainty = NULL,
        colours = NULL,
        scale = NULL,
        overwrite = FALSE,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "exportDomains")
        .checkLabelsOf(x, "exportDomains")
        to <- .formatOf(to)
        .meantFor(
            to,
            coordinates = coordinates,
            samples = samples,
            barcodes = barcodes,
            embedding = embedding,
            uncertainty = uncertainty
        )
        .export(
            x,
            names(x),
            file,
            to,
            .text(name, "name"),
            place = list(xy = coordinates, samples = samples),
            barcodes = barcodes,
            embedding = embedding,
            dimred = name,
            uncertainty = uncertainty,
            colours = colours,
            scale = scale,
            overwrite = overwrite,
            verbose = verbose
        )
    }
)

#' @rdname exportDomains
#' @export
setMethod(
    "exportDomains",
    "SingleCellExperiment",
    function(
        x,
        file,
        to = c("loupe", "xenium", "geojson", "embedding"),
        domains = "SemST",
        coordinates = NULL,
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        barcodes = NULL,
        dimred = NULL,
        colours = NULL,
        scale = NULL,
        overwrite = FALSE,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "exportDomains")
        to <- .formatOf(to)
        .meantFor(
            to,
            coordinates = coordinates,
            samples = if (!missing(samples)) samples,
            barcodes = barcodes,
            dimred = dimred
        )
        .exportOf(
            x,
            file,
            to,
            .text(domains, "domains"),
            domains,
            .place(x, coordinates, samples),
            barcodes,
            dimred,
            colours = colours,
            scale = scale,
            overwrite = overwrite,
            verbose = verbose
        )
    }
)

#' @rdname exportDomains
#' @export
setMethod(
    "exportDomains",
    "Seurat",
    function(
        x,
        file,
        to = c("loupe", "xenium", "geojson", "embedding"),
        domains = "semst_domain",
        coordinates = NULL,
        image = NULL,
        samples = NULL,
        barcodes = NULL,
        dimred = NULL,
        colours = NULL,
        scale = NULL,
        overwrite = FALSE,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "exportDomains")
        to <- .formatOf(to)
        .meantFor(
            to,
            coordinates = coordinates,
            samples = samples,
            image = image,
            barcodes = barcodes,
            dimred = dimred
        )
        .exportOf(
            x,
            file,
            to,
            .text(domains, "domains"),
            .stem(domains),
            .place(x, coordinates, samples, image),
            barcodes,
            dimred,
            colours = colours,
            scale = scale,
            overwrite = overwrite,
            verbose = verbose
        )
    }
)

# Of an object; `place` is looked up only where it is used, as some have none.
.exportOf <- function(
    x,
    file,
    to,
    domains,
    stem,
    place,
    barcodes,
    dimred,
    ...
) {
    labels <- .column(x, domains, "domains")
    if (is.null(dimred)) {
        dimred <- stem
    }
    table <- to == "embedding"
    .export(
        labels,
        colnames(x),
        file,
        to,
        stem,
        place = if (to == "geojson") place,
        barcodes = .perSpot(x, barcodes, "barcodes"),
        embedding = if (table) .embeddingOf(x, .text(dimred, "dimred")),
        dimred = dimred,
        uncertainty = if (table) {
            .spotColumns(x)[[paste0(stem, "_uncertainty")]]
        },
        ...
    )
}

.embeddingOf <- function(x, dimred) {
    dimred <- .alias(dimred, .reductions(x))
    if (!dimred %in% .reductions(x)) {
        stop(
            'There is no reduced dimension "',
            dimred,
            '". There are: ',
            .list(.reductions(x)),
            ". Name the one with the embedding: dimred =.",
            call. = FALSE
        )
    }
    as.matrix(.reduction(x, dimred))
}

# To Python, which writes the files; of all that could be given only what `to`
# takes.
.export <- function(
    labels,
    spots,
    file,
    to,
    key,
    place = NULL,
    barcodes = NULL,
    embedding = NULL,
    dimred = key,
    uncertainty = NULL,
    colours = NULL,
    scale = NULL,
    overwrite = FALSE,
    verbose = TRUE
) {
    .meantFor(to, colours = colours, scale = scale)
    n_spots <- length(labels)
    if (all(is.na(labels))) {
        stop(
            "No spot has a domain (",
            n_spots,
            " spots). Find domains first, e.g. with ",
            "runSemST(), or name another column.",
            call. = FALSE
        )
    }
    outlines <- to == "geojson"
    rows <- if (to == "embedding") .rowsToExport(embedding, n_spots)
    found <- .call(
        "export",
        .crossingLabels(labels, n_spots, "domains"),
        .folder(.text(file, "file"), "file"),
        to,
        key = key,
        spots = if (!outlines) .spotNames(spots, barcodes, rows),
        barcodes = .barcodes(barcodes, n_spots),
        coordinates = if (outlines) {
            .coordinates(
                place$xy,
                n_spots,
                "Give a matrix with one row per spot."
            )
        },
        samples = if (outlines) .severalSamples(place$samples, n_spots),
        embedding = if (!is.null(rows)) unname(rows),
        use_rep = if (!is.null(rows)) paste0("X_", dimred),
        uncertainty = .perSpotNumber(uncertainty, n_spots),
        colors = if ("colours" %in% .formats[[to]]) {
            .hexadecimal(labels, colours)
        },
        scale = .positive(scale, "scale"),
        overwrite = .flag(overwrite, "overwrite"),
        verbose = .flag(verbose, "verbose")
    )
    invisible(as.character(unlist(found$files)))
}

.formatOf <- function(to) {
    if (identical(to, names(.formats))) {
        to[1L]
    } else {
        .choice(to, names(.formats), "to")
    }
}

# What is given and would have no effect.
.meantFor <- function(to, ...) {
    given <- list(...)
    for (name in setdiff(
        names(given)[!vapply(given, is.null, NA)],
        .formats[[to]]
    )) {
        takers <- names(.formats)[vapply(
            .formats,
            function(takes) name %in% takes,
            NA
        )]
        takers <- paste(dQuote(takers, FALSE), collapse = " and ")
        stop(
            name,
            " is for ",
            takers,
            ', and means nothing for "',
            to,
            '". Leave it out.',
            call. = FALSE
        )
    }
}

.rowsToExport <- function(embedding, n_spots) {
    if (is.null(embedding)) {
        stop(
            "embedding is missing: a matrix with one row per spot.",
            call. = FALSE
        )
    }
    if (
        !is.matrix(embedding) ||
            !is.numeric(embedding) ||
            nrow(embedding) != n_spots
    ) {
        stop(
            "embedding has to be a numeric matrix with one row per spot (",
            n_spots,
            "); it is ",
            .shown(embedding),
            ".",
            call. = FALSE
        )
    }
    storage.mode(embedding) <- "double"
    embedding
}

.spotNames <- function(spots, barcodes, rows) {
    if (is.null(spots)) {
        spots <- rownames(rows)
    }
    if (is.null(spots)) {
        spots <- seq_len(NROW(rows))
    }
    if (length(spots) > 0L) {
        return(as.list(as.character(spots)))
    }
    if (is.null(barcodes)) {
        stop(
            "The spots have no names, by which other programs know them. ",
            "Give barcodes =.",
            call. = FALSE
        )
    }
}

.barcodes <- function(barcodes, n_spots) {
    if (is.null(barcodes)) {
        return(NULL)
    }
    if (length(barcodes) != n_spots || !is.atomic(barcodes)) {
        stop(
            "barcodes has to be one text per spot (",
            n_spots,
            "), or the name of a ",
            "column that holds them; it is ",
            .shown(barcodes),
            ".",
            call. = FALSE
        )
    }
    if (anyNA(barcodes)) {
        stop(
            "barcodes is NA for ",
            sum(is.na(barcodes)),
            " of ",
            n_spots,
            " spots; every spot needs one.",
            call. = FALSE
        )
    }
    as.list(as.character(barcodes))
}

# One slice needs no file of its own.
.severalSamples <- function(samples, n_spots) {
    if (length(unique(samples)) > 1L) {
        .crossingLabels(samples, n_spots, "samples")
    }
}

.perSpotNumber <- function(uncertainty, n_spots) {
    if (is.null(uncertainty)) {
        return(NULL)
    }
    if (!is.numeric(uncertainty) || length(uncertainty) != n_spots) {
        stop(
            "uncertainty has to be one number per spot (",
            n_spots,
            "); it is ",
            .shown(uncertainty),
            ".",
            call. = FALSE
        )
    }
    array(as.double(uncertainty))
}

# Colours by domain, as plotDomains() takes them, in the notation that Python
# knows.
.hexadecimal <- function(labels, colours) {
    chosen <- .coloursOf(levels(.inOrder(labels)), colours)
    known <- tryCatch(grDevices::col2rgb(chosen), error = function(e) {
        stop(
            "colours holds what is no colour: ",
            conditionMessage(e),
            ".",
            call. = FALSE
        )
    })
    hexadecimal <- grDevices::rgb(t(known), maxColorValue = 255)
    as.list(stats::setNames(hexadecimal, names(chosen)))
}
