"""Settings of SemanticST."""

from dataclasses import dataclass
from numbers import Integral

from semst._errors import SemSTError
from semst.models._contract import BackboneConfig

GRAPHS = ("spatial", "expression", "domain")


@dataclass(frozen=True, kw_only=True)
class SemanticSTConfig(BackboneConfig):
    """Settings of SemanticST; see :class:`semst.models.BackboneConfig` for the common ones.

    Attributes
    ----------
    epochs
        Steps of training; a step takes one tile, the whole slice where it fits into one.
    passes
        With several tiles, at least so many steps a tile.
    n_starts
        Starts of the mixture that makes the domains. The published code takes mclust's single one, which on
        these embeddings is a lottery.
    n_domains
        Channels of the min-cut and domains of the first partition; the call's own number of domains.
    graphs
        Context graphs, of ``"spatial"``, ``"expression"`` and ``"domain"``.
    n_pcs
        Principal components of the log-normalised genes that enter and are reconstructed.
    target_neighs
        The components of a spot that are reconstructed are averaged over so many nearest spots, which
        rewards what a place has in common and not the noise of a spot; 0 for the spot alone.
    n_smooth_pcs, n_smooth_neighs
        Components, averaged over so many nearest spots, in which expression neighbours are found and that
        the first partition and the learned edge weights see.
    n_neighs, n_expression_neighs, n_domain_neighs
        Neighbours in the three graphs; those of ``"domain"`` are the ones, among so many nearest spots, that
        lie in the same domain of the first partition.
    n_mutual
        Neighbours asked for between two slices; an expression edge stands where both ends asked.
    vertical_neighs
        Neighbours in each adjacent section, for sections that are registered in z; 0 for none.
    self_weight
        Weight of a spot itself beside the learned weights of its neighbours.
    n_edge
        Width of the projection that edge weights are learned from.
    n_latent
        Width of every graph's embedding and of the fused one.
    reconstruction_weight, cut_weight, balance_weight, disentangling_weight
        Of the parts of the loss.
    batch_aware
        Give every slice its own bias and scale in the decoder, and take the shift between slices, estimated
        from mutual neighbours, off the encoder's input.
    tile_spots
        Most spots of a tile; 0 for one tile whatever the size.
    """

    epochs: int = 150
    learning_rate: float = 3e-3
    passes: int = 20
    cluster_pcs: int = 15
    n_starts: int = 40
    n_domains: int = 7
    graphs: tuple[str, ...] = GRAPHS
    n_pcs: int = 30
    target_neighs: int = 12
    n_smooth_pcs: int = 15
    n_smooth_neighs: int = 12
    n_neighs: int = 6
    n_expression_neighs: int = 6
    n_domain_neighs: int = 18
    n_mutual: int = 5
    vertical_neighs: int = 0
    self_weight: float = 0.1
    n_edge: int = 16
    n_latent: int = 32
    reconstruction_weight: float = 10.0
    cut_weight: float = 0.1
    balance_weight: float = 0.1
    disentangling_weight: float = 0.1
    batch_aware: bool = True
    tile_spots: int = 8_000

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        super().__post_init__()
        unknown = [name for name in self.graphs if name not in GRAPHS]
        if unknown or not self.graphs or len(set(self.graphs)) < len(self.graphs):
            raise SemSTError(
                f"graphs is {self.graphs!r}; give one or more of {', '.join(GRAPHS)}, each once."
            )
        if not isinstance(self.n_domains, Integral) or self.n_domains < 2:
            raise SemSTError(f"n_domains is {self.n_domains!r}; give a whole number of 2 or more.")
        if self.self_weight <= 0:
            raise SemSTError(f"self_weight is {self.self_weight}; give a positive number.")
        if self.as_published:
            raise SemSTError(
                "SemanticST has no published quirk to repeat: its docstring lists what differs from the "
                "published code. Leave as_published out."
            )
