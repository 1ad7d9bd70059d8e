"""From counts and coordinates to the linear path and the tensors of the networks."""

from typing import Any

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
from ._inputs import LinearInputs, SemSTInputs
from ._linear import linear_path


def prepare_slice(
    data: Slice, config: SemSTConfig, *, random_state: int = 0, like: Projections | None = None
) -> Prepared:
    """Make features, the linear path and, for networks, every tensor but the semantic vectors.

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
    Inputs, what was fitted, and the spatial graph.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> prepare_slice(data, SemSTConfig(n_top_genes=50)).inputs.linear.shape[0]
    120
    """
    fitted = {} if like is None else like.arrays
    features = _features(data, config, like)
    spatial = radius_graph(data, n_neighs=config.n_neighs, radius=config.radius)
    slices = slices_to_centre(data, config, like)
    arrays: dict[str, Any] = {"deviation": features.deviation}
    record: dict[str, Any] = {"features": features.params, "graphs": _figures(spatial)}
    values: sp.csr_matrix | np.ndarray
    if not config.n_pcs:
        shifted = centring(features.inputs, slices, like=like)
        values = shifted.applied(features.inputs)
        arrays |= shifted.fitted
    else:
        components = (
            pp.fit_components(features.inputs, n_components=config.n_pcs, slices=slices)
            if like is None
            else like.components("components")
        )
        scores, centre = centred_scores(components.project(features.inputs), slices)
        input_scale = float(fitted.get("input_scale", scores[:, 0].std())) or 1.0
        values = scores / input_scale
        arrays |= {"components": components, "centre": centre, "input_scale": input_scale}

    linear = None
    if config.rings:
        path = linear_path(data, np.asarray(values), config.rings, config.n_latent, like)
        # a network has axes beyond those of the path to itself
        more = max(config.n_latent - path.values.shape[1], 0) if config.n_networks else 0
        linear = _dense(np.pad(path.values, ((0, 0), (0, more))))
        arrays, record = arrays | path.fitted, record | {"linear": path.record}
    inputs: LinearInputs | SemSTInputs
    if linear is not None and not config.n_networks:
        inputs = LinearInputs(linear)
    else:
        inputs = _network_inputs(data, config, features, values, spatial.adjacency, linear, random_state)
        degree = inputs.expression_operator.matrix.values().numel() / data.n_spots - 1
        record["graphs"]["expression_mean_degree"] = degree
    return Prepared(inputs, Projections(features.genes, packed(**arrays)), spatial.adjacency, record)


def _network_inputs(
    data: Slice,
    config: SemSTConfig,
    features: pp.Features,
    values: sp.csr_matrix | np.ndarray,
    adjacency: sp.csr_matrix,
    linear: torch.Tensor | None,
    random_state: int,
) -> SemSTInputs:
    """Both graphs, what they make of the values, and the decoder's targets."""
    # neighbours by expression are found where single-spot noise has been averaged out
    smooth = gr.smooth(values, adjacency) if config.n_pcs else values
    wanted = min(config.n_expression_neighs, max(data.n_spots - 1, 1))
    expression = gr.expression_graph(smooth, n_neighs=wanted, random_state=random_state)
    spatial_operator = gr.normalise_adjacency(adjacency, kind=config.normalisation)
    expression_operator = gr.normalise_adjacency(expression, kind=config.normalisation)
    return SemSTInputs(
        spatial=_dense(spatial_operator @ values),
        expression=_dense(expression_operator @ values),
        spatial_operator=Propagation(spatial_operator),
        expression_operator=Propagation(expression_operator),
        neighbours=Propagation(adjacency),
        linear=linear,
        targets=Targets(
            features.targets,
            np.exp(features.log_size.astype(np.float64)),
            _pooling(data, config.target_neighs),
        ),
        tiles=tuple(split_tissue(data.coordinates, config.tile_spots, data.samples)),
    )


def _figures(spatial: gr.SpatialGraph) -> dict[str, float]:
    return {
        "radius": np.nan if spatial.radius is None else spatial.radius,
        "mean_degree": spatial.mean_degree,
        "n_isolated": spatial.n_isolated,
    }


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
