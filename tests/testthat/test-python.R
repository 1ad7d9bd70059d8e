# What a user reads when Python is not as it should be. Each try is an R session of its own.
in_session <- function(python) {
    script <- tempfile(fileext = ".R")
    writeLines(c(
        sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
        "suppressPackageStartupMessages(library(SemST))",
        "counts <- matrix(1, 2, 3, dimnames = list(c('a', 'b'), NULL))",
        "try(calculateSemST(counts, 2, cbind(1:3, 0)))",
        "try(calculateSemST(counts, 2, cbind(1:3, 0)))", # the second try says the same
        "print(semstPython())"
    ), script)
    said <- system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
        stdout = TRUE, stderr = TRUE, env = c(paste0("RETICULATE_PYTHON=", python), "R_TESTS=")
    )
    paste(said, collapse = "\n")
}

bare_python <- function() {
    folder <- tempfile("python")
    system2(reticulate::py_exe(), c("-m", "venv", "--without-pip", folder))
    folder
}

test_that("missing Python packages are named with the command that installs them", {
    skip_without_python()
    python <- file.path(bare_python(), "bin", "python")
    skip_if_not(file.exists(python), "python -m venv does not work here")
    said <- in_session(python)
    expect_match(said, "needs Python packages that .* does not have: .*torch")
    expect_match(said, "-m pip install .*'torch>=")
    expect_match(said, "ready        no")
    expect_no_match(said, "Traceback|ModuleNotFoundError")
    expect_length(gregexpr("Error : SemST needs Python packages", said)[[1]], 2L)
})

test_that("another version of the core is refused with what to do", {
    skip_without_python()
    folder <- bare_python()
    site <- Sys.glob(file.path(folder, "lib", "python*", "site-packages"))
    skip_if_not(length(site) == 1L, "python -m venv does not work here")
    dir.create(file.path(site, "semst"))
    writeLines("", file.path(site, "semst", "__init__.py"))
    metadata <- file.path(site, "semst-0.0.9.dist-info")
    dir.create(metadata)
    writeLines(c("Metadata-Version: 2.1", "Name: semst", "Version: 0.0.9"), file.path(metadata, "METADATA"))
    said <- in_session(file.path(folder, "bin", "python"))
    expect_match(said, "is 0.0.9; they have to be equal")
    expect_match(said, "-m pip uninstall semst")
})

test_that("a Python that is not there is named", {
    expect_match(in_session("/nowhere/python"), "could not start it .*/nowhere/python.*Set RETICULATE_PYTHON")
})

test_that("semstPython reports what is used", {
    skip_without_python()
    status <- semstPython()
    expect_true(status$ready)
    expect_true(all(c("python", "semst", "torch") %in% names(status$versions)))
    expect_identical(status$versions[["semst"]], as.character(packageVersion("SemST")))
    expect_true("cpu" %in% status$devices)
    expect_output(print(status), "interpreter")
})
