# What needs a fresh R process: Python inside R inside Python, forks, and Ctrl-C.
test_that("mclust runs on both sides of one process, ten times", {
    skip_without_python()
    skip_if_not(reticulate::py_module_available("rpy2"), "rpy2 is not installed")
    said <- in_session(
        "suppressPackageStartupMessages(library(mclust))",
        "set.seed(5)",
        "z <- rbind(matrix(rnorm(120), 40), matrix(rnorm(120, 5), 40), matrix(rnorm(120, -5), 40))",
        "before <- .Random.seed",
        "for (i in 1:10) {",
        "    here <- clusterSemST(z, 3, n_starts = 4, seed = i, verbose = FALSE)",
        "    there <- reticulate::import('semst.cluster')$mclust(z, 3L, n_starts = 4L, random_state = i)",
        "    stopifnot(identical(as.integer(here), as.integer(there$labels) + 1L))",
        "    assign('.Random.seed', before, envir = globalenv())", # rpy2 itself is no part of SemST's R side
        "    own <- Mclust(z, G = 3, modelNames = 'EEE', verbose = FALSE)",
        "    stopifnot(length(own$classification) == nrow(z))",
        "}",
        "cat('ten times\\n')"
    )
    expect_match(said, "ten times$")
})

test_that("a fork after a run ends with one line, and one before the first run computes", {
    skip_without_python()
    skip_on_os("windows")
    skip_if(parallel::detectCores() < 2L, "threads start where there are cores for them")
    said <- in_session(
        "spe <- simulatedCortex(300, 80)",
        "forked <- function() {",
        "    job <- parallel::mcparallel(tryCatch(",
        "        nlevels(runSemST(spe, 3, preset = 'network', epochs = 1, verbose = FALSE)$SemST),",
        "        error = conditionMessage",
        "    ))",
        "    until <- Sys.time() + 90",
        "    found <- NULL",
        "    while (is.null(found) && Sys.time() < until) {",
        "        found <- parallel::mccollect(job, wait = FALSE, timeout = 1)",
        "    }",
        "    if (is.null(found)) tools::pskill(job$pid, tools::SIGKILL)",
        "    if (is.null(found)) 'hangs' else found[[1L]]",
        "}",
        "cat('before:', forked(), '\\n')",
        "once <- runSemST(spe, 3, preset = 'network', epochs = 1, verbose = FALSE)",
        "invisible(reticulate::import('torch')$ones(4194304L)$sum())",
        "cat('after:', forked(), '\\n')",
        "again <- runSemST(spe, 3, preset = 'network', epochs = 1, verbose = FALSE)",
        "cat('then:', identical(once$SemST, again$SemST), '\\n')",
        env = "OMP_NUM_THREADS=2" # one thread has nobody to wait for
    )
    expect_match(said, "before: 3")
    expect_match(said, "after: This process is a fork .*BiocParallel::SnowParam\\(\\) or future::plan")
    expect_match(said, "then: TRUE")
})

test_that("Ctrl-C stops a run cleanly, and the session goes on", {
    skip_without_python()
    skip_on_os("windows")
    out <- tempfile()
    error <- tempfile()
    script <- session_script(
        "spe <- simulatedCortex(300, 80)",
        "cat('PID', Sys.getpid(), '\\n')",
        "set.seed(1); before <- .Random.seed",
        "outcome <- tryCatch({",
        "    runSemST(spe, 3, preset = 'network', epochs = 100000)",
        "    'finished'",
        "}, interrupt = function(e) 'interrupted', error = conditionMessage)",
        "cat('outcome:', outcome, '\\n')",
        "cat('stream kept:', identical(before, .Random.seed), '\\n')",
        "found <- runSemST(spe, 3, semantics = 'none', epochs = 1, n_starts = 1, verbose = FALSE)",
        "cat('then:', nlevels(found$SemST), 'domains\\n')"
    )
    env <- c(paste0("RETICULATE_PYTHON=", reticulate::py_exe()), "R_TESTS=")
    system2(rscript(), c("--vanilla", script), stdout = out, stderr = error, wait = FALSE, env = env)
    said <- function(file) {
        if (file.exists(file)) paste(readLines(file, warn = FALSE), collapse = "\n") else ""
    }
    wait <- function(file, pattern, seconds = 240) {
        until <- Sys.time() + seconds
        while (!grepl(pattern, said(file)) && Sys.time() < until) Sys.sleep(0.2)
        grepl(pattern, said(file))
    }
    expect_true(wait(error, "training")) # progress shows, although this is not a terminal
    pid <- as.integer(sub(".*PID ([0-9]+).*", "\\1", said(out)))
    tools::pskill(pid, tools::SIGINT)
    stopped <- wait(out, "then:")
    if (!stopped) tools::pskill(pid, tools::SIGKILL)
    expect_match(said(out), "outcome: interrupted .*stream kept: TRUE .*then: 3 domains")
    expect_no_match(said(error), "Traceback|KeyboardInterrupt|Error|py_last_error")
})
