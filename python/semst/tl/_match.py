"""The same domain in another slice, on another panel, from another study."""

from collections.abc import Mapping
from typing import Any

from anndata import AnnData

from semst import _keys, _words
from semst import explain as explaining
from semst._errors import SemSTError
from semst._log import logger
from semst._settings import given, split
from semst._typed import typed
from semst._validate import check_random_state, check_whole, get_labels
from semst.data import SliceKeys, read_slice

from ._explain import symbols_of

_WAYS = ("auto", "symbols", "gene sets")


@typed
def match_domains(
    a: AnnData,
    b: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    key_b: str | None = None,
    by: str = "auto",
    gene_sets: Any = "go",
    n_permutations: int = 200,
    random_state: int = 0,
    keys_a: Mapping[str, Any] | None = None,
    keys_b: Mapping[str, Any] | None = None,
) -> explaining.Matching:
    """Find which domain of one slice is which of another.

    A domain is described by its genes' shares of its counts, against those of all labelled spots of the
    slice (Pearson residuals). Where the slices share 30 genes or more, these are correlated. Where they do
    not, the genes of a set are added up over the root of their number, for every set that has
    genes in both panels, after each panel's mean over its genes and each set's mean over its domains have
    been taken off. The best one-to-one assignment gives every domain a candidate; it is a match where each
    of the two is the most alike for the other, and no more than 5 % of the permutations of the second
    slice's genes make a domain as much alike.

    What it cannot tell: a permutation shows that the genes' identity matters, not that two tissues are the
    same; the domains of unrelated tissues may be alike in what they have of, say, connective tissue. Panels
    of fewer than a few hundred genes that were not chosen for being well measured are mostly not matched.

    Parameters
    ----------
    a, b
        Slices with raw counts and domains. Not changed.
    key, key_b
        ``obs`` columns of the domains; ``key_b=None`` takes ``key``.
    by
        ``"auto"``, ``"symbols"`` or ``"gene sets"``.
    gene_sets
        See :func:`explain`.
    n_permutations
        Permutations of the genes, 19 or more.
    random_state
        Seed of these.
    keys_a, keys_b
        How either slice is read (:class:`semst.data.SliceKeys`), e.g. ``{"layer": "counts"}``.

    Returns
    -------
    :class:`semst.explain.Matching`: ``pairs``, a table with a row for every domain of ``a`` (``domain``,
    ``partner``, ``matched``, ``r``, ``p``, ``assigned``, ``best``, ``r_best``), all correlations, the bridge
    that was taken, ``mapping`` to rename the domains of ``b``, and a ``note`` where nothing can be compared.

    Raises
    ------
    SemSTError
        If a column, the counts or the gene sets cannot be used, or a slice has fewer than two domains.

    Examples
    --------
    >>> import semst
    >>> a, b = (semst.datasets.simulated_cortex(n_spots=300, random_state=seed) for seed in (0, 1))
    >>> found = semst.tl.match_domains(a, b, "ground_truth", n_permutations=19)
    >>> found.by, found.mapping["WM"]
    ('symbols', 'WM')
    """
    if by not in _WAYS:
        raise SemSTError(
            f"{_words.given('by', by)} is no way to match domains; accepted are "
            f"{', '.join(map(repr, _WAYS))}."
        )
    n_permutations = check_whole(n_permutations, what="n_permutations", least=19)  # 5 % has to show itself
    found = explaining.match_profiles(
        _profile(a, key, keys_a, "a"),
        _profile(b, key_b or key, keys_b, "b"),
        explaining.gene_sets(gene_sets),
        by=by,
        n_permutations=n_permutations,
        random_state=check_random_state(random_state),
    )
    if found.note:
        logger.warning(f"no domain is matched: {found.note}")
    else:
        n = int(found.pairs["matched"].sum())
        logger.info(f"{n} of {len(found.pairs)} domains matched by {found.n_features} {found.by}")
    return found


def _profile(adata: AnnData, key: str, keys: Mapping[str, Any] | None, name: str) -> explaining.Profile:
    (own,) = split(dict(keys or {}), [SliceKeys], whose=f"reading slice {name}")
    where = SliceKeys(**given(SliceKeys, own))
    labels = get_labels(adata, key)
    data, kept = read_slice(adata, where, coordinates=False)
    labels = labels[kept].remove_unused_categories()
    if len(labels.categories) < 2:
        raise SemSTError(
            f'Slice {name}: obs["{key}"] has {len(labels.categories)} domain(s); two or more are needed to '
            "be told apart."
        )
    return explaining.profile(data, labels, symbols_of(adata, data, where))
