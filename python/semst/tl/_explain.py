"""What each domain is: its marker genes and what is known of them."""

from typing import Any

import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst import explain as explaining
from semst._errors import SemSTError
from semst._log import logger
from semst._settings import given, split
from semst._typed import typed
from semst._validate import check_random_state, check_whole, find_symbols, get_labels, require_key
from semst.data import Slice, SliceKeys, read_slice

from ._target import check_target


@typed
def explain(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    gene_sets: Any = "go",
    n_markers: int = 100,
    n_terms: int = 10,
    n_null: int = 20,
    random_state: int = 0,
    progress: bool = True,
    copy: bool = False,
    **keys: Any,
) -> AnnData | None:
    """Say what marks each domain: genes that are higher there, and what these have in common.

    Of any column with labels, whether a run of this package made it or not. Markers: Welch's t of
    log-normalised values, a domain's spots against all others that are labelled; t above 2, log2 fold change
    above 0.1, the best 100. Where ``sample_key`` tells three slices or more apart, the slices are the
    replicates (pseudobulk, see :func:`semst.explain.explain`) for every domain that three of them hold with
    10 spots. Terms: hypergeometric, the markers against all measured genes that are in a gene set; sets of 5
    to 500 measured genes; q by Benjamini and Hochberg below 0.05; a term that holds for most domains is left
    out, of terms that share half of their markers the better stays.

    Neighbouring spots are not independent, so p and q rank and prove nothing: any compact piece of tissue has
    markers, because genes are smooth. ``p_regions`` holds each against random regions in one piece with as
    many spots: the share of them in which the same gene, or term, is as strong (1 / (1 + ``n_null``) at
    least). A domain next to a strong one gets a large value for what it has from there.

    No terms, and the reason in ``note``: for domains under 10 spots, and where fewer than 500 measured genes
    are in the gene sets, or fewer than a fifth of the genes are known to them.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names`` (or Ensembl IDs, with a column of symbols).
    key
        ``obs`` column of the domains, or of any other labels; spots without one take no part.
    gene_sets
        ``"go"``: the Gene Ontology that comes with the package, human genes, and genes of other species that
        bear the same symbol (``Mbp`` for ``MBP``); the path of a ``.gmt`` file; or a mapping from names of
        sets to gene symbols.
    n_markers, n_terms
        At most so many a domain.
    n_null
        Random regions that a domain is held against; 0 for none. Without coordinates there are none.
    random_state
        Seed of these regions.
    progress
        Show how many domains are done.
    copy
        Return a changed copy instead of writing into ``adata``.
    **keys
        How the slice is read (:class:`semst.data.SliceKeys`: ``layer``, ``sample_key``, ``depth_key``, ...).

    Returns
    -------
    ``None``, or the copy. Written is ``uns[key + "_explain"]`` with the tables

    - ``domains``: ``domain``, ``n_spots``, ``share`` of the labelled spots, ``markers`` (the first five),
      ``term`` (the first), ``neighbours`` (domains it borders on, the longest border first), ``note``,
      ``p_regions`` (of random regions whose best term of any kind, or marker, is as strong as the best here),
    - ``markers``: ``domain``, ``gene``, ``score`` (t), ``log2_fold_change``, ``share_in`` and ``share_out``
      (spots with the gene), ``p``, ``q``, ``p_regions``; best first,
    - ``terms``: ``domain``, ``id``, ``term``, ``ontology``, ``hits``, ``size`` (its measured genes),
      ``fold``, ``p``, ``q``, ``p_regions``, ``genes`` (markers in it); best first,

    and ``coverage`` (genes that are measured, known and annotated), ``gene_sets`` (name, date, licence,
    source) and ``params``.

    Raises
    ------
    SemSTError
        If column, counts, coordinates or gene sets cannot be used, or there are fewer than two domains.

    References
    ----------
    The Gene Ontology Consortium, Genetics 224 (2023), CC BY 4.0.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, "ground_truth", n_null=5, progress=False)
    >>> adata.uns["ground_truth_explain"]["domains"]["domain"].tolist()[:2]
    ['L1', 'L2']
    """
    check_target(adata, copy=copy)
    random_state = check_random_state(random_state)
    n_markers = check_whole(n_markers, what="n_markers", least=1)
    n_terms = check_whole(n_terms, what="n_terms", least=1)
    n_null = check_whole(n_null, what="n_null", least=0)
    (own,) = split(keys, [SliceKeys], whose="reading a slice")
    where = SliceKeys(**given(SliceKeys, own))
    sets = explaining.gene_sets(gene_sets)
    labels = get_labels(adata, key)
    data, kept = read_slice(adata, where, coordinates=where.spatial_key in adata.obsm)
    found = explaining.explain(
        data,
        labels[kept],
        sets,
        symbols=symbols_of(adata, data, where),
        n_markers=n_markers,
        n_terms=n_terms,
        n_null=n_null,
        random_state=random_state,
        progress=progress,
    )
    _tell(found)
    target = adata.copy() if copy else adata
    target.uns[_keys.explained(key)] = {**found.as_dict(), "params": {"key": key, **found.params}}
    logger.info(f"added uns[{_keys.explained(key)!r}]", extra={"of_anndata": True})
    return target if copy else None


