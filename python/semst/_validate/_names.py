"""Names of spots and genes."""

import re
from collections.abc import Iterable

import pandas as pd
from anndata import AnnData

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

from ._general import _some
from ._symbols import bare_name, bare_names, genomes

ENSEMBL = re.compile(r"ENS[A-Z]{0,5}G\d{8,}(\.\d+)?(_PAR_Y)?$", re.IGNORECASE)


# what only make.names() leaves behind: symbols whose hyphen became a dot, or that got an X before a digit.
# Clone names (AC005841.1) carry dots by right, so a trailing number alone proves nothing.
_MANGLED = re.compile(
    r"(\w+\.(AS|IT|OT|DT)\d*(\.\d+)?|(HLA|MT|H2|H2AFV?|ERV[A-Z]*|LINC|RP\d+|CT[ABCD]|X[A-Z]{2}bac)\.\w.*"
    r"|X\d+[A-Za-z_]\w*([._]\w+)*)$",
    re.IGNORECASE,
)


# in lower case, without what is neither letter nor digit
SYMBOL_COLUMNS = (
    "genesymbols",
    "genesymbol",
    "genename",
    "genenames",
    "featurename",
    "featurenames",
    "featuresymbol",
    "symbol",
    "symbols",
    "geneshortname",
    "hgncsymbol",
    "mgisymbol",
    "externalgenename",
    "genesname",
    "features",
    "genes",
    "gene",
    "name",
)


def check_unique_names(adata: AnnData) -> None:
    """Make sure that no gene name and no spot name occurs twice.

    Parameters
    ----------
    adata
        Data to look at. Not changed.

    Raises
    ------
    SemSTError
        If names occur more than once; the message shows some of them.

    Examples
    --------
    >>> import numpy as np
    >>> from anndata import AnnData
    >>> check_unique_names(AnnData(np.ones((2, 2))))
    """
    _require_unique(
        adata.var_names,
        what=f"gene names ({_words.slot('var_names')})",
        mend=f"{_words.in_python('adata.var_names_make_unique()', 'number them')}, or sum the rows up",
    )
    _require_unique(
        adata.obs_names,
        what=f"spot names ({_words.slot('obs_names')})",
        mend=_words.in_python(
            "adata.obs_names_make_unique(), or for several slices anndata.concat(..., index_unique='-')",
            "number them, or put the name of the slice behind those of several slices",
        ),
    )


def check_gene_symbols(names: Iterable[str], *, var: pd.DataFrame | None = None) -> None:
    """Make sure that gene names are symbols, which is what language models and gene tables know.

    Names that R has altered (see :func:`has_mangled_names`) are reported in the log but accepted.

    Parameters
    ----------
    names
        Gene names, e.g. ``adata.var_names``.
    var
        ``adata.var``, to find a column with symbols that the message can point to.

    Raises
    ------
    SemSTError
        If most names are Ensembl identifiers, plain numbers, or symbols with a genome in front
        (``GRCh38_MBP``) or in ``b'...'``.

    Examples
    --------
    >>> check_gene_symbols(["MBP", "SNAP25"])
    """
    genes = [str(name) for name in names]
    _check_no_dressing(genes)
    n_ensembl = sum(ENSEMBL.match(name) is not None for name in genes)
    n_numbers = sum(name.isdigit() for name in genes)
    if 2 * max(n_ensembl, n_numbers) > len(genes):
        kind = "Ensembl IDs" if n_ensembl >= n_numbers else "plain numbers"
        wrong = [n for n in genes if (ENSEMBL.match(n) if n_ensembl >= n_numbers else n.isdigit())]
        column = _symbol_column(var)
        hint = (
            f"{_words.slot('var', column)} holds symbols"
            + _words.in_python(
                f': adata.var_names = adata.var["{column}"].astype(str); adata.var_names_make_unique().', "."
            )
            if column
            else "Take them from the annotation (GTF, features.tsv) that the counts were made with."
        )
        raise SemSTError(
            f"{len(wrong)} of {len(genes)} gene names are {kind} (e.g. {_some(wrong)}), but gene "
            f"symbols (e.g. MBP, SNAP25) are needed. Put them into {_words.slot('var_names')}. {hint}"
        )
    if has_mangled_names(genes):
        altered = [name for name in genes if _MANGLED.match(name)]
        logger.warning(
            "gene names look altered by R's make.names (%s): hyphens became dots, a leading digit got an X. "
            "Such genes may be missing in gene tables; in R, read the matrix with check.names = FALSE.",
            _some(altered),
        )


