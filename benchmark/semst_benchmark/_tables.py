"""Summaries as tables for people: Markdown and LaTeX; everything goes to CSV."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from semst.cluster import CRITERIA

from ._benchmark import Outcome
from ._files import replacing
from ._summary import MEAN, METRICS, differences, published, summarise

_TITLES = {"ari": "ARI", "nmi": "NMI", "accuracy": "ACC", "f1": "F1"}


def write_tables(outcome: Outcome, folder: Path) -> dict[str, Path]:
    """Write a suite's tables: ``<suite>.csv``, ``.md``, ``.tex`` and ``<suite>_differences.csv``.

    Parameters
    ----------
    outcome
        A suite's rows.
    folder
        Where to; existing tables are replaced.

    Returns
    -------
    What was written, by kind.
    """
    name = outcome.suite.name
    summary, gaps = summarise(outcome), differences(outcome)
    texts = {
        "csv": summary.to_csv(index=False),
        "md": "\n\n".join([score_table(outcome, summary), difference_table(gaps)]).strip() + "\n",
        "tex": latex(outcome, summary),
    }
    written = {}
    for ending, text in texts.items():
        written[ending] = folder / f"{name}.{ending}"
        _write(written[ending], text)
    if len(gaps):
        written["differences"] = folder / f"{name}_differences.csv"
        _write(written["differences"], gaps.to_csv(index=False))
    return written


def score_table(outcome: Outcome, summary: pd.DataFrame) -> str:
    """The scores of every arm on every slice as a Markdown table, mean ± standard deviation over seeds."""
    if not len(summary):
        return "No run of this suite has been done here."
    columns, heads = _score_columns(outcome, summary)
    lines = []
    for dataset, group in summary.groupby("dataset", sort=False):
        best = {c: group[c].max() for c in columns if c in group and _is_score(c)}
        for _, row in group.iterrows():
            cells = [_cell(row, c, best=c in best and row[c] == best[c]) for c in columns]
            mark = " °" if row["reference"] else ""
            lines.append([str(dataset), f"{row['arm']}{mark}", f"{int(row['n_seeds'])}", *cells])
    note = "**Bold**: the best of the slice."
    if summary["reference"].any():
        note = f"° simple reference: nothing is learned by a network. {note}"
    return markdown(["slice", "model", "seeds", *heads], lines) + f"\n\n{note}"


def overview_table(outcome: Outcome, summary: pd.DataFrame) -> str:
    """One score of every arm, a column a slice: ARI under the suite's headline clusterer and refinement."""
    column = ".".join((*outcome.suite.headline, "ari"))
    if not len(summary) or column not in summary:
        return "No run of this suite has been done here."
    slices = list(dict.fromkeys(summary["dataset"]))
    best = summary.groupby("dataset")[column].max()
    lines = []
    for arm, group in summary.groupby("arm", sort=False):
        by_slice = group.set_index("dataset")
        cells = [
            _cell(by_slice.loc[name], column, best=by_slice.loc[name, column] == best[name])
            if name in by_slice.index
            else ""
            for name in slices
        ]
        runs = by_slice.drop(index=MEAN, errors="ignore")
        seeds = sorted({int(n) for n in runs["n_seeds"]})
        mark = " °" if by_slice["reference"].any() else ""
        cost = f"{runs['cpu_seconds'].mean():.0f}" if "cpu_seconds" in runs else ""
        lines.append([f"{arm}{mark}", " or ".join(map(str, seeds)), *cells, cost])
    heads = [name if name == MEAN else name.removeprefix("starmap_") for name in slices]
    note = "ARI, mean ± standard deviation over seeds; CPU s: mean of a run. **Bold**: the best of the slice."
    if summary["reference"].any():
        note = f"° simple reference: nothing is learned by a network. {note}"
    return markdown(["model", "seeds", *heads, "CPU s"], lines) + f"\n\n{note}"


def difference_table(gaps: pd.DataFrame) -> str:
    """Paired differences in ARI as a Markdown table."""
    if not len(gaps):
        return ""
    slices = [name for name in gaps.columns if name.startswith("on ")]
    heads = ["difference in ARI", "", "mean", "95 % over seeds (t)", "95 % over slices and seeds (bootstrap)"]
    heads += ["clear of zero", *(name.removeprefix("on ") for name in slices)]
    lines = []
    for _, row in gaps.iterrows():
        lines.append(
            [
                f"{row['arm']} − {row['against']}",
                row["about"],
                f"{row['mean']:+.3f}",
                _interval(row["t_low"], row["t_high"]),
                _interval(row["low"], row["high"]),
                "yes" if row["clear"] else "no",
                *(f"{row[name]:+.3f}" if np.isfinite(row[name]) else "" for name in slices),
            ]
        )
    return markdown(heads, lines)