def explain_lines(adata: AnnData, key: str = _keys.KEY_ADDED) -> list[str]:
    """Tell the domains in words: size, first markers, first term.

    Parameters
    ----------
    adata
        Data after :func:`explain`, or after a run.
    key
        The column that was explained.

    Returns
    -------
    One line a domain, and then one for every reason why domains have no terms.

    Raises
    ------
    MissingKeyError
        If it has not been explained.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, "ground_truth", n_null=0, progress=False)
    >>> explain_lines(adata, "ground_truth")[0].split()[::2][:2]
    ['L1', 'spots']
    """
    first = f"{_words.slot('uns')} ({_words.step('explain', key=key)} comes first)"
    held = require_key(adata.uns, _keys.explained(key), what=first)
    table: pd.DataFrame = held["domains"].astype({"domain": str})
    rows = table.assign(markers=table["markers"].replace("", "no marker")).to_dict("records")
    wide = {name: max(len(str(row[name])) for row in rows) for name in ("domain", "n_spots", "markers")}
    lines = [
        f"{row['domain']:>{wide['domain']}}  {row['n_spots']:>{wide['n_spots']}} spots  "
        f"{row['markers']:<{wide['markers']}}  {row['term'] or '-'}"
        for row in rows
    ]
    for note, own in table[table["note"] != ""].groupby("note", sort=False):
        lines.append(f"no terms for {', '.join(own['domain'])}: {note}")
    return lines


def explain_run(
    adata: AnnData,
    data: Slice,
    labels: "pd.Categorical[Any]",
    *,
    keys: SliceKeys,
    random_state: int,
    progress: bool,
) -> dict[str, Any] | None:
    """Explain what a run has just found; a slice that cannot be explained is told and stops nothing.

    ``labels`` are those of the spots in ``data``, which was read from ``adata`` with ``keys``.
    """
    try:
        found = explaining.explain(
            data,
            labels,
            explaining.gene_ontology(),
            symbols=symbols_of(adata, data, keys),
            random_state=random_state,
            progress=progress,
        )
    except SemSTError as error:
        logger.warning(f"the domains are not explained: {error}")
        return None
    except Exception:
        # hours of training may lie behind the domains, which must not be lost for what comes beside them
        logger.exception("the domains are found and kept; explaining them failed in a way that is our fault")
        return None
    _tell(found)
    return found.as_dict()


def symbols_of(adata: AnnData, data: Slice, keys: SliceKeys) -> list[str]:
    """Gene symbols of a slice's genes, from a column of symbols where their names are Ensembl IDs."""
    var = adata.raw.var if keys.use_raw and adata.raw is not None else adata.var
    return find_symbols(data.genes, var.loc[data.genes])


def _tell(found: explaining.Explanation) -> None:
    """Log why domains have no terms, a reason once."""
    notes = found.domains["note"][found.domains["note"] != ""].value_counts(sort=False)
    for note, n in notes.items():
        logger.info(f"{n} of {len(found.domains)} domains without terms: {note}")
