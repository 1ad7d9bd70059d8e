"""How the embedding of a trained model hangs on the semantic vectors."""

from collections.abc import Iterable, Iterator
from copy import deepcopy

import numpy as np
import torch

from semst import distributed, pp

from ._model import Inputs, Model


def semantic_gradients(
    network: Model,
    inputs: Inputs,
    towards: Iterable[np.ndarray],
    *,
    reduction: pp.Components | None = None,
) -> Iterator[np.ndarray]:
    """Differentiate weighted sums of the embedding by the semantic vectors that the network takes in.

    Parameters
    ----------
    network
        Trained, on the CPU; it is left as it is.
    inputs
        The slice, with semantic vectors.
    towards
        Weights of the sums, each (n_spots, d) as the matrix that is clustered.
    reduction
        Components of the fit that the embedding is reduced to.

    Yields
    ------
    The gradient of each sum, (n_spots, d'), float32. All come from one pass of the slice.

    Examples
    --------
    >>> import semst
    >>> data, _ = semst.data.read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))
    >>> model, config = semst.models.settings("stagate")
    >>> inputs = model.prepare(data, config).inputs
    >>> inputs.set_semantic(np.ones((120, 5)))
    >>> network = semst.models.build(model, inputs, config)
    >>> [one.shape for one in semantic_gradients(network, inputs, [np.ones((120, 30), dtype=np.float32)])]
    [(120, 5)]
    """
    vectors = inputs.semantic
    assert vectors is not None
    fixed = deepcopy(network).eval().requires_grad_(False)
    leaf = vectors.detach().clone().requires_grad_()
    inputs.semantic = leaf
    try:
        with torch.enable_grad():
            embedding = fixed.embedding(inputs.on(torch.device("cpu"), distributed.Group()))
    finally:
        inputs.semantic = vectors
    for one in towards:
        whole = one if reduction is None else one @ reduction.loadings.T
        weights = torch.from_numpy(np.ascontiguousarray(whole)).to(embedding.dtype)
        (gradient,) = torch.autograd.grad(embedding, leaf, weights, retain_graph=True)
        yield gradient.float().numpy()
