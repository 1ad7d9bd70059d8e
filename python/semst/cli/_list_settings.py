"""`semst settings`: every setting of a model, or the page that has those of all."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst._settings import described
from semst.data import SliceKeys
from semst.models import FOR_ALL, MODELS, PARTIAL, ModelConfig, describe, features, get
from semst.train import Compute

from . import _options as opt
from ._paths import check_output
from ._telling import facts, line


def settings(
    model: Annotated[
        str, typer.Argument(help=f"{', '.join(MODELS)}.", autocompletion=opt.one_of(MODELS))
    ] = "semst",
    page: Annotated[
        Path | None, typer.Option(help="Write the page of all settings and models (.md) instead.")
    ] = None,
    overwrite: opt.Overwrite = False,
    as_json: opt.Json = False,
) -> None:
    """List the settings of a model with their defaults, as `semst run --set NAME=VALUE` takes them."""
    if page is not None:
        check_output(page, source=None, suffixes=(".md",), overwrite=overwrite, what="--page")
        page.write_text(settings_page(), encoding="utf-8")
        line(f"page  {page}")
        return facts(outputs={"page": page})
    for title, rows in (
        (f"{get(model).title} (semst.models)", describe(model)),
        ("reading the slice (semst.data.SliceKeys)", described(SliceKeys)),
        ("computing (semst.train.Compute)", described(Compute)),
    ):
        line(title)
        width = max(len(f"{row['name']}={row['default']}") for row in rows)
        for row in rows:
            shown = f"{row['name']}={row['default']}"
            line(f"  {shown:<{width}}  {row['help']}")
    groups = {"model": get(model).Config, "reading": SliceKeys, "computing": Compute}
    facts(model=model, settings=[one for name, group in groups.items() for one in _typed(name, group)])


def _typed(name: str, group: type) -> list[dict[str, Any]]:
    """Settings of a class with their defaults as they are, not as text."""
    defaults = group().as_dict()
    return [{"group": name, **row, "default": defaults[row["name"]]} for row in described(group)]


def settings_page() -> str:
    """Return docs/settings.md: what every model can do, and all settings with their help.

    Examples
    --------
    >>> settings_page().splitlines()[0]
    '# Settings'
    """
    parts = [
        "# Settings",
        "",
        "Every setting has one name everywhere: a keyword of `semst.tl.run` and of the estimators, `--set "
        "name=value` of `semst run` (those with a panel are options of their own), and an argument of "
        "`runSemST()` in R. This page is made from the code by `semst settings --page docs/settings.md "
        "--overwrite`.",
        "",
        "## What every model can do",
        "",
        "| | " + " | ".join(get(name).title for name in MODELS) + " |",
        "|---" * (len(MODELS) + 1) + "|",
    ]
    table, reasons = features(), []
    for feature, what in {**FOR_ALL, **PARTIAL}.items():
        row = table.loc[feature]
        parts.append(f"| {what} | " + " | ".join("yes" if one == "yes" else "no" for one in row) + " |")
        for reason in dict.fromkeys(one for one in row if one != "yes"):
            models = ", ".join(get(name).title for name in MODELS if row[name] == reason)
            reasons.append(f"- Without {what}: {models}, because {reason}.")
    parts += ["", *reasons]
    groups = [
        ("Reading the slice", described(SliceKeys)),
        ("Computing", described(Compute)),
        ("All models", described(ModelConfig)),
    ]
    shared = {row["name"]: row for row in described(ModelConfig)}
    for name in MODELS:
        own = [row for row in describe(name) if shared.get(row["name"]) != row]
        groups.append((f"{get(name).title} (`{name}`): its own, and its own defaults", own))
    for title, rows in groups:
        parts += ["", f"## {title}", "", "| setting | type | default | |", "|---|---|---|---|"]
        parts += [
            f"| `{row['name']}` | {row['type']} | {row['default'] or ' '} | {row['help']} |" for row in rows
        ]
    return "\n".join(parts) + "\n"
