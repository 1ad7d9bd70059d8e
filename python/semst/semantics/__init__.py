"""Gene symbols -> semantic vectors: language models, text encoders, gene tables, and the controls.

>>> from semst import semantics
>>> list(semantics.available())[:3]
['minilm', 'minilm-genes', 'qwen3']
"""

from ._answers import Answerer, AnsweringModel
from ._average import averaged, expression_weights
from ._controls import NoSemantics, PermutedGenes, RandomVectors, UnrelatedPrompt, permute_genes
from ._described import DescribedGenes
from ._embed import embed_spots
from ._gene_table import GeneTable
from ._landmarks import stratified_rows
from ._language_model import PAPER_MODEL, LanguageModel
from ._named_genes import NamedGenes
from ._precomputed import Precomputed
from ._prompts import SPOT_TEMPLATE, UNRELATED_QUESTIONS
from ._ranking import K_G, Ranking, top_genes
from ._registry import PREFIXED, SOURCES, available, resolve
from ._symbols import match_symbols, spelled_like
from ._text_encoder import TextEncoder
from ._types import GeneSource, GeneVectors, Run, SemanticVectors, Source, Spots

__all__ = [
    "K_G",
    "PAPER_MODEL",
    "PREFIXED",
    "SOURCES",
    "SPOT_TEMPLATE",
    "UNRELATED_QUESTIONS",
    "Answerer",
    "AnsweringModel",
    "DescribedGenes",
    "GeneSource",
    "GeneTable",
    "GeneVectors",
    "LanguageModel",
    "NamedGenes",
    "NoSemantics",
    "PermutedGenes",
    "Precomputed",
    "RandomVectors",
    "Ranking",
    "Run",
    "SemanticVectors",
    "Source",
    "Spots",
    "TextEncoder",
    "UnrelatedPrompt",
    "available",
    "averaged",
    "embed_spots",
    "expression_weights",
    "match_symbols",
    "permute_genes",
    "resolve",
    "spelled_like",
    "stratified_rows",
    "top_genes",
]
