"""Domains of all models beside the annotation, in rows of a few."""

import numpy as np
from anndata import AnnData
from matplotlib.figure import Figure

from semst import pl
from semst.cluster import match_labels
from semst.metrics import ari

from ._protocol import named

N_COLUMNS = 4
_PANEL = 3.6  # inches that the longer side of a panel has


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
    import matplotlib.pyplot as plt

    reference = adata.obs[[truth]].astype("string").astype("category")
    shown = AnnData(obs=reference, obsm={spatial_key: adata.obsm[spatial_key]})
    titles = {truth: "annotation"}
    for number, (name, codes) in enumerate(domains.items()):
        labels = named(codes)
        shown.obs[f"domains {number}"] = match_labels(labels, reference[truth])
        titles[f"domains {number}"] = f"{name} ({ari(reference[truth], labels):.2f})"
    classes = list(reference[truth].cat.categories)
    others = sorted({str(name) for key in titles for name in shown.obs[key].dropna().unique()} - set(classes))
    colors = dict(zip([*classes, *others], pl.palette(len(classes) + len(others)), strict=True))
    extent = np.ptp(np.asarray(adata.obsm[spatial_key])[:, :2], axis=0)
    wide, high = _PANEL * np.clip(extent / extent.max(), 0.3, 1)
    n_rows = -(-len(titles) // N_COLUMNS)
    figure, axes = plt.subplots(
        n_rows,
        N_COLUMNS,
        figsize=(N_COLUMNS * wide + 0.3, n_rows * (high + 0.45)),
        layout="compressed",
        squeeze=False,
    )
    for ax, (key, title) in zip(axes.flat, titles.items(), strict=False):
        pl.domains(shown, key, spatial_key=spatial_key, img=False, colors=colors, ax=ax)
        ax.get_legend().remove()  # the colours are those of the annotation in every panel
        ax.set_title(title, fontsize=10)
    for unused in axes.flat[len(titles) :]:
        unused.set_axis_off()
    return figure
