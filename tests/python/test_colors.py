"""Colours that are kept with the data, and shades."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb

from semst import pl
from semst._colors import _oklab, colors_of, shades, shades_apart


def lightness(color):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(luminance) - 16 if luminance > 0.008856 else 903.3 * luminance


@pytest.mark.parametrize("color", [*pl.palette(24), "black", "white", "red"])
def test_shades_go_from_dark_to_light_and_stay_apart(color):
    for n in (2, 3, 5):
        steps = np.diff([lightness(shade) for shade in shades(color, n)])
        assert (steps > 20 / (n - 1)).all()  # of CIELAB's 100 from black to white


@pytest.mark.parametrize("color", ["#0072B2", "#009E73", "#D55E00", "#CC79A7"])
def test_shades_keep_the_hue(color):
    hue = rgb_to_hsv(to_rgb(color))[0]
    for shade in shades(color, 4):
        turned = abs(rgb_to_hsv(to_rgb(shade))[0] - hue)
        assert min(turned, 1 - turned) < 0.06


def test_one_shade_is_about_the_colour_itself():
    assert np.abs(np.subtract(to_rgb(shades("#56B4E9", 1)[0]), to_rgb("#56B4E9"))).max() < 0.06


def test_colours_are_those_in_uns_or_the_palettes():
    column = pd.Categorical(["b", "a", "b"], categories=["b", "a", "unused"])
    adata = ad.AnnData(np.ones((3, 1)), obs=pd.DataFrame({"d": column}, index=list("xyz")))
    assert colors_of(adata, "d", ["b", "a"]) == dict(zip("ba", pl.palette(2), strict=True))
    adata.uns["d_colors"] = ["red", "#123456"]
    assert colors_of(adata, "d", ["a", "b"]) == {"a": "#123456", "b": "red"}
    adata.uns["d_colors"] = ["red", "no colour"]
    assert colors_of(adata, "d", ["b", "a"]) == dict(zip("ba", pl.palette(2), strict=True))


def test_shades_are_not_taken_for_the_other_domains():
    palette = pl.palette(7)
    for color in palette:
        others = [other for other in palette if other != color]
        found = shades_apart(color, 2, others)
        nearest = min(np.linalg.norm(_oklab(one) - _oklab(two)) for one in found for two in others)
        plain = min(np.linalg.norm(_oklab(one) - _oklab(two)) for one in shades(color, 2) for two in others)
        assert nearest >= min(plain, 0.1) and nearest > 0.06, color
        assert lightness(found[1]) - lightness(found[0]) > 0.2
    assert shades_apart("#0072B2", 3, []) == shades("#0072B2", 3)
