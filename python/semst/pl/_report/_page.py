"""A page that stands for itself: pictures and style inside, nothing to load, nothing that runs."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from anndata import AnnData

from semst import _keys, _words
from semst._atomic import atomic_path, refuse_existing
from semst._errors import MissingKeyError, SemSTError
from semst._record import versions
from semst._settings import given, split
from semst._typed import typed
from semst._validate import require_key
from semst.data import SliceKeys
from semst.pl._explanation import is_explained
from semst.pl._labels import get_labels

from . import _pictures, _record
from ._domains import domains_section
from ._parts import Section

SUFFIXES = (".html", ".htm")


@typed
def report(
    adata: AnnData,
    path: str | os.PathLike,
    key: str = _keys.KEY_ADDED,
    *,
    truth: str | None = None,
    title: str | None = None,
    overwrite: bool = False,
    **keys: Any,
) -> None:
    """Write one page (HTML) with all that is known of the domains.

    Pictures and style are in the file; it loads nothing, runs no script, and can be read offline, in light
    and dark, on a narrow window, and on paper. Parts without data are left out.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.run`, or with labels that :func:`semst.tl.explain` has explained. Not
        changed.
    path
        File to write (.html); written whole or not at all.
    key
        Column of ``adata.obs`` with the domains, and stem of the slots beside it.
    truth
        Column of ``adata.obs`` with an annotation: drawn beside the domains, with the scores.
    title
        Heading of the page, for example the name of the slice; ``key`` by default.
    overwrite
        Whether ``path`` may replace a file.
    **keys
        How the slice is read (:class:`semst.data.SliceKeys`: ``spatial_key``, ``sample_key`` for a panel a
        slice, ``layer``, ``use_raw``, ``depth_key``), as it was for the run.

    Raises
    ------
    MissingKeyError
        If a column or slot is not there, or nothing is known of the domains in ``key``.
    SemSTError
        If ``path`` exists, has another ending, or cannot be written.

    Examples
    --------
    >>> import semst, tempfile, pathlib
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, epochs=2, cluster="mixture", progress=False)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> semst.pl.report(adata, path, truth="ground_truth")
    >>> path.read_text(encoding="utf-8").startswith("<!doctype html>")
    True
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise SemSTError(f'"{path.name}" does not end in .html. Give the page such a name, e.g. report.html.')
    refuse_existing(path, overwrite=overwrite)
    (own,) = split(keys, [SliceKeys], whose="reading a slice")
    where = SliceKeys(**given(SliceKeys, own))
    labels = get_labels(adata, key)
    record = adata.uns.get(key)
    record = record if isinstance(record, Mapping) else {}
    if not record and not is_explained(adata, key):
        raise MissingKeyError(
            f'There is no run under "{key}": neither {_words.slot("uns", key)} nor '
            f"{_words.slot('uns', _keys.explained(key))} is there. Run a model with "
            f"{_words.given('key_added', key)}, or explain labels that you have: "
            f"{_words.step('explain', key=key)}."
        )
    if truth is not None:
        require_key(adata.obs, truth, what=_words.slot("obs"))
    facts = _facts(adata, record, len(labels.categories))
    sections = _sections(adata, key, record, where, truth=truth)
    text = _template().render(
        title=key if title is None else title, facts=facts, sections=[part for part in sections if part]
    )
    try:
        with atomic_path(path, overwrite=overwrite) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SemSTError(
            f"{path} could not be written ({error}). Check the free space and the rights of the folder."
        ) from error


def _facts(adata: AnnData, record: Mapping[str, Any], n_domains: int) -> dict[str, str]:
    """What stands under the title."""
    params = record.get("params", {})
    facts = {"model": str(params["model"])} if "model" in params else {}
    facts |= {"spots": f"{adata.n_obs:,}", "genes": f"{adata.n_vars:,}", "domains": str(n_domains)}
    made_with = record.get("versions", {}).get("semst", versions().get("semst", ""))
    return facts | {"semst": str(made_with), "page written": f"{datetime.now(UTC):%Y-%m-%d}"}


def _sections(
    adata: AnnData, key: str, record: Mapping[str, Any], keys: SliceKeys, *, truth: str | None
) -> list[Section]:
    """All parts in their order, also those without content."""
    tissue = _pictures.tissue(adata, key, keys, truth=truth)
    scores = [] if truth is None else [_record.scores(adata, key, truth)]
    dots = _pictures.dots(adata, key, keys) if is_explained(adata, key) else []
    return [
        Section("tissue", "Domains on the tissue", pictures=[tissue], tables=scores),
        domains_section(adata, key),
        Section("markers", "Marker genes", pictures=dots),
        Section("uncertainty", "How sure the domains are", pictures=_pictures.doubt(adata, key, keys)),
        _record.effect(adata, key),
        _record.quality(record),
        _record.choice(adata, key),
        Section("training", "Training", pictures=_pictures.curves(adata, key)),
        _record.how_it_was_made(record),
        _record.citations(adata, key),
    ]


def _template() -> jinja2.Template:
    """The page's skeleton; all that is put into it is escaped."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8"))
