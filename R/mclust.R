# The mclust of this session, for the core to call while it searches for starts.
# The code is the core's own, so that R and Python do the same, and it runs in
# mclust's namespace because Mclust() looks up its helpers in its caller. It
# leaves .Random.seed as it was. Fits stay here; the core sees posteriors.
.mclustFunctions <- function(code) {
    r <- new.env(parent = asNamespace("mclust"))
    eval(parse(text = code, keep.source = FALSE), r)
    fits <- list()
    keep <- function(attempt) {
        if (attempt$failed) {
            return(list(failed = TRUE, said = attempt$said))
        }
        fits[[length(fits) + 1L]] <<- attempt$fit
        list(
            failed = FALSE,
            said = attempt$said,
            likelihood = attempt$likelihood,
            fit = list(id = length(fits), z = attempt$fit$z)
        )
    }
    list(
        start = function(...) keep(r$start(...)),
        polish = function(...) keep(r$polish(...)),
        assign_rows = function(x, fit) r$assign_rows(x, fits[[fit$id]]),
        versions = function() as.list(r$versions())
    )
}
