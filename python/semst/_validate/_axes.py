"""Which column of a table is x, and which y: by their names, as every platform has its own order."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

# names of x, y and z in lower case, only letters and digits; the first that are all there count
_NAMES = (
    ("x", "y", "z"),
    ("pxlcolinfullres", "pxlrowinfullres", None),
    ("imagecol", "imagerow", None),
    ("xcentroid", "ycentroid", "zcentroid"),
    ("centroidx", "centroidy", "centroidz"),
    ("centerxglobalpx", "centeryglobalpx", None),
    ("xglobalpx", "yglobalpx", None),
    ("centerx", "centery", "centerz"),
    ("xcenter", "ycenter", "zcenter"),
    ("globalx", "globaly", "globalz"),
    ("xglobal", "yglobal", "zglobal"),
    ("xcoord", "ycoord", "zcoord"),
    ("coordx", "coordy", "coordz"),
    ("xcoordinate", "ycoordinate", "zcoordinate"),
    ("xcoords", "ycoords", "zcoords"),
    ("xlocation", "ylocation", "zlocation"),
    ("xposition", "yposition", "zposition"),
    ("xpos", "ypos", "zpos"),
    ("posx", "posy", "posz"),
    ("spatialx", "spatialy", "spatialz"),
    ("xspatial", "yspatial", "zspatial"),
    ("xum", "yum", "zum"),
    ("xmm", "ymm", "zmm"),
    ("xslidemm", "yslidemm", None),
    ("sdimx", "sdimy", "sdimz"),
    ("xpixel", "ypixel", None),
    ("pixelx", "pixely", None),
    ("xpx", "ypx", None),
    ("pxlcol", "pxlrow", None),
    ("pixelcol", "pixelrow", None),
    ("centerxlocalpx", "centerylocalpx", None),
    ("arraycol", "arrayrow", None),
    ("col", "row", None),
    ("column", "row", None),
)
_DEPTHS = ("z", *(depth for _, _, depth in _NAMES[1:] if depth))

# what the columns are called where coordinates come as a table
PLATFORMS = {
    "Visium": ("pxl_col_in_fullres", "pxl_row_in_fullres"),
    "Xenium": ("x_centroid", "y_centroid"),
    "CosMx": ("CenterX_global_px", "CenterY_global_px"),
    "MERSCOPE": ("center_x", "center_y"),
    "Slide-seq": ("xcoord", "ycoord"),
    "Stereo-seq": ("x", "y"),
}


def axes(names: Iterable[Any]) -> list[Any] | None:
    """Names of x, y and, where there is one, z among names of columns; ``None`` where they do not tell.

    Examples
    --------
    >>> axes(["imagerow", "imagecol"]), axes(["Y", "X", "Z"]), axes(["a", "b"])
    (['imagecol', 'imagerow'], ['X', 'Y', 'Z'], None)
    """
    given = list(names)
    plain = {re.sub(r"[^a-z0-9]", "", str(name).lower()): name for name in reversed(given)}
    for x, y, z in _NAMES:
        if x in plain and y in plain:
            depth = next((one for one in (z, *_DEPTHS) if one in plain), None)
            return [plain[x], plain[y], *([] if depth is None else [plain[depth]])]
    return None


def in_order(coordinates: Any) -> Any:
    """Columns of a data frame as x, y(, z), by their names where these tell; anything else as it is.

    A third column of numbers without a name for it stays the third.

    Examples
    --------
    >>> in_order(pd.DataFrame({"y": [1.0], "x": [2.0]})).columns.tolist()
    ['x', 'y']
    """
    if not isinstance(coordinates, pd.DataFrame) or not coordinates.columns.is_unique:
        return coordinates
    found = axes(coordinates.columns)
    if found is None:
        return coordinates
    others = [
        name
        for name in coordinates.columns
        if name not in found and pd.api.types.is_numeric_dtype(coordinates[name])
    ]
    if len(found) == 2 and len(others) == 1 and coordinates.shape[1] == 3:
        found += others
    return coordinates[found]
