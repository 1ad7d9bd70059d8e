"""R for .rds files: started once, with values passed in and out as plain arrays."""

import threading
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_matrix

from semst._errors import MissingDependencyError, SemSTError
from semst._optional import optional

INSTALL = (
    'Install R (>= 4.3) and in it: install.packages("BiocManager"); '
    'BiocManager::install(c("SingleCellExperiment", "SpatialExperiment", "SeuratObject")); '
    'in Python: pip install "semst[r]" (rpy2, anndata2ri).'
)
_LARGEST = 2**31 - 1
_TABLE = ".table"  # as which a data frame in a list crosses


def session() -> Any:
    """Return the R environment with the functions of ``objects.R`` and ``_rds.R``."""
    for package in ("rpy2", "anndata2ri"):
        optional(package, extra="r", what="An .rds file (read by R >= 4.3)")
    if threading.current_thread() is not threading.main_thread():
        raise SemSTError(
            "R can only be called from the main thread of Python. Read and write .rds files there."
        )
    return _load()


@cache
def _load() -> Any:
    try:
        from rpy2 import robjects
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        raise MissingDependencyError(f"rpy2 cannot start R ({error}). {INSTALL}") from error
    define = robjects.r(
        "function(code) { here <- new.env(parent = baseenv())\n"
        "eval(parse(text = code, keep.source = FALSE), here)\nhere }"
    )
    # objects.R is a file of the R package, so that both take the same out of an object
    return define("\n".join(files("semst.io").joinpath(name).read_text() for name in ("objects.R", "_rds.R")))


