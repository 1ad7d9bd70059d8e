"""`semst export`: the domains of a slice into the programs that people go on with."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst._errors import SemSTError

from . import _options as opt
from ._app import set_quiet
from ._paths import check_output
from ._telling import facts, line

# by format: what its file ends in, and the options that it takes beside those that all take
_FORMATS = {
    "loupe": (".csv", ("barcode_key",)),
    "xenium": (".csv", ("barcode_key",)),
    "geojson": (".geojson", ("spatial_key", "sample_key", "scale")),
    "embedding": (".csv", ("use_rep",)),
}
_OUTLINES = "Outlines (--to geojson)"


def export(
    source: opt.Input,
    to: Annotated[
        str,
        typer.Option(
            help="loupe: categories of Loupe Browser. xenium: cell groups of Xenium Explorer. geojson: "
            "outlines for QuPath. embedding: a table with embedding, domain and uncertainty.",
            autocompletion=opt.one_of(_FORMATS),
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="File to write (.csv; of outlines .geojson).", show_default=False)
    ],
    key: opt.Key = _keys.KEY_ADDED,
    barcode_key: Annotated[
        str | None,
        typer.Option(
            help="obs column with barcodes or cell IDs (loupe, xenium). Default: names of the spots, without "
            "what putting slices together has added."
        ),
    ] = None,
    use_rep: Annotated[
        str | None,
        typer.Option(help="obsm slot of the embedding (embedding). Default: of the run that wrote --key."),
    ] = None,
    spatial_key: Annotated[
        str | None,
        typer.Option(help='obsm slot with the coordinates; default "spatial".', rich_help_panel=_OUTLINES),
    ] = None,
    sample_key: Annotated[
        str | None,
        typer.Option(
            help="obs column that tells slices apart: domains.geojson becomes domains.<slice>.geojson.",
            rich_help_panel=_OUTLINES,
        ),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            help="Pixels of the full-resolution image in a unit of the coordinates; default 1.",
            rich_help_panel=_OUTLINES,
        ),
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
) -> None:
    """Write the domains of a slice for Loupe Browser, Xenium Explorer, QuPath, or as a table."""
    if to not in _FORMATS:
        raise SemSTError(f'--to is "{to}". Accepted: {", ".join(_FORMATS)}.')
    ending, takes = _FORMATS[to]
    given: dict[str, Any] = {
        "barcode_key": barcode_key,
        "use_rep": use_rep,
        "spatial_key": spatial_key,
        "sample_key": sample_key,
        "scale": scale,
    }
    options = {name: value for name, value in given.items() if value is not None}
    _check_options(to, takes, options)
    check_output(out, source=source, suffixes=(ending,), overwrite=overwrite, what="--out")
    set_quiet(quiet, log_level)

    from semst import io

    write = {
        "loupe": io.export_loupe,
        "xenium": io.export_xenium,
        "geojson": io.export_geojson,
        "embedding": io.export_embedding,
    }[to]
    adata = io.read(source, table_key=table_key, trust=trust)
    written: Any = write(adata, out, key, overwrite=overwrite, **options)  # type: ignore[operator]
    files = written if isinstance(written, list) else [written]
    for file in files:
        line(f"{to:<10}{file}")
    facts(inputs=[source], outputs={to: files}, key=key)


def _check_options(to: str, takes: tuple[str, ...], options: dict[str, Any]) -> None:
    """Refuse options that would have no effect."""
    for name in options:
        if name not in takes:
            takers = [other for other, (_, others) in _FORMATS.items() if name in others]
            raise SemSTError(
                f"--{name.replace('_', '-')} is of --to {' and '.join(takers)}, and means nothing for "
                f"--to {to}. Leave it out."
            )