def choice_table(outcome: Outcome) -> str:
    """What each criterion would have chosen as the number of domains, beside the annotated number."""
    done = outcome.done
    criteria = [f"chosen.{name}" for name in CRITERIA if f"chosen.{name}" in done]
    lines = []
    for (dataset, arm), rows in done.groupby(["dataset", "arm"], sort=False):
        numbers = [
            ", ".join("no optimum" if pd.isna(k) else f"{int(k)}" for k in rows[name]) for name in criteria
        ]
        lines.append([str(dataset), str(arm), f"{int(rows['n_domains'].iloc[0])}", *numbers])
    heads = ["slice", "model", "annotated", *(name.removeprefix("chosen.") for name in criteria)]
    return markdown(heads, lines) + "\n\nBy seed; 2 to 15 were tried, fewer on small slices."


def published_table(datasets: Iterable[str], metric: str = "ari") -> str:
    """Figures of others on these slices as a Markdown table, with source and protocol."""
    table = published()
    shown = table[table["dataset"].isin(list(datasets)) & (table["metric"] == metric)]
    if not len(shown):
        return ""
    lines = []
    for _, row in shown.iterrows():
        spread = f" ± {row['sd']:.3f}" if pd.notna(row["sd"]) else ""
        runs = f"{int(row['n_runs'])}" if pd.notna(row["n_runs"]) else ""
        what = row["method"] + (f" ({row['variant']})" if pd.notna(row["variant"]) else "")
        refined = row["refined"] if pd.notna(row["refined"]) else ""
        score = f"{row['value']:.3f}{spread}"
        lines.append(
            [row["dataset"], what, score, runs, row["epoch_rule"], refined, row["source"], row["protocol"]]
        )
    heads = ["slice", "method", _TITLES[metric], "runs", "epoch", "refined", "source", "protocol"]
    return markdown(heads, lines)


def latex(outcome: Outcome, summary: pd.DataFrame) -> str:
    """The scores as a LaTeX table (booktabs)."""
    if not len(summary):
        return "% no run of this suite has been done here\n"
    columns, heads = _score_columns(outcome, summary)
    lines = [r"\begin{tabular}{ll" + "r" * len(columns) + "}", r"\toprule"]
    lines += [" & ".join(["slice", "model", *map(_tex, heads)]) + r" \\", r"\midrule"]
    for position, (dataset, group) in enumerate(summary.groupby("dataset", sort=False)):
        if position:
            lines.append(r"\midrule")
        for _, row in group.iterrows():
            cells = [_cell(row, c, best=False).replace("±", r"$\pm$") for c in columns]
            lines.append(" & ".join([_tex(str(dataset)), _tex(str(row["arm"])), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table.

    Examples
    --------
    >>> print(markdown(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    rows = [list(heads), ["---"] * len(heads), *map(list, lines)]
    return "\n".join(
        "|" + "|".join(row) + "|" if row[0] == "---" else "| " + " | ".join(row) + " |" for row in rows
    )


def _score_columns(outcome: Outcome, summary: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Headline scores first, then what else there is: unrefined, other votes, mixture, label-free, costs."""
    clusterer, refinement = outcome.suite.headline
    shown = [(f"{clusterer}.{refinement}.{metric}", _TITLES[metric]) for metric in METRICS]
    shown += [(f"{clusterer}.none.ari", "ARI unrefined"), (f"{clusterer}.own.ari", "ARI, own refinement")]
    shown += [(f"{clusterer}.vote50.ari", "ARI, 50 vote")]
    others = [name for name in outcome.suite.clusterers if name != clusterer]
    shown += [(f"{name}.{refinement}.ari", f"ARI, {name}") for name in others]
    shown += [("oracle_epoch_ari", "ARI, oracle_epoch")]
    shown += [("stability", "stability"), (f"{clusterer}.{refinement}.chaos", "CHAOS")]
    shown += [(f"{clusterer}.{refinement}.pas", "PAS"), ("branch_share", "network share")]
    shown += [("seconds", "seconds"), ("cpu_seconds", "CPU s"), ("peak_gb", "peak GB")]
    there = [(c, head) for c, head in shown if c in summary and summary[c].notna().any()]
    return [c for c, _ in there], [head for _, head in there]


def _is_score(column: str) -> bool:
    return column.endswith((".ari", ".nmi", ".accuracy", ".f1"))


def _cell(row: pd.Series, column: str, *, best: bool) -> str:
    value = row[column]
    if pd.isna(value):
        return ""
    if column in ("seconds", "cpu_seconds", "peak_gb"):
        return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
    if not _is_score(column):
        return f"{value:.3f}"
    spread = row.get(f"{column}.sd", np.nan)
    shown = row["n_seeds"] > 1 and np.isfinite(spread)
    text = f"{value:.3f} ± {spread:.3f}" if shown else f"{value:.3f}"
    return f"**{text}**" if best else text


def _interval(low: float, high: float) -> str:
    return f"{low:+.3f} to {high:+.3f}" if np.isfinite(low) else ""


def _tex(text: str) -> str:
    for special in "&%$#_{}":
        text = text.replace(special, f"\\{special}")
    return text


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
