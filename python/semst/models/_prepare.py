"""From counts, coordinates and semantic vectors to the tensors of the network."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch

from semst import gr, pp
from semst._validate import StoredCounts
from semst.nn import Propagation, Targets

from ._config import SemSTConfig
from ._inputs import NetworkInputs
from ._semantic_inputs import SemanticScale, smooth_and_centre
from ._tiles import split_tissue


@dataclass(frozen=True)
class Slice:
    """What a run needs to know of the data: every spot has counts and a position.

    Attributes
    ----------
    counts
        Raw counts, shape (n_spots, n_genes); or :class:`semst._validate.StoredCounts`, read block by block.
    genes
        Gene symbols, shape (n_genes,).
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    samples
        Label of the slice every spot belongs to, or ``None`` for one slice.
    depth
        Library sizes where the matrix holds only part of the genes.
    image
        Features of the image at every spot, shape (n_spots, p), for models that use them.
    """

    counts: sp.csr_matrix | StoredCounts
    genes: pd.Index
    coordinates: np.ndarray
    samples: np.ndarray | None = None
    depth: np.ndarray | None = None
    image: np.ndarray | None = None


@dataclass(frozen=True)
class Graphs:
    """The two graphs of a run, binary, symmetric and without self loops."""

    spatial: gr.SpatialGraph
    expression: sp.csr_matrix
    scales: list[sp.csr_matrix] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """Describe the graphs in plain values."""
        return {
            "radius": np.nan if self.spatial.radius is None else self.spatial.radius,
            "mean_degree": self.spatial.mean_degree,
            "n_isolated": self.spatial.n_isolated,
            "expression_mean_degree": self.expression.nnz / self.expression.shape[0],
        }


@dataclass(frozen=True)
class Projections:
    """What was fitted to the data ahead of training, so that other slices can be treated alike."""

    components: pp.Components | None
    input_scale: float
    linear: pp.Components | None
    linear_scale: float
    semantic_mean: np.ndarray | None
    semantic_scale: float
    gene_deviation: np.ndarray | None = None


def prepare_features(data: Slice, config: SemSTConfig) -> pp.Features:
    """Counts to model features, the way the preset asks for.

    Parameters
    ----------
    data
        The slice.
    config
        Preset and choice of genes.

    Returns
    -------
    Inputs and targets, each (n_spots, n_chosen_genes).

    Raises
    ------
    SemSTError
        If no gene is left.

    Examples
    --------
    >>> import semst
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> prepare_features(data, SemSTConfig(n_top_genes=50)).inputs.shape
    (120, 50)
    """
    prepare = pp.paper_features if config.preset == "paper" else pp.semst_features
    return prepare(
        data.counts,
        data.genes,
        n_top_genes=config.n_top_genes,
        min_spots=config.min_spots,
        depth=data.depth,
    )


def nearest_spots(data: Slice, n_neighs: int) -> sp.csr_matrix:
    """Join every spot with its nearest ones; a slice of few spots has fewer to join."""
    return gr.nearest_neighbours(data.coordinates, n_neighs=n_neighs, samples=data.samples, or_all=True)


def _pooling(data: Slice, n_neighs: int) -> sp.csr_matrix | None:
    """Sum over a spot and its nearest ones; ``None`` for single spots."""
    if not n_neighs:
        return None
    return sp.csr_matrix(nearest_spots(data, n_neighs) + sp.eye(len(data.coordinates)), dtype=np.float32)


def assemble(
    data: Slice,
    features: pp.Features,
    spatial: gr.SpatialGraph,
    semantic: np.ndarray | None,
    config: SemSTConfig,
    *,
    random_state: int = 0,
    projections: Projections | None = None,
) -> tuple[NetworkInputs, Graphs, Projections]:
    """Build both graphs and every tensor of the network.

    Parameters
    ----------
    data, features
        The slice and its features.
    spatial
        The spatial graph.
    semantic
        Semantic vectors, shape (n_spots, d'), or ``None``.
    config
        Settings.
    random_state
        Seed of the approximate neighbour search.
    projections
        Fitted to an earlier slice; ``None`` fits them here.

    Returns
    -------
    Inputs of the network, the graphs, and what was fitted.

    Examples
    --------
    >>> import semst
    >>> from semst.tl._slice import read_slice
    >>> data, _ = read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> config = SemSTConfig(n_top_genes=50)
    >>> features, spatial = prepare_features(data, config), gr.spatial_graph(data.coordinates, n_neighs=12)
    >>> inputs, graphs, _ = assemble(data, features, spatial, None, config)
    >>> inputs.spatial.shape, len(graphs.scales)
    (torch.Size([120, 15]), 3)
    """
    components = projections.components if projections else None
    values: sp.csr_matrix | np.ndarray = features.inputs
    input_scale = 1.0
    if config.n_pcs:
        if components is None:
            components = pp.fit_components(features.inputs, n_components=config.n_pcs)
        scores = components.project(features.inputs)
        input_scale = projections.input_scale if projections else float(scores[:, 0].std()) or 1.0
        values = scores / input_scale
    # neighbours by expression are found where single-spot noise has been averaged out
    smooth = gr.smooth(values, spatial.adjacency) if config.n_pcs else values
    wanted = min(config.n_expression_neighs, max(len(data.coordinates) - 1, 1))
    expression = gr.expression_graph(smooth, n_neighs=wanted, random_state=random_state)

    scales = [nearest_spots(data, k) for k in config.scales]
    linear, linear_map, linear_scale = None, None, 1.0
    if scales:
        stacked = np.hstack([gr.smooth(values, graph) for graph in scales])
        linear_map = projections.linear if projections else None
        if linear_map is None:
            linear_map = pp.fit_components(stacked, n_components=config.n_latent)
        linear = linear_map.project(stacked)
        linear_scale = projections.linear_scale if projections else float(linear.std()) or 1.0
        linear = linear / linear_scale
        if linear.shape[1] < config.n_latent:  # few genes or scales: the network has the other axes to itself
            linear = np.pad(linear, ((0, 0), (0, config.n_latent - linear.shape[1])))

    semantic_mean, semantic_scale = None, 1.0
    if semantic is not None and config.smooth_semantics:
        scale = None
        if projections is not None and projections.semantic_mean is not None:
            scale = SemanticScale(projections.semantic_mean, projections.semantic_scale)
        semantic, scale = smooth_and_centre(semantic, spatial.adjacency, scale=scale)
        semantic_mean, semantic_scale = scale.mean, scale.size

    spatial_operator = gr.normalise_adjacency(spatial.adjacency, kind=config.normalisation)
    expression_operator = gr.normalise_adjacency(expression, kind=config.normalisation)
    inputs = NetworkInputs(
        spatial=_dense(spatial_operator @ values),
        expression=_dense(expression_operator @ values),
        spatial_operator=Propagation(spatial_operator),
        expression_operator=Propagation(expression_operator),
        neighbours=Propagation(spatial.adjacency),
        semantic=None if semantic is None else _dense(semantic),
        linear=None if linear is None else _dense(linear),
        targets=Targets(
            features.targets,
            np.exp(features.log_size.astype(np.float64)),
            _pooling(data, config.target_neighs),
        ),
        tiles=tuple(split_tissue(data.coordinates, config.tile_spots, data.samples)),
    )
    deviation = projections.gene_deviation if projections else features.deviation
    fitted = Projections(
        components, input_scale, linear_map, linear_scale, semantic_mean, semantic_scale, deviation
    )
    return inputs, Graphs(spatial, expression, scales), fitted


def _dense(values: sp.csr_matrix | np.ndarray) -> torch.Tensor:
    plain = np.asarray(values.toarray() if isinstance(values, sp.csr_matrix) else values)
    return torch.from_numpy(np.ascontiguousarray(plain, dtype=np.float32))
