"""Domains of all models beside the annotation, in rows of a few."""

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.figure import Figure

from semst.metrics import ari
from semst.pl._figure import aspect_of, new_panels
from semst.pl._labels import get_labels, matched_colors
from semst.pl._palette import category_colors
from semst.pl._tissue import draw_domains, flat_coordinates

from ._protocol import named

N_COLUMNS = 4


def draw_maps(adata: AnnData, truth: str, domains: dict[str, np.ndarray], *, spatial_key: str) -> Figure:
    """Draw the annotation and every model's domains, matched to its colours; titles carry the ARI.

    Parameters
    ----------
    adata
        The slice.
    truth
        ``obs`` column of the annotation.
    domains
        Domains 0 to K - 1 (-1: none) by the model's name.
    spatial_key
        ``obsm`` slot of the coordinates.

    Returns
    -------
    The figure, the annotation first.
    """
    reference = get_labels(adata, truth)
    colors = category_colors(adata, truth, reference.categories, None)
    xy = flat_coordinates(adata, spatial_key=spatial_key)
    n_rows = -(-(len(domains) + 1) // N_COLUMNS)
    figure, axes = new_panels(n_rows, N_COLUMNS, aspect=aspect_of(xy))
    for ax in axes.flat[len(domains) + 1 :]:
        ax.set_axis_off()
    options: dict[str, Any] = {"image": None, "img_alpha": 0.0, "size": 1.0}
    draw_domains(axes.flat[0], xy, reference, colors, **options)
    axes.flat[0].set_title("annotation", fontsize=10)
    for ax, (name, codes) in zip(axes.flat[1:], domains.items(), strict=False):
        labels = pd.Categorical(named(codes))
        draw_domains(ax, xy, labels, matched_colors(labels, reference, colors), **options)
        ax.set_title(f"{name} ({ari(reference, labels):.2f})", fontsize=10)
    return figure
