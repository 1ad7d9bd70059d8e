"""From counts and coordinates to the tensors of the network."""

import numpy as np
import scipy.sparse as sp
import torch

from semst import gr, pp
from semst.data import Slice
from semst.models._centring import centred_scores, centring, slices_to_centre
from semst.models._features import published_features
from semst.models._graphs import nearest_spots, radius_graph
from semst.models._model import Prepared, Projections, packed
from semst.models._split import split_tissue
from semst.nn import Propagation, Targets

from ._config import SemSTConfig
from ._inputs import SemSTInputs


def prepare_slice(
    data: Slice, config: SemSTConfig, *, random_state: int = 0, like: Projections | None = None
) -> Prepared:
    """Make features, both graphs and every tensor of the network but the semantic vectors.

    Parameters
    ----------
    data
        The slice.
    config
        Settings.
    random_state
        Seed of the approximate neighbour search.
    like
        What was fitted to an earlier slice; ``None`` fits it here.

    Returns
    -------
    Inputs of the network, what was fitted, and the spatial graph.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> prepare_slice(data, SemSTConfig(n_top_genes=50)).inputs.spatial.shape
    torch.Size([120, 15])
    """
    fitted = {} if like is None else like.arrays
    features = _features(data, config, like)
    spatial = radius_graph(data, n_neighs=config.n_neighs, radius=config.radius)
    components = None
    slices = slices_to_centre(data, config, like)
    shifted = centring(features.inputs, None if config.n_pcs else slices, like=like)
    centre = shifted.centre
    values: sp.csr_matrix | np.ndarray = shifted.applied(features.inputs)
    input_scale = 1.0
    if config.n_pcs:
        components = (
            pp.fit_components(features.inputs, n_components=config.n_pcs, slices=slices)
            if like is None
            else like.components("components")
        )
        scores, centre = centred_scores(components.project(features.inputs), slices)
        input_scale = float(fitted.get("input_scale", scores[:, 0].std())) or 1.0
        values = scores / input_scale
    # neighbours by expression are found where single-spot noise has been averaged out
    smooth = gr.smooth(values, spatial.adjacency) if config.n_pcs else values
    wanted = min(config.n_expression_neighs, max(data.n_spots - 1, 1))
    expression = gr.expression_graph(smooth, n_neighs=wanted, random_state=random_state)

    linear, linear_map, linear_scale = None, None, 1.0
    if config.scales:
        stacked = np.hstack([gr.smooth(values, nearest_spots(data, k)) for k in config.scales])
        linear_map = (
            pp.fit_components(stacked, n_components=config.n_latent)
            if like is None
            else like.components("linear")
        )
        linear = linear_map.project(stacked)
        linear_scale = float(fitted.get("linear_scale", linear.std())) or 1.0
        linear = linear / linear_scale
        if linear.shape[1] < config.n_latent:  # few genes or scales: the network has the other axes to itself
            linear = np.pad(linear, ((0, 0), (0, config.n_latent - linear.shape[1])))

    spatial_operator = gr.normalise_adjacency(spatial.adjacency, kind=config.normalisation)
    expression_operator = gr.normalise_adjacency(expression, kind=config.normalisation)
    inputs = SemSTInputs(
        spatial=_dense(spatial_operator @ values),
        expression=_dense(expression_operator @ values),
        spatial_operator=Propagation(spatial_operator),
        expression_operator=Propagation(expression_operator),
        neighbours=Propagation(spatial.adjacency),
        linear=None if linear is None else _dense(linear),
        targets=Targets(
            features.targets,
            np.exp(features.log_size.astype(np.float64)),
            _pooling(data, config.target_neighs),
        ),
        tiles=tuple(split_tissue(data.coordinates, config.tile_spots, data.samples)),
    )
    arrays = packed(
        components=components,
        centre=centre,
        input_scale=input_scale,
        linear=linear_map,
        linear_scale=linear_scale,
        deviation=features.deviation,
    )
    graphs = {
        "radius": np.nan if spatial.radius is None else spatial.radius,
        "mean_degree": spatial.mean_degree,
        "n_isolated": spatial.n_isolated,
        "expression_mean_degree": expression.nnz / expression.shape[0],
    }
    record = {"features": features.params, "graphs": graphs}
    return Prepared(inputs, Projections(features.genes, arrays), spatial.adjacency, record)


def _features(data: Slice, config: SemSTConfig, like: Projections | None) -> pp.Features:
    if config.expression == "scaled":
        return published_features(data, n_top_genes=config.n_top_genes, min_spots=config.min_spots, like=like)
    return pp.semst_features(
        data.counts,
        data.genes,
        n_top_genes=config.n_top_genes,
        min_spots=config.min_spots,
        depth=data.depth,
        chosen=None if like is None else like.genes,
    )


def _pooling(data: Slice, n_neighs: int) -> sp.csr_matrix | None:
    """Sum over a spot and its nearest ones; ``None`` for single spots."""
    if not n_neighs:
        return None
    return sp.csr_matrix(nearest_spots(data, n_neighs) + sp.eye(data.n_spots), dtype=np.float32)


def _dense(values: sp.csr_matrix | np.ndarray) -> torch.Tensor:
    plain = np.asarray(values.toarray() if isinstance(values, sp.csr_matrix) else values)
    return torch.from_numpy(np.ascontiguousarray(plain, dtype=np.float32))
