#' Public slices
#'
#' `publicSlices()` lists slices that others have published, most with an
#' annotation; `publicSlice()` fetches one: over the network the first time,
#' from the cache after that. Please cite whom `metadata(x)$source$citation`
#' names. Needs the Python packages platformdirs and filelock, and for some
#' slices others that the message names.
#'
#' @param name Name of the slice.
#' @param cache_dir Where files are kept; by default the user's cache folder of
#'   SemST.
#' @param verbose Whether to show messages and progress.
#' @return `publicSlices()`: a data frame with a row a slice, by name:
#'   `description`, `n_domains` (annotated ones, `NA` where there is no
#'   annotation) and `citation`. `publicSlice()`: a `SpatialExperiment` with the
#'   assay `counts`, coordinates, the annotation in `colData(x)$ground_truth`
#'   where there is one (`NA` = not annotated) and its origin in
#'   `metadata(x)$source`.
#' @seealso [simulatedCortex()]
#' @examples
#' if (semstPython()$ready) {
#'     head(publicSlices()[, c("description", "n_domains")])
#' }
#' @rdname publicSlices
#' @export
publicSlices <- function() {
    table <- .frame(.plain(.core()$public_slices()))
    table$n_domains[table$n_domains == 0L] <- NA_integer_
    data.frame(
        table[c("description", "n_domains", "citation")],
        row.names = table$name
    )
}

#' @rdname publicSlices
#' @export
publicSlice <- function(name, cache_dir = NULL, verbose = TRUE) {
    verbose <- .flag(verbose, "verbose")
    known <- rownames(publicSlices())
    if (missing(name) || !is.character(name) || length(name) != 1L) {
        stop(
            "name has to be that of a slice: ",
            .list(known),
            ".",
            call. = FALSE
        )
    }
    if (!name %in% known) {
        .unknown(
            name,
            known,
            "There is no public slice",
            paste0("There are: ", .list(known), ".")
        )
    }
    made <- .call(
        "fetch",
        name,
        cache_dir = .folder(cache_dir, "cache_dir"),
        progress = verbose,
        verbose = verbose
    )
    spe <- .speOf(made)
    if (length(made$levels) > 0L) {
        spe$ground_truth <- .factor(made$truth, unlist(made$levels))
    }
    metadata(spe)$source <- made$source
    spe
}

# Counts and coordinates as they come from Python, in an object.
.speOf <- function(made) {
    spots <- as.character(unlist(made$spots))
    xy <- as.matrix(made$coordinates)
    dimnames(xy) <- list(spots, c("x", "y", "z")[seq_len(ncol(xy))])
    SpatialExperiment(
        assays = list(
            counts = .fromParts(
                made$counts,
                list(as.character(unlist(made$genes)), spots)
            )
        ),
        colData = S4Vectors::DataFrame(row.names = spots),
        spatialCoords = xy
    )
}
