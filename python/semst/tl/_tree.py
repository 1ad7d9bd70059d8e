"""Which domains are near each other, and coarser domains."""

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst import cluster as clusterers
from semst._colors import colors_of
from semst._errors import SemSTError
from semst._log import logger
from semst._order import natural_order
from semst._record import plain
from semst._typed import typed
from semst._validate import check_whole, get_labels

from ._nested_columns import check_not_the_runs, embedding_slot, forget_what_is_known, origin
from ._target import check_target


@typed
def tree(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    use_rep: str | None = None,
    copy: bool = False,
) -> AnnData | None:
    """Build the tree of the domains, by the distances between them in the embedding.

    Parameters
    ----------
    adata
        Spots with domains and the embedding that they were found in.
    key
        ``obs`` column of the domains; two or more.
    use_rep
        ``obsm`` slot of the embedding; ``None`` takes that of the run.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy, with ``uns[key + "_tree"]``: ``names`` of the domains, ``linkage`` (merges as SciPy
    keeps them, shape (K - 1, 4); see :func:`semst.cluster.domain_tree`), ``heights`` (its third column) and
    ``use_rep``. :func:`semst.pl.tree` draws it.

    Raises
    ------
    MissingKeyError
        If column or embedding is missing.
    SemSTError
        If there is only one domain.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, cluster="mixture", explain=False, progress=False)
    >>> tree(adata)
    >>> adata.uns["semst_tree"]["linkage"].shape
    (3, 4)
    """
    check_target(adata, copy=copy)
    found, use_rep = _tree_of(adata, key, use_rep)
    target = adata.copy() if copy else adata
    target.uns[_keys.tree(key)] = plain(
        {
            "names": np.array(found.names),
            "linkage": found.linkage,
            "heights": found.linkage[:, 2].copy(),
            "use_rep": use_rep,
        }
    )
    logger.info(f"added uns[{_keys.tree(key)!r}]")
    return target if copy else None


@typed
def cut(
    adata: AnnData,
    n: int,
    *,
    key: str = _keys.KEY_ADDED,
    key_added: str | None = None,
    use_rep: str | None = None,
    copy: bool = False,
) -> AnnData | None:
    """Merge the nearest domains until ``n`` are left.

    With one domain less, two of these are merged and the others are the same, which a new run does not
    promise. Parts of split domains merge first, so that a cut to the number of before gives the domains of
    before.

    Parameters
    ----------
    adata
        Spots with domains and the embedding that they were found in.
    n
        Number of domains to leave, from 1 to the number there is.
    key
        ``obs`` column of the domains.
    key_added
        ``obs`` column to write; ``None`` takes ``key + "_cut"``.
    use_rep
        ``obsm`` slot of the embedding; ``None`` takes that of the run.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy. Written are

    - ``obs[key_added]``: the coarser domains, ``"2+5"`` for two that have merged, ``"3"`` for all its parts,
    - ``uns[key_added]``: ``params``, and ``names`` (of the finer domains) beside ``merged`` (of their own),
    - ``uns[key_added + "_colors"]``: of every domain the colour of its largest part.

    Raises
    ------
    MissingKeyError
        If column or embedding is missing.
    SemSTError
        If ``n`` does not fit, or ``key_added`` is the column of a run.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, cluster="mixture", explain=False, progress=False)
    >>> cut(adata, 3)
    >>> len(adata.obs["semst_cut"].cat.categories)
    3
    """
    check_target(adata, copy=copy)
    n = check_whole(n, what="n", least=1)
    labels = get_labels(adata, key)
    key_added = key_added or _keys.cut(key)
    check_not_the_runs(adata, key_added, key)
    if n > len(labels.categories):
        raise SemSTError(
            f"{_words.name('n')} is {n}, but obs[{key!r}] has {len(labels.categories)} domains, and a cut "
            f"makes them fewer. For more, split one ({_words.step('split', key=key)}) or run again."
        )
    found, use_rep = _tree_of(adata, key, use_rep)
    merged = found.cut(n)
    order = natural_order(set(merged.values()))
    target = adata.copy() if copy else adata
    target.obs[key_added] = pd.Categorical(
        pd.Series(np.asarray(labels, dtype=object)).map(merged).to_numpy(), categories=order
    )
    forget_what_is_known(target, key_added)
    color_of = colors_of(adata, key, labels.categories)
    by_size = pd.Series(labels).value_counts(ascending=True).index
    largest = {merged[part]: part for part in by_size}
    target.uns[_keys.colors(key_added)] = np.array([color_of[largest[name]] for name in order])
    params = {"run": origin(adata, key), "n_domains": n, "use_rep": use_rep}
    parts = [part for part in labels.categories if part in merged]
    target.uns[key_added] = plain(
        {"params": params, "names": np.array(parts), "merged": np.array([merged[part] for part in parts])}
    )
    logger.info(f"{len(parts)} domains merged to {', '.join(order)}; added obs[{key_added!r}]")
    return target if copy else None


def _tree_of(adata: AnnData, key: str, use_rep: str | None) -> tuple[clusterers.DomainTree, str]:
    """The tree of a column's domains, and the slot of the embedding that it was made of."""
    labels = get_labels(adata, key)
    slot = embedding_slot(adata, key, use_rep)
    assert slot is not None
    return clusterers.domain_tree(np.asarray(adata.obsm[slot]), np.asarray(labels, dtype=object)), slot
