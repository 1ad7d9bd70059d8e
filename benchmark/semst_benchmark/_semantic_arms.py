"""Semantic vectors as arms of a benchmark: sources, controls, and what the vectors carry on their own."""

from typing import Any

import numpy as np
from anndata import AnnData
from semst.tl._slice import read_slice

from semst import SemSTError, gr, pp, semantics
from semst.tl._result import spread

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
    data, kept = read_slice(adata, **{key: value for key, value in reading.items() if value is not None})
    features = pp.semst_features(data.counts, data.genes, depth=data.depth)
    found = semantics.embed_spots(
        data.counts[:, data.genes.get_indexer(features.genes)].tocsr(),
        list(map(str, features.genes)),
        source=source or "minilm-genes",
        k_g=k_g,
        ranking=ranking,
        random_state=random_state,
        progress=progress,
    )
    if found.vectors is None:
        raise SemSTError(f"The source {source!r} gives no vectors, so there is nothing to embed spots by.")
    rows = found.vectors
    if smooth:
        rows = gr.smooth(
            rows, gr.spatial_graph(data.coordinates, n_neighs=N_NEIGHS, samples=data.samples).adjacency
        )
    rows = pp.fit_components(rows, n_components=N_COMPONENTS).project(rows)
    return spread(rows, kept), spread(found.vectors, kept), found.info
