"""The record of a run, as parts of a page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from anndata import AnnData

from semst import _keys
from semst.metrics import score
from semst.tl import choice_lines, semantic_effect_lines

from . import _pictures
from ._parts import Section, Table, frame, pairs, shown

_MCLUST = (
    "Scrucca, Fraley, Murphy and Raftery (2023) Model-Based Clustering, Classification, and Density "
    "Estimation Using mclust in R. Chapman and Hall/CRC"
)


def scores(adata: AnnData, key: str, truth: str) -> Table:
    """The domains against an annotation."""
    return pairs(f"{key} against {truth}", score(adata.obs[truth], adata.obs[key]), heads=("score", "value"))


def quality(record: Mapping[str, Any]) -> Section:
    """Figures that need no annotation."""
    held = record.get("quality", {})
    tables = [pairs("Figures of the run", _in_order(held), heads=("figure", "value"))] if held else []
    return Section("quality", "Quality without an annotation", tables=tables)


def how_it_was_made(record: Mapping[str, Any]) -> Section:
    """Settings, versions and timings."""
    names = {
        "params": ("Settings", ("setting", "value")),
        "semantics": ("Semantic vectors", ("", "value")),
        "versions": ("Versions", ("package", "version")),
        "timings": ("Seconds of every step", ("step", "seconds")),
    }
    tables = [
        pairs(caption, _in_order(record[name]), heads=heads, folded=True)
        for name, (caption, heads) in names.items()
        if isinstance(record.get(name), Mapping) and record[name]
    ]
    return Section("made", "How it was made", tables=tables)


def effect(adata: AnnData, key: str) -> Section:
    """What semantic vectors moved: in words, and all tables and values of the record."""
    held = adata.uns.get(key, {}).get("semantic_effect")
    if not isinstance(held, Mapping):
        return Section("text", "What the text moved")
    tables, plain = [], {}
    for name, value in _in_order(held).items():
        if isinstance(value, Mapping) and value:  # columns of a table
            table = pd.DataFrame(dict(value))
            tables.append(frame(str(name).replace("_", " "), table, folded=True))
        else:
            plain[str(name)] = value
    if plain:
        tables.append(pairs("How it was looked for", plain, heads=("", "value"), folded=True))
    return Section("text", "What the text moved", lines=semantic_effect_lines(adata, key), tables=tables)


def choice(adata: AnnData, key: str) -> Section:
    """Which number of domains was chosen and which hold about as well, where it was chosen."""
    pictures = _pictures.choice(adata, key)
    lines = choice_lines(adata, key) if pictures else []
    return Section("choice", "The number of domains", pictures=pictures, lines=lines)


def citations(adata: AnnData, key: str) -> Section:
    """What to cite: model, clusterer, gene sets."""
    record = adata.uns.get(key, {})
    lines = [str(record["reference"])] if "reference" in record else []
    if record.get("clustering", {}).get("method") == "mclust":
        lines.append(_MCLUST)
    sets = adata.uns.get(_keys.explained(key), {}).get("gene_sets", {})
    told = [
        shown(sets[part])
        for part in ("citation", "name", "date", "licence", "source", "url")
        if sets.get(part)
    ]
    if told:
        lines.append(". ".join(told))
    return Section("cite", "How to cite", lines=lines)


def _in_order(held: Mapping[str, Any]) -> dict[str, Any]:
    """By name: a file keeps no other order."""
    return dict(sorted(held.items()))
