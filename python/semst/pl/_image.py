"""The tissue image of a library, placed in the coordinates of the spots."""

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import KDTree

from semst._log import logger

from ._library import Library, mapping, positive, scale_factors

SMALLEST, LARGEST = 0.1, 3.0  # diameter of a spot over the distance to the next


class TissueImage(NamedTuple):
    """An image, where it lies in the spots' coordinates, and how large a spot is there."""

    pixels: np.ndarray
    extent: tuple[float, float, float, float]  # left, right, bottom, top, as imshow takes it
    spot_diameter: float | None


def image_of(library: Library, xy: np.ndarray) -> TissueImage | None:
    """Find the image of a library; ``None`` where it has none, or not one of these spots.

    ``xy`` (n, 2) are the spots of the slice, in pixels of the full-resolution image.
    """
    images, factors = mapping(library.get("images")), scale_factors(library)
    for resolution in ("hires", "lowres"):
        pixels, factor = (
            _pixels(images.get(resolution)),
            positive(factors.get(f"tissue_{resolution}_scalef")),
        )
        if pixels is None or factor is None:
            continue
        height, width = pixels.shape[:2]
        # whole numbers are the middle of a pixel, so the image begins half a pixel before 0
        extent = (-0.5 / factor, (width - 0.5) / factor, (height - 0.5) / factor, -0.5 / factor)
        inside = (
            (xy[:, 0] > extent[0]) & (xy[:, 0] < extent[1]) & (xy[:, 1] > extent[3]) & (xy[:, 1] < extent[2])
        )
        if inside.mean() < 0.5:
            logger.warning(
                "no tissue image drawn: %d of %d spots lie outside of it (are the coordinates in pixels of "
                "the full-resolution image?)",
                int((~inside).sum()),
                len(xy),
            )
            return None
        return TissueImage(pixels, extent, _diameter(factors.get("spot_diameter_fullres"), xy))
    return None


def _pixels(image: Any) -> np.ndarray | None:
    """Pixels as Matplotlib takes them: rows x columns, or with 3 or 4 colours; ``None`` for all else."""
    if image is None:
        return None
    pixels = np.asarray(image)
    known = pixels.dtype.kind in "fiub" and pixels.size
    if not known or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))):
        logger.info("no tissue image drawn: one of shape %s and type %s", pixels.shape, pixels.dtype)
        return None
    if pixels.dtype.kind == "f" and pixels.max() > 1:
        return pixels / 255
    if (
        pixels.dtype.kind in "iu" and pixels.dtype.itemsize > 1
    ):  # 16 bits a channel, which Matplotlib would cut
        return pixels / max(float(pixels.max()), 1.0)
    return pixels


def _diameter(value: Any, xy: np.ndarray) -> float | None:
    """Diameter of a spot, where it can be one: not many times the distance to the next, nor nothing."""
    diameter = positive(value)
    if diameter is None or len(xy) < 2:
        return diameter
    apart = np.median(KDTree(xy).query(xy, k=2)[0][:, 1])
    if apart > 0 and not SMALLEST <= diameter / apart <= LARGEST:
        logger.debug(
            "the diameter of a spot, %g, does not go with spots that are %g apart, and is not made use of",
            diameter,
            apart,
        )
        return None
    return diameter
