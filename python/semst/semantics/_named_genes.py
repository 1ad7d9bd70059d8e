"""Gene symbols -> gene vectors by a language model or text encoder -> spot vectors."""

from dataclasses import dataclass, field

import numpy as np

from ._average import AveragedGenes, Weights
from ._embed_texts import TextModel, embed_texts
from ._prompts import check_template
from ._text_encoder import TextEncoder
from ._types import GeneVectors, Run


@dataclass(frozen=True)
class NamedGenes(AveragedGenes):
    """Embed each gene's bare symbol once, then average over the genes of a spot by expression.

    Parameters
    ----------
    model
        The model that reads the texts: a :class:`TextEncoder` or a :class:`LanguageModel`.
    template
        Text of a gene, with ``{symbol}``.
    weights
        ``"log1p"``: log of 1 + counts per 10,000. ``"counts"``: the counts.

    Examples
    --------
    >>> NamedGenes(template="the gene {symbol}").name
    'named genes (sentence-transformers/all-MiniLM-L6-v2)'
    """

    model: TextModel = field(default_factory=TextEncoder)
    template: str = "{symbol}"
    weights: Weights = "log1p"

    needs_symbols = True

    def __post_init__(self) -> None:
        check_template(self.template, "{symbol}")

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        return f"named genes ({self.model.model_id})"

    def gene_vectors(self, symbols: list[str], run: Run) -> GeneVectors:
        """Embed the symbols."""
        texts = [self.template.replace("{symbol}", symbol) for symbol in symbols]
        vectors, info = embed_texts(self.model, texts, run=run, unit="gene")
        return GeneVectors(vectors, np.arange(len(symbols)), {**info, "template": self.template})
