"""`semst score`: labels against an annotation, and without one."""

from typing import Annotated

import typer

from semst import _keys

from . import _options as opt
from ._telling import facts


def score(
    source: opt.Input,
    truth: Annotated[str, typer.Option(help="obs column with the annotation.")] = "ground_truth",
    labels: Annotated[str, typer.Option(help="obs column with the domains.")] = _keys.KEY_ADDED,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
) -> None:
    """Score the domains of a slice against its annotation; spots without one are left out."""
    from semst import io, metrics

    from ._scores import print_scores, require_labels

    adata = io.read(source, table_key=table_key, trust=trust)
    scores = metrics.score(require_labels(adata, truth), require_labels(adata, labels))
    print_scores(scores, title=f"{labels} against {truth}")
    facts(inputs=[source], outputs={}, key=labels, truth=truth, scores=scores)
