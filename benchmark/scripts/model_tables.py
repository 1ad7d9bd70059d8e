"""The tables of ``docs/models.md``, written anew from the rows of Table 3's suite.

    .venv/bin/python benchmark/scripts/model_tables.py --data ../shared/data

reads ``docs/benchmarks/table3.yaml`` and ``docs/benchmarks/rows.jsonl.gz``, runs nothing, and replaces what
stands between ``<!-- name -->`` and ``<!-- end of name -->``. Beside our rows stand figures of the published
code and of publications, which ``published_code.csv`` holds.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import semst_benchmark
from semst_benchmark._files import replacing
from semst_benchmark._summary import over_models
from semst_benchmark._tables import markdown

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
OWN, REFINED = "own.none.ari", "own.own.ari"
FSM, RANDOM, ONE = " + FSM", " + FSM, random", " + FSM, bias only"


def main() -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the slices")
    parser.add_argument("--rows", type=Path, default=DOCS / "benchmarks" / "rows.jsonl.gz")
    parser.add_argument("--page", type=Path, default=DOCS / "models.md")
    given = parser.parse_args()
    suite = semst_benchmark.load_suite(str(DOCS / "benchmarks" / "table3.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        outcome = semst_benchmark.run_suite(
            suite, given.data, folder, rows=given.rows, only_collect=True, progress=False
        )
    text = given.page.read_text(encoding="utf-8")
    text = replaced(text, "before FSM", before_table(outcome))
    text = replaced(text, "before and after FSM", paired_table(outcome))
    text = replaced(text, "over the models", models_table(outcome))
    with replacing(given.page) as part:
        part.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, table: str) -> str:
    """Return ``text`` with ``table`` between the two comments of ``name``.

    Raises
    ------
    ValueError
        If the comments are not there, once each and in this order.

    Examples
    --------
    >>> replaced("<!-- a --> old <!-- end of a -->", "a", "new").split()
    ['<!--', 'a', '-->', 'new', '<!--', 'end', 'of', 'a', '-->']
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in rest or end in after:
        raise ValueError(f"The page needs {begin} and {end}, once each and in this order.")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def before_table(outcome: semst_benchmark.Outcome) -> str:
    """Each model without FSM on each slice, beside the published code on the same file."""
    with open(HERE / "published_code.csv", encoding="utf-8", newline="") as handle:
        beside = {(row["model"], row["slice"]): row for row in csv.DictReader(handle)}
    lines = []
    for arm, slice_name, rows in by_model_and_slice(outcome):
        ari = spread(rows[OWN])
        if not np.allclose(rows[OWN], rows[REFINED]):
            ari += f" → {spread(rows[REFINED])}"
        cost = (f"{rows['cpu_seconds'].median():.0f}", f"{rows['peak_gb'].max():.2f}")
        theirs = beside.get((arm.model, slice_name), {})
        figures = (theirs.get("published code", ""), theirs.get("published figure", ""))
        lines.append([arm.name, slice_name, str(len(rows)), ari, *cost, *figures])
    figure_heads = ("published code, same file, one seed", "published figure")
    return markdown(["model", "slice", "seeds", "ARI → refined", "CPU s", "GB", *figure_heads], lines)


def paired_table(outcome: semst_benchmark.Outcome) -> str:
    """Each model before and after FSM and under its two controls, over the seeds that all four have."""
    lines = []
    for arm, slice_name, _ in by_model_and_slice(outcome):
        scores = scores_by_seed(outcome, slice_name, arm.name, REFINED)
        if scores.empty:
            continue
        before, after, random, one = (spread(scores[name]) for name in scores)
        gap = (scores.iloc[:, 1] - scores.iloc[:, 0]).mean()
        cells = [before, after, f"{gap:+.3f}", random, one]
        lines.append([arm.name, slice_name, str(len(scores)), *cells])
    return markdown(
        ["model", "slice", "seeds", "before", "after", "Δ", "random vectors", "one vector for all"], lines
    )


def models_table(outcome: semst_benchmark.Outcome) -> str:
    """The suite's differences over the models, on the suite's own refinement: on all slices and by kind
    of slice, which their names begin with.
    """
    kinds = outcome.rows["dataset"].str.partition("_")[0]
    lines = []
    for where in ("all", *kinds.unique()):
        some = replace(outcome, rows=outcome.rows[(kinds == where) | (where == "all")])
        for _, row in over_models(semst_benchmark.differences(some)).iterrows():
            interval = f"{row['t_low']:+.3f} to {row['t_high']:+.3f}"
            gains = f"{row['n_gain']} of {row['n_models']}"
            lines.append([where, row["about"], f"{row['mean']:+.3f}", interval, gains])
    return markdown(["slices", "difference in ARI", "mean", "95 % over models", "models that gain"], lines)


def by_model_and_slice(
    outcome: semst_benchmark.Outcome,
) -> Iterator[tuple[semst_benchmark.Arm, str, pd.DataFrame]]:
    """Yield every model without FSM and every slice it was run on, in the suite's order, with its rows."""
    done = outcome.done
    for arm in (arm for arm in outcome.suite.arms if not arm.fsm):
        for spec in outcome.suite.datasets:
            rows = done[(done["arm"] == arm.name) & (done["dataset"] == spec.name)]
            if len(rows):
                yield arm, spec.name, rows


def scores_by_seed(
    outcome: semst_benchmark.Outcome, slice_name: str, model: str, column: str
) -> pd.DataFrame:
    """One row a seed that all four arms of a model have, one column an arm; empty where one is missing."""
    arms = [model, model + FSM, model + RANDOM, model + ONE]
    rows = outcome.done[outcome.done["dataset"] == slice_name]
    return rows.pivot(index="seed", columns="arm", values=column).reindex(columns=arms).dropna()


def spread(values: pd.Series) -> str:
    """Mean, and the standard deviation where there is more than one.

    Examples
    --------
    >>> spread(pd.Series([0.5, 0.7]))
    '0.600 ± 0.141'
    """
    return f"{values.mean():.3f}" + (f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else "")


if __name__ == "__main__":
    main()
