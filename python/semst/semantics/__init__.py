"""Gene symbols -> semantic vectors: language models, text encoders, gene tables, and the controls.

>>> from semst import semantics
>>> list(semantics.available())[:3]
['minilm', 'minilm-genes', 'qwen3']
"""

from ._answers import Answerer, AnsweringModel
from ._average import averaged as averaged
from ._average import expression_weights as expression_weights
from ._controls import NoSemantics, PermutedGenes, RandomVectors, UnrelatedPrompt, permute_genes
from ._described import DescribedGenes
from ._embed import embed_spots
from ._gene_table import GeneTable
from ._landmarks import stratified_rows as stratified_rows
from ._language_model import PAPER_MODEL as PAPER_MODEL
from ._language_model import LanguageModel
from ._named_genes import NamedGenes
from ._precomputed import Precomputed
from ._prompts import SPOT_TEMPLATE as SPOT_TEMPLATE
from ._prompts import UNRELATED_QUESTIONS as UNRELATED_QUESTIONS
from ._ranking import K_G as K_G
from ._ranking import Ranking as Ranking
from ._ranking import top_genes
from ._registry import PREFIXED as PREFIXED
from ._registry import SOURCES, available, resolve
from ._symbols import match_symbols as match_symbols
from ._symbols import spelled_like as spelled_like
from ._text_encoder import TextEncoder
from ._types import GeneSource, GeneVectors, SemanticVectors, Source
from ._types import Run as Run
from ._types import Spots as Spots

__all__ = [
    "SOURCES",
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
    "SemanticVectors",
    "Source",
    "TextEncoder",
    "UnrelatedPrompt",
    "available",
    "embed_spots",
    "permute_genes",
    "resolve",
    "top_genes",
]
