# What a user reads when Python is not as it should be. Each try is an R session of its own.
tries <- function(python) {
    in_session(
        "counts <- matrix(1, 2, 3, dimnames = list(c('a', 'b'), NULL))",
        "try(calculateSemST(counts, 2, coordinates = cbind(1:3, 0)))",
        "try(calculateSemST(counts, 2, coordinates = cbind(1:3, 0)))", # the second try says the same
        "print(semstPython())",
        python = python
    )
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
    said <- tries(python)
    expect_match(said, "needs Python packages that .* does not have: .*torch")
    expect_match(said, "-m pip install .*'torch>=")
    expect_match(said, "ready        no")
    expect_no_match(said, "Traceback|ModuleNotFoundError")
    expect_length(gregexpr("Error : SemST needs Python packages", said)[[1]], 2L)
})

another_semst <- function(folder) {
    site <- Sys.glob(file.path(folder, "lib", "python*", "site-packages"))
    skip_if_not(length(site) == 1L, "python -m venv does not work here")
    dir.create(file.path(site, "semst"))
    writeLines("", file.path(site, "semst", "__init__.py"))
}

test_that("a core of another content in that Python is told, and the own one used", {
    skip_without_python()
    folder <- bare_python()
    another_semst(folder)
    said <- tries(file.path(folder, "bin", "python"))
    expect_match(said, "is another one than the copy inside this R package .*, which is used")
    expect_match(said, "does not have: .*torch") # the own core asked for it
    own <- in_session("semstPython()$ready")
    expect_match(own, "TRUE")
})

test_that("a core of another content that is loaded already is refused with what to do", {
    skip_without_python()
    folder <- bare_python()
    another_semst(folder)
    said <- in_session("semst <- reticulate::import('semst')", "try(semstModels())",
        python = file.path(folder, "bin", "python"))
    expect_match(said, "has loaded another semst already, from .*Restart R")
})

test_that("the content of a core is told by its files, not by its version", {
    folder <- tempfile()
    dir.create(file.path(folder, "io"), recursive = TRUE)
    writeLines("a = 1", file.path(folder, "io", "read.py"))
    before <- SemST:::.contentOf(folder)
    expect_named(before, file.path("io", "read.py"))
    writeLines("a = 2", file.path(folder, "io", "read.py"))
    expect_false(identical(SemST:::.contentOf(folder), before))
})

test_that("a Python that is not there is named", {
    expect_match(tries("/nowhere/python"), "could not start it .*RETICULATE_PYTHON names /nowhere/python; set it")
})

test_that("a Python without torch says so, and how to get it", {
    skip_without_python()
    local_mocked_bindings(.installed = function(package) package != "torch", .package = "SemST")
    expect_error(
        SemST:::.explainImport(simpleError("No module named 'torch'")),
        "does not have: torch. Install them:\n.* -m pip install 'torch>=[0-9.]+'\nand restart R"
    )
})

test_that("a Python that is too old is refused with what to do", {
    skip_without_python()
    local_mocked_bindings(.pythonVersion = "99.0", .package = "SemST")
    expect_error(SemST:::.offerCore(), "needs Python 99.0 or newer; .* is 3.*Set RETICULATE_PYTHON to a newer one")
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

test_that("what an extra of the Python package brings is named in the words of this one", {
    skip_without_python()
    said <- SemST:::.inR("Leiden needs the package igraph (not there): pip install 'semst[leiden]'")
    expect_match(said, "-m pip install 'igraph>=[0-9.]+' 'leidenalg>=[0-9.]+'$")
    expect_no_match(said, "semst[", fixed = TRUE)
})

test_that("the cache lies where R keeps those of packages, unless another folder is named", {
    skip_without_python()
    run <- "semst <- semstPython(); cat(format(reticulate::import('semst.semantics._types')$Run()$cache_folder))"
    expect_match(in_session(run), file.path(tools::R_user_dir("SemST", "cache"), "semantics"), fixed = TRUE)
    named <- in_session("Sys.setenv(SEMST_CACHE_DIR = '/scratch/me')", run)
    expect_match(named, "/scratch/me/semantics", fixed = TRUE)
})
