"""A made-up cortex: a Visium-like slice whose layers are known, for demos and tests without a network."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst import _keys
from semst._errors import SemSTError

from ._symbols import BACKGROUND, LAYERS, MARKERS, PROGRAMMES

_PITCH = 100.0  # micrometres from spot to spot, as on a Visium slide
_THICKNESS = np.array([0.10, 0.09, 0.21, 0.11, 0.18, 0.17, 0.14])  # of L1 ... WM, as shares of the depth
_STEP = np.array([0.0, 0.16, 0.1, 0.1, 0.1, 0.13, 0.4])  # how much any gene may change from layer to layer
_N_KNOWN = 2  # the best known markers of a layer, abundant and clear enough to be seen in a picture
_EDGE = 0.015  # how far a layer's genes fade beyond its borders, as a share of the depth
_BLOCK = 2_000  # spots drawn in one go, so that the dense intermediate stays small


def simulated_cortex(
    n_spots: int = 1_800,
    n_genes: int = 600,
    *,
    random_state: int = 0,
    mean_counts: float = 900.0,
    effect: float = 1.0,
    unannotated: float = 0.01,
) -> AnnData:
    """Simulate a Visium slice of human cortex with six curved layers and white matter.

    Spots lie on a hexagonal grid, 100 micrometres apart. Each layer raises its marker genes (real human
    symbols); vessels, blood, interneurons, microglia, activity and respiration vary from spot to spot
    whatever the layer, so that single spots are hard to tell apart and their neighbours help. Counts are
    zero-inflated negative binomial with a depth of its own for every spot, drawn in blocks: memory grows with
    the counts that are not zero.

    Parameters
    ----------
    n_spots
        Number of spots; 7 or more.
    n_genes
        Number of genes, 7 to about 850. Markers come first, then the programmes above, then genes that hardly
        tell the layers apart.
    random_state
        Seed. The same seed gives the same slice.
    mean_counts
        Mean number of counts of a spot.
    effect
        Strength of the markers: 1 for a demanding slice, 0 for no layers at all.
    unannotated
        Share of spots without a known layer, 0 to below 1.

    Returns
    -------
    Slice with counts in ``X`` (csr, float32); the layer in ``obs["ground_truth"]`` (categorical, NaN = not
    annotated), ``obs["array_row"]``, ``obs["array_col"]``, ``obs["in_tissue"]``; ``var["marker_of"]``;
    micrometres (x, y) in ``obsm["spatial"]``; the settings in ``uns["simulation"]``.

    Raises
    ------
    SemSTError
        If a number is outside its range.

    Examples
    --------
    >>> adata = simulated_cortex(300, 100)
    >>> adata.shape, list(adata.obs["ground_truth"].cat.categories)
    ((300, 100), ['L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'WM'])
    """
    names = _names()
    _check(n_spots, n_genes, len(names), mean_counts, effect, unannotated)
    rng = np.random.default_rng(random_state)
    rows, columns = _hexagonal_grid(n_spots)
    xy = np.column_stack([columns * _PITCH / 2, rows * _PITCH * np.sqrt(3) / 2])
    depth, across = _cortical_depth(xy, rng)
    layer = np.digitize(depth, np.cumsum(_THICKNESS)[:-1])

    names = sorted(names[:n_genes])
    log_base, layer_effect, programme_effect, drift = _gene_profiles(names, effect, rng)
    dispersion = rng.uniform(5.0, 30.0, len(names))
    dropout = rng.uniform(0.0, 0.05, len(names))
    size = mean_counts * _depths(depth, across, layer, effect, rng)
    activity = rng.gamma(1.5, 0.5, (n_spots, len(PROGRAMMES)))

    def log_mean(block: slice) -> np.ndarray:
        return (
            log_base
            + _membership(depth[block]) @ layer_effect
            + np.minimum(activity[block], 3.0) @ programme_effect
            + (across[block, None] - 0.5) * drift
        )

    counts = _draw(log_mean, size, dispersion, dropout, rng)
    truth = pd.Categorical(np.array(LAYERS)[layer], categories=list(LAYERS))
    truth[rng.choice(n_spots, int(round(unannotated * n_spots)), replace=False)] = np.nan
    marker_of = {gene: name for name, genes in MARKERS.items() for gene in genes}
    return AnnData(
        counts,
        obs=pd.DataFrame(
            {"ground_truth": truth, "in_tissue": 1, "array_row": rows, "array_col": columns},
            index=[f"spot_{row}x{column}" for row, column in zip(rows, columns, strict=True)],
        ),
        var=pd.DataFrame({"marker_of": [marker_of.get(name, "") for name in names]}, index=names),
        obsm={_keys.SPATIAL: xy},
        uns={
            "simulation": {
                "n_spots": n_spots,
                "n_genes": n_genes,
                "random_state": random_state,
                "mean_counts": mean_counts,
                "effect": effect,
                "unannotated": unannotated,
            }
        },
    )


def _check(
    n_spots: int, n_genes: int, n_names: int, mean_counts: float, effect: float, unannotated: float
) -> None:
    if n_spots < len(LAYERS):
        raise SemSTError(f"n_spots is {n_spots}. At least {len(LAYERS)} are needed, one for each layer.")
    if not len(LAYERS) <= n_genes <= n_names:
        raise SemSTError(f"n_genes is {n_genes}. Accepted: {len(LAYERS)} to {n_names}, the symbols at hand.")
    if mean_counts <= 0:
        raise SemSTError(f"mean_counts is {mean_counts}. It must be above 0.")
    if effect < 0:
        raise SemSTError(f"effect is {effect}. It must be 0 (no layers) or more.")
    if not 0 <= unannotated < 1:
        raise SemSTError(f"unannotated is {unannotated}. It must be 0 or more and below 1.")


def _names() -> list[str]:
    """All symbols; the first k of them hold about as many markers of each layer, for any k."""
    ordered: list[str] = []
    for groups in (MARKERS, PROGRAMMES):
        longest = max(len(genes) for genes in groups.values())
        ordered += [genes[i] for i in range(longest) for genes in groups.values() if i < len(genes)]
    return ordered + list(BACKGROUND)


def _hexagonal_grid(n_spots: int) -> tuple[np.ndarray, np.ndarray]:
    """Visium's ``array_row`` and ``array_col`` (odd rows are shifted; columns count half pitches)."""
    n_rows = max(int(round(np.sqrt(n_spots * 2 / np.sqrt(3)))), 1)
    row, place = np.divmod(np.arange(n_spots), -(-n_spots // n_rows))
    return row, 2 * place + row % 2


def _cortical_depth(xy: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Depth below the surface and position along it, both from 0 to 1: a fold, seen from the side."""
    x, y = (xy - xy.min(axis=0)).T / max(np.ptp(xy, axis=0).max(), 1.0)
    shift, bend = rng.uniform(0, 2 * np.pi), rng.uniform(0.13, 0.19)
    wave = bend * np.sin(2.4 * x + shift) + 0.025 * np.sin(9.0 * x + 2 * shift)
    depth = y + wave + 0.10 * (x - 0.5) ** 2
    return _to_unit(depth), _to_unit(x)


def _to_unit(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / max(np.ptp(values), 1e-12)


def _membership(depth: np.ndarray) -> np.ndarray:
    """How much of each layer a spot at this depth belongs to (spots x layers)."""
    edges = np.concatenate([[-np.inf], np.cumsum(_THICKNESS)[:-1], [np.inf]])
    above = 1 / (1 + np.exp(np.clip(-(depth[:, None] - edges) / _EDGE, -50, 50)))
    return above[:, :-1] - above[:, 1:]


def _gene_profiles(
    names: list[str], effect: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Log abundance, log fold change by layer and by programme, and drift along the slice, gene by gene."""
    n = len(names)
    log_base = rng.normal(0.0, 1.3, n)
    strength = rng.uniform(0.25, 0.65, n)
    known = np.isin(names, [gene for genes in MARKERS.values() for gene in genes[:_N_KNOWN]])
    log_base[known], strength[known] = 1.5, 0.9
    neighbours = rng.uniform(0.2, 0.6, n)  # markers are seldom exclusive: the layers beside show them too
    layer_effect = np.zeros((len(LAYERS), n))
    for gene, name in enumerate(names):
        for layer, markers in enumerate(MARKERS.values()):
            if name in markers:
                layer_effect[layer, gene] += strength[gene] * (2 if layer == len(LAYERS) - 1 else 1)
                for beside in (layer - 1, layer + 1):
                    if 0 <= beside < len(LAYERS) - 1:  # white matter shares none
                        layer_effect[beside, gene] += strength[gene] * neighbours[gene]
    faint = np.cumsum(_STEP[:, None] * rng.normal(size=(len(LAYERS), n)), axis=0) * (rng.random(n) < 0.5)
    programme_effect = np.zeros((len(PROGRAMMES), n))
    for programme, members in enumerate(PROGRAMMES.values()):
        programme_effect[programme] = np.isin(names, members) * rng.uniform(0.3, 0.8, n)
    drift = rng.normal(0.0, 0.10, n)
    return log_base, effect * (layer_effect + faint), programme_effect, drift


def _depths(
    depth: np.ndarray, across: np.ndarray, layer: np.ndarray, effect: float, rng: np.random.Generator
) -> np.ndarray:
    """Relative library sizes around 1: by chance, by layer and along the slice."""
    by_layer = np.array([0.8, 1.05, 1.1, 1.05, 1.05, 0.95, 0.7])[layer] ** effect
    size = by_layer * (1 + 0.25 * np.sin(2 * np.pi * across) * depth) * rng.lognormal(0.0, 0.4, len(depth))
    return size / size.mean()


def _draw(
    log_mean: Callable[[slice], np.ndarray],
    size: np.ndarray,
    dispersion: np.ndarray,
    dropout: np.ndarray,
    rng: np.random.Generator,
) -> sparse.csr_matrix:
    """Zero-inflated negative binomial counts as a gamma-Poisson mixture, block by block."""
    parts = []
    for start in range(0, len(size), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(size)))
        mean = np.exp(log_mean(block))
        mean *= size[block, None] / mean.sum(axis=1, keepdims=True)
        mean *= rng.standard_gamma(dispersion, mean.shape) / (dispersion * (1 - dropout))
        counts = rng.poisson(mean)
        counts *= rng.random(mean.shape, dtype=np.float32) >= dropout
        parts.append(sparse.csr_matrix(counts, dtype=np.float32))
    return sparse.vstack(parts, format="csr")
