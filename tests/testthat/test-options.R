# Nothing that Python can be asked is out of R's reach.
test_that("every argument of semst.tl.semst has a counterpart", {
    skip_without_python()
    inspect <- reticulate::import("inspect")
    there <- reticulate::import("semst.tl")$semst
    there <- names(reticulate::py_to_r(inspect$signature(there)$parameters$copy()))
    expect_true(all(c("n_domains", "radius", "checkpoint_dir") %in% there))
    counterpart <- c(
        adata = "x", random_state = "seed", progress = "verbose", layer = "assay.type",
        use_raw = "assay.type", depth_key = "depth", spatial_key = "coordinates",
        sample_key = "samples", use_existing_graph = "graph", key_added = "name",
        settings = "..."
    )
    here <- c(
        names(formals(SemST:::.semst)), "x", "assay.type", "depth", "coordinates", "samples",
        names(formals(getMethod("runSemST", "SingleCellExperiment")@.Data)), "name", "store_semantic"
    )
    wanted <- setdiff(there, "copy") # R objects are values
    wanted <- ifelse(wanted %in% names(counterpart), counterpart[wanted], wanted)
    expect_identical(setdiff(wanted, here), character())
})

test_that("every setting of the model goes in with its default's value", {
    skip_without_python()
    defaults <- reticulate::import("semst.models")$SemSTConfig()$as_dict()
    own <- c("preset", "semantics", "fusion")
    settings <- lapply(defaults[setdiff(names(defaults), own)], unlist)
    settings$epochs <- 1
    settings$n_starts <- 1
    settings[] <- lapply(settings, function(value) if (is.integer(value)) as.double(value) else value)
    found <- do.call(runSemST, c(
        list(stripes(), 3, semantics = "none", verbose = FALSE), settings
    ))
    params <- S4Vectors::metadata(found)$SemST$params
    for (name in names(settings)) expect_equal(unlist(params[[name]]), settings[[name]], info = name)
})
