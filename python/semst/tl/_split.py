"""Sub-domains: one domain looked at alone, with features of its own."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words, models
from semst._colors import colors_of, shades_apart
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain
from semst._settings import names
from semst._typed import typed
from semst._validate import check_whole, get_labels

from ._choose import AUTO
from ._estimator import Estimator
from ._nested_columns import (
    check_not_the_runs,
    embedding_slot,
    forget_what_is_known,
    origin,
    reading_of,
    record_of,
)
from ._result import Result
from ._target import check_target

FEWEST = 10  # spots for each sub-domain


@typed
def split(
    adata: AnnData,
    domain: str,
    n: int | str = 2,
    *,
    key: str = _keys.KEY_ADDED,
    key_added: str | None = None,
    copy: bool = False,
    **settings: Any,
) -> AnnData | None:
    """Split a domain into sub-domains, which are found on its spots alone.

    The run that found the domains is made anew, with its model and settings, on the spots of this domain:
    variable genes, scales and components are those of the domain and not of the whole slice. All other
    domains stay as they are.

    Parameters
    ----------
    adata
        Spots with counts, coordinates and domains, e.g. after :func:`semst.tl.semst`.
    domain
        Name of the domain; parts of domains can be split again.
    n
        Number of sub-domains, or ``"auto"``.
    key
        ``obs`` column of the domains. Where no run of :func:`semst.tl.run` is recorded for it, the domain is
        split by SemST's default.
    key_added
        ``obs`` column to write; ``None`` takes ``key + "_split"``, or ``key`` itself if it ends so. A second
        domain is split with ``key="semst_split"``.
    copy
        Return a changed copy instead of writing into ``adata``.
    **settings
        Of :func:`semst.tl.run`, in the place of those of the run; ``semantics`` that were an object have to
        be given again.

    Returns
    -------
    ``None``, or the copy. Written are (for domain ``"3"``)

    - ``obs[key_added]``: the domains, with ``"3.1"``, ``"3.2"``, ... by falling size in the place of ``"3"``,
    - ``uns[key_added]``: ``params`` (where the domains come from), and under ``splits`` a record a split,
    - ``uns[key_added + "_colors"]``: the colours of before, and shades of that of the split domain.

    Raises
    ------
    MissingKeyError
        If the column is missing.
    SemSTError
        If there is no such domain, it has fewer than ten spots a sub-domain, ``key_added`` is the column of a
        run, or the run on the domain fails.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 3, cluster="mixture", explain=False, progress=False)
    >>> split(adata, "1", 2, progress=False)
    >>> adata.obs["semst_split"].cat.categories.tolist()
    ['1.1', '1.2', '2', '3']
    """
    check_target(adata, copy=copy)
    labels = get_labels(adata, key)
    own = np.asarray(labels == str(domain))
    _check_size(own, domain, n, labels, key)
    key_added = key_added or _keys.split(key)
    check_not_the_runs(adata, key_added, key)
    source = origin(adata, key)
    model, options = _settings_of(record_of(adata, source), {**reading_of(adata, source), **settings})
    part = adata[own]
    part = part.to_memory() if adata.isbacked else part.copy()
    found = Estimator(model, n, explain=False, **options).fit(part).result_
    parts = _by_size(found, str(domain))

    target = adata.copy() if copy else adata
    color_of = colors_of(adata, key, labels.categories)
    target.obs[key_added] = _in_place(labels, own, str(domain), parts)
    forget_what_is_known(target, key_added)
    depth = str(domain).count(".") + 1
    inner = parts.categories
    others = [color for name, color in color_of.items() if name != str(domain)]
    chosen = shades_apart(color_of[str(domain)], len(inner), others, reach=0.36 / depth)
    color_of |= dict(zip(inner, chosen, strict=True))
    target.uns[_keys.colors(key_added)] = np.array(
        [color_of[name] for name in target.obs[key_added].cat.categories]
    )
    before = adata.uns.get(key)
    held = before.get("splits", {}) if isinstance(before, Mapping) else {}
    this = {"domain": str(domain), "n_domains": len(inner), "n_spots": int(own.sum()), **found.record}
    params = {"run": source, "use_rep": embedding_slot(adata, key, None, required=False)}
    target.uns[key_added] = plain({"params": params, "splits": {**held, str(len(held) + 1): this}})
    told = ", ".join(f"{name} ({int((parts == name).sum())} spots)" for name in inner)
    logger.info(f"domain {domain} of {int(own.sum())} spots: {told}; added obs[{key_added!r}]")
    return target if copy else None


def _check_size(own: np.ndarray, domain: str, n: Any, labels: pd.Categorical, key: str) -> None:
    """Make sure that there is such a domain, and that it has spots enough."""
    if not own.any():
        there = ", ".join(labels.categories)
        raise SemSTError(f"obs[{key!r}] has no domain {str(domain)!r}. It has: {there}.")
    wanted = 2 if n == AUTO else check_whole(n, what="n", least=2)
    least = FEWEST * wanted
    if own.sum() < least:
        raise SemSTError(
            f"Domain {domain} has {int(own.sum())} spots; {wanted} sub-domains need at least {least}, "
            f"{FEWEST} each. Ask for fewer, or split a larger domain."
        )


def _settings_of(params: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Model and settings of a run, as its record has them and with those that are ``given`` in their place.

    Left out are values that are the model's own: a model refuses some settings, whatever their value.
    """
    name = str(given.get("model", params.get("model", _keys.KEY_ADDED)))
    given = {option: value for option, value in given.items() if option != "model"}
    if name != params.get("model"):
        return name, given
    model = models.get(name)
    preset = params.get("preset")
    config = models.settings(name, preset=preset)[1]
    usual = config.as_dict()
    kept = {option: _as_given(params[option]) for option in names(model.Config) if option in params}
    options = {option: value for option, value in kept.items() if value != usual.get(option)}
    options |= {option: _as_given(params[option]) for option in ("cluster", "refine", "random_state")}
    asked = "semantics" in given or "fsm" in given
    if params["fsm"]:
        options |= {"semantics": params["semantics"], "fsm": None if model.semantics_by_default else True}
    elif not asked:
        options["fsm"] = False
    if preset is not None and not (asked and model.no_semantics(config)):
        options["preset"] = preset
    options.pop("n_domains", None)
    return name, {**options, **given}