def find_symbols(names: Iterable[str], var: pd.DataFrame | None) -> list[str]:
    """Gene symbols of the genes: their names, or a column of ``var`` where most names are Ensembl IDs.

    A genome in front (``GRCh38_MBP``) and ``b'...'`` around a name are left out; the genome stays where genes
    of two genomes would be taken for one.

    Parameters
    ----------
    names
        Gene names, e.g. ``adata.var_names``, shape (n_genes,).
    var
        Table with a row per gene; ``None``: none.

    Returns
    -------
    Shape (n_genes,). A gene whose symbol is missing in the column keeps its name.

    Examples
    --------
    >>> table = pd.DataFrame({"gene_name": ["MBP", "GFAP", None]})
    >>> find_symbols(["ENSG00000197971", "ENSG00000131095", "ENSG00000000001"], table)
    ['MBP', 'GFAP', 'ENSG00000000001']
    """
    genes = bare_names(names)
    if 2 * sum(ENSEMBL.match(bare_name(name)) is not None for name in genes) <= len(genes):
        return genes
    column = _symbol_column(var)
    if var is None or column is None:
        return genes
    symbols = var[column].astype(object)
    missing = symbols.isna() | symbols.astype(str).str.strip().isin(["", "nan", "None", "<NA>"])
    return bare_names(
        name if gone else str(symbol) for name, symbol, gone in zip(genes, symbols, missing, strict=True)
    )


def _check_no_dressing(genes: list[str]) -> None:
    dressed = [name for name in genes if bare_name(name) != name]
    if 2 * len(dressed) <= len(genes):
        return
    found = genomes(genes)
    take_off = "adata.var_names = adata.var_names"
    if any(name.startswith("b") and name[1:2] in ("'", '"') for name in dressed):
        take_off += r""".str.replace(r"^b\W(.*)\W$", r"\1", regex=True)"""
    if found:
        take_off += f""".str.replace(r"^({"|".join(map(re.escape, found))})[-_.:]+", "", regex=True)"""
    kind = f"symbols with a genome in front ({', '.join(found[:3])})" if found else "symbols in b'...'"
    both = (
        "Genes of two genomes have the same symbol: keep those of one first, "
        + _words.in_python(
            f'adata = adata[:, adata.var_names.str.startswith("{found[0]}")].copy(). ',
            f"those that begin with {found[0]}. ",
        )
        if bare_names(genes) == genes
        else ""
    )
    raise SemSTError(
        f"{len(dressed)} of {len(genes)} gene names are {kind} (e.g. {_some(dressed)}), but plain gene "
        f"symbols (e.g. MBP, SNAP25) are needed. {both}Take that off{_words.in_python(f': {take_off}', '')}."
    )


def has_mangled_names(names: Iterable[str]) -> bool:
    """Tell whether R's ``make.names`` has been over the gene names (``A1BG-AS1`` -> ``A1BG.AS1``).

    Names that only ``make.names`` leaves behind must outnumber the hyphens that it would have removed.

    Parameters
    ----------
    names
        Gene names.

    Returns
    -------
    ``True`` if hyphens seem to have become dots and leading digits to have got an ``X``.

    Examples
    --------
    >>> has_mangled_names(["MBP", "A1BG.AS1", "X5S_rRNA"])
    True
    >>> has_mangled_names(["MBP", "A1BG-AS1", "AC005841.1"])
    False
    """
    genes = [str(name) for name in names]
    # "-1" at the end may be anndata's mark for a second gene of that name
    n_hyphens = sum("-" in re.sub(r"-\d+$", "", name) for name in genes)
    return sum(_MANGLED.match(name) is not None for name in genes) > n_hyphens


def _symbol_column(var: pd.DataFrame | None) -> str | None:
    if var is None:
        return None
    by_name = {re.sub(r"[^a-z0-9]", "", str(column).lower()): column for column in var.columns}
    for name in SYMBOL_COLUMNS:
        if name in by_name:
            values = [bare_name(v) for v in var[by_name[name]].dropna().astype(str)]
            n_symbols = sum(bool(v) and not v.isdigit() and ENSEMBL.match(v) is None for v in values)
            if 2 * n_symbols > len(var):
                return str(by_name[name])
    return None


def _require_unique(names: pd.Index, *, what: str, mend: str) -> None:
    if names.is_unique:
        return
    repeated = names[names.duplicated()].unique()
    raise SemSTError(
        f"{len(repeated)} {what} occur more than once (e.g. {_some(repeated.tolist())}). "
        f"Names must be unique: {mend}."
    )