def reason(error: Exception) -> str:
    """Reduce an error of rpy2 to what R said."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines)
    return text.split(" : ", 1)[1].strip() if text.startswith("Error in") and " : " in text else text


def array(value: Any) -> np.ndarray:
    """Copy an R vector or matrix."""
    from rpy2.robjects import default_converter, numpy2ri

    with (default_converter + numpy2ri.converter).context() as rules:
        return np.array(rules.rpy2py(value))


def named(value: Any) -> dict[str, Any]:
    """R list to dict, one level."""
    from rpy2.rinterface import NULL

    names = value.names
    return {} if names is NULL else {str(name): value.rx2(i + 1) for i, name in enumerate(names)}


def plain(value: Any) -> Any:
    """Nested R lists to nested dicts; vectors of length one to scalars."""
    from rpy2.rinterface import NULL
    from rpy2.robjects.vectors import BoolVector, ListVector, StrVector

    if value is NULL:
        return None
    if isinstance(value, ListVector):
        if list(value.names or []) == [_TABLE, "n"]:
            n_rows = int(value.rx2("n")[0])
            return frame(value.rx2(_TABLE), [str(row) for row in range(n_rows)])
        return {name: plain(item) for name, item in named(value).items()}
    if isinstance(value, StrVector):
        texts = [str(text) for text in value]
        return texts[0] if len(texts) == 1 else np.array(texts, dtype=object)
    items = array(value)
    if isinstance(value, BoolVector):
        items = items.astype(bool)
    return items[0].item() if len(items) == 1 else items


def frame(parts: Any, index: list[str]) -> pd.DataFrame:
    """Columns as ``columns()`` in R takes them apart."""
    return pd.DataFrame(
        {name: _column(named(column)) for name, column in named(parts).items()}, index=pd.Index(index)
    )


def _column(column: dict[str, Any]) -> Any:
    kind = str(column["kind"][0])
    gap = array(column["gap"]).astype(bool)
    if kind == "character":
        texts = np.array([str(text) for text in column["values"]], dtype=object)
        texts[gap] = None
        return texts
    values = array(column["values"])
    if kind == "factor":
        levels = [str(level) for level in column["levels"]]
        dtype = pd.CategoricalDtype(levels, ordered=bool(column["ordered"][0]))
        return pd.Categorical.from_codes(values.tolist(), dtype=dtype)
    if kind == "logical":
        return pd.arrays.BooleanArray(values == 1, gap) if gap.any() else values.astype(bool)
    if kind == "integer":
        return pd.arrays.IntegerArray(values.astype(np.int64), gap) if gap.any() else values.astype(np.int64)
    return values


def graph(parts: Any, n_spots: int) -> csr_matrix:
    """Take the parts of a ``dgCMatrix`` of spots x spots for a sparse matrix.

    Examples
    --------
    >>> graph(parts, 3).shape  # doctest: +SKIP
    (3, 3)
    """
    held = {name: array(value) for name, value in named(parts).items()}
    columns = csc_matrix((held["x"], held["i"], held["p"]), shape=(n_spots, n_spots))
    return columns.tocsr().astype(np.float32)


def graphs_to_r(adata: AnnData) -> Any:
    """Give the graphs in ``obsp`` as parts of ``dgCMatrix`` by name."""
    from rpy2.robjects.vectors import FloatVector, IntVector, ListVector

    found = {}
    for name, values in adata.obsp.items():
        columns = csc_matrix(values, dtype=np.float64)
        columns.sort_indices()
        found[name] = ListVector(
            {
                "i": IntVector(columns.indices.tolist()),
                "p": IntVector(columns.indptr.tolist()),
                "x": FloatVector(columns.data.tolist()),
            }
        )
    return ListVector(found)


def to_r(value: Any) -> Any:
    """Plain Python values, nested dicts of them included, to R; ``None`` for what has no counterpart."""
    from rpy2.robjects import default_converter, numpy2ri
    from rpy2.robjects.vectors import BoolVector, FloatVector, IntVector, ListVector, StrVector

    if isinstance(value, Mapping):
        inner = {str(key): to_r(item) for key, item in value.items()}
        return ListVector({key: item for key, item in inner.items() if item is not None})
    if isinstance(value, pd.DataFrame):
        return frame_to_r(value)[0]
    if isinstance(value, np.ndarray) and value.ndim > 1 and value.dtype.kind in "fiub":
        with (default_converter + numpy2ri.converter).context() as rules:
            return rules.py2rpy(np.asfortranarray(value, dtype=np.float64))
    items: np.ndarray = np.atleast_1d(np.asarray(value))
    if items.ndim != 1:
        return None
    if items.dtype.kind == "b":
        return BoolVector(items.tolist())
    if items.dtype.kind in "iu":
        small = not len(items) or np.abs(items).max() <= _LARGEST
        return IntVector(items.tolist()) if small else FloatVector(items.astype(float).tolist())
    if items.dtype.kind == "f":
        return FloatVector(items.astype(float).tolist())
    if items.dtype.kind == "U" or all(isinstance(item, str) for item in items):
        return StrVector([str(item) for item in items])
    return None


def frame_to_r(table: pd.DataFrame) -> tuple[Any, list[str]]:
    """Table to an R data frame with gaps as NA, and the names of columns that have no counterpart."""
    from rpy2.robjects import NA_Character, NA_Integer, NA_Logical, r
    from rpy2.robjects.vectors import BoolVector, FactorVector, FloatVector, IntVector, ListVector, StrVector

    columns, left_out = {}, []
    for name, values in table.items():
        gap = values.isna().to_numpy()
        kind = values.dtype.kind if hasattr(values.dtype, "kind") else "O"
        if isinstance(values.dtype, pd.CategoricalDtype):
            texts = [NA_Character if gone else str(v) for v, gone in zip(values, gap, strict=True)]
            levels = StrVector([str(level) for level in values.cat.categories])
            columns[str(name)] = FactorVector(StrVector(texts), levels=levels, ordered=values.cat.ordered)
        elif kind == "b":
            columns[str(name)] = BoolVector(
                [NA_Logical if gone else bool(v) for v, gone in zip(values, gap, strict=True)]
            )
        elif kind in "iu" and not (values.abs() > _LARGEST).any():
            columns[str(name)] = IntVector(
                [NA_Integer if gone else int(v) for v, gone in zip(values, gap, strict=True)]
            )
        elif kind in "iuf":
            columns[str(name)] = FloatVector(values.to_numpy(dtype=np.float64, na_value=np.nan).tolist())
        elif all(gone or isinstance(v, str) for v, gone in zip(values, gap, strict=True)):
            columns[str(name)] = StrVector(
                [NA_Character if gone else v for v, gone in zip(values, gap, strict=True)]
            )
        else:
            left_out.append(str(name))
    build = r(
        "function(columns, n) structure(columns, class = 'data.frame', row.names = seq_len(n), "
        "names = if (length(columns)) names(columns) else character())"
    )
    return build(ListVector(columns), len(table)), left_out
