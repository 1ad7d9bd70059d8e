# The only place where Python is imported. Everything that crosses is a plain
# vector, matrix or list.
.python <- new.env(parent = emptyenv())

.core <- function() {
    if (is.null(.python$offered)) {
        .offerCore()
        .python$offered <- TRUE
    }
    if (is.null(.python$core)) {
        .python$core <- tryCatch(
            reticulate::import("semst._r"),
            error = .explainImport
        )
    }
    .python$core
}

# Make the core that came with this package importable, ahead of any other: its
# functions and those of R fit each other.
.offerCore <- function() {
    running <- tryCatch(
        as.character(reticulate::py_config()$version), # starts Python
        error = .explainImport
    )
    if (package_version(running) < .pythonVersion) {
        stop(
            "SemST needs Python ",
            .pythonVersion,
            " or newer; ",
            reticulate::py_exe(),
            " is ",
            running,
            ". Set RETICULATE_PYTHON to a ",
            "newer one before R starts, e.g. in ~/.Renviron.",
            call. = FALSE
        )
    }
    bundled <- .bundled()
    .noticeOther(bundled)
    reticulate::import("sys", convert = FALSE)$path$insert(0L, bundled)
    kept <- reticulate::import("os")$environ
    kept$setdefault("SEMST_CACHE_DIR", tools::R_user_dir("SemST", "cache"))
    reticulate::import("importlib")$invalidate_caches()
    .loadTorch()
}

.bundled <- function() {
    bundled <- system.file("python", package = "SemST")
    if (!dir.exists(file.path(bundled, "semst"))) {
        stop(
            "This copy of the R package SemST has no Python core in it: it ",
            "comes from a checkout ",
            "on a system without symbolic links. Install ",
            "SemST_<version>.tar.gz, as R CMD build ",
            "makes it elsewhere.",
            call. = FALSE
        )
    }
    bundled
}

# A `semst` in this Python that is not the one inside this package, by content
# and not by version: files of the one may be unreadable for the other.
.noticeOther <- function(bundled) {
    find <- reticulate::import("importlib.util")$find_spec
    there <- tryCatch(dirname(find("semst")$origin), error = function(e) NULL)
    if (length(there) == 0L) {
        return(invisible())
    }
    if (identical(.contentOf(there), .contentOf(file.path(bundled, "semst")))) {
        return(invisible())
    }
    if ("semst" %in% names(reticulate::import("sys")$modules)) {
        stop(
            "This session's Python has loaded another semst already, from ",
            there,
            ". Restart R, ",
            "and call a function of SemST before import(\"semst\"): both are ",
            "then the copy inside ",
            "this R package.",
            call. = FALSE
        )
    }
    warning(
        "The semst installed in ",
        reticulate::py_exe(),
        " is another one than the copy inside ",
        "this R package (",
        packageVersion("SemST"),
        "), which is used. What one has saved may be ",
        "unreadable for the other; install the same of both.",
        call. = FALSE
    )
}

# A hash of every file of code below a folder, by its path.
.contentOf <- function(folder) {
    files <- sort(list.files(folder, "[.]py$", recursive = TRUE))
    stats::setNames(unname(tools::md5sum(file.path(folder, files))), files)
}

# R has its own BLAS loaded, under the names that torch's BLAS has too. Unless
# torch is told to look at its own first, its matrix products run through R's:
# slower, and with other rounding than in a Python without R.
.loadTorch <- function() {
    sys <- reticulate::import("sys")
    os <- reticulate::import("os")
    if (!.findable("torch") || !reticulate::py_has_attr(os, "RTLD_DEEPBIND")) {
        return()
    }
    # sets what torch reads at its start
    reticulate::import("semst", convert = FALSE)
    usual <- sys$getdlopenflags()
    on.exit(sys$setdlopenflags(usual))
    sys$setdlopenflags(bitwOr(os$RTLD_NOW, os$RTLD_DEEPBIND))
    reticulate::import("torch", convert = FALSE)
    invisible()
}

.findable <- function(module) {
    find <- reticulate::import("importlib.util")$find_spec
    tryCatch(!is.null(find(module)), error = function(e) FALSE)
}

