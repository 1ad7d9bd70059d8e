# Nothing that Python can be asked is out of R's reach, and each name means one thing.
formals_of <- function(verb, kind) {
    body <- body(selectMethod(verb, kind)@.Data)
    names(formals(eval(body[[2L]][[3L]]))) # .local, which has those beyond the generic's
}

asked <- function() c(names(formals(SemST:::.run)), names(formals(SemST:::.asked)))

test_that("every argument of semst.tl.run has a counterpart", {
    skip_without_python()
    inspect <- reticulate::import("inspect")
    there <- reticulate::import("semst.tl")$run
    there <- names(reticulate::py_to_r(inspect$signature(there)$parameters$copy()))
    expect_true(all(c("n_domains", "fsm", "settings") %in% there))
    counterpart <- c(adata = "x", settings = "...", SemST:::.called)
    here <- c(asked(), formals_of("runSemST", "SingleCellExperiment"))
    wanted <- setdiff(there, "copy") # R objects are values
    wanted <- ifelse(wanted %in% names(counterpart), counterpart[wanted], wanted)
    expect_identical(setdiff(wanted, here), character())
})

test_that("places in AnnData have R's own words, and no setting has the name of an argument", {
    skip_without_python()
    keys <- reticulate::import("semst.data")$SliceKeys()$as_dict()
    expect_identical(setdiff(names(keys), names(SemST:::.called)), character())
    arguments <- unlist(lapply(c("runSemST", "calculateSemST"), function(verb) {
        lapply(c("SingleCellExperiment", "Seurat"), function(kind) formals_of(verb, kind))
    }))
    arguments <- c(arguments, formals_of("calculateSemST", "ANY"), asked())
    expect_true(all(unlist(SemST:::.called) %in% arguments))
    alike <- c("semantics", "cluster", "n_domains") # the settings are what these arguments change
    for (model in rownames(semstModels())) {
        settings <- semstSettings(model)
        expect_identical(setdiff(intersect(settings$name, arguments), alike), character(), info = model)
        expect_true(all(nzchar(settings$help)), info = model)
    }
})

test_that("what R calls otherwise is called so in the core's messages, too", {
    skip_without_python()
    called <- reticulate::import("semst._r._words")$CALLED
    expect_identical(unlist(called)[names(SemST:::.called)], SemST:::.called)
})

test_that("every setting of every model goes in with its default's value", {
    skip_without_python()
    models <- reticulate::import("semst.models")
    for (model in rownames(semstModels())) {
        settings <- lapply(models$get(model)$Config()$as_dict(), unlist)
        settings["n_domains"] <- NULL
        settings[grepl("epochs$|^passes$|^n_starts$", names(settings))] <- 1L
        settings$refine <- FALSE # so few epochs, and so many neighbours in so small a slice
        settings$graphs <- if (!is.null(settings$graphs)) "spatial" # one alone is no vector to R
        settings["clip_norm"] <- list(NULL) # as if not given
        kinds <- lapply(settings, typeof)
        settings <- lapply(settings, function(value) if (is.integer(value)) as.double(value) else value)
        found <- do.call(calculateSemST, c(list(stripes(), 3, model, verbose = FALSE), settings))
        params <- attr(found, "record")$params
        for (name in setdiff(names(settings), "clip_norm")) {
            expect_equal(unlist(params[[name]]), settings[[name]], info = paste(model, name))
            if (length(settings[[name]]) > 1L) next # arrays of whole numbers are doubles in R
            expect_identical(typeof(unlist(params[[name]])), kinds[[name]], info = paste(model, name))
        }
    }
})
