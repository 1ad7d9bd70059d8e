"""Names of genes as symbols: without what programs put around them; and names of what is no gene."""

import re
from collections.abc import Iterable

import numpy as np

_BYTES = re.compile(r"""b(['"])(?P<name>.*)\1""", re.DOTALL)

# in front of genes where a reference of 10x Genomics holds several genomes; Seurat turns "_" into "-"
_GENOME = re.compile(
    r"(?P<genome>(GRC[hmrz]\d{1,2}|hg\d{1,2}|mm\d{1,2}|rn\d|mRatBN7(\.2)?|Rnor[_-]?\d(\.0)?|danRer\d{1,2}|BDGP\d"
    r"|Sscrofa\d+(\.\d)?|susScr\d+|Mmul[_-]?\d+|rheMac\d+|CHM13(v\d(\.\d)?)?|T2T-CHM13v\d(\.\d)?|human|mouse"
    r"|homo[_-]sapiens|mus[_-]musculus)([_-](pre-?mrna|ensembl\d+|(gex-)?20\d\d-[A-Z]))?)[-_:.]+(?=\w)",
    re.IGNORECASE,
)

# probes and codes that panels hold to measure noise, by the names of Xenium, CosMx, MERSCOPE and Visium
_CONTROL = re.compile(
    r"antisense[_-].+|blank[_-]?(code(word)?)?[_-]?\d*|neg(ative)?[_-]?(control|ctrl|prb|probe).*|negative[_-]?\d+"
    r"|unassigned.*|deprecated[_-]?(codeword)?[_-].+|intergenic.*|(genomic|system)[_-]?control.*"
    r"|control[_-]?(probe|codeword).*|false[_-]?code.*",
    re.IGNORECASE,
)


def bare_name(name: str) -> str:
    """Name of a gene without ``b'...'`` around it and the name of a genome in front.

    Examples
    --------
    >>> [bare_name(name) for name in ("GRCh38_MT-CO1", "mm10___mt-Nd1", "b'MBP'", "RN7SL1")]
    ['MT-CO1', 'mt-Nd1', 'MBP', 'RN7SL1']
    """
    match = _BYTES.fullmatch(name)
    name = match["name"] if match else name
    genome = _GENOME.match(name)
    return name[genome.end() :] if genome else name


def genomes(names: Iterable[str]) -> list[str]:
    """Names of the genomes that stand in front of genes, the most frequent first.

    Examples
    --------
    >>> genomes(["GRCh38_MBP", "GRCh38_GFAP", "mm10_Mbp", "TTN"])
    ['GRCh38', 'mm10']
    """
    found: dict[str, int] = {}
    for name in names:
        match = _BYTES.fullmatch(name)
        if genome := _GENOME.match(match["name"] if match else name):
            found[genome["genome"]] = found.get(genome["genome"], 0) + 1
    return sorted(found, key=lambda one: -found[one])


def bare_names(names: Iterable[str]) -> list[str]:
    """Names of genes without ``b'...'`` and genomes.

    They stay as they are where genes of two genomes would be taken for one.

    Parameters
    ----------
    names
        Names, shape (n_genes,).

    Returns
    -------
    Shape (n_genes,).

    Examples
    --------
    >>> bare_names(["GRCh38_MBP", "mm10___Mbp"])
    ['MBP', 'Mbp']
    >>> bare_names(["GRCh38_TTN", "mm10___TTN"])
    ['GRCh38_TTN', 'mm10___TTN']
    """
    given = [str(name) for name in names]
    unwrapped = [match["name"] if (match := _BYTES.fullmatch(name)) else name for name in given]
    if len(set(unwrapped)) < len(set(given)):
        unwrapped = given
    bare = [bare_name(name) for name in unwrapped]
    return unwrapped if len(set(bare)) < len(set(unwrapped)) else bare


def control_probes(names: Iterable[str]) -> np.ndarray:
    """Tell which names are those of control, blank, unassigned or deprecated probes, not of genes.

    Parameters
    ----------
    names
        Names, shape (n_genes,).

    Returns
    -------
    Boolean mask, shape (n_genes,).

    Examples
    --------
    >>> control_probes(["MBP", "NegControlProbe_00042", "BLANK_0006", "NEGR1"]).tolist()
    [False, True, True, False]
    """
    return np.array([_CONTROL.fullmatch(bare_name(str(name))) is not None for name in names], dtype=bool)