.installed <- function(package) {
    version <- reticulate::import("importlib.metadata")$version
    tryCatch(nzchar(version(package)), error = function(e) FALSE)
}

.missing <- function(needs = .needs) {
    needs[!vapply(sub("[<>=].*", "", needs), .installed, logical(1L))]
}

.mend <- function(needs) {
    if (length(needs) == 0L) {
        return(NULL)
    }
    paste(
        shQuote(reticulate::py_exe()),
        "-m pip install",
        paste(shQuote(needs), collapse = " ")
    )
}

# The packages at the versions with which the tests pass.
.requirements <- function() {
    system.file("requirements.txt", package = "SemST", mustWork = TRUE)
}

.explainImport <- function(e) {
    reason <- sub("\nRun `reticulate::py_last_error.*", "", conditionMessage(e))
    if (!tryCatch(reticulate::py_available(), error = function(e) FALSE)) {
        .explainStart(reason)
    }
    missing <- .missing()
    if (length(missing) > 0L) {
        stop(
            "SemST needs Python packages that ",
            reticulate::py_exe(),
            " does not have: ",
            paste(sub("[<>=].*", "", missing), collapse = ", "),
            ". Install them:\n  ",
            .mend(missing),
            "\nand restart R. Where reticulate made ",
            "this Python itself, restart R and load SemST before anything ",
            "starts Python: it ",
            "is then made with them.",
            call. = FALSE
        )
    }
    stop(
        "SemST's Python core cannot be loaded from ",
        reticulate::py_exe(),
        ": ",
        reason,
        call. = FALSE
    )
}

# No Python, although one was named; or none was named, and reticulate could
# make none.
.explainStart <- function(reason) {
    named <- Sys.getenv("RETICULATE_PYTHON")
    if (nzchar(named)) {
        stop(
            "SemST needs Python ",
            .pythonVersion,
            " or newer and could not start it (",
            reason,
            "). RETICULATE_PYTHON names ",
            named,
            "; set it to the Python to use before R starts, ",
            "e.g. in ~/.Renviron, or unset it and reticulate makes one.",
            call. = FALSE
        )
    }
    stop(
        "SemST needs Python ",
        .pythonVersion,
        " or newer, and reticulate could neither find nor ",
        "make one (",
        reason,
        "). Make one by hand, in a shell:\n",
        "  python3 -m venv ~/.semst-python\n",
        "  ~/.semst-python/bin/pip install -r ",
        shQuote(.requirements()),
        "\n",
        "and name it before R starts, in ~/.Renviron:\n",
        "  RETICULATE_PYTHON=~/.semst-python/bin/python",
        call. = FALSE
    )
}

# Call one function of the core. Its log lines become R messages, its warnings
# R warnings, its progress is drawn by R, and what it has to say about bad input
# becomes a plain R error.
.call <- function(what, ..., settings = NULL, verbose = TRUE) {
    # whatever is wrong with them is said before Python starts
    args <- c(list(...), settings)
    if (verbose) {
        .sayStarting()
    }
    core <- .core()
    warned <- character()
    say <- function(line, is_warning) {
        line <- .inR(line)
        if (is_warning) {
            warned <<- c(warned, line)
        } else if (verbose) {
            message("SemST: ", line)
        }
        invisible(NULL)
    }
    result <- .keepRandomSeed(tryCatch(
        do.call(
            core[[what]],
            c(
                args,
                list(
                    say = say,
                    draw = .draw,
                    r = .mclustFunctions(core$R_CODE)
                )
            )
        ),
        python.builtin.KeyboardInterrupt = function(e) .interrupted(),
        python.builtin.BaseException = .restate
    ))
    for (line in warned) {
        warning(line, call. = FALSE)
    }
    .plain(result)
}

.sayStarting <- function() {
    if (is.null(.python$offered)) {
        message("SemST: starting Python (first call, about 10 s)")
    }
}

.draw <- function(text) {
    cat(text, file = stderr())
    invisible(NULL)
}

