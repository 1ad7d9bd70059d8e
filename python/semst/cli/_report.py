"""`semst report`: a labelled slice in, one page out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst.data import SliceKeys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_output
from ._settings import with_settings
from ._telling import facts, line


@with_settings(SliceKeys, only=("layer", "use_raw", "depth_key", "spatial_key", "sample_key"))
def report(
    source: opt.Input,
    out: Annotated[Path, typer.Option(help="Page to write (.html).", show_default=False)],
    key: Annotated[
        str, typer.Option(help="obs column of the domains, and stem of the slots beside it.")
    ] = _keys.KEY_ADDED,
    truth: Annotated[
        str | None, typer.Option(help="obs column with an annotation: drawn and scored beside the domains.")
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    **where: Any,
) -> None:
    """Write one page (HTML) with all that is known of the domains of a slice."""
    check_output(out, source=source, suffixes=opt.PAGES, overwrite=overwrite, what="--out")
    set_quiet(quiet, log_level)

    from semst import io

    from ._scores import require_labels

    adata = io.read(source, table_key=table_key, trust=trust)
    if truth is not None:
        require_labels(adata, truth)
    write_page(
        adata,
        out,
        key=key,
        truth=truth,
        title=source.name,
        overwrite=overwrite,
        **{name: value for name, value in where.items() if value is not None and value is not False},
    )
    line(f"report          {out}")
    facts(inputs=[source], outputs={"report": out}, key=key)


def write_page(adata: Any, out: Path, *, key: str, **options: Any) -> None:
    """Write the page, also on a machine without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from semst import pl

    pl.report(adata, out, key, **options)
