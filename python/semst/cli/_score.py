"""`semst score`: labels against an annotation, and without one."""

import json
from typing import Annotated

import typer

from semst import _keys

from . import _options as opt


def score(
    source: opt.Input,
    truth: Annotated[str, typer.Option(help="obs column with the annotation.")] = "ground_truth",
    labels: Annotated[str, typer.Option(help="obs column with the domains.")] = _keys.KEY_ADDED,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    table_key: opt.TableKey = None,
) -> None:
    """Score the domains of a slice against its annotation; spots without one are left out."""
    from semst import io, metrics

    from ._scores import jsonable, print_scores, require_labels

    adata = io.read(source, table_key=table_key)
    scores = metrics.score(require_labels(adata, truth), require_labels(adata, labels))
    if as_json:
        typer.echo(json.dumps(jsonable(scores)))
    else:
        print_scores(scores, title=f"{labels} against {truth}")
