"""The one place that talks to R: a running R with mclust, or a reason why there is none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import numpy as np

from semst._errors import MissingDependencyError, SemSTError
from semst._optional import optional

INSTALL = (
    'Install R (>= 4.3), in R: install.packages("mclust"), in Python: pip install "semst[r]" (rpy2). '
    'Or use the clusterer "mixture", the same model in pure Python.'
)

# All of the R code. It lives in mclust's namespace, because Mclust() looks its helpers up in its caller and
# would not find them without library(mclust), which would change the search path of an R user. Whatever
# happens, the random stream of the R session is left as it was found.
R_CODE = """
start <- function(x, k, model, seed, prior)
  keep_random_stream(seed, attempt(
    Mclust(x, G = k, modelNames = model, verbose = FALSE, prior = if (prior) priorControl() else NULL)))

polish <- function(x, z, model, prior)
  attempt(me(x, modelName = model, z = z, prior = if (prior) priorControl() else NULL,
             control = emControl(tol = c(1e-8, sqrt(.Machine$double.eps)))))

assign_rows <- function(x, fit)
  estep(x, modelName = fit$modelName, parameters = fit$parameters)[c("z", "loglik")]

versions <- function()
  c(R = as.character(getRversion()), mclust = as.character(utils::packageVersion("mclust")))

attempt <- function(expression) {
  said <- character()
  fit <- withCallingHandlers(
    tryCatch(expression, error = function(e) { said <<- c(said, conditionMessage(e)); NULL }),
    warning = function(w) { said <<- c(said, conditionMessage(w)); invokeRestart("muffleWarning") },
    message = function(m) { said <<- c(said, conditionMessage(m)); invokeRestart("muffleMessage") })
  likelihood <- if (is.null(fit$loglik)) NA_real_ else as.double(fit$loglik)
  list(fit = fit, failed = is.na(likelihood) || is.null(fit$z) || anyNA(fit$z), likelihood = likelihood,
       said = paste(unique(said), collapse = "; "))
}

keep_random_stream <- function(seed, expression) {
  had <- exists(".Random.seed", envir = globalenv(), inherits = FALSE)
  before <- if (had) get(".Random.seed", envir = globalenv(), inherits = FALSE)
  kinds <- as.list(RNGkind())
  on.exit({
    suppressWarnings(do.call(RNGkind, kinds))
    if (had) assign(".Random.seed", before, envir = globalenv())
    else rm(".Random.seed", envir = globalenv())
  })
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  expression
}
"""


_callers: ContextVar[Any] = ContextVar("R session that called Python", default=None)


@contextmanager
def called_from(r: Any) -> Iterator[None]:
    """Within this block, use the R session that called Python, without rpy2.

    Parameters
    ----------
    r
        The functions of ``R_CODE`` by name. They take arrays, and what they return answers ``rx2`` as rpy2's
        lists do. ``None`` changes nothing.

    Examples
    --------
    >>> with called_from({"versions": dict}):
    ...     session()["versions"]()
    {}
    """
    token = _callers.set(r)
    try:
        yield
    finally:
        _callers.reset(token)


def why_not() -> str | None:
    """Say what is missing for mclust; None where everything is there."""
    try:
        session()
    except SemSTError as error:
        return str(error)
    return None


def session() -> Any:
    """Start R if need be and return the R environment with the functions of ``R_CODE``."""
    if _callers.get() is not None:
        return _callers.get()
    optional("rpy2", extra="r", what='mclust (of R >= 4.3; "mixture" is the same model without R)')
    if threading.current_thread() is not threading.main_thread():
        raise SemSTError(
            "R can only be called from the main thread of Python. Call mclust there, or use "
            'the clusterer "mixture", which runs anywhere.'
        )
    return _load()


@cache
def _load() -> Any:
    try:
        from rpy2 import robjects
    except (ImportError, OSError, ValueError, RuntimeError) as error:  # rpy2 is there, R is not
        raise MissingDependencyError(f"rpy2 cannot start R ({error}). {INSTALL}") from error
    if not robjects.r('isTRUE(suppressWarnings(requireNamespace("mclust", quietly = TRUE)))')[0]:
        raise MissingDependencyError(f"R has no package mclust. {INSTALL}")
    define = robjects.r(
        "function(code) { here <- new.env(parent = asNamespace('mclust'))\n"
        "eval(parse(text = code, keep.source = FALSE), here)\nhere }"
    )
    return define(R_CODE)


def to_r(values: np.ndarray) -> Any:
    """Copy an array into R. The conversion rules hold in this block only: rpy2 has no global switch."""
    if _callers.get() is not None:
        return np.asfortranarray(values, dtype=np.float64)
    from rpy2.robjects import default_converter, numpy2ri

    with (default_converter + numpy2ri.converter).context() as rules:
        return rules.py2rpy(np.asfortranarray(values, dtype=np.float64))
