"""The tissue image in scanpy's uns["spatial"], placed in the coordinates of the spots."""

from typing import NamedTuple

import numpy as np
from anndata import AnnData

from semst import _keys
from semst._log import logger


class TissueImage(NamedTuple):
    """An image, where it lies in the spots' coordinates, and how large a spot is there."""

    pixels: np.ndarray
    extent: tuple[float, float, float, float]  # left, right, bottom, top, as imshow takes it
    spot_diameter: float | None


def tissue_image(
    adata: AnnData, xy: np.ndarray, *, sample: str | None, spatial_key: str = _keys.SPATIAL
) -> TissueImage | None:
    """Find the image that belongs to ``sample`` (the only one, if no slice is named); ``None`` if none does.

    The slice picks the library of its name in ``uns["spatial"]``. ``xy`` (n, 2) are the spots to be drawn, in
    pixels of the full-resolution image: images lie in the coordinates of ``"spatial"``, and in no others.
    """
    libraries = adata.uns.get("spatial")
    if not hasattr(libraries, "keys") or len(libraries) == 0:
        return None
    if spatial_key != _keys.SPATIAL:
        logger.info(
            'no tissue image drawn: it lies in the coordinates of obsm["spatial"], not of obsm["%s"]',
            spatial_key,
        )
        return None
    if sample in libraries:
        library = libraries[sample]
    elif sample is not None:
        logger.info('no tissue image drawn: uns["spatial"] has none named as the slice "%s"', sample)
        return None
    elif len(libraries) == 1:
        library = next(iter(libraries.values()))
    else:
        named = ", ".join(f'"{name}"' for name in libraries)
        logger.info(
            'no tissue image drawn: uns["spatial"] has several (%s); give sample_key=... with these names',
            named,
        )
        return None
    images = library.get("images", {})
    factors = library.get("scalefactors", {})
    for resolution in ("hires", "lowres"):
        pixels, factor = images.get(resolution), factors.get(f"tissue_{resolution}_scalef")
        if pixels is None or factor is None:
            continue
        pixels, factor = np.asarray(pixels), float(factor)
        if pixels.dtype.kind == "f" and pixels.size and pixels.max() > 1:
            pixels = pixels / 255
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
        diameter = factors.get("spot_diameter_fullres")
        return TissueImage(pixels, extent, None if diameter is None else float(diameter))
    return None