# Calls into reticulate write R's inner random state back to .Random.seed at
# their end, whatever was restored in between; so it is restored out here.
.keepRandomSeed <- function(expression) {
    before <- globalenv()[[".Random.seed"]]
    on.exit(
        if (is.null(before)) {
            # as in a session that has drawn nothing yet: reticulate may still
            # write the inner state back later, and it must not be our seed's
            set.seed(NULL)
            rm(".Random.seed", envir = globalenv())
        } else {
            assign(".Random.seed", before, envir = globalenv())
        }
    )
    expression
}

.restate <- function(e) {
    text <- .inR(sub(
        "\n?Run `reticulate::py_last_error.*",
        "",
        conditionMessage(e)
    ))
    if (
        any(grepl(
            "SemSTError|MissingKeyError|MissingDependencyError",
            class(e)
        ))
    ) {
        stop(sub("^[A-Za-z_.]+: ", "", text), call. = FALSE)
    }
    stop(
        "SemST's Python core failed: ",
        text,
        "\nreticulate::py_last_error() shows where.",
        call. = FALSE
    )
}

# The core speaks of R's arguments and verbs by itself; how R's Python gets a
# package is known here.
.inR <- function(text) {
    for (extra in names(.extras)) {
        text <- sub(
            sprintf("pip install 'semst[%s]'", extra),
            .mend(.extras[[extra]]),
            text,
            fixed = TRUE
        )
    }
    text
}

.interrupted <- function() {
    stopped <- structure(
        class = c("interrupt", "condition"),
        list(message = "", call = NULL)
    )
    signalCondition(stopped)
    invokeRestart("abort")
}

# One-dimensional arrays to vectors, all the way down.
.plain <- function(x) {
    if (is.list(x) && !is.object(x)) {
        return(lapply(x, .plain))
    }
    if (is.array(x) && length(dim(x)) == 1L) {
        dim(x) <- NULL
    }
    x
}

#' The Python that SemST uses
#'
#' Starts Python where it does not run yet, and reports the interpreter, the
#' versions of what takes part, the devices and what is missing, with the
#' command that mends it.
#'
#' A Python named in the environment variable `RETICULATE_PYTHON` is used as it
#' is. Without it, \pkg{reticulate} makes an environment with the packages that
#' SemST needs. The core is always the copy inside this R package; a Python
#' package `semst` of other content that is installed there is told with a
#' warning.
#'
#' @return A list of class `semstPython`: `ready` (whether SemST can run),
#'   `interpreter`, `core` (folder of the Python code), `versions`, `devices`,
#'   `missing` (Python packages), `mend` (a command, or `NULL`) and `problem`
#'   (text, or `NULL`).
#' @examples
#' semstPython()
#' @export
semstPython <- function() {
    problem <- NULL
    status <- tryCatch(.plain(.core()$status()), error = function(e) {
        problem <<- conditionMessage(e)
        list()
    })
    running <- tryCatch(reticulate::py_available(), error = function(e) FALSE)
    missing <- if (running) {
        .missing(unique(unlist(c(.needs, .extras), use.names = FALSE)))
    }
    structure(
        class = "semstPython",
        list(
            ready = is.null(problem),
            interpreter = if (running) reticulate::py_exe() else NULL,
            core = status$core,
            versions = unlist(status$versions),
            devices = unlist(status$devices),
            missing = as.character(missing),
            mend = .mend(missing),
            problem = problem
        )
    )
}

#' @exportS3Method print semstPython
print.semstPython <- function(x, ...) {
    show <- function(what, value) {
        if (length(value) > 0L) {
            cat(format(what, width = 12L), " ", value, "\n", sep = "")
        }
    }
    show("ready", if (x$ready) "yes" else "no")
    show("interpreter", x$interpreter)
    show("core", x$core)
    show("versions", paste(names(x$versions), x$versions, collapse = ", "))
    show("devices", paste(x$devices, collapse = ", "))
    show("missing", if (length(x$missing)) paste(x$missing, collapse = ", "))
    show("to mend", x$mend)
    show("problem", x$problem)
    invisible(x)
}
