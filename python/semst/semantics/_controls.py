"""Controls: what the semantic vectors have to beat before meaning may be claimed."""

from dataclasses import dataclass, field

import numpy as np

from semst._errors import SemSTError

from ._average import average_over_genes
from ._embed_texts import TextModel, embed_texts
from ._language_model import LanguageModel
from ._prompts import UNRELATED_QUESTIONS
from ._types import GeneSource, GeneVectors, SemanticVectors, Spots


@dataclass(frozen=True)
class NoSemantics:
    """No vectors at all: the model without its semantic branch ("w/o LLM" in the paper's Table 2).

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> NoSemantics().embed(Spots(csr_matrix([[1]]), ["MBP"])).vectors is None
    True
    """

    name = "none"
    needs_symbols = False

    def embed(self, spots: Spots) -> SemanticVectors:
        """Give no vectors."""
        return SemanticVectors(None, {})


@dataclass(frozen=True)
class RandomVectors:
    """Normal vectors without any meaning ("Random Emb." in the paper's Table 2).

    Parameters
    ----------
    n_dimensions
        Length of the vectors; 384 is that of MiniLM, 2560 that of the paper's language model.
    mean, variance
        Of each value; by default those of the paper.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> RandomVectors(16).embed(Spots(csr_matrix([[1], [2]]), ["MBP"])).vectors.shape
    (2, 16)
    """

    n_dimensions: int = 384
    mean: float = 0.0
    variance: float = 0.85

    name = "random"
    needs_symbols = False

    def __post_init__(self) -> None:
        if self.n_dimensions < 1 or self.variance < 0:
            raise SemSTError(
                f"n_dimensions is {self.n_dimensions} and variance {self.variance}: at least 1 dimension and "
                "a variance of 0 or more are needed."
            )

    def embed(self, spots: Spots) -> SemanticVectors:
        """Draw the vectors with the seed of the run."""
        rng = np.random.default_rng(spots.random_state)
        vectors = rng.standard_normal((spots.counts.shape[0], self.n_dimensions), dtype=np.float32)
        vectors *= np.float32(np.sqrt(self.variance))
        vectors += np.float32(self.mean)
        return SemanticVectors(vectors, {"mean": float(self.mean), "variance": float(self.variance)})


@dataclass(frozen=True)
class UnrelatedPrompt:
    """The same model, asked something that has nothing to do with biology ("Unrelated Emb." in Table 2).

    Every spot gets one of 64 questions at random, whatever its genes are. Each question is embedded once.

    Parameters
    ----------
    model
        The model to ask: a :class:`LanguageModel` (the paper) or a :class:`TextEncoder`.

    Examples
    --------
    >>> UnrelatedPrompt().name
    'unrelated (Qwen/Qwen3-4B-Thinking-2507)'
    """

    model: TextModel = field(default_factory=LanguageModel)

    needs_symbols = False

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        return f"unrelated ({self.model.model_id})"

    def embed(self, spots: Spots) -> SemanticVectors:
        """Embed the questions and deal them out with the seed of the run."""
        vectors, info = embed_texts(self.model, UNRELATED_QUESTIONS, run=spots.run, unit="question")
        rng = np.random.default_rng(spots.random_state)
        dealt = rng.integers(len(UNRELATED_QUESTIONS), size=spots.counts.shape[0])
        return SemanticVectors(vectors[dealt], {**info, "example": UNRELATED_QUESTIONS[dealt[0]]})


def permute_genes(genes: GeneVectors, symbols: list[str], *, random_state: int) -> GeneVectors:
    """Deal the vectors of genes to the wrong genes, among those that have one.

    Parameters
    ----------
    genes
        Vectors of genes.
    symbols
        Gene symbols of the data; the order of the genes does not matter.
    random_state
        Seed.

    Returns
    -------
    The same vectors and genes, in another pairing.

    Examples
    --------
    >>> genes = GeneVectors(np.float32([[1], [2], [3]]), np.array([0, 1, 2]), {})
    >>> permute_genes(genes, ["A", "B", "C"], random_state=0).vectors.ravel().tolist()
    [3.0, 1.0, 2.0]
    """
    by_name = sorted(range(len(genes.columns)), key=lambda i: symbols[genes.columns[i]])
    dealt = np.random.default_rng(random_state).permutation(by_name)
    vectors = np.empty_like(genes.vectors)
    vectors[by_name] = genes.vectors[dealt]
    return GeneVectors(vectors, genes.columns, genes.info)


@dataclass(frozen=True)
class PermutedGenes:
    """The same gene vectors, dealt to the wrong genes: everything but the meaning stays.

    Whatever a source keeps when its vectors are permuted comes from a second, averaged view of expression and
    not from what is known about the genes.

    Parameters
    ----------
    source
        A source with one vector per gene: :class:`GeneTable`, :class:`NamedGenes` or :class:`DescribedGenes`.

    Examples
    --------
    >>> from semst.semantics import GeneTable
    >>> PermutedGenes(GeneTable({"MBP": [1.0, 0.0], "GFAP": [0.0, 1.0]})).name
    'permuted gene table'
    """

    source: GeneSource

    def __post_init__(self) -> None:
        if not isinstance(self.source, GeneSource):
            raise SemSTError(
                f"{getattr(self.source, 'name', self.source)!r} has no vectors of genes that could be "
                "permuted. Accepted: GeneTable, NamedGenes, DescribedGenes."
            )

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        return f"permuted {self.source.name}"

    @property
    def needs_symbols(self) -> bool:
        """Whether gene names must be symbols."""
        return self.source.needs_symbols

    def embed(self, spots: Spots) -> SemanticVectors:
        """Permute the vectors among the genes that have one, then average them."""
        genes = self.source.gene_vectors(spots.symbols, spots.run)
        permuted = permute_genes(genes, spots.symbols, random_state=spots.random_state)
        return average_over_genes(permuted, spots, name=self.name, weights=self.source.weights)
