"""Images and scale factors of a Visium slice, as far as they are there and whole: domains need neither."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from semst._damaged import DAMAGED
from semst._errors import first_line
from semst._log import logger

from ._content import check_content, read_bytes, read_text
from ._visium_folder import VisiumFiles


def read_images(files: VisiumFiles, *, load_images: bool) -> dict[str, dict[str, Any]]:
    """Read what is whole; the log names what is missing or damaged.

    Returns
    -------
    ``images`` by resolution and ``scalefactors`` by name, both perhaps empty.
    """
    scale = files.optional(r"scalefactors[^/]*\.json(\.gz)?")
    if scale is None:
        missing = files.places[0] / "scalefactors_json.json"
        logger.warning("%s is missing: the images are left out, as nothing says how they are scaled", missing)
        return {"images": {}, "scalefactors": {}}
    factors = _scale_factors(scale)
    images: dict[str, np.ndarray] = {}
    if load_images and factors:
        damaged = False
        for resolution in ("hires", "lowres"):
            file = files.optional(rf"tissue_{resolution}_image\.(png|jpe?g|tiff?)(\.gz)?")
            if file is not None:
                image = _image(file)
                damaged |= image is None
                if image is not None:
                    images[resolution] = image
        if not images and not damaged:
            logger.info("no image of the tissue in %s: pictures will show spots only", files.places[0])
    return {"images": images, "scalefactors": factors}


def _scale_factors(file: Path) -> dict[str, float]:
    try:
        content = json.loads(read_text(file))
        if not isinstance(content, dict):
            raise ValueError("no names with numbers")
        factors = {str(name): value for name, value in content.items() if _is_factor(value)}
        if not factors:
            raise ValueError("it holds no factor")
    except DAMAGED as error:
        logger.warning(
            "%s cannot be read (%s): it and the images are left out, as nothing says how they are scaled",
            file,
            first_line(error),
        )
        return {}
    if left_out := [str(name) for name in content if name not in factors]:
        logger.warning("%s: left out, as they are no positive numbers: %s", file, ", ".join(left_out))
    return factors


def _is_factor(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _image(file: Path) -> np.ndarray | None:
    import io

    from matplotlib import image  # only pictures need it
    from PIL import Image

    name = file.name.lower().removesuffix(".gz")
    unreadable: tuple[type[Exception], ...] = (*DAMAGED, Image.DecompressionBombError)
    try:
        check_content(file)
        return image.imread(io.BytesIO(read_bytes(file)), format=name.rpartition(".")[2])
    except unreadable as error:
        logger.warning("%s cannot be read (%s): the image is left out", file, first_line(error))
        return None
