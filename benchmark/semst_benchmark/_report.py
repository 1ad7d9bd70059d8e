"""The page: protocol, tables, pictures and sentences, all from the rows of the store."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from semst import SemSTError

from ._benchmark import Outcome
from ._figures import write_figures
from ._files import replacing
from ._findings import findings, on_semantics
from ._fingerprint import code_version
from ._protocol import CLUSTERERS, REFINEMENTS
from ._references import REFERENCES
from ._slices import how_to_get
from ._store import Store
from ._summary import differences, shared_and_single, summarise
from ._tables import choice_table, difference_table, overview_table, published_table, write_tables


def write_all(outcome: Outcome, data_folder: Path | None, out: Path) -> list[Path]:
    """Write a suite's tables and pictures to ``out/<suite>/``; nothing where no run is done."""
    if not len(outcome.done):
        return []
    folder = out / outcome.suite.name
    tables = write_tables(outcome, folder)
    return [*tables.values(), *write_figures(outcome, Store(out), data_folder, folder)]


def check_report(path: Path) -> None:
    """Make sure, before hours of work, that the page can be written.

    Raises
    ------
    SemSTError
        If it is no ``.md`` file or its folder cannot be written to.
    """
    if path.suffix != ".md":
        raise SemSTError(f"--report {path} has the ending {path.suffix!r}; it is written as Markdown (.md).")
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        raise SemSTError(f"--report {path} cannot be written: no right to write in {folder}.")


def write_report(outcomes: list[Outcome], data_folder: Path | None, out: Path, path: Path) -> None:
    """Write the page, with its pictures and every score (.csv) in a folder of the same name beside it.

    Parameters
    ----------
    outcomes
        The suites, in their order on the page.
    data_folder
        Where the slices are, for maps.
    out
        The store's folder.
    path
        The page; an existing one is replaced.
    """
    pictures = path.parent / path.stem
    parts = [_head(outcomes), _protocol(outcomes)]
    for outcome in outcomes:
        parts.append(_section(outcome, write_figures(outcome, Store(out), data_folder, pictures), path))
    semantic = on_semantics(outcomes)
    if semantic:
        lines = "\n".join(f"- {sentence}" for sentence in semantic)
        parts.append(f"## What semantics adds, and what it does not\n\n{lines}")
    datasets = [name for outcome in outcomes for name in outcome.done.get("dataset", pd.Series()).unique()]
    if any(name.startswith("dlpfc_") for name in datasets):
        datasets.append("dlpfc_12_slices")
    table = published_table(dict.fromkeys(datasets))
    if table:
        parts.append(
            "## What others report on these slices\n\nFigures of other sources, with their protocols, which "
            'differ from the one above. Where the epoch is "oracle", it was chosen by the score against the '
            f"labels: such a figure is not comparable with one that was not.\n\n{table}"
        )
    with replacing(path) as part:
        part.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _head(outcomes: list[Outcome]) -> str:
    rows = pd.concat([outcome.done for outcome in outcomes if len(outcome.done)] or [pd.DataFrame()])
    names = " ".join(outcome.suite.name for outcome in outcomes)
    lines = [
        "# Benchmarks",
        f"Written by `semst benchmark {names} --data DATA --report ...` on {time.strftime('%Y-%m-%d')}; "
        "every number, picture and sentence below is made from the rows of the runs.",
    ]
    if len(rows):
        machines = [json.loads(text) for text in rows["machine"].dropna().unique()]
        shown = {
            f"{m['processor']}, {m['cores']} cores, {m['threads']} threads a run, GPU: {m['gpu'] or 'none'}"
            for m in machines
        }
        code = sorted(rows["code"].unique())
        lines.append(
            f"Machine: {'; '.join(sorted(shown))}. Other work may have been running on it: seconds are wall "
            "time, CPU s is processor time of the run."
        )
        lines.append(f"Code: {code_version()}.")
        if code != [code_version()]:
            n_before = int((rows["code"] != code_version()).sum())
            lines.append(
                f"Of {len(rows)} rows {n_before} were run with versions before it, and say which. Unless "
                "rows of any version were asked for, the code that computes them is the same, or a sample of "
                "them, run anew, came out the same (`benchmark/scripts/rekey.py`)."
            )
        lines += _libraries(rows)
    return "\n\n".join(lines)


