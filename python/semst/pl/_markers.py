"""Marker genes of all domains in one picture."""

import os
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData
from matplotlib.figure import Figure

from semst import _keys, _words, pp
from semst._errors import SemSTError
from semst._settings import given, split
from semst._typed import typed
from semst._validate import find_symbols
from semst.data import SliceKeys, read_slice

from ._dot_plot import draw_dot_plot
from ._explanation import first_rows, get_explanation
from ._figure import check_picture_path, save_figure
from ._labels import get_labels
from ._palette import category_colors


@typed
def markers(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    n_genes: int = 3,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
    **keys: Any,
) -> Figure:
    """Draw the first marker genes of every domain, in all domains: a dot plot.

    A row is a domain, a column a gene. The dot grows with the share of the domain's spots that have the gene;
    its colour is the mean of ``log(1 + count / library size * 10,000)`` over all of them, from the lowest
    domain (0) to the highest (1) gene by gene. The bar over the columns has the colour of the domain that
    the genes are markers of; a gene that marks several stands with the first.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.explain`. Not changed.
    key
        Column of ``adata.obs`` with the domains.
    n_genes
        Genes for each domain, 1 or more.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.
    **keys
        How the slice is read (:class:`semst.data.SliceKeys`: ``layer``, ``use_raw``, ``depth_key``), as it
        was for :func:`semst.tl.explain`.

    Returns
    -------
    The figure; its first axes are the dots.

    Raises
    ------
    MissingKeyError
        If the domains have not been explained, or a column or layer is not there.
    SemSTError
        If no domain has a marker, a marker is no gene of ``adata``, ``n_genes`` is not positive, or ``save``
        cannot be written.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, key="ground_truth", n_null=0)
    >>> figure = semst.pl.markers(adata, "ground_truth", n_genes=2)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()][:2]
    ['L1', 'L2']
    """
    check_picture_path(save, overwrite=overwrite)
    if n_genes < 1:
        raise SemSTError(f"{_words.name('n_genes')} is {n_genes}. At least 1 gene for each domain is needed.")
    (own,) = split(keys, [SliceKeys], whose="reading a slice")
    explanation = get_explanation(adata, key)
    labels = get_labels(adata, key)
    colors = category_colors(adata, key, labels.categories, None)
    groups = _columns(explanation["markers"], labels.categories, n_genes)
    genes = [gene for group in groups for gene in group]
    if not genes:
        raise SemSTError(f"No domain of {_words.slot('obs', key)} has a marker: there is nothing to draw.")
    values, rows = _values(adata, key, genes, SliceKeys(**given(SliceKeys, own)))
    share, mean = _summaries(values, labels[rows])

    figure = draw_dot_plot(share, _scaled(mean), list(labels.categories), groups, colors)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _columns(table: pd.DataFrame, categories: pd.Index, n_genes: int) -> list[list[str]]:
    """Genes of every domain; what is there already is not repeated."""
    seen: set[str] = set()
    groups = []
    for domain in categories:
        best = first_rows(table, domain, n_genes)["gene"].astype(str)
        groups.append([gene for gene in best if gene not in seen])
        seen.update(groups[-1])
    return groups


def _values(adata: AnnData, key: str, genes: list[str], keys: SliceKeys) -> tuple[sp.csr_matrix, np.ndarray]:
    """Log-normalised values of the genes, and the rows of ``adata`` they belong to."""
    slice_, kept = read_slice(adata, keys, coordinates=False)
    var = adata.raw.var if keys.use_raw and adata.raw is not None else adata.var
    symbols = find_symbols(
        slice_.genes, var.loc[slice_.genes]
    )  # markers have these, also where var_names are IDs
    column_of = {symbol: column for column, symbol in reversed(list(enumerate(symbols)))}
    gone = [gene for gene in genes if gene not in column_of]
    if gone:
        raise SemSTError(
            f"{len(gone)} of {len(genes)} markers are no genes of the slice ({', '.join(gone[:4])}): the "
            f"explanation is of another one. Explain it again: {_words.step('explain', key=key)}."
        )
    columns = np.array([column_of[gene] for gene in genes])
    sizes = pp.library_size(slice_.counts, depth=slice_.depth)
    return pp.log_normalise(sp.csr_matrix(slice_.counts[:, columns]), sizes), np.flatnonzero(kept)


def _summaries(values: sp.csr_matrix, labels: pd.Categorical) -> tuple[np.ndarray, np.ndarray]:
    """Share of spots with the gene, and mean value, each (n_domains, n_genes)."""
    known = np.flatnonzero(labels.codes >= 0)
    ones = np.ones(len(known))
    membership = sp.csr_matrix(
        (ones, (labels.codes[known], known)), shape=(len(labels.categories), len(labels))
    )
    n_spots = np.maximum(np.asarray(membership.sum(axis=1)), 1)
    with_gene = (membership @ (values > 0).astype(np.float64)).toarray() / n_spots
    return with_gene, (membership @ values.astype(np.float64)).toarray() / n_spots


def _scaled(mean: np.ndarray) -> np.ndarray:
    """Every gene from its lowest domain, 0, to its highest, 1; 0 where domains do not differ."""
    low, high = mean.min(axis=0), mean.max(axis=0)
    return (mean - low) / np.where(high > low, high - low, 1)
