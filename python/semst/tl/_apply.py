"""A fitted model on another slice."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import models
from semst._forked import check_fork
from semst._log import logger
from semst._settings import given, split
from semst.data import Slice, SliceKeys, read_slice

from ._semantics import semantic_source

if TYPE_CHECKING:
    from ._estimator import Estimator


@dataclass(frozen=True)
class Applied:
    """A slice embedded by a model that was fitted to others.

    Attributes
    ----------
    data, kept
        The slice, and the mask of its spots over those of the object.
    adjacency
        Its spatial graph.
    embedding
        Shape (n_kept, d), float32.
    missing
        Genes of the fit that it lacks.
    semantics
        Source and coverage of the semantic vectors.
    """

    data: Slice
    kept: np.ndarray
    adjacency: sp.csr_matrix
    embedding: np.ndarray
    missing: pd.Index
    semantics: dict[str, Any]


def apply(estimator: "Estimator", adata: AnnData, max_missing: float, keys: dict[str, Any]) -> Applied:
    """Embed a slice with what was fitted; see :meth:`Estimator.embed`."""
    check_fork()
    estimator.require_fit("weights_")
    whole, kept = read_slice(adata, _where(estimator.keys, adata, keys))
    fitted = estimator.projections_
    data, absent = estimator.panel_.fitted_to(whole, fitted.genes, max_missing=max_missing)
    if absent.any():
        fitted = fitted.without(absent)
    source = semantic_source(estimator.semantics, adata, whole, kept)
    model, config, seed = estimator.model, estimator.config, estimator.random_state
    prepared = model.prepare(data, config, random_state=seed, like=fitted)
    vectors = estimator.embed_semantics(source, data)
    estimator.take_in(vectors.vectors, prepared, data, scale=estimator.semantic_scale_)
    network = models.build(model, prepared.inputs, config, random_state=seed)
    weights = {k: v for k, v in estimator.weights_.items() if k not in model.of_slice}
    network.load_state_dict(weights, strict=not model.of_slice)
    embedding = models.embed(network, prepared.inputs, config, reduction=estimator.reduction_)
    return Applied(data, kept, prepared.adjacency, embedding, fitted.genes[absent], vectors.info)


def _where(fitted: SliceKeys, adata: AnnData, keys: dict[str, Any]) -> SliceKeys:
    """Where things are: as the call says, else as in the fit, but for columns that are not there."""
    (own,) = split(keys, [SliceKeys], whose="reading a slice")
    less: dict[str, None] = {}
    for name in ("sample_key", "depth_key"):
        column = getattr(fitted, name)
        if name not in keys and column is not None and column not in adata.obs:
            logger.info(f"the slice has no column {column!r}, the fit's {name}: done without")
            less[name] = None
    return replace(fitted, **{**given(SliceKeys, own), **less})
