"""Very many spots as one picture: what a pixel shows is worked out by datashader."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.image import AxesImage

SHADE_ABOVE = 100_000  # more circles than this take minutes and gigabytes
LONG_SIDE = 1_200  # pixels; a panel has some 1,100 when it is saved


def shade_categories(
    ax: Axes, xy: np.ndarray, codes: np.ndarray, colors: Sequence[Any], *, diameter: float
) -> AxesImage:
    """Draw spots in the colour of their category; a pixel with several takes the most frequent one.

    Parameters
    ----------
    ax
        Axes to draw into; its limits stay.
    xy
        Shape (n, 2).
    codes
        Category of every spot, 0 to K - 1, shape (n,).
    colors
        One colour a category.
    diameter
        Of a spot, in data units; at least a pixel.

    Returns
    -------
    The picture in the axes.
    """
    canvas, extent, pixel = _canvas(xy, diameter)
    most = np.zeros((canvas.plot_height, canvas.plot_width), dtype=np.uint32)
    shown = np.full(most.shape, -1, dtype=np.int32)
    for code in range(len(colors)):
        counted = _count(canvas, xy[codes == code])
        better = counted > most
        shown[better] = code
        most[better] = counted[better]
    table = np.vstack([to_rgba_array(list(colors)), np.zeros(4)])  # code -1 takes the last: nothing
    return _show(ax, table[shown], extent, radius=diameter / 2 / pixel)


def shade_values(ax: Axes, xy: np.ndarray, values: np.ndarray, mapped: Any, *, diameter: float) -> AxesImage:
    """Draw spots by value; a pixel with several shows their mean.

    Parameters
    ----------
    ax, xy, diameter
        As in :func:`shade_categories`.
    values
        Value of every spot, shape (n,), finite.
    mapped
        Function from values to rows of red, green, blue and opacity.

    Returns
    -------
    The picture in the axes.
    """
    import datashader as ds

    canvas, extent, pixel = _canvas(xy, diameter)
    frame = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "value": values})
    mean = canvas.points(frame, "x", "y", agg=ds.mean("value")).to_numpy()
    colored = np.asarray(mapped(np.nan_to_num(mean)), dtype=np.float64)
    colored[np.isnan(mean)] = 0.0
    return _show(ax, colored, extent, radius=diameter / 2 / pixel)


def _canvas(xy: np.ndarray, diameter: float) -> tuple[Any, tuple[float, float, float, float], float]:
    """A canvas around all spots, its extent in data units, and the width of a pixel."""
    import datashader as ds  # compiles on import

    low, high = xy.min(axis=0) - diameter, xy.max(axis=0) + diameter
    pixel = float((high - low).max()) / LONG_SIDE
    width, height = (max(1, round(float(side) / pixel)) for side in high - low)
    x, y = (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))
    return ds.Canvas(plot_width=width, plot_height=height, x_range=x, y_range=y), (*x, *y), pixel


def _count(canvas: Any, xy: np.ndarray) -> np.ndarray:
    import datashader as ds

    frame = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]})
    return np.asarray(canvas.points(frame, "x", "y", agg=ds.count()).to_numpy())


def _show(
    ax: Axes, colored: np.ndarray, extent: tuple[float, float, float, float], *, radius: float
) -> AxesImage:
    """Widen coloured pixels (height, width, 4) to discs of ``radius`` pixels and put them into the axes."""
    import xarray as xr
    from datashader import transfer_functions as tf

    bytes_ = np.ascontiguousarray(np.round(colored * 255), dtype=np.uint8)
    packed = xr.DataArray(bytes_.view(np.uint32)[..., 0], dims=["y", "x"])
    spread = (
        tf.spread(tf.Image(packed), px=round(radius), shape="circle", how="over") if radius >= 0.5 else packed
    )
    image = np.ascontiguousarray(spread.to_numpy())
    return ax.imshow(
        image.view(np.uint8).reshape(*image.shape, 4),
        extent=extent,
        origin="lower",
        interpolation="antialiased",
        aspect=ax.get_aspect(),
        zorder=1,
    )
