"""What Spatial-MGCN and MAFN share: a spatial and a feature graph, and graph convolutions over both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst import gr, pp
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring, centring, slices_to_centre
from semst.models._config import RadiusGraphConfig
from semst.models._features import published_features
from semst.models._graphs import radius_graph
from semst.models._model import ModelInputs, Prepared, Projections, packed
from semst.nn import DesignMatrix, Propagation


@documented
@dataclass(frozen=True, kw_only=True)
class MultiViewConfig(RadiusGraphConfig):
    """Settings of Spatial-MGCN and MAFN."""

    epochs: int = 200
    weight_decay: float = 5e-4
    cluster: str = "kmeans"
    min_spots: int = setting(100, "Genes seen in fewer spots are left out.", least=1)
    n_neighs: int = setting(
        57,
        "Wanted mean number of spatial neighbours, from which the radius is found; 57 are those "
        "within the authors' radius of 560 pixels on DLPFC slides.",
        least=1,
    )
    n_expression_neighs: int = setting(14, "Neighbours by the cosine of the input.", least=1)
    n_hidden: int = setting(128, "Width of the first of the two graph convolutions.", least=1)
    n_latent: int = setting(64, "Width of the second one and of the fused latent.", least=1)


class MultiViewInputs(ModelInputs):
    """Scaled expression, the averages over both graphs, spatial neighbours and the decoder's target."""

    log_size: Tensor

    def __init__(
        self, features: pp.Features, shifted: Centring, spatial: sp.csr_matrix, by_feature: sp.csr_matrix
    ) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        self.spatial = Propagation(gr.normalise_adjacency(spatial, kind="row"))
        self.feature = Propagation(gr.normalise_adjacency(by_feature, kind="row"))
        self.neighbours = Propagation(spatial)
        self.set_targets(features.targets)
        self.register_buffer("log_size", torch.from_numpy(features.log_size), persistent=False)


def prepare_views(
    data: Slice, config: MultiViewConfig, *, random_state: int = 0, like: Projections | None = None
) -> Prepared:
    """Scaled variable genes without a logarithm, a graph of places and a graph of features."""
    features = published_features(data, n_top_genes=config.n_top_genes, min_spots=config.min_spots, like=like)
    shifted = centring(features.inputs, slices_to_centre(data, config, like), like=like)
    spatial = radius_graph(data, n_neighs=config.n_neighs, radius=config.radius)
    by_feature = gr.expression_graph(
        shifted.applied(features.inputs), n_neighs=config.n_expression_neighs, random_state=random_state
    )
    mean_degree = by_feature.nnz / by_feature.shape[0]
    return Prepared(
        MultiViewInputs(features, shifted, spatial.adjacency, by_feature),
        Projections(features.genes, packed(deviation=features.deviation, **shifted.fitted)),
        spatial.adjacency,
        {"prepared": {"graph": spatial.describe(), "feature_mean_degree": mean_degree}},
    )


class ViewGCN(nn.Module):
    r"""Two graph convolutions over any linear propagation, given the input already multiplied.

    .. math:: H = \hat A\, \mathrm{ReLU}(\hat A (X W_0) + b_0)\, W_1 + b_1

    Multiplying X first lets all views share one wide product with X, and one weight serve two graphs.

    Parameters
    ----------
    n_features, n_hidden, n_out
        Widths of the input, of the first and of the second layer.
    """

    def __init__(self, n_features: int, n_hidden: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.empty(n_features, n_hidden))
        self.bias = nn.Parameter(torch.zeros(n_hidden))
        self.second = nn.Linear(n_hidden, n_out)
        nn.init.xavier_uniform_(self.first)
        nn.init.xavier_uniform_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, projected: Tensor, propagate: Callable[[Tensor], Tensor]) -> Tensor:
        """Embed the spots of one graph, (n, n_out), from X W₀ (n, n_hidden)."""
        hidden = torch.relu(propagate(projected) + self.bias)
        return propagate(hidden @ self.second.weight.T) + self.second.bias


def project(design: DesignMatrix, views: Sequence[ViewGCN]) -> tuple[Tensor, ...]:
    """X W₀ of every view, each (n, n_hidden), in one product."""
    widths = [view.first.shape[1] for view in views]
    return design(torch.cat([view.first for view in views], dim=1)).split(widths, dim=1)
