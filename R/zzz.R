.onLoad <- function(libname, pkgname) {
    # Only a wish: RETICULATE_PYTHON, where the user has set it, wins.
    if (!reticulate::py_available()) {
        reticulate::py_require(
            readLines(.requirements()),
            python_version = paste0(">=", .pythonVersion)
        )
        .python$core <- reticulate::import(
            "semst._r",
            delay_load = list(
                on_error = .explainImport
            )
        )
    }
}
