"""MAFN: adaptive fusion of a spatial view, a feature view and a view on a learned mixture of both graphs."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from semst._settings import documented, setting
from semst.data import Slice
from semst.models._model import Model, Prepared, Projections
from semst.nn import ZINBDecoder, spatial_regularisation

from ._multiview import MultiViewConfig, MultiViewInputs, ViewGCN, prepare_views, project


@documented
@dataclass(frozen=True, kw_only=True)
class MAFNConfig(MultiViewConfig):
    """Settings of MAFN; those it shares with Spatial-MGCN among them."""

    mixture: float = setting(
        0.1, "Share of the feature graph in the mixed graph at the start; it is trained.", least=0, most=1
    )
    zinb_weight: float = setting(1.0, "Of the likelihood.", least=0)
    spatial_weight: float = setting(0.1, "Of the spatial regulariser.", least=0)
    correlation_weight: float = setting(0.1, "Of the correlation reduction.", least=0)


def balanced_correlation(first: Tensor, second: Tensor) -> Tensor:
    r"""Pull the cross-correlation of two views towards the identity, diagonal and rest weighed alike.

    .. math:: \frac1p \sum_i (C_{ii} - 1)^2 + \frac{1}{p (p - 1)} \sum_{i \ne j} C_{ij}^2

    with :math:`C_{ij}` the cosine between column i of one view and column j of the other, (p, p).
    """
    correlation = functional.normalize(first, dim=0).T @ functional.normalize(second, dim=0)
    diagonal, p = correlation.diagonal(), len(correlation)
    rest = (correlation.square().sum() - diagonal.square().sum()) / max(p * (p - 1), 1)
    return torch.as_tensor((diagonal - 1).square().mean() + rest)


class MAFN(Model):
    r"""Multi-view adaptive fusion network (Zhu et al., IEEE TKDE 2024).

    Three two-layer graph convolutions over :math:`\hat A_s`, :math:`\hat A_f` and the mixture
    :math:`m \hat A_f + (1 - m) \hat A_s` with a trained m. For every spot and channel the views are weighed
    by :math:`w_v = u_v / \|u\|_2,\ u_v = W_u Z_v + b_u` (the norm runs over the views), laid side by side,
    (n, 3 d), and led to d dimensions by a linear layer.

    Losses: ZINB negative log-likelihood of the scaled values (its dispersion an exponential, the authors' a
    softplus), :func:`semst.nn.spatial_regularisation` of the latent, and :func:`balanced_correlation` of the
    spatial and the feature view; all linear in the number of spots. FSM acts on the (n, 3 d) views side by
    side, ahead of the last linear layer, whose result is clustered.

    The published script trains annotated spots only and keeps the epoch nearest to the annotation. Here all
    spots are trained and the last epoch counts; k-means, the authors' clusterer, is the default.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = MAFNConfig
    config: MAFNConfig
    title = "MAFN"
    reference = "Zhu et al. (2024) IEEE Transactions on Knowledge and Data Engineering"

    def __init__(self, inputs: MultiViewInputs, config: MAFNConfig) -> None:
        super().__init__(inputs, config, 3 * config.n_latent)
        n_genes = inputs.design.shape[1]
        widths = (n_genes, config.n_hidden, config.n_latent)
        self.spatial_view, self.feature_view, self.mixed_view = (ViewGCN(*widths) for _ in range(3))
        self.mixture = nn.Parameter(torch.tensor(config.mixture))
        self.gate = nn.Linear(config.n_latent, config.n_latent)
        self.merge = nn.Linear(3 * config.n_latent, config.n_latent)
        self.decoder = ZINBDecoder(config.n_latent, n_genes)

    @classmethod
    def prepare(
        cls, data: Slice, config: MAFNConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Scaled variable genes and the two graphs."""
        return prepare_views(data, config, random_state=random_state, like=like)

    def views(self, inputs: MultiViewInputs) -> tuple[Tensor, Tensor, Tensor]:
        """Return the spatial, the feature and the mixed view, each (n, n_latent)."""

        def mixed_graph(dense: Tensor) -> Tensor:
            return self.mixture * inputs.feature(dense) + (1 - self.mixture) * inputs.spatial(dense)

        spatial, feature, mixed = project(
            inputs.design, (self.spatial_view, self.feature_view, self.mixed_view)
        )
        return (
            self.spatial_view(spatial, inputs.spatial),
            self.feature_view(feature, inputs.feature),
            self.mixed_view(mixed, mixed_graph),
        )

    def fuse(self, *views: Tensor) -> Tensor:
        """Weigh the views (n, n_latent) channel by channel and lay them side by side, (n, 3 n_latent)."""
        stacked = torch.stack(views, dim=1)
        return (functional.normalize(self.gate(stacked), dim=1) * stacked).flatten(start_dim=1)

    def encode(self, inputs: MultiViewInputs) -> Tensor:
        """Return the weighed views side by side, (n, 3 n_latent)."""
        return self.fuse(*self.views(inputs))

    def losses(self, inputs: MultiViewInputs, phase: str) -> dict[str, Tensor]:
        """Return likelihood, spatial regulariser, correlation reduction and their weighted sum."""
        spatial, feature, mixed = self.views(inputs)
        latent = self.merge(self.modulate(self.fuse(spatial, feature, mixed), inputs))
        zinb = self.decoder.loss(latent, inputs.targets, inputs.log_size)
        coherence = spatial_regularisation(latent, inputs.neighbours)
        correlation = balanced_correlation(spatial, feature)
        total = self.config.zinb_weight * zinb + self.config.spatial_weight * coherence
        total = total + self.config.correlation_weight * correlation
        return {"loss": total, "zinb": zinb, "spatial": coherence, "correlation": correlation}

    def embedding(self, inputs: MultiViewInputs) -> Tensor:
        """Return the latent, (n, n_latent)."""
        return self.merge(self.latent(inputs))
