"""The Gene Ontology that comes with the package: human genes, and other species' by the same symbols."""

import gzip
import json
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp

from ._sets import GeneSets


@cache
def gene_ontology() -> GeneSets:
    """Read the Gene Ontology with human genes, each in its terms and all above these.

    Annotations travel up along "is a" and "part of", as the Consortium recommends; "regulates" is not
    followed. The three ontologies are the groups ``"BP"``, ``"MF"`` and ``"CC"``. The table is built by
    ``scripts/gene-ontology.py`` from Bioconductor's org.Hs.eg.db and GO.db; date, licence (CC BY 4.0) and
    citation are in ``about``.

    Returns
    -------
    About 22,000 sets of 20,800 genes.

    References
    ----------
    Ashburner et al., Nature Genetics 25 (2000); The Gene Ontology Consortium, Genetics 224 (2023).

    Examples
    --------
    >>> sets = gene_ontology()
    >>> sets.about["licence"], "MBP" in sets.genes
    ('CC BY 4.0', True)
    """
    ids, groups, names, above = _columns("go_terms.tsv.gz", 4)
    genes, others, annotated = _columns("go_genes.tsv.gz", 3)
    parents = _incidence(above, len(ids))
    direct = _incidence(annotated, len(ids))
    former = {old: gene for gene, had in zip(genes, others, strict=True) if had for old in had.split(",")}
    return GeneSets(
        ids=ids,
        names=names,
        groups=groups,
        genes=genes,
        membership=_boolean(direct @ _with_ancestors(parents)),
        former=former,
        about=json.loads((_DATA / "go.json").read_text()),
    )


_DATA = files("semst.explain") / "data"


def _columns(name: str, n: int) -> list[list[str]]:
    """The columns of a table, by way of one list: one a row would keep Python's collector at work."""
    with (_DATA / name).open("rb") as packed:
        cells = gzip.decompress(packed.read()).decode().replace("\n", "\t").split("\t")
    return [cells[column:-1:n] for column in range(n)]  # the last one is what comes after the last line


def _incidence(lists: list[str], n_columns: int) -> sp.csr_matrix:
    """A matrix with a row for every comma-separated list of column numbers."""
    ends = np.cumsum([0] + [text.count(",") + 1 if text else 0 for text in lists])
    columns = np.fromstring(",".join(text for text in lists if text), dtype=np.int32, sep=",")
    ones = np.ones(columns.size, dtype=np.float32)
    return sp.csr_matrix((ones, columns, ends), shape=(len(lists), n_columns))


def _boolean(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Where the transposed matrix has an entry; none of them is zero."""
    turned = counts.T.tocsr()
    return sp.csr_matrix((np.ones(turned.nnz, dtype=bool), turned.indices, turned.indptr), turned.shape)


def _with_ancestors(parents: sp.csr_matrix) -> sp.csr_matrix:
    """Every term with itself and all above it, (n_terms, n_terms)."""
    reach = sp.csr_matrix(sp.identity(parents.shape[0], dtype=np.float32) + parents)
    while True:  # paths twice as long at every turn
        further = sp.csr_matrix(reach @ reach)
        further.data[:] = 1
        if further.nnz == reach.nnz:
            return reach
        reach = further
