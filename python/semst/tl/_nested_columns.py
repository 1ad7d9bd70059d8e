"""Columns of finer and coarser domains: what they rest on, and what they must not replace."""

from collections.abc import Mapping
from typing import Any

from anndata import AnnData

from semst import _keys, _words
from semst._errors import MissingKeyError, SemSTError
from semst._validate import require_key
from semst.data import SliceKeys

from ._result import forget


def record_of(adata: AnnData, key: str) -> Mapping[str, Any]:
    """Parameters of what made a column; empty where nothing is known of it."""
    record = adata.uns.get(key)
    params = record.get("params", {}) if isinstance(record, Mapping) else {}
    return params if isinstance(params, Mapping) else {}


def origin(adata: AnnData, key: str) -> str:
    """The column that a column of finer or coarser domains goes back to; the column itself for any other."""
    seen = {key}
    while (before := record_of(adata, key).get("run")) is not None and str(before) not in seen:
        key = str(before)
        seen.add(key)
    return key


def reading_of(adata: AnnData, key: str) -> dict[str, Any]:
    """How a run read its slice, where that was not the usual way."""
    record = adata.uns.get(key)
    held = record.get("reading", {}) if isinstance(record, Mapping) else {}
    usual = SliceKeys().as_dict()
    return {name: held[name] for name in usual if name in held and held[name] != usual[name]}


def embedding_slot(adata: AnnData, key: str, use_rep: str | None, *, required: bool = True) -> str | None:
    """``obsm`` slot of the embedding that the domains of ``key`` were found in."""
    if use_rep is not None:
        require_key(adata.obsm, use_rep, what=f"obsm slot ({_words.name('use_rep')})")
        return use_rep
    for slot in (_keys.embedding(key), record_of(adata, key).get("use_rep")):
        if slot is not None and slot in adata.obsm:
            return str(slot)
    if not required:
        return None
    there = ", ".join(f'"{name}"' for name in adata.obsm) or "nothing"
    raise MissingKeyError(
        f'It is not known in which embedding the domains of obs["{key}"] were found: obsm has no '
        f'"{_keys.embedding(key)}". Name it ({_words.given("use_rep")}). It has: {there}.'
    )


def check_not_the_runs(adata: AnnData, key_added: str, key: str) -> None:
    """Make sure that a column of a run, or one that somebody made, is not replaced."""
    if "model" in record_of(adata, key_added) or (key_added == key and "run" not in record_of(adata, key)):
        raise SemSTError(
            f"{_words.name('key_added')} is {key_added!r}, whose domains would be replaced. Choose another "
            f"name, or leave it out, which writes {_keys.split(key)!r} or {_keys.cut(key)!r}."
        )


def forget_what_is_known(adata: AnnData, key: str) -> None:
    """Take away what was found about earlier domains in a column that is written anew."""
    for slot in (_keys.explained(key), _keys.tree(key), _keys.names(key)):
        forget(adata.uns, slot, gone=True)
    forget(adata.obs, _keys.named(key), gone=True)
