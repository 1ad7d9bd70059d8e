"""Checks of the input. Every error says what was found, what is accepted and how to mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from . import _keys
from ._errors import MissingKeyError, SemSTError
from ._log import logger

_ENSEMBL = re.compile(r"ENS[A-Z]{0,5}G\d{8,}(\.\d+)?(_PAR_Y)?$", re.IGNORECASE)
# what only make.names() leaves behind: symbols whose hyphen became a dot, or that got an X before a digit.
# Clone names (AC005841.1) carry dots by right, so a trailing number alone proves nothing.
_MANGLED = re.compile(
    r"(\w+\.(AS|IT|OT|DT)\d*(\.\d+)?|(HLA|MT|H2|H2AFV?|ERV[A-Z]*|LINC|RP\d+|CT[ABCD]|X[A-Z]{2}bac)\.\w.*"
    r"|X\d+[A-Za-z_]\w*([._]\w+)*)$",
    re.IGNORECASE,
)
_SYMBOL_COLUMNS = (
    "gene_symbols",
    "gene_symbol",
    "gene_name",
    "gene_names",
    "feature_name",
    "feature_names",
    "symbol",
    "symbols",
    "gene_short_name",
    "hgnc_symbol",
    "mgi_symbol",
    "features",
    "genes",
    "gene",
    "name",
)
_COORDINATE_COLUMNS = (
    ("x", "y"),
    ("X", "Y"),
    ("x_centroid", "y_centroid"),
    ("center_x", "center_y"),
    ("pxl_col_in_fullres", "pxl_row_in_fullres"),
    ("imagecol", "imagerow"),
    ("array_col", "array_row"),
)
_BLOCK = 1 << 22  # values looked at in one go
_BLOCK_ROWS = 4096  # rows read in one go from a dense matrix on disk


def require_key(mapping: Mapping[Any, Any] | pd.DataFrame, key: str, *, what: str) -> Any:
    """Get ``mapping[key]``, or fail with the keys that do exist.

    Parameters
    ----------
    mapping
        E.g. ``adata.obs``, ``adata.obsm`` or ``adata.layers``.
    key
        The wanted key.
    what
        How the user knows the mapping, e.g. ``"adata.obs"``.

    Raises
    ------
    MissingKeyError
        If there is no such key.

    Examples
    --------
    >>> require_key({"counts": 1}, "counts", what="adata.layers")
    1
    """
    if key in mapping:
        return mapping[key]
    there = ", ".join(f'"{name}"' for name in mapping) or "nothing"
    raise MissingKeyError(f'{what} has no "{key}". It has: {there}.')


def check_counts(matrix: Any, *, where: str) -> None:
    """Make sure that a matrix holds raw counts: whole, finite, not negative; integer or float.

    Parameters
    ----------
    matrix
        Dense or sparse, in memory. Of a sparse matrix only the stored values are looked at.
    where
        How the user knows the matrix, e.g. ``"adata.X"``.

    Raises
    ------
    SemSTError
        If there are NaN, infinite, negative or fractional values, or no numbers at all.

    Examples
    --------
    >>> check_counts(np.array([[0, 3], [1, 0]]), where="adata.X")
    """
    for block in _blocks(matrix, where=where):
        if block.dtype.kind == "f":
            n_nan = int(np.isnan(block).sum())
            if n_nan:
                raise SemSTError(
                    f"{where} holds NaN ({n_nan} or more values). Raw counts are needed, with 0 where "
                    "nothing was seen. Find out where the NaN come from before filling them in."
                )
            if np.isinf(block).any():
                raise SemSTError(
                    f"{where} holds infinite values. Raw counts are needed; infinite values usually come "
                    "from dividing by a library size of 0 or from the log of 0."
                )
        if block.dtype.kind in "fi" and block.size and (low := block.min()) < 0:
            raise SemSTError(
                f"{where} holds negative values (e.g. {low:g}): it looks scaled or batch-corrected. Raw "
                "counts are needed. If they are kept elsewhere, point to them with layer=... or use_raw=True."
            )
        if block.dtype.kind == "f":
            fractional = block != np.rint(block)
            if fractional.any():
                example, top = block[fractional][0], block.max()
                step = "log-transformed" if top < 20 else "normalised"
                raise SemSTError(
                    f"{where} holds values that are not whole numbers (e.g. {example:.4g}; maximum {top:.4g}"
                    f"): it looks {step}. Raw counts are needed. If they are kept elsewhere, point to "
                    "them with layer=... or use_raw=True."
                )


def get_counts(
    adata: AnnData, *, layer: str | None = None, use_raw: bool = False
) -> tuple[sparse.csr_matrix, pd.Index]:
    """Read raw counts out of an ``AnnData``, whatever its storage, and check them.

    Parameters
    ----------
    adata
        Data with counts in ``X``, a layer or ``raw``; csr, csc, dense or backed; integer or float.
        Not changed.
    layer
        Name of the layer with the counts. ``None``: ``X``.
    use_raw
        Take ``adata.raw``, with its own genes.

    Returns
    -------
    Counts (spots x genes), float32, in canonical csr form, sharing no memory with ``adata``; and the names of
    the genes.

    Raises
    ------
    MissingKeyError
        If the layer does not exist.
    SemSTError
        If the values are no counts (see :func:`check_counts`), there are none, or ``raw`` is asked for but
        empty.

    Examples
    --------
    >>> counts, genes = get_counts(AnnData(np.array([[0, 3], [1, 0]])))
    >>> counts.dtype.name, counts.nnz, len(genes)
    ('float32', 2, 2)
    """
    matrix, names, where = _slot(adata, layer=layer, use_raw=use_raw)
    if matrix is None:
        raise SemSTError(f"{where} is empty: there are no counts. {_elsewhere(adata, where)}".rstrip())
    if 0 in matrix.shape:
        raise SemSTError(
            f"{where} has {matrix.shape[0]} spots and {matrix.shape[1]} genes: nothing to work on."
        )
    loaded = _load(matrix)
    try:
        check_counts(loaded, where=where)
    except SemSTError as error:
        raise SemSTError(f"{error} {_elsewhere(adata, where)}".rstrip()) from None
    counts = sparse.csr_matrix(loaded, dtype=np.float32, copy=True)
    counts.sum_duplicates()
    counts.eliminate_zeros()
    if counts.nnz == 0:
        raise SemSTError(
            f"{where} holds only zeros: there are no counts. {_elsewhere(adata, where)}".rstrip()
        )
    return counts, names


def check_coordinates(coordinates: Any, *, where: str) -> np.ndarray:
    """Make sure that coordinates are usable.

    Parameters
    ----------
    coordinates
        One row per spot, 2 or 3 columns; array, list or data frame.
    where
        How the user knows them, e.g. ``'adata.obsm["spatial"]'``.

    Returns
    -------
    New float64 array (n, 2) or (n, 3).

    Raises
    ------
    SemSTError
        If the shape is wrong, a value is no finite number, or all spots lie on one point.

    Examples
    --------
    >>> check_coordinates([[0, 0], [100, 0]], where="coordinates").shape
    (2, 2)
    """
    try:
        xy = np.array(coordinates, dtype=np.float64)
    except (TypeError, ValueError):
        raise SemSTError(
            f"{where} cannot be read as numbers. Accepted: one row per spot with 2 or 3 numbers (x, y[, z])."
        ) from None
    if xy.ndim != 2 or xy.shape[1] not in (2, 3):
        raise SemSTError(
            f"{where} has the shape {xy.shape}. Accepted: one row per spot and 2 or 3 columns (x, y[, z])."
        )
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if bad.size:
        raise SemSTError(
            f"{where} is NaN or infinite for {bad.size} of {len(xy)} spots (rows {_some(bad.tolist())}). "
            "Every spot needs a place: drop these spots, or fill in their coordinates."
        )
    if len(xy) > 1 and (xy == xy[0]).all():
        raise SemSTError(
            f"{where} is the same point for all {len(xy)} spots ({', '.join(f'{v:g}' for v in xy[0])}). "
            "Spatial neighbours need real positions: read the coordinates again."
        )
    return xy


def get_coordinates(adata: AnnData, *, spatial_key: str = _keys.SPATIAL) -> np.ndarray:
    """Read the coordinates out of an ``AnnData`` and check them.

    Parameters
    ----------
    adata
        Data with coordinates in ``obsm``. Not changed.
    spatial_key
        Name of the slot in ``adata.obsm``.

    Returns
    -------
    New float64 array (n_spots, 2) or (n_spots, 3).

    Raises
    ------
    MissingKeyError
        If there is no such slot; the message lists those that exist.
    SemSTError
        If the coordinates are unusable (see :func:`check_coordinates`).

    Examples
    --------
    >>> get_coordinates(AnnData(np.ones((2, 1)), obsm={"spatial": np.array([[0, 0], [0, 1]])})).dtype.name
    'float64'
    """
    if spatial_key not in adata.obsm:
        there = ", ".join(f'"{name}"' for name in adata.obsm) or "nothing"
        columns = next((pair for pair in _COORDINATE_COLUMNS if set(pair) <= set(adata.obs)), None)
        hint = (
            f'If adata.obs["{columns[0]}"] and adata.obs["{columns[1]}"] are meant: '
            f'adata.obsm["{spatial_key}"] = adata.obs[["{columns[0]}", "{columns[1]}"]].to_numpy().'
            if columns
            else f'Put them into adata.obsm["{spatial_key}"], or name another slot with spatial_key=...'
        )
        raise MissingKeyError(f'No coordinates: adata.obsm has no "{spatial_key}". It has: {there}. {hint}')
    return check_coordinates(adata.obsm[spatial_key], where=f'adata.obsm["{spatial_key}"]')


def check_unique_names(adata: AnnData) -> None:
    """Make sure that no gene name and no spot name occurs twice.

    Parameters
    ----------
    adata
        Data to look at. Not changed.

    Raises
    ------
    SemSTError
        If names occur more than once; the message shows some of them.

    Examples
    --------
    >>> check_unique_names(AnnData(np.ones((2, 2))))
    """
    _require_unique(
        adata.var_names,
        what="gene names (adata.var_names)",
        mend="adata.var_names_make_unique(), or sum the rows up",
    )
    _require_unique(
        adata.obs_names,
        what="spot names (adata.obs_names)",
        mend="adata.obs_names_make_unique(), or for several slices anndata.concat(..., index_unique='-')",
    )


def check_n_domains(n_domains: Any, n_spots: int) -> int:
    """Make sure that a number of domains makes sense for a number of spots.

    Parameters
    ----------
    n_domains
        Wanted number of domains: a whole number, 2 or more, not above ``n_spots``.
    n_spots
        Number of spots to divide.

    Returns
    -------
    ``n_domains`` as a Python int.

    Raises
    ------
    SemSTError
        If it is no whole number, below 2 or above ``n_spots``.

    Examples
    --------
    >>> check_n_domains(7, 3639)
    7
    """
    number = _whole(n_domains, what="n_domains")
    if number < 2:
        raise SemSTError(f"n_domains is {number}. At least 2 are needed to divide a tissue.")
    if number > n_spots:
        raise SemSTError(f"n_domains is {number}, but there are only {n_spots} spots. Ask for fewer domains.")
    return number


def check_n_neighs(n_neighs: Any, n_spots: int, *, what: str = "n_neighs") -> int:
    """Make sure that a number of neighbours can be had.

    Parameters
    ----------
    n_neighs
        Wanted number of neighbours: a whole number, 1 or more, below ``n_spots``.
    n_spots
        Number of spots to choose from, the spot itself included.
    what
        Name of the parameter, for the message.

    Returns
    -------
    ``n_neighs`` as a Python int.

    Raises
    ------
    SemSTError
        If it is no whole number, below 1, or there are too few spots.

    Examples
    --------
    >>> check_n_neighs(6, 100)
    6
    """
    number = _whole(n_neighs, what=what)
    if number < 1:
        raise SemSTError(f"{what} is {number}. At least 1 neighbour is needed.")
    if number >= n_spots:
        raise SemSTError(
            f"{what} is {number}, but there are only {n_spots} spots, so a spot has at most "
            f"{max(n_spots - 1, 0)} neighbours. Ask for fewer neighbours ({what}=...)."
        )
    return number


def check_gene_symbols(names: Iterable[str], *, var: pd.DataFrame | None = None) -> None:
    """Make sure that gene names are symbols, which is what language models and gene tables know.

    Names that R has altered (see :func:`has_mangled_names`) are reported in the log but accepted.

    Parameters
    ----------
    names
        Gene names, e.g. ``adata.var_names``.
    var
        ``adata.var``, to find a column with symbols that the message can point to.

    Raises
    ------
    SemSTError
        If most names are Ensembl identifiers or plain numbers.

    Examples
    --------
    >>> check_gene_symbols(["MBP", "SNAP25"])
    """
    genes = [str(name) for name in names]
    n_ensembl = sum(_ENSEMBL.match(name) is not None for name in genes)
    n_numbers = sum(name.isdigit() for name in genes)
    if 2 * max(n_ensembl, n_numbers) > len(genes):
        kind = "Ensembl IDs" if n_ensembl >= n_numbers else "plain numbers"
        wrong = [n for n in genes if (_ENSEMBL.match(n) if n_ensembl >= n_numbers else n.isdigit())]
        column = _symbol_column(var)
        hint = (
            f'adata.var["{column}"] holds symbols: adata.var_names = adata.var["{column}"].astype(str); '
            "adata.var_names_make_unique()."
            if column
            else "Take them from the annotation (GTF, features.tsv) that the counts were made with."
        )
        raise SemSTError(
            f"{len(wrong)} of {len(genes)} gene names are {kind} (e.g. {_some(wrong)}), but gene "
            f"symbols (e.g. MBP, SNAP25) are needed. Put them into adata.var_names. {hint}"
        )
    if has_mangled_names(genes):
        altered = [name for name in genes if _MANGLED.match(name)]
        logger.warning(
            "gene names look altered by R's make.names (%s): hyphens became dots, a leading digit got an X. "
            "Such genes may be missing in gene tables; in R, read the matrix with check.names = FALSE.",
            _some(altered),
        )


def has_mangled_names(names: Iterable[str]) -> bool:
    """Tell whether R's ``make.names`` has been over the gene names (``A1BG-AS1`` -> ``A1BG.AS1``).

    Names that only ``make.names`` leaves behind must outnumber the hyphens that it would have removed.

    Parameters
    ----------
    names
        Gene names.

    Returns
    -------
    ``True`` if hyphens seem to have become dots and leading digits to have got an ``X``.

    Examples
    --------
    >>> has_mangled_names(["MBP", "A1BG.AS1", "X5S_rRNA"])
    True
    >>> has_mangled_names(["MBP", "A1BG-AS1", "AC005841.1"])
    False
    """
    genes = [str(name) for name in names]
    # "-1" at the end may be anndata's mark for a second gene of that name
    n_hyphens = sum("-" in re.sub(r"-\d+$", "", name) for name in genes)
    return sum(_MANGLED.match(name) is not None for name in genes) > n_hyphens


def _slot(adata: AnnData, *, layer: str | None, use_raw: bool) -> tuple[Any, pd.Index, str]:
    """Matrix, gene names and the name a user knows the matrix by."""
    if use_raw:
        if layer is not None:
            raise SemSTError(
                f'Both layer="{layer}" and use_raw=True were given. Choose one source of counts.'
            )
        if adata.raw is None:
            raise SemSTError(
                "use_raw=True was given, but adata.raw is empty. Counts may be in adata.X or a layer."
            )
        _require_unique(adata.raw.var_names, what="gene names (adata.raw.var_names)", mend="rename them")
        return adata.raw.X, adata.raw.var_names, "adata.raw.X"
    if layer is not None:
        return (
            require_key(adata.layers, layer, what="adata.layers"),
            adata.var_names,
            f'adata.layers["{layer}"]',
        )
    return adata.X, adata.var_names, "adata.X"


def _load(matrix: Any) -> Any:
    """Bring a matrix into memory: sparse stays sparse, a dense one on disk becomes sparse block by block."""
    if hasattr(matrix, "to_memory"):  # anndata's backed sparse matrix
        return matrix.to_memory()
    if hasattr(matrix, "compute"):  # dask
        return matrix.compute()
    if sparse.issparse(matrix) or isinstance(matrix, np.ndarray):
        return matrix
    if isinstance(matrix, pd.DataFrame):
        return matrix.to_numpy()
    starts = range(0, matrix.shape[0], _BLOCK_ROWS)
    return sparse.vstack([sparse.csr_matrix(matrix[i : i + _BLOCK_ROWS]) for i in starts], format="csr")


def _blocks(matrix: Any, *, where: str) -> Iterator[np.ndarray]:
    """Stored values, some millions at a time, so that checking needs no second copy of a large matrix."""
    values = np.asarray(matrix.data if sparse.issparse(matrix) else matrix)
    if values.dtype.kind not in "fiub":
        raise SemSTError(f"{where} holds no numbers (dtype {values.dtype}). Raw counts are needed.")
    if values.ndim != 1:
        # "K" keeps the order in memory: a flat view instead of a copy
        values = values.ravel(order="K")
    for start in range(0, values.size, _BLOCK):
        yield values[start : start + _BLOCK]


def _elsewhere(adata: AnnData, where: str) -> str:
    """Name the other slots of ``adata`` that do hold whole numbers."""
    options = {"adata.X": ("leave layer and use_raw out", adata.X)}
    options |= {f'adata.layers["{name}"]': (f'layer="{name}"', adata.layers[name]) for name in adata.layers}
    if adata.raw is not None:
        options["adata.raw.X"] = ("use_raw=True", adata.raw.X)
    for name, (how, matrix) in options.items():
        if name != where and matrix is not None and _looks_like_counts(matrix, name):
            return f"{name} seems to hold counts: {how}."
    return ""


def _looks_like_counts(matrix: Any, where: str) -> bool:
    head = _load(matrix[:100])
    values = head.data if sparse.issparse(head) else np.asarray(head)
    try:
        check_counts(values, where=where)
    except SemSTError:
        return False
    return bool(np.any(values))


def _symbol_column(var: pd.DataFrame | None) -> str | None:
    if var is None:
        return None
    by_name = {str(column).lower(): column for column in var.columns}
    for name in _SYMBOL_COLUMNS:
        if name in by_name:
            values = var[by_name[name]].dropna().astype(str)
            n_symbols = sum(bool(v) and not v.isdigit() and _ENSEMBL.match(v) is None for v in values)
            if 2 * n_symbols > len(var):
                return str(by_name[name])
    return None


def _require_unique(names: pd.Index, *, what: str, mend: str) -> None:
    if names.is_unique:
        return
    repeated = names[names.duplicated()].unique()
    raise SemSTError(
        f"{len(repeated)} {what} occur more than once (e.g. {_some(repeated.tolist())}). "
        f"Names must be unique: {mend}."
    )


def _whole(value: Any, *, what: str) -> int:
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not is_number or not float(value).is_integer():
        raise SemSTError(f"{what} is {value!r}. A whole number is needed, e.g. {what}=7.")
    return int(value)


def _some(items: Sequence[Any], n: int = 4) -> str:
    return ", ".join(str(item) for item in items[:n]) + (", ..." if len(items) > n else "")
