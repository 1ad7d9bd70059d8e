"""Positions of Visium's spots, as Space Ranger writes them and as other programs write them again."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line
from semst._log import logger
from semst._parquet import read_parquet

from ._content import check_content, read_text

COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"]

# other names of the columns, in lower case and without what is neither letter nor digit
_ALIASES = {
    "barcode": ("barcode", "barcodes", "spotbarcode", "cellbarcode", "spot", "spotid", "cellid", "spots"),
    "in_tissue": ("intissue", "tissue", "undertissue", "ontissue"),
    "array_row": ("arrayrow", "row", "spotrow"),
    "array_col": ("arraycol", "arraycolumn", "col", "column", "spotcol"),
    "pxl_row_in_fullres": (
        "pxlrowinfullres",
        "imagerow",
        "pxlrow",
        "pixelrow",
        "pxlrowfullres",
        "pixely",
        "y",
    ),
    "pxl_col_in_fullres": (
        "pxlcolinfullres",
        "imagecol",
        "pxlcol",
        "pixelcol",
        "pxlcolfullres",
        "pixelx",
        "x",
    ),
}
_NEEDED = ("barcode", "pxl_row_in_fullres", "pxl_col_in_fullres")
_MOST_COLUMNS = 1000  # each costs pandas a millisecond
_SEPARATORS = ",\t;|"
_YES = {"1": 1, "true": 1, "t": 1, "yes": 1, "0": 0, "false": 0, "f": 0, "no": 0}


def read_positions(file: Path, barcodes: pd.Index) -> pd.DataFrame:
    """Read a table of positions.

    Parameters
    ----------
    file
        ``.parquet``, ``.csv``, ``.tsv`` or ``.txt``, packed or not; or the outlines of cells
        (``.geojson``).
    barcodes
        Those of the counts, which tell the column of barcodes where its name does not.

    Returns
    -------
    A row per spot, barcodes as index; ``pxl_row_in_fullres`` and ``pxl_col_in_fullres`` (float),
    ``in_tissue`` (0 or 1) and, where the file has them, ``array_row`` and ``array_col``.

    Raises
    ------
    SemSTError
        If it cannot be read, lacks a column, or holds something else than numbers there.
    """
    check_content(file)
    if file.name.lower().endswith((".geojson", ".geojson.gz")):
        return _cell_centres(file)
    table = _read_parquet(file) if file.suffix.lower() == ".parquet" else _parse(read_text(file), file)
    if not len(table):
        raise SemSTError(f"{file} holds no spot. Copy it again.")
    table = _named(table, file, barcodes)
    table["barcode"] = table["barcode"].astype(str).str.strip()
    if table["barcode"].duplicated().any():
        twice = table["barcode"][table["barcode"].duplicated()]
        raise SemSTError(
            f"{file} has {twice.nunique()} barcodes more than once (e.g. {twice.iloc[0]}). Every spot has "
            "one position: take the file of one slice as Space Ranger wrote it."
        )
    for column in table.columns.drop(["barcode", "in_tissue"], errors="ignore"):
        table[column] = _numbers(table[column], column, file)
    if "in_tissue" in table:
        table["in_tissue"] = _in_tissue(table["in_tissue"], file)
    else:
        logger.warning("%s has no column in_tissue: all its spots are taken to be in the tissue", file)
        table["in_tissue"] = 1
    return table.set_index("barcode")


def _read_parquet(file: Path) -> pd.DataFrame:
    table = read_parquet(file)
    # pandas may have kept the barcodes as index
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def _parse(text: str, file: Path) -> pd.DataFrame:
    """Cells as text, with the names of the columns where the file tells them."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise SemSTError(f"{file} holds no spot. Copy it again.")
    separator = max(_SEPARATORS, key=lines[-1].count)
    if max(lines[0].count(separator), lines[-1].count(separator)) > _MOST_COLUMNS:
        raise SemSTError(
            f"{file} has more than {_MOST_COLUMNS} columns, and is no table of positions. Expected: "
            f"{', '.join(COLUMNS)}."
        )
    if separator not in lines[-1]:
        separator = r"\s+"
    try:
        rows = [
            pd.read_csv(
                io.StringIO("\n".join(part)),
                sep=separator,
                header=None,
                dtype=str,
                keep_default_na=False,
                skipinitialspace=True,
            )
            for part in ([lines[0]], lines[1:] or [lines[0]])
        ]
    except DAMAGED as error:
        raise SemSTError(
            f"{file} cannot be read as a table ({first_line(error)}). Expected: {', '.join(COLUMNS)}."
        ) from error
    if separator == ";":  # where a comma is what the point is elsewhere
        rows = [part.replace({",": "."}, regex=True) for part in rows]
    first, table = rows[0].iloc[0].str.strip().tolist(), rows[1]
    if _is_header(first):
        names = ["", *first] if len(first) + 1 == table.shape[1] else first  # R names no column of row names
        if len(lines) == 1:
            table = table.iloc[:0]
        if len(names) != table.shape[1]:
            raise SemSTError(
                f"{file} has {len(names)} names of columns, but {table.shape[1]} columns. Expected: "
                f"{', '.join(COLUMNS)}."
            )
        numbered = not any(_plain(name) in known for name in names for known in _ALIASES.values())
    else:
        table = pd.concat([rows[0], table], ignore_index=True) if len(lines) > 1 else table
        names, numbered = [str(i) for i in range(table.shape[1])], True
    if numbered and table.shape[1] == len(COLUMNS) + 1 and table[0].str.fullmatch(r'"?\d+"?').all():
        table, names = table.iloc[:, 1:], names[1:]  # row numbers
    if numbered and table.shape[1] == len(COLUMNS):
        names = COLUMNS
    table.columns = pd.Index([name or f"unnamed {i}" for i, name in enumerate(names)])
    return table


