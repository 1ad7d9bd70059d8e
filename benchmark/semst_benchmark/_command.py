"""`semst benchmark`: suites in, rows, tables, pictures and a page out."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from semst import SemSTError

from ._benchmark import Outcome, run_suite
from ._log import let_through
from ._read_suite import load_suite
from ._read_suite import suites as built_in
from ._report import check_report, write_all, write_report

_WHAT = "What of the suite"


def benchmark(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE...",
            help="Built-in suites or YAML files. Without one, the built-in ones are listed.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder with the slices (.h5ad, .zarr), each with an annotation.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of the results; what is done there is not done again.")
    ] = Path("semst-benchmark"),
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time; with several, each has one thread.")] = 1,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds 0 to N - 1. Default: the suite's.", rich_help_panel=_WHAT),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="Only these models or arms, separated by commas.", rich_help_panel=_WHAT),
    ] = None,
    datasets: Annotated[
        str | None, typer.Option(help="Only these slices, separated by commas.", rich_help_panel=_WHAT)
    ] = None,
    oracle_epoch: Annotated[
        bool,
        typer.Option(
            "--oracle-epoch",
            help="Also report the best score along the training against the labels, in a column named so.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Page (.md) with tables, pictures and protocol to write.")
    ] = None,
    any_version: Annotated[
        bool, typer.Option("--any-version", help="Take over runs made by other versions of the code.")
    ] = False,
    rows: Annotated[
        Path | None, typer.Option(help="rows.jsonl.gz of other runs, to be taken over where none is here.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed.")] = False,
    only_collect: Annotated[
        bool, typer.Option("--only-collect", help="Run nothing; tables and pictures of what is there.")
    ] = False,
    max_seconds: Annotated[
        float | None, typer.Option(help="Stop a run that takes longer, and record it as failed.")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only warnings and results.")
    ] = False,
) -> None:
    """Run the paper's tables and figures, or a suite of your own, and resume what was cut off."""
    let_through(logging.WARNING if quiet else logging.INFO)
    if not suites:
        for name, title in built_in().items():
            typer.echo(f"{name:<14} {title}")
        return
    if data is not None and not data.is_dir():
        raise SemSTError(f"--data {data} is no folder. Give the folder that holds the slices.")
    if report is not None:
        check_report(report)
    chosen = []
    for source in suites:
        suite = load_suite(source).narrowed(
            models=_parts(models), datasets=_parts(datasets), seeds=seeds, data_folder=data
        )
        chosen.append(suite.with_oracle() if oracle_epoch else suite)
    outcomes, written = [], []
    for suite in chosen:
        outcome = run_suite(
            suite,
            data,
            out,
            jobs=jobs,
            max_seconds=max_seconds,
            any_version=any_version,
            rows=rows,
            retry_failed=retry_failed,
            only_collect=only_collect,
            progress=not quiet,
        )
        outcomes.append(outcome)
        written.append(write_all(outcome, data, out))
    if report is not None:
        write_report(outcomes, data, out, report)
    for outcome, paths in zip(outcomes, written, strict=True):  # last: a reader may close the pipe
        _tell(outcome, paths)
    if report is not None:
        typer.echo(f"page            {report}")
    if any(len(outcome.failed) for outcome in outcomes):
        raise typer.Exit(1)


def _parts(given: str | None) -> list[str] | None:
    return None if given is None else [part.strip() for part in given.split(",") if part.strip()]


def _tell(outcome: Outcome, written: list[Path]) -> None:
    """Say what is there, what failed and what is missing with how to get it."""
    typer.echo(f"{outcome.suite.name}: {outcome.suite.title}")
    typer.echo(f"runs            {len(outcome.done)} done, {len(outcome.failed)} failed")
    for path in written:
        typer.echo(f"written         {path}")
    if len(outcome.missing):
        for arm, rows in outcome.missing.groupby("arm", sort=False):
            typer.echo(f"missing         {arm}: {rows['error'].iloc[0]}")
    for name, how in outcome.missing_slices.items():
        typer.echo(f"missing slice   {how if how.startswith(name) else f'{name}: {how}'}")
    for _, row in outcome.failed.iterrows():
        typer.echo(
            f"failed          {row['dataset']}, {row['arm']}, seed {row['seed']}: {row['error']}", err=True
        )
