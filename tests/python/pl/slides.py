"""Small slices on a hexagonal grid, with images."""

import anndata as ad
import numpy as np
import pandas as pd
from matplotlib.collections import EllipseCollection


def hexagons(n_rows=8, n_columns=9, pitch=100.0):
    row, column = np.mgrid[:n_rows, :n_columns]
    x = pitch * (column + 0.5 * (row % 2))
    return np.stack([x.ravel(), (pitch * np.sqrt(3) / 2 * row).ravel()], axis=1)


def slide():
    """72 spots: two domains, and three spots without one."""
    xy = hexagons()
    labels = np.where(xy[:, 1] < 300, "top", "bottom").astype(object)
    labels[:3] = None
    return ad.AnnData(
        np.ones((len(xy), 2), np.float32),
        obs=pd.DataFrame({"semst": pd.Categorical(labels)}, index=[f"s{i}" for i in range(len(xy))]),
        obsm={"spatial": xy},
    )


def with_image(adata, *, factor=0.5, name="slide", diameter=None, shape=(400, 480, 3)):
    factors = {"tissue_hires_scalef": factor}
    if diameter is not None:
        factors["spot_diameter_fullres"] = diameter
    pixels = np.full(shape, 200, np.uint8)
    adata.uns.setdefault("spatial", {})[name] = {"images": {"hires": pixels}, "scalefactors": factors}
    return adata


def spots_of(ax):
    return [c for c in ax.collections if isinstance(c, EllipseCollection)]


def places_of(ax):
    """Places of all spots that are drawn, in order."""
    return np.vstack([np.asarray(spots.get_offsets()) for spots in spots_of(ax)])


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]
