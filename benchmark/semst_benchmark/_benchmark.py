"""Run a suite, resume it, and gather what there is."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from ._log import logger
from ._plan import Plan, Run, plan
from ._run import needs_work
from ._store import DONE, FAILED, MISSING, Store, flat
from ._suite import Suite
from ._workers import do_all


@dataclass(frozen=True)
class Outcome:
    """A suite and the rows of its runs.

    Attributes
    ----------
    suite
        As it was run.
    rows
        One row a run, with the arm's name under ``arm``; see :func:`semst_benchmark.flat` for the columns.
    runs
        The runs of the suite that are done, by their keys in the store.
    missing_slices
        Slices that are not at hand, with how to get them.
    """

    suite: Suite
    rows: pd.DataFrame
    runs: dict[str, Run]
    missing_slices: dict[str, str]

    @property
    def done(self) -> pd.DataFrame:
        """The rows of runs that went well."""
        return self.rows[self.rows["status"] == DONE] if len(self.rows) else self.rows

    @property
    def failed(self) -> pd.DataFrame:
        """The rows of runs that failed."""
        return self.rows[self.rows["status"] == FAILED] if len(self.rows) else self.rows

    @property
    def missing(self) -> pd.DataFrame:
        """The rows of runs whose model, weights or package are not on this machine."""
        return self.rows[self.rows["status"] == MISSING] if len(self.rows) else self.rows


def run_suite(
    suite: Suite,
    data_folder: str | Path | None,
    out: str | Path,
    *,
    jobs: int = 1,
    max_seconds: float | None = None,
    any_version: bool = False,
    rows: str | Path | None = None,
    retry_failed: bool = False,
    only_collect: bool = False,
    progress: bool = True,
) -> Outcome:
    """Do the runs of a suite that are not done yet.

    Parameters
    ----------
    suite
        See :func:`semst_benchmark.load_suite`.
    data_folder
        Folder with the slices; ``None`` for simulated ones alone.
    out
        Folder of the results. What is there is taken over; runs of other suites share it.
    jobs
        Processes, with one thread each where there are several; 0 runs in this process.
    max_seconds
        Longest time a run may take.
    any_version
        Take over rows made by other versions of the code too; tables then say so.
    rows
        ``rows.jsonl.gz`` of other runs, whose rows are taken over first; see :meth:`Store.take_over`.
    retry_failed
        Run again what failed before; missing weights and packages are always looked for again.
    only_collect
        Run nothing.
    progress
        Show how many runs are done and the time left.

    Returns
    -------
    All rows of the suite.

    Examples
    --------
    >>> import tempfile
    >>> from semst_benchmark import parse_suite
    >>> suite = parse_suite(
    ...     {
    ...         "title": "a small one",
    ...         "models": ["pca"],
    ...         "datasets": [{"name": "tiny", "simulate": {"n_spots": 80, "n_genes": 60}}],
    ...         "seeds": 1,
    ...         "clusterers": ["own"],
    ...     },
    ...     where="example",
    ... )
    >>> outcome = run_suite(suite, None, tempfile.mkdtemp(), jobs=0, progress=False)
    >>> outcome.rows["status"].tolist()
    ['done']
    """
    store = Store(Path(out))
    if rows is not None:
        logger.info(f"{store.take_over(Path(rows))} rows taken over from {rows}")
    planned = plan(suite, None if data_folder is None else Path(data_folder))
    old = _other_versions(store, planned) if any_version else {}
    open_runs = []
    for run in planned.runs:
        row = store.read(run.key)
        if (row is None or row["status"] != DONE) and run.config_hash in old:
            key = old[run.config_hash]
            row = store.read(key)
            if store.arrays_are_kept(key):
                # what is kept may be clustered and scored in further ways; else a run of today is today's
                run = replace(run, key=key)
        if row is not None and row["status"] == FAILED and not retry_failed:
            continue
        if needs_work(run, row, retry_failed=retry_failed):
            open_runs.append(run)
    if open_runs and not only_collect:
        logger.info(
            f"{suite.name}: {len(open_runs)} of {len(planned.runs)} runs to do, {jobs or 1} at a time"
        )
        with tqdm(total=len(open_runs), desc=suite.name, unit="run", disable=not progress) as bar:

            def finished(run: Run, row: dict[str, Any]) -> None:
                bar.update()
                bar.set_postfix_str(f"{run.data.name}, {run.arm.name}, seed {run.seed}: {row['status']}")
                if row["status"] == FAILED:
                    tqdm.write(f"{run.data.name}, {run.arm.name}, seed {run.seed} failed: {row['error']}")

            do_all(
                open_runs,
                data_folder=None if data_folder is None else Path(data_folder),
                store=store,
                jobs=jobs,
                fresh_process=suite.fresh_process,
                max_seconds=max_seconds,
                finished=finished,
            )
    if (open_runs and not only_collect) or rows is not None:
        store.collect()
    return _outcome(suite, planned, store, old)


def _other_versions(store: Store, planned: Plan) -> dict[str, str]:
    """Newest done row of each configuration, whatever the code that made it: hash to key."""
    wanted = {run.config_hash for run in planned.runs}
    newest: dict[str, tuple[str, str]] = {}
    for row in store.rows():
        config = row["key"].partition("-")[0]
        if config in wanted and row["status"] == DONE:
            candidate = (row.get("finished", ""), row["key"])
            newest[config] = max(newest.get(config, candidate), candidate)
    return {config: key for config, (_, key) in newest.items()}


def _outcome(suite: Suite, planned: Plan, store: Store, old: dict[str, str]) -> Outcome:
    rows, runs = [], {}
    for run in planned.runs:
        key, row = run.key, store.read(run.key)
        if (row is None or row["status"] != DONE) and run.config_hash in old:
            key = old[run.config_hash]
            row = store.read(key)
        if row is not None:
            rows.append({"key": key, "arm": run.arm.name, **flat(row)})
            if row["status"] == DONE:
                runs[key] = run
    return Outcome(suite, pd.DataFrame(rows), runs, planned.missing)
