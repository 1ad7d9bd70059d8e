"""Spatial-MGCN: graph convolutions over places, features and both, fused by attention."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from semst._settings import documented, setting
from semst.data import Slice
from semst.models._model import Model, Prepared, Projections
from semst.nn import ZINBDecoder, gram_difference, spatial_regularisation

from ._multiview import MultiViewConfig, MultiViewInputs, ViewGCN, prepare_views, project


@documented
@dataclass(frozen=True, kw_only=True)
class SpatialMGCNConfig(MultiViewConfig):
    """Settings of Spatial-MGCN; those it shares with MAFN among them."""

    n_attention: int = setting(16, "Hidden width of the attention over the views.", least=1)
    zinb_weight: float = setting(
        1.0,
        "Of the likelihood. The authors' value for breast cancer, as for the other two; 1, 10, 0.1 "
        "for DLPFC.",
        least=0,
    )
    consistency_weight: float = setting(
        10.0, "Of the consistency of the shared view; 10, 1, 0.1 are theirs for the olfactory bulb.", least=0
    )
    spatial_weight: float = setting(1.0, "Of the spatial regulariser.", least=0)


class SpatialMGCN(Model):
    r"""Multi-view graph convolutional network (Wang et al., Briefings in Bioinformatics 2023).

    Three two-layer graph convolutions: one over the spatial graph, one over the feature graph, and one whose
    weights serve both graphs and whose two results are averaged,

    .. math::
        Z = \sum_v a_v \odot Z_v, \quad a = \mathrm{softmax}_v(q^T \tanh(W_a Z_v + b_a)), \quad
        v \in \{spatial, shared, feature\}; \qquad Z' = Z W + b.

    Losses: ZINB negative log-likelihood of the scaled values (its dispersion an exponential, the authors' a
    softplus), :func:`semst.nn.gram_difference` between the two results of the shared weights, and
    :func:`semst.nn.spatial_regularisation` of :math:`Z'`. The latter two are sums over all pairs of spots;
    the first is exact, the second within 6e-4, and both are linear in the number of spots. FSM acts on Z,
    ahead of the last linear layer; Z' is clustered.

    The published script trains annotated spots only, clusters with k-means after every epoch and keeps the
    epoch nearest to the annotation. Here all spots are trained and the last epoch counts. The authors'
    k-means is the default clusterer: the latent has strongly correlated, unequal dimensions on which a
    Gaussian mixture does badly.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = SpatialMGCNConfig
    config: SpatialMGCNConfig
    title = "Spatial-MGCN"
    reference = "Wang et al. (2023) Briefings in Bioinformatics 24:bbad262"

    def __init__(self, inputs: MultiViewInputs, config: SpatialMGCNConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        n_genes = inputs.design.shape[1]
        widths = (n_genes, config.n_hidden, config.n_latent)
        self.spatial_view, self.feature_view, self.shared_view = (ViewGCN(*widths) for _ in range(3))
        self.attention = nn.Sequential(
            nn.Linear(config.n_latent, config.n_attention),
            nn.Tanh(),
            nn.Linear(config.n_attention, 1, bias=False),
        )
        self.merge = nn.Linear(config.n_latent, config.n_latent)
        self.decoder = ZINBDecoder(config.n_latent, n_genes)

    @classmethod
    def prepare(
        cls, data: Slice, config: SpatialMGCNConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Scaled variable genes and the two graphs."""
        return prepare_views(data, config, random_state=random_state, like=like)

    def views(self, inputs: MultiViewInputs) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the spatial view, the feature view and the shared one on either graph, each (n, d)."""
        spatial, feature, shared = project(
            inputs.design, (self.spatial_view, self.feature_view, self.shared_view)
        )
        return (
            self.spatial_view(spatial, inputs.spatial),
            self.feature_view(feature, inputs.feature),
            self.shared_view(shared, inputs.spatial),
            self.shared_view(shared, inputs.feature),
        )

    def fuse(self, spatial: Tensor, feature: Tensor, shared: Tensor) -> Tensor:
        """Weigh three views (n, n_latent) by their attention and add them up, (n, n_latent)."""
        stacked = torch.stack([spatial, shared, feature], dim=1)
        return (torch.softmax(self.attention(stacked), dim=1) * stacked).sum(dim=1)

    def encode(self, inputs: MultiViewInputs) -> Tensor:
        """Return the fused latent, (n, n_latent)."""
        spatial, feature, first, second = self.views(inputs)
        return self.fuse(spatial, feature, (first + second) / 2)

    def losses(self, inputs: MultiViewInputs, phase: str) -> dict[str, Tensor]:
        """Return likelihood, consistency, spatial regulariser and their weighted sum."""
        spatial, feature, first, second = self.views(inputs)
        fused = self.fuse(spatial, feature, (first + second) / 2)
        latent = self.merge(self.modulate(fused, inputs))
        zinb = self.decoder.loss(latent, inputs.targets, inputs.log_size)
        consistency = gram_difference(first, second)
        coherence = spatial_regularisation(latent, inputs.neighbours)
        total = self.config.zinb_weight * zinb + self.config.consistency_weight * consistency
        total = total + self.config.spatial_weight * coherence
        return {"loss": total, "zinb": zinb, "consistency": consistency, "spatial": coherence}

    def embedding(self, inputs: MultiViewInputs) -> Tensor:
        """Return Z', (n, n_latent)."""
        return self.merge(self.latent(inputs))
