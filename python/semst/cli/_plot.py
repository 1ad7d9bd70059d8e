"""`semst plot`: a labelled slice in, the picture of its domains out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst._errors import SemSTError
from semst.data import SliceKeys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_output
from ._settings import with_settings
from ._telling import facts, line

_VIEW = "What is shown"
_BAR = "Scale bar"


@with_settings(SliceKeys, only=("spatial_key", "sample_key"))
def plot(
    source: opt.Input,
    out: Annotated[Path, typer.Option(help="Picture to write (.png, .pdf, .svg, ...).", show_default=False)],
    key: opt.Key = _keys.KEY_ADDED,
    truth: Annotated[
        str | None,
        typer.Option(help="obs column with an annotation: drawn beside the domains, in matched colours."),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Domains to draw in their colours; all other spots are light grey.",
            rich_help_panel=_VIEW,
        ),
    ] = None,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="X_MIN,X_MAX,Y_MIN,Y_MAX",
            help="The part to show, in the units of the coordinates, y downwards.",
            rich_help_panel=_VIEW,
        ),
    ] = None,
    no_image: Annotated[
        bool, typer.Option("--no-image", help="Leave out the tissue image.", rich_help_panel=_VIEW)
    ] = False,
    no_scale_bar: Annotated[
        bool, typer.Option("--no-scale-bar", help="Leave out the scale bar.", rich_help_panel=_BAR)
    ] = False,
    scalebar_dx: Annotated[
        float | None,
        typer.Option(
            help="Micrometres in a unit of the coordinates, where the input does not say it.",
            rich_help_panel=_BAR,
        ),
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    **where: Any,
) -> None:
    """Draw the domains of a slice on the tissue."""
    check_output(out, source=source, suffixes=opt.PICTURES, overwrite=overwrite, what="--out")
    view: dict[str, Any] = {
        "groups": None if groups is None else [name.strip() for name in groups.split(",")],
        "crop_coord": None if crop is None else _numbers(crop),
        "img": not no_image,
        "scale_bar": not no_scale_bar,
        "scalebar_dx": scalebar_dx,
    }
    set_quiet(quiet, log_level)

    from semst import io

    from ._pictures import draw

    adata = io.read(source, table_key=table_key, trust=trust)
    keys = SliceKeys(**{name: value for name, value in where.items() if value is not None})
    draw(adata, out, key=key, truth=truth, keys=keys, overwrite=overwrite, **view)
    line(f"picture         {out}")
    facts(inputs=[source], outputs={"picture": out}, key=key)


def _numbers(crop: str) -> list[float]:
    """Numbers with commas between them; how many are needed, the picture says."""
    try:
        return [float(number) for number in crop.split(",")]
    except ValueError as error:
        raise SemSTError(
            f"--crop {crop} is no row of numbers. Give X_MIN,X_MAX,Y_MIN,Y_MAX, e.g. --crop 2000,5000,0,3000 "
            "(with a minus in front: --crop=-100,100,0,50)."
        ) from error