def _is_header(cells: list[str]) -> bool:
    """Whether a first line names columns: by their names, or by numbers as pandas and R make them up."""
    if any(_plain(cell) in known for cell in cells for known in _ALIASES.values()):
        return True
    if sum(not _is_number(cell) for cell in cells) > 2:  # a spot is a barcode and numbers
        return True
    counting = [re.sub(r"^(V|X)", "", cell) for cell in cells if cell]
    return counting in (
        [str(i) for i in range(len(counting))],
        [str(i + 1) for i in range(len(counting))],
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() in _YES
    return True


def _plain(name: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def _named(table: pd.DataFrame, file: Path, barcodes: pd.Index) -> pd.DataFrame:
    """Only the known columns, under the names of Space Ranger."""
    found: dict[str, pd.Series] = {}
    for wanted, aliases in _ALIASES.items():
        for alias in aliases:  # the usual name before the others
            column = next((i for i, name in enumerate(table.columns) if _plain(name) == alias), None)
            if column is not None:
                found[wanted] = table.iloc[:, column]
                break
    if "barcode" not in found or not _shares(found["barcode"], barcodes):
        texts = (table.iloc[:, i] for i in range(table.shape[1]))
        other = next((column for column in texts if _shares(column, barcodes)), None)
        if other is not None:
            found["barcode"] = other
    if any(column not in found for column in _NEEDED):
        raise SemSTError(
            f"{file} has the columns {', '.join(map(str, table.columns))}. Expected: {', '.join(COLUMNS)}, "
            "in this order where there is no header."
        )
    return pd.DataFrame({name: found[name].to_numpy() for name in COLUMNS if name in found})


def _shares(column: pd.Series, barcodes: pd.Index) -> bool:
    return bool(column.astype(str).str.strip().isin(barcodes).any())


def _numbers(column: pd.Series, name: str, file: Path) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    text = column.astype(str).str.strip()
    numbers = pd.to_numeric(text, errors="coerce")
    bad = numbers.isna() & ~text.str.lower().isin(["", "na", "nan"])
    if bad.any():
        raise SemSTError(
            f'{file} holds something else than numbers in the column {name} (e.g. "{text[bad].iloc[0]}" in '
            f"{int(bad.sum())} of {len(text)} rows). Take the file as Space Ranger wrote it."
        )
    return numbers.to_numpy()


def _in_tissue(column: pd.Series, file: Path) -> np.ndarray:
    text = column.astype(str).str.strip().str.lower().str.removesuffix(".0")
    known = text.map(_YES)
    if known.isna().any():
        raise SemSTError(
            f'{file} holds "{column[known.isna()].iloc[0]}" in the column in_tissue. Accepted: 1 (in the '
            "tissue) and 0."
        )
    return known.to_numpy(dtype=np.int64)


def _cell_centres(file: Path) -> pd.DataFrame:
    """Centroids of the outlines of cells, named by their number as the counts name them."""
    centres: dict[str, tuple[float, float]] = {}
    try:
        for feature in json.loads(read_text(file))["features"]:
            shape = feature["geometry"]
            ring = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"][0][0]
            centres[f"cellid_{int(feature['properties']['cell_id']):09d}-1"] = _centroid(np.array(ring))
    except DAMAGED as error:
        if isinstance(error, SemSTError):
            raise
        raise SemSTError(
            f"{file} cannot be read as outlines of cells ({first_line(error)}). Copy it again."
        ) from error
    if not centres:
        raise SemSTError(f"{file} holds no outline of a cell. Copy it again.")
    places = pd.DataFrame.from_dict(
        centres, orient="index", columns=["pxl_col_in_fullres", "pxl_row_in_fullres"]
    )
    return places.assign(in_tissue=1)


def _centroid(ring: np.ndarray) -> tuple[float, float]:
    """Centre of mass of a polygon (shoelace formula); of what has no area the mean of its corners."""
    start = ring[0, :2].astype(np.float64)
    x, y = (ring[:, :2] - start).T.astype(np.float64)
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    if abs(area) < 1e-9:
        return float(x.mean() + start[0]), float(y.mean() + start[1])
    centre = ((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()
    return float(centre[0] / (6 * area) + start[0]), float(centre[1] / (6 * area) + start[1])
