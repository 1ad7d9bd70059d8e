"""Semantic vectors as arms of a benchmark: sources, controls, and what the vectors carry on their own."""

from typing import Any

import numpy as np
from anndata import AnnData

from semst import gr, pp, tl
from semst.data import spread

BIAS_ONLY = (
    "bias-only"  # the same vector for every spot: FSM can learn a scale and a shift, and nothing of spots
)
N_DIMENSIONS = 384  # that of MiniLM, so that arms differ in content and not in shape
N_NEIGHS = 12
N_COMPONENTS = 20


def semantics_of(name: str, n_spots: int) -> Any:
    """What to give a model as ``semantics=``: the control ``"bias-only"`` is an array, all else a name."""
    return np.ones((n_spots, N_DIMENSIONS), dtype=np.float32) if name == BIAS_ONLY else name


def semantic_rows(
    adata: AnnData,
    source: str | None,
    reading: dict[str, Any],
    *,
    random_state: int,
    progress: bool = False,
    k_g: int = 20,
    ranking: Any = "expression",
    smooth: bool = True,
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Embed every spot by its genes' meaning alone.

    Parameters
    ----------
    adata
        The slice.
    source
        See :func:`semst.semantics.available`; ``None`` takes ``"minilm-genes"``.
    reading
        Where things are in ``adata``.
    random_state
        Seed of the controls.
    progress
        Show the language model's progress.
    k_g, ranking
        Genes per spot in prompts.
    smooth
        Average the vectors over 12 neighbours, as the default does before FSM sees them.

    Returns
    -------
    20 principal components of the vectors; the vectors as the source gives them; and the source's record.
    """
    found = tl.semantic_vectors(
        adata,
        source or "minilm-genes",
        random_state=random_state,
        k_g=k_g,
        ranking=ranking,
        progress=progress,
        copy=True,
        **reading,
    )
    assert found is not None  # a copy
    vectors = np.asarray(found.obsm["X_semantic"])
    kept = np.isfinite(vectors).all(axis=1)
    rows = vectors[kept]
    if smooth:
        samples = None if reading["sample_key"] is None else adata.obs[reading["sample_key"]].to_numpy()[kept]
        xy = np.asarray(adata.obsm[reading["spatial_key"]])[kept]
        rows = gr.smooth(rows, gr.spatial_graph(xy, n_neighs=N_NEIGHS, samples=samples).adjacency)
    rows = pp.fit_components(rows, n_components=N_COMPONENTS).project(rows)
    return spread(rows, kept), vectors, found.uns["semantic"]
