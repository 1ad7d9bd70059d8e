"""Short names for sources, for the command line and for everyone who wants no more than a default."""

from collections.abc import Callable

from semst import _words
from semst._errors import SemSTError

from ._controls import NoSemantics, PermutedGenes, RandomVectors, UnrelatedPrompt
from ._described import DescribedGenes
from ._gene_table import GeneTable
from ._language_model import LanguageModel
from ._named_genes import NamedGenes
from ._precomputed import Precomputed
from ._text_encoder import TextEncoder
from ._types import GeneSource, Source

# One line adds a source: what it is, and how it is made; the name is what users type.
SOURCES: dict[str, tuple[str, Callable[[], Source]]] = {
    "minilm": ("all-MiniLM-L6-v2 on the list of the top genes", TextEncoder),
    "minilm-genes": ("all-MiniLM-L6-v2 on each gene symbol, averaged by expression", NamedGenes),
    "qwen3": (
        "the paper's language model, Qwen3-4B-Thinking-2507, on a prompt with the top genes",
        LanguageModel,
    ),
    "qwen3-embedding": (
        "Qwen3-Embedding-0.6B on the list of the top genes",
        lambda: TextEncoder("Qwen/Qwen3-Embedding-0.6B"),
    ),
    "biolord": (
        "BioLORD-2023 (biomedical) on the list of the top genes",
        lambda: TextEncoder("FremyCompany/BioLORD-2023"),
    ),
    "bert": (
        "control: bert-base-uncased, mean of the last layer, on the paper's prompt",
        lambda: LanguageModel("google-bert/bert-base-uncased", chat=False),
    ),
    "random": ("control: normal vectors with mean 0 and variance 0.85", RandomVectors),
    "unrelated": (
        "control: all-MiniLM-L6-v2 on questions that have nothing to do with biology",
        lambda: UnrelatedPrompt(TextEncoder()),
    ),
    "permuted": (
        "control: minilm-genes with the vectors dealt to the wrong genes",
        lambda: PermutedGenes(NamedGenes()),
    ),
    "none": ("control: no semantic vectors", NoSemantics),
}


def _unrelated(name: str) -> Source:
    model = resolve(name)
    if not isinstance(model, LanguageModel | TextEncoder):
        raise SemSTError(
            f'"unrelated:{name}": a language model or text encoder is needed, e.g. "unrelated:qwen3".'
        )
    return UnrelatedPrompt(model)


def _permuted(name: str) -> Source:
    source = resolve(name)
    if not isinstance(source, GeneSource):
        raise SemSTError(
            f'"permuted:{name}": a source with one vector per gene is needed, e.g. '
            '"permuted:genes:GenePT.pickle".'
        )
    return PermutedGenes(source)


# the same for names that are followed by a colon and a model, file or name
PREFIXED: dict[str, tuple[str, Callable[[str], Source]]] = {
    "llm": ("a language model: hub id or folder", LanguageModel),
    "text": ("a sentence-transformers model: hub id or folder", TextEncoder),
    "genes": ("a file with one vector per gene symbol", GeneTable),
    "descriptions": ("a file with one description per gene symbol", DescribedGenes),
    "spots": ("a .npy file with one vector per spot", Precomputed),
    "unrelated": ("control: unrelated questions to another model, e.g. unrelated:qwen3", _unrelated),
    "permuted": ("control: permuted genes of another source, e.g. permuted:genes:<file>", _permuted),
}


def available() -> dict[str, str]:
    """List the short names of sources, with what they are.

    Names that end in ``:`` take a model, file or name after the colon.

    Returns
    -------
    Name to one line of explanation.

    Examples
    --------
    >>> available()["none"]
    'control: no semantic vectors'
    """
    named = {name: what for name, (what, _) in SOURCES.items()}
    return {**named, **{f"{prefix}:": what for prefix, (what, _) in PREFIXED.items()}}


def resolve(source: str | Source) -> Source:
    """Get the source for a short name; a source is given back as it is.

    Parameters
    ----------
    source
        A name of :func:`available`, e.g. ``"minilm"`` or ``"llm:Qwen/Qwen3-0.6B"``, or a source.

    Raises
    ------
    SemSTError
        If the name is not known.

    Examples
    --------
    >>> resolve("qwen3").name, resolve("text:FremyCompany/BioLORD-2023").name
    ('Qwen/Qwen3-4B-Thinking-2507', 'FremyCompany/BioLORD-2023')
    """
    if not isinstance(source, str):
        if isinstance(source, Source) and not isinstance(source, type):
            return source
        raise SemSTError(
            f"source is a {type(source).__name__}. Accepted: a name ({', '.join(SOURCES)}), or one of "
            "LanguageModel, TextEncoder, NamedGenes, DescribedGenes, GeneTable, Precomputed and the controls."
        )
    if source in SOURCES:
        return SOURCES[source][1]()
    prefix, _, rest = source.partition(":")
    if rest and prefix in PREFIXED:
        return PREFIXED[prefix][1](rest)
    llm, text = (_words.in_python(f' or {kind}("...")', "") for kind in ("LanguageModel", "TextEncoder"))
    raise SemSTError(
        f'There is no source "{source}". Names: {", ".join(SOURCES)}. Any other language model: '
        f'"llm:<hub id or folder>"{llm}; any sentence-transformers model: "text:<hub id or folder>"{text}; '
        'files: "genes:<file>", "descriptions:<file>", "spots:<file.npy>".'
    )