def _as_given(value: Any) -> Any:
    """A setting as it was given; a record, and more so a file, holds it as NumPy does."""
    if isinstance(value, np.ndarray):
        return tuple(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def _by_size(found: Result, domain: str) -> "pd.Categorical[str]":
    """Name the sub-domains by falling size."""
    labels = found.labels
    sizes = labels[~pd.isna(labels)].value_counts()
    left = [name for name in sizes.index[np.argsort(-sizes.to_numpy(), kind="stable")] if sizes[name]]
    if len(left) - len(found.record["clustering"].get("kept_from_the_vote", ())) < 2:
        raise SemSTError(
            f"The vote of the neighbours leaves one sub-domain of domain {domain}: they are strewn over each "
            f"other. Leave it whole, or take {_words.given('refine', False)}."
        )
    called = {name: f"{domain}.{number + 1}" for number, name in enumerate(left)}
    return pd.Categorical(pd.Series(labels).map(called), categories=list(called.values()))


def _in_place(
    labels: pd.Categorical, own: np.ndarray, domain: str, parts: "pd.Categorical[str]"
) -> pd.Categorical:
    """Put the sub-domains in the place of their domain."""
    values = np.asarray(labels, dtype=object)
    values[own] = np.asarray(parts, dtype=object)
    order = [
        name for whole in labels.categories for name in (parts.categories if whole == domain else [whole])
    ]
    return pd.Categorical(values, categories=order)
