#' Find the domains of several slices, each by itself
#'
#' [runSemST()] of every element, one after the other or side by side. To give
#' the same domains to all slices, run them jointly instead: `runSemST(x, ...)`
#' of the list.
#'
#' Side by side means processes of their own. `BiocParallel::SnowParam()` always
#' works. Copies of this R process (`MulticoreParam()`) do not once Python has
#' started in it, because its threads do not come along: such a `BPPARAM` is
#' then replaced by as many `SnowParam()` workers, with a message. Every worker
#' takes its share of the cores, unless `OMP_NUM_THREADS` is set. The results
#' are those of running the slices one by one with as many threads.
#'
#' A slice that fails does not stop the others: a warning says why, and it is
#' returned as it was.
#'
#' @inheritParams runSemST
#' @param x List of `SpatialExperiment`, `SingleCellExperiment` or `Seurat`
#'   objects.
#' @param n_domains Number of domains or `"auto"`, for all; or a list with an
#'   entry for each slice.
#' @param ... Arguments of [runSemST()]. Each may be a list with an entry for
#'   each slice in order, or for some by name.
#' @param BPPARAM A `BiocParallelParam` object; `NULL` runs one slice after the
#'   other in this session. `progressbar = TRUE` in it shows how far it is.
#' @return A list with the same names, each element as [runSemST()] returns it.
#' @seealso [runSemST()]
#' @examples
#' if (semstPython()$ready) {
#'     slices <- list(a = simulatedCortex(150, 100), b = simulatedCortex(150,
#'         100, seed = 1))
#'     slices <- runSemSTEach(slices, 3, explain = FALSE, verbose = FALSE)
#'     lapply(slices, function(slice) table(slice$SemST))
#' }
#' @export
runSemSTEach <- function(x, n_domains, ..., BPPARAM = NULL) {
    if (!is.list(x)) {
        stop(
            "x has to be a list of slices; it is ",
            .shown(x),
            ". One slice: runSemST(x, ...).",
            call. = FALSE
        )
    }
    .checkObjects(x, "calculateSemST() takes matrices, and stores nothing.")
    given <- c(list(n_domains = n_domains), list(...))
    .checkEntries(x, given)
    names <- .sliceNames(x)
    calls <- lapply(seq_along(x), function(k) {
        c(list(x[[k]]), .howOf(given, k, names))
    })
    found <- if (is.null(BPPARAM)) {
        lapply(calls, .tried)
    } else {
        .inWorkers(calls, BPPARAM)
    }
    failed <- vapply(found, is.character, NA)
    for (k in which(failed)) {
        warning(
            "Slice '",
            names[k],
            "' is as it was: ",
            found[[k]],
            call. = FALSE
        )
    }
    found[failed] <- x[failed]
    stats::setNames(found, names(x))
}

# The slice with its results, or why it has none. `threads` is the share of a
# worker; OpenMP has read its own variable when R started.
.tried <- function(call, threads = NULL) {
    tryCatch(
        {
            if (!is.null(threads) && !nzchar(Sys.getenv("OMP_NUM_THREADS"))) {
                .core()
                reticulate::import("torch")$set_num_threads(as.integer(threads))
            }
            do.call(runSemST, call)
        },
        error = conditionMessage
    )
}

.inWorkers <- function(calls, BPPARAM) {
    if (!requireNamespace("BiocParallel", quietly = TRUE)) {
        stop(
            "BPPARAM needs the package BiocParallel: ",
            "BiocManager::install(\"BiocParallel\").",
            call. = FALSE
        )
    }
    if (!methods::is(BPPARAM, "BiocParallelParam")) {
        stop(
            "BPPARAM has to be one of BiocParallel's, such as ",
            "BiocParallel::SnowParam(2); it is ",
            .shown(BPPARAM),
            ".",
            call. = FALSE
        )
    }
    BPPARAM <- .withoutForks(BPPARAM)
    workers <- min(BiocParallel::bpnworkers(BPPARAM), length(calls))
    share <- max(1L, parallel::detectCores() %/% max(1L, workers))
    # a function of the global environment, so that it can set the library
    # before the package is needed
    work <- function(call, libraries, share) {
        .libPaths(libraries)
        utils::getFromNamespace(".tried", "SemST")(call, share)
    }
    environment(work) <- globalenv()
    BiocParallel::bplapply(
        calls,
        work,
        libraries = .libPaths(),
        share = share,
        BPPARAM = BPPARAM
    )
}

.withoutForks <- function(BPPARAM) {
    forks <- methods::is(BPPARAM, "MulticoreParam")
    if (!forks || !reticulate::py_available()) {
        return(BPPARAM)
    }
    message(
        "SemST: Python runs in this session already, and copies of it would ",
        "wait for ever; ",
        "SnowParam() workers are used instead of MulticoreParam()."
    )
    BiocParallel::SnowParam(
        workers = BiocParallel::bpnworkers(BPPARAM),
        progressbar = BiocParallel::bpprogressbar(BPPARAM)
    )
}
