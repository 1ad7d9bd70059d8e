"""Settings of SemanticST."""

from dataclasses import dataclass

from semst import _words
from semst._errors import SemSTError
from semst._settings import documented, setting
from semst.models._config import MODEL_PANEL, NearestGraphConfig

GRAPHS = ("spatial", "expression", "domain")


@documented
@dataclass(frozen=True, kw_only=True)
class SemanticSTConfig(NearestGraphConfig):
    """Settings of SemanticST."""

    epochs: int = setting(
        150,
        "Steps of training; a step takes one tile, the whole slice where it fits into one.",
        least=1,
        panel=MODEL_PANEL,
    )
    learning_rate: float = 3e-3
    passes: int = setting(20, "With several tiles, at least so many steps a tile.", least=1)
    cluster_pcs: int = 15
    n_starts: int = setting(
        40,
        "Starts of the mixture that makes the domains. The published code takes mclust's single one, "
        "which on these embeddings is a lottery.",
        least=1,
        panel="Clustering",
    )
    n_domains: int = setting(
        7,
        "Channels of the min-cut and domains of the first partition; the call's own number of domains.",
        least=2,
    )
    graphs: tuple[str, ...] = setting(
        GRAPHS,
        'Context graphs, of ``"spatial"``, ``"expression"`` and ``"domain"``.',
    )
    n_pcs: int = setting(
        30,
        "Principal components of the log-normalised genes that enter and are reconstructed.",
        least=1,
    )
    target_neighs: int = setting(
        12,
        "The components of a spot that are reconstructed are averaged over so many nearest spots, "
        "which rewards what a place has in common and not the noise of a spot; 0 for the spot alone.",
        least=0,
    )
    n_smooth_pcs: int = setting(
        15,
        "Components in which expression neighbours are found and that the first partition and the "
        "learned edge weights see.",
        least=1,
    )
    n_smooth_neighs: int = setting(12, "Nearest spots over which these components are averaged.", least=1)
    n_neighs: int = 6
    n_expression_neighs: int = setting(6, "Neighbours in the expression graph.", least=0)
    n_domain_neighs: int = setting(
        18,
        "Nearest spots among which those of the same domain of the first partition are joined.",
        least=1,
    )
    n_mutual: int = setting(
        5,
        "Neighbours asked for between two slices; an expression edge stands where both ends asked.",
        least=1,
    )
    vertical_neighs: int = setting(
        0,
        "Neighbours in each adjacent section, for sections that are registered in z; 0 for none.",
        least=0,
    )
    self_weight: float = setting(
        0.1, "Weight of a spot itself beside the learned weights of its neighbours.", least=0
    )
    n_edge: int = setting(16, "Width of the projection that edge weights are learned from.", least=1)
    n_latent: int = setting(32, "Width of every graph's embedding and of the fused one.", least=1)
    reconstruction_weight: float = setting(10.0, "Of the squared error.", least=0)
    cut_weight: float = setting(0.1, "Of the min-cut.", least=0)
    balance_weight: float = setting(0.1, "Of the balance of the partition.", least=0)
    disentangling_weight: float = setting(
        0.1, "Of the correlation between the embeddings of different graphs.", least=0
    )
    batch_aware: bool = setting(
        True,
        "Give every slice its own bias and scale in the decoder, and take the shift between slices, "
        "estimated from mutual neighbours, off the encoder's input.",
    )
    tile_spots: int = setting(8_000, "Most spots of a tile; 0 for one tile whatever the size.", least=0)

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        super().__post_init__()
        unknown = [name for name in self.graphs if name not in GRAPHS]
        if unknown or not self.graphs or len(set(self.graphs)) < len(self.graphs):
            raise SemSTError(
                f"{_words.name('graphs')} is {self.graphs!r}; give one or more of {', '.join(GRAPHS)}, "
                "each once."
            )
