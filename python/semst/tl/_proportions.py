"""Which domains take more of the tissue in one condition than in another."""

from collections.abc import Sequence

from anndata import AnnData

from semst import _keys, compare
from semst._log import logger
from semst._typed import typed
from semst._validate import check_random_state, check_whole

from ._samples import sampled_spots, tell

LEAST_PERMUTATIONS = 39  # with which a two-sided p can be 0.05


@typed
def proportions(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    sample_key: str,
    condition_key: str | None = None,
    groups: Sequence[str] | None = None,
    n_permutations: int = 9999,
    random_state: int = 0,
) -> compare.Proportions:
    """Compare how much of the tissue every domain takes.

    Spots are counted by sample and domain. Proportions of a sample add up to 1, so that a domain that grows
    makes all others smaller; they are compared as centred log-ratios (Aitchison 1982, J. R. Stat. Soc. B 44).
    The unit is the sample: spots of one are no replicates, however many there are. Conditions are dealt out
    anew among the samples, in every way there is or in ``n_permutations`` random ones
    (:func:`scipy.stats.permutation_test`).

    Several sections of one donor are no independent samples either: give the donor's column as
    ``sample_key``, whose sections are then counted together.

    Parameters
    ----------
    adata
        Spots of several samples with domains that were found jointly, e.g. by :func:`semst` with a
        ``sample_key``. Not changed; counts are not needed.
    key
        ``obs`` column of the domains. Spots without one (NaN) are left out.
    sample_key
        ``obs`` column of the samples.
    condition_key
        ``obs`` column of the samples' conditions; without it nothing is compared.
    groups
        Two conditions, e.g. ``("control", "case")``: differences are of the second against the first. By
        default the two that there are, in the order of the categories (alphabetical for text). Samples of
        others are left out.
    n_permutations
        Arrangements of the samples at most, 39 or more.
    random_state
        Seed of random ones.

    Returns
    -------
    A :class:`semst.tl.Proportions` with tables of ``counts``, ``proportions`` and ``clr`` by sample
    and, with conditions, ``effects``, a row a domain (mean proportions, difference of the mean log-ratios
    with its interval, ratio, ``p``, ``p_adjusted``), ``overall_p`` for the whole composition, and a ``note``
    on what so few samples cannot show: with fewer than three in a group there are estimates and no p. Nothing
    is written to ``adata``.

    Raises
    ------
    MissingKeyError
        If a column is not there.
    SemSTError
        If a sample or condition is missing for a spot, a sample has spots in two conditions, there are not
        two conditions to compare, or no spot has a domain.

    Examples
    --------
    >>> import numpy as np
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=600, random_state=0)
    >>> adata.obs["donor"] = np.arange(600) % 6
    >>> adata.obs["condition"] = np.where(adata.obs["donor"] < 3, "control", "case")
    >>> found = semst.tl.proportions(
    ...     adata,
    ...     "ground_truth",
    ...     sample_key="donor",
    ...     condition_key="condition",
    ...     groups=("control", "case"),
    ... )
    >>> found.counts.shape, found.effects.index.to_list()[-1], found.overall_p >= 0.1
    ((6, 7), 'WM', True)
    >>> found.note
    'the smallest p that 3 and 3 samples can give is 0.1: nothing can be below 0.05'
    """
    n_permutations = check_whole(n_permutations, what="n_permutations", least=LEAST_PERMUTATIONS)
    random_state = check_random_state(random_state)
    spots = sampled_spots(adata, key, sample_key=sample_key, condition_key=condition_key, groups=groups)
    found = compare.compare_proportions(
        spots.sizes(),
        spots.conditions,
        spots.groups,
        n_permutations=n_permutations,
        random_state=random_state,
        key=key,
    )
    n_samples, n_domains = found.counts.shape
    logger.info(f"proportions of {n_domains} domains in {n_samples} samples")
    tell(found.note, found.effects)
    return found
