"""From a spot's top genes to a text to a vector: what language models and text encoders have in common."""

from typing import Protocol, runtime_checkable

import numpy as np

from ._embed_texts import TextModel, embed_texts
from ._types import SemanticVectors, Spots


@runtime_checkable
class SpotModel(TextModel, Protocol):
    """A text model that knows how to write down the genes of a spot, and is a source by that."""

    @property
    def name(self) -> str:
        """Short name for records and messages."""

    @property
    def needs_symbols(self) -> bool:
        """Whether gene names must be symbols."""

    def embed(self, spots: Spots) -> SemanticVectors:
        """Write the texts and embed each distinct one."""

    @property
    def template(self) -> str:
        """The text, with ``{genes}``."""

    def prompt(self, genes: list[str]) -> str:
        """The text for a spot with these top genes."""


class WritesSpots:
    """What models that are told the top genes of a spot have in common."""

    model: str
    template: str
    separator: str

    needs_symbols = True

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        return str(self.model)

    def prompt(self, genes: list[str]) -> str:
        """The text for a spot with these top genes; other braces in the template are left alone."""
        return self.template.replace("{genes}", self.separator.join(genes))

    def embed(self: SpotModel, spots: Spots) -> SemanticVectors:
        """Embed the text of every spot, each distinct one once; spots without any count get a row of NaN."""
        lists = spots.gene_lists()
        written = np.array([bool(genes) for genes in lists])
        texts = [self.prompt(genes) for genes in lists if genes]
        vectors, info = embed_texts(self, texts, run=spots.run, unit="prompt", half=True)
        if not written.all():
            some, vectors = vectors, np.full((len(lists), vectors.shape[1]), np.nan, dtype=np.float32)
            vectors[written] = some
        info = {
            **info,
            "template": self.template,
            "k_g": spots.k_g,
            "ranking": spots.ranking,
            "example": texts[0],
        }
        return SemanticVectors(vectors, info)
