"""Two views of the tissue, modulated by the meaning of genes."""

from typing import Any

import torch
from torch import Tensor, nn

from semst.nn import (
    FUSIONS,
    GCN,
    CountBlock,
    ZINBDecoder,
    correlation_from_sums,
    correlation_reduction,
    spatial_from_sums,
    spatial_regularisation,
)

from ._config import SemSTConfig
from ._inputs import SemSTInputs


class TwoViewNetwork(nn.Module):
    r"""Two-view GCN, semantic modulation, ZINB decoder.

    .. math::
        Z_{gcn} = [GCN_{spa}(X) \mid GCN_{fea}(X)], \qquad
        Z = S + ((1 + \alpha) \odot Z_{gcn} + \beta) W

    after equations 3 to 9 of SemST; :math:`S` is the linear path (zero in the preset ``"paper"``). The loss
    is equation 14.

    Parameters
    ----------
    n_features
        Columns of the input, M.
    n_genes
        Genes of the decoder.
    n_semantic
        Width of the semantic vectors; 0 without semantics, and then the fusion is ``"none"``.
    config
        Widths, fusion and weights of the losses.
    """

    def __init__(self, n_features: int, n_genes: int, n_semantic: int, config: SemSTConfig) -> None:
        super().__init__()
        self.config = config
        self.spatial_view = GCN(n_features, config.n_hidden, config.n_view)
        self.expression_view = GCN(n_features, config.n_hidden, config.n_view)
        width = 2 * config.n_view
        options: dict[str, Any] = {}
        if config.fusion == "fsm" and n_semantic:
            options = {"zero_init": config.zero_init, "n_hidden": config.fsm_hidden or None}
        fusion = FUSIONS[config.fusion if n_semantic else "none"]
        self.fusion = fusion(width, n_semantic, n_out=config.n_latent, **options)
        if config.rings:
            # the embedding starts as the linear path, and the network adds what lowers the loss
            nn.init.zeros_(self.fusion.get_parameter("projection.weight"))
        self.decoder = ZINBDecoder(
            config.n_latent,
            n_genes,
            n_hidden=config.decoder_hidden or None,
            gene_dispersion=config.gene_dispersion,
            dropout_ridge=config.dropout_ridge,
        )

    def views(self, inputs: SemSTInputs) -> tuple[Tensor, Tensor]:
        """Return the spatial and the expression view, each of shape (n, n_view)."""
        return (
            self.spatial_view(inputs.spatial, inputs.spatial_operator),
            self.expression_view(inputs.expression, inputs.expression_operator),
        )

    def merge(self, spatial: Tensor, expression: Tensor, inputs: SemSTInputs) -> Tensor:
        """Modulate and project the two views, and add the linear path: the embedding, (n, n_latent)."""
        learned = self.fusion(torch.cat([spatial, expression], dim=1), inputs.semantic)
        return learned if inputs.linear is None else inputs.linear + learned

    def forward(self, inputs: SemSTInputs) -> Tensor:
        """Return the embedding, shape (n, n_latent)."""
        return self.merge(*self.views(inputs), inputs)

    def losses(
        self, inputs: SemSTInputs, rows: Tensor | None, counts: CountBlock, log_size: Tensor
    ) -> dict[str, Tensor]:
        """Return the parts of equation 14 and, under ``"loss"``, their weighted sum.

        Parameters
        ----------
        inputs
            The slice.
        rows
            Spots on which the decoder is evaluated, shape (b,); ``None`` for all.
        counts, log_size
            Their targets.
        """
        spatial, expression = self.views(inputs)
        embedding = self.merge(spatial, expression, inputs)
        zinb = self.decoder.loss(embedding if rows is None else embedding[rows], counts, log_size)
        correlation = correlation_reduction(spatial, expression)
        coherence = spatial_regularisation(embedding.float(), inputs.neighbours)
        return self._weighted(zinb, correlation, coherence)

    def sums(self, inputs: SemSTInputs, rows: Tensor | None) -> dict[str, Tensor]:
        """Return what the loss has to know of a tile: sums over its spots, and the spots to decode.

        Parameters
        ----------
        inputs
            The tile.
        rows
            Spots on which the decoder is evaluated, shape (b,); ``None`` for all.

        Returns
        -------
        ``"drawn"``, the embedding of those spots; all else adds up over tiles.
        """
        spatial, expression = (view.float() for view in self.views(inputs))
        embedding = self.merge(spatial, expression, inputs).float()
        unit = nn.functional.normalize(embedding, dim=1)
        return {
            "drawn": embedding if rows is None else embedding[rows],
            "cross": spatial.T @ expression,
            "first": spatial.square().sum(dim=0),
            "second": expression.square().sum(dim=0),
            "total": unit.sum(dim=0),
            "gram": unit.T @ unit,
            "edges": (unit * inputs.neighbours(unit)).sum(),
        }

    def no_sums(self, n_drawn: int, device: torch.device) -> dict[str, Tensor]:
        """Return the sums over no spots, with room for ``n_drawn`` spots to decode."""
        views, latent = self.config.n_view, self.config.n_latent
        shapes: dict[str, tuple[int, ...]] = {
            "drawn": (n_drawn, latent),
            "cross": (views, views),
            "first": (views,),
            "second": (views,),
            "total": (latent,),
            "gram": (latent, latent),
            "edges": (),
        }
        return {name: torch.zeros(shape, device=device) for name, shape in shapes.items()}

    def losses_from(
        self, sums: dict[str, Tensor], n_spots: int, share: float, counts: CountBlock, log_size: Tensor
    ) -> dict[str, Tensor]:
        """Return what :meth:`losses` does, from the sums of all tiles of a step.

        Parameters
        ----------
        sums
            Added up over the tiles; the spots to decode one below the other.
        n_spots
            Spots of these tiles.
        share
            Part of all spots that these are.
        counts, log_size
            Targets of the spots to decode.
        """
        zinb = self.decoder.loss(sums["drawn"], counts, log_size)
        correlation = correlation_from_sums(sums["cross"], sums["first"], sums["second"])
        coherence = spatial_from_sums(sums["total"], sums["gram"], share * sums["edges"], n_spots)
        return self._weighted(zinb, correlation, coherence)

    def _weighted(self, zinb: Tensor, correlation: Tensor, coherence: Tensor) -> dict[str, Tensor]:
        total = zinb + self.config.correlation_weight * correlation + self.config.spatial_weight * coherence
        return {"loss": total, "zinb": zinb, "correlation": correlation, "spatial": coherence}