def _libraries(rows: pd.DataFrame) -> list[str]:
    """The versions of libraries that rows were made with, where they say so."""
    if "versions" not in rows:
        return []
    found: dict[str, set[str]] = {}
    for text in rows["versions"].dropna().unique():
        for name, number in json.loads(text).items():
            found.setdefault(name, set()).add(number)
    shown = ", ".join(f"{name} {' and '.join(sorted(numbers))}" for name, numbers in sorted(found.items()))
    return [f"Versions: {shown}."]


def _protocol(outcomes: list[Outcome]) -> str:
    """How the runs of this page were made and scored; only what was used in one of them is explained."""
    suites = [outcome.suite for outcome in outcomes]
    clusterers = _explained(CLUSTERERS, {name for suite in suites for name in suite.clusterers})
    votes = _explained(REFINEMENTS, {name for suite in suites for name in suite.refinements})
    text = f"""## Protocol

All spots are trained and the annotated ones scored. The number of domains is that of the annotated classes.
Each model has one configuration for all slices. The last epoch counts; nothing is stopped, chosen or tuned by
labels within a run. A score that did look at labels to choose its epoch only ever stands in a column named
`oracle_epoch`. Means are over seeds, ± the standard deviation; differences are paired by slice and seed, with
a t interval over seeds (these slices, other seeds) and a bootstrap over slices and seeds within them (other
slices too; coarse with few slices).

Clusterers: {clusterers}.

Refinements: {votes}."""
    used = {arm.model for suite in suites for arm in suite.arms}
    simple = [f"- {r.title}: {r.about}" for name, r in REFERENCES.items() if name in used]
    if simple:
        text += (
            "\n\nSimple references, clustered and refined as the default is unless they say otherwise:\n\n"
        )
        text += "\n".join(simple)
    return f"""{text}

Figures without labels: *stability*, mean agreement (ARI) with mixtures fitted anew to random subsamples;
*CHAOS* and *PAS*, incoherence in space (lower is more coherent); *network share*, size of what the network
adds relative to the linear path."""


def _explained(every: Mapping[str, str], used: set[str]) -> str:
    return "; ".join(f"*{name}*: {what}" for name, what in every.items() if name in used)


def _clusterers_left_out(outcome: Outcome) -> list[str]:
    """Clusterers that are missing here or failed, each with why and in how many runs."""
    why: dict[tuple[str, str], int] = {}
    for column in ("skipped_clusterers", "failed_clusterers"):
        for text in outcome.done.get(column, pd.Series(dtype=object)).dropna():
            for name, reason in json.loads(text).items():
                if name in outcome.suite.clusterers:
                    why[name, reason] = why.get((name, reason), 0) + 1
    return [f"Clusterer {name} left out of {n} runs: {reason}" for (name, reason), n in why.items()]


def _section(outcome: Outcome, figures: list[Path], page: Path) -> str:
    suite = outcome.suite
    parts = [f"## {suite.title}", suite.about]
    parts.append("\n".join(f"- {sentence}" for sentence in findings(outcome)))
    summary = summarise(outcome)
    if suite.choose_n_domains:
        parts.append(choice_table(outcome))
    parts.append(overview_table(outcome, summary))
    if len(summary):
        scores = page.parent / page.stem / f"{suite.name}.csv"
        with replacing(scores) as part:
            part.write_text(summary.to_csv(index=False, float_format="%.4f"), encoding="utf-8")
        parts.append(f"Every score, with time and memory: [{scores.name}]({page.stem}/{scores.name}).")
    _, single = shared_and_single(differences(outcome))
    gaps = difference_table(single)
    if gaps:
        parts.append(gaps)
    for figure in figures:
        parts.append(f"![{figure.stem}]({os.path.relpath(figure, page.parent)})")
    if len(outcome.missing):
        for arm, rows in outcome.missing.groupby("arm", sort=False):
            why = str(rows["error"].iloc[0]).partition(" On a machine")[0]
            parts.append(f"Not run: {arm}. {why}")
    if len(outcome.failed):
        for _, row in outcome.failed.iterrows():
            parts.append(f"Failed: {row['dataset']}, {row['arm']}, seed {row['seed']}: {row['error']}")
    parts += _clusterers_left_out(outcome)
    if outcome.missing_slices:
        lines = "\n".join(f"- {how_to_get(name, None)}" for name in outcome.missing_slices)
        parts.append(f"Slices that were not at hand:\n\n{lines}")
    parts += list(suite.notes)
    return "\n\n".join(part for part in parts if part)
