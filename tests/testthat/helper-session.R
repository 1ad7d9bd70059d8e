# R sessions of their own, for what cannot be tried in the one that runs the tests.
session_script <- function(...) {
    script <- tempfile(fileext = ".R")
    writeLines(c(
        sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
        "suppressPackageStartupMessages(library(SemST))", ...
    ), script)
    script
}

rscript <- function() file.path(R.home("bin"), "Rscript")

# What a session prints, both streams together.
in_session <- function(..., python = reticulate::py_exe(), env = character()) {
    said <- suppressWarnings(system2(rscript(), c("--vanilla", session_script(...)),
        stdout = TRUE, stderr = TRUE, env = c(paste0("RETICULATE_PYTHON=", python), "R_TESTS=", env)
    ))
    paste(c(said, if (!is.null(attr(said, "status"))) paste("status", attr(said, "status"))),
        collapse = "\n")
}
