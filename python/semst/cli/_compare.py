"""`semst compare`: labelled samples of two conditions in, tables of their differences out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semst import _keys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_different, check_output
from ._telling import facts, line

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_CONTACTS = "Which domains touch which"


def compare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="IN...",
            show_default=False,
            help="Labelled slices, as other commands take them; several are put together, and their "
            "domains have to be the same ones, found jointly. Never changed.",
        ),
    ],
    sample_key: Annotated[
        str,
        typer.Option(
            help="obs column of the samples, the unit of every test; of a donor's sections, the donor.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Table to write (.csv): a row a domain with its difference between the conditions; without "
            "--condition-key the samples' proportions.",
            show_default=False,
        ),
    ],
    condition_key: Annotated[
        str | None, typer.Option(help="obs column of the samples' conditions.", show_default=False)
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(help="Two conditions, control,case: differences are of the second against the first."),
    ] = None,
    key: Annotated[str, typer.Option(help="obs column of the domains.")] = _keys.KEY_ADDED,
    plot: Annotated[Path | None, typer.Option(help="Picture of proportions and differences.")] = None,
    counts: Annotated[
        Path | None, typer.Option(help="Table to write (.csv): spots by sample and domain.")
    ] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(
            help="Table to write (.csv): a row a pair of domains; needs the extra contacts.",
            rich_help_panel=_CONTACTS,
        ),
    ] = None,
    contacts_plot: Annotated[
        Path | None, typer.Option(help="Picture of it.", rich_help_panel=_CONTACTS)
    ] = None,
    section_key: Annotated[
        str | None,
        typer.Option(
            help="obs column of the sections, where a sample has several in one file: no edge joins two.",
            rich_help_panel=_CONTACTS,
        ),
    ] = None,
    n_neighs: Annotated[
        int, typer.Option(min=1, help="Wanted mean number of neighbours.", rich_help_panel=_CONTACTS)
    ] = 6,
    spatial_key: Annotated[
        str, typer.Option(help="obsm slot with the coordinates.", rich_help_panel=_CONTACTS)
    ] = _keys.SPATIAL,
    n_permutations: Annotated[int, typer.Option(help="Arrangements of the samples at most.")] = 9999,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    seed: opt.Seed = 0,
) -> None:
    """Hold the domains of samples of two conditions against each other."""
    tables = {"--out": out, "--counts": counts, "--contacts": contacts}
    pictures = {"--plot": plot, "--contacts-plot": contacts_plot}
    for what, path in {**tables, **pictures}.items():
        if path is None:
            continue
        suffixes = opt.PICTURES if what in pictures else (".csv",)
        for source in sources:
            check_output(path, source=source, suffixes=suffixes, overwrite=overwrite, what=what)
    check_different({**tables, **pictures})
    set_quiet(quiet, log_level)

    from semst import tl

    from ._labelled import SECTION, labelled_slices

    with_contacts = contacts is not None or contacts_plot is not None
    adata = labelled_slices(
        sources,
        [name for name in (key, sample_key, condition_key) if name is not None],
        section_key=section_key,
        spatial_key=spatial_key if with_contacts else None,
    )
    design: dict[str, Any] = {
        "sample_key": sample_key,
        "condition_key": condition_key,
        "groups": None if groups is None else [name.strip() for name in groups.split(",")],
        "n_permutations": n_permutations,
        "random_state": seed,
    }
    found = tl.proportions(adata, key, **design)
    touching = None
    if with_contacts:  # before anything is written: it may fail
        touching = tl.contacts(
            adata, key, section_key=SECTION, n_neighs=n_neighs, spatial_key=spatial_key, **design
        )
    table = found.proportions if found.effects is None else found.effects
    _write_table(table, out, overwrite=overwrite)
    line(f"{'proportions' if found.effects is None else 'differences':<16}{out}")
    for text in found.lines():
        line(f"  {text}")
    if counts is not None:
        _write_table(found.counts, counts, overwrite=overwrite)
        line(f"counts          {counts}")
    if plot is not None:
        _draw("proportions", found, adata, plot, overwrite=overwrite)
    if touching is not None:
        if contacts is not None:
            table = touching.overall if touching.effects is None else touching.effects
            _write_table(table, contacts, overwrite=overwrite)
            line(f"contacts        {contacts}")
        if touching.note:
            line(f"  note: {touching.note}")
        if contacts_plot is not None:
            _draw("contacts", touching, adata, contacts_plot, overwrite=overwrite)
    facts(
        inputs=sources,
        outputs={
            what.removeprefix("--").replace("-", "_"): path for what, path in (tables | pictures).items()
        },
        key=key,
        seed=seed,
        groups=found.groups,
        samples=found.counts.index,
        counts=found.counts,
        proportions=found.proportions,
        differences=found.effects,
        note=found.note,
        contacts=None if touching is None else touching.overall,
        contact_differences=None if touching is None else touching.effects,
    )


def _write_table(table: "pd.DataFrame", path: Path, *, overwrite: bool) -> None:
    from semst._atomic import atomic_path

    with atomic_path(path, overwrite=overwrite) as part:
        table.to_csv(part)


def _draw(what: str, found: object, adata: "AnnData", path: Path, *, overwrite: bool) -> None:
    """Draw, also on a machine without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from semst import pl

    getattr(pl, what)(found, adata, save=path, overwrite=overwrite)
    matplotlib.pyplot.close("all")
    line(f"picture         {path}")
