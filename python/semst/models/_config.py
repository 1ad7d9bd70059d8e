"""Settings that all models have."""

from dataclasses import dataclass
from typing import Any, Literal

from semst._settings import Settings, documented, setting
from semst.semantics import K_G, Ranking

SEMANTICS_PANEL = "Semantics"
MODEL_PANEL = "Model"
CLUSTERING_PANEL = "Clustering"

# what follows the training, can make it longer, or shows in its inputs does not tell one from another
_NOT_OF_TRAINING = {"epochs", "batch", "cluster", "cluster_pcs", "n_starts", "refine_neighs"}


@documented
@dataclass(frozen=True, kw_only=True)
class ModelConfig(Settings):
    """Settings that all models have; each model adds its own and sets its own defaults."""

    epochs: int = setting(100, "Steps of training.", least=1, panel=MODEL_PANEL)
    learning_rate: float = setting(1e-3, "Of Adam.", above=0)
    weight_decay: float = setting(0.0, "Of Adam (the L2 term inside it).", least=0)
    clip_norm: float | None = setting(None, "Longest gradient; none for no limit.", above=0)
    n_top_genes: int = setting(
        3000,
        "Variable genes that enter the model; all where there are fewer.",
        least=1,
    )
    fsm_hidden: int = setting(
        0,
        "Hidden width of FSM's perceptron; 0 takes twice the width of what is modulated.",
        least=0,
    )
    batch: Literal["centre", "harmony", "none"] = setting(
        "centre",
        "What is done about differences between slices (sample_key): centre takes the slice's own mean off "
        "what enters, harmony corrects the embedding, none leaves them. One slice is left as it is.",
        panel=MODEL_PANEL,
    )
    semantics: str = setting(
        "none",
        "Source of the semantic vectors where the call names none.",
        panel=SEMANTICS_PANEL,
    )
    k_g: int = setting(K_G, "Genes per spot in prompts.", least=1, panel=SEMANTICS_PANEL)
    ranking: Ranking = setting(
        "expression",
        "What ranks a spot's genes: expression, normalised or specificity.",
        panel=SEMANTICS_PANEL,
    )
    landmarks: int = setting(
        0,
        "Spots, spread over the tissue, whose texts are embedded; the vectors of the others are "
        "predicted from their expression. 0 embeds every spot.",
        least=0,
        panel=SEMANTICS_PANEL,
    )
    smooth_semantics: bool = setting(
        True,
        "Average semantic vectors over the spatial neighbours, and centre them; with batch=centre each "
        "slice by itself.",
    )
    cluster_pcs: int = setting(
        0,
        "Principal components that the embedding is reduced to before it is clustered; 0 leaves it.",
        least=0,
    )
    cluster: str = setting(
        "auto",
        "Clusterer where the call names none; auto is mclust, or its counterpart in Python without R.",
    )
    n_starts: int = setting(
        1,
        "Starts of the mixture that makes the domains; 1 is mclust's own.",
        least=1,
        panel=CLUSTERING_PANEL,
    )
    refine_neighs: int = setting(
        0,
        "Nearest spots that have a vote in the refinement; 0 takes the spatial graph's where the "
        "model refines by it, else none.",
        least=0,
    )

    def of_training(self) -> dict[str, Any]:
        """Return the settings that a checkpoint has to share."""
        return {name: value for name, value in self.as_dict().items() if name not in _NOT_OF_TRAINING}


@documented
@dataclass(frozen=True, kw_only=True)
class RadiusGraphConfig(ModelConfig):
    """Settings of models whose spatial graph joins the spots within a radius."""

    n_neighs: int = setting(
        6,
        "Neighbours of a spot in the spatial graph: the wanted mean, from which the radius is found.",
        least=1,
        panel=MODEL_PANEL,
    )
    radius: float | None = setting(
        None, "Radius of the spatial graph instead, in data units.", above=0, panel=MODEL_PANEL
    )


@documented
@dataclass(frozen=True, kw_only=True)
class NearestGraphConfig(ModelConfig):
    """Settings of models whose spatial graph joins nearest spots, where either end asks for it."""

    n_neighs: int = setting(
        3,
        "Neighbours of a spot in the spatial graph: so many nearest ones are asked for.",
        least=1,
        panel=MODEL_PANEL,
    )
