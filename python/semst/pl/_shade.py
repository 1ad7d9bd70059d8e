"""Very many spots as one picture: what a pixel shows is counted, and then grown to a disc."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.image import AxesImage
from scipy.ndimage import distance_transform_edt

SHADE_ABOVE = 100_000  # more circles than this take minutes and gigabytes
LONG_SIDE = 1_200  # pixels; a panel has some 1,100 when it is saved


def shade_categories(
    ax: Axes, xy: np.ndarray, codes: np.ndarray, colors: Sequence[Any], *, diameter: float
) -> AxesImage:
    """Draw spots in the colour of their category; a pixel with several takes the most frequent one.

    Categories are 0 to K - 1, a colour each. The diameter is in data units, and at least a pixel.
    """
    grid = _Grid.around(xy, diameter)
    cells = grid.cells(xy)
    most = np.zeros(grid.size, dtype=np.int64)
    shown = np.full(grid.size, -1)
    for code in range(len(colors)):
        counted = np.bincount(cells[codes == code], minlength=grid.size)
        better = counted > most
        shown[better] = code
        most[better] = counted[better]
    table = np.vstack([to_rgba_array(list(colors)), np.zeros(4)])  # code -1 takes the last: nothing
    return grid.show(ax, table[shown])


def shade_values(ax: Axes, xy: np.ndarray, values: np.ndarray, mapped: Any, *, diameter: float) -> AxesImage:
    """Draw spots by value; a pixel with several shows their mean.

    ``mapped`` makes rows of red, green, blue and opacity of values, all of them finite.
    """
    grid = _Grid.around(xy, diameter)
    cells = grid.cells(xy)
    counted = np.bincount(cells, minlength=grid.size)
    mean = np.bincount(cells, weights=values, minlength=grid.size) / np.maximum(counted, 1)
    colored = np.asarray(mapped(mean), dtype=np.float64)
    colored[counted == 0] = 0.0
    return grid.show(ax, colored)


@dataclass(frozen=True)
class _Grid:
    """Pixels around all spots."""

    low: np.ndarray  # corner with the smallest coordinates (x, y)
    pixel: float  # its width in data units
    width: int  # in pixels
    height: int
    radius: float  # of a spot, in pixels

    @classmethod
    def around(cls, xy: np.ndarray, diameter: float) -> "_Grid":
        low, high = xy.min(axis=0) - diameter, xy.max(axis=0) + diameter
        pixel = float((high - low).max()) / LONG_SIDE
        width, height = (max(1, round(float(side) / pixel)) for side in high - low)
        return cls(low, pixel, width, height, diameter / 2 / pixel)

    @property
    def size(self) -> int:
        return self.width * self.height

    def cells(self, xy: np.ndarray) -> np.ndarray:
        """Pixel of every spot, counted row by row."""
        column, row = ((xy - self.low) / self.pixel).astype(np.int64).T
        return np.minimum(row, self.height - 1) * self.width + np.minimum(column, self.width - 1)

    def show(self, ax: Axes, colored: np.ndarray) -> AxesImage:
        """Put pixels (n_pixels, 4) into the axes, each one grown to a disc; the nearest disc is on top."""
        image = colored.reshape(self.height, self.width, 4)
        reach = round(self.radius)
        if reach:
            empty = image[..., 3] == 0
            distance, nearest = distance_transform_edt(empty, return_indices=True)
            image = np.where((distance <= reach + 0.5)[..., None], image[tuple(nearest)], 0.0)
        (left, bottom), (width, height) = self.low, (self.width * self.pixel, self.height * self.pixel)
        return ax.imshow(
            np.round(image * 255).astype(np.uint8),
            extent=(float(left), float(left + width), float(bottom), float(bottom + height)),
            origin="lower",
            interpolation="antialiased",
            aspect=ax.get_aspect(),
            zorder=1,
        )
