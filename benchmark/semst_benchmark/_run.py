"""One run, from file to row: fit, cluster, refine, score, keep."""

import os
import platform
import resource
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semst import MissingDependencyError, SemSTError
from semst.cluster import choose_n_domains, stability

from ._models import Fitted, fit, oracle_epoch
from ._plan import Run
from ._protocol import OWN, Voting, find_domains, is_here, score
from ._store import DONE, FAILED, MISSING, Store


def needs_work(run: Run, row: dict[str, Any] | None, *, retry_failed: bool = False) -> bool:
    """Whether anything that the run asks for is not in its row yet and could be.

    A clusterer that was missing counts once it is there; one that failed counts with ``retry_failed``.
    """
    if row is None or row["status"] != DONE:
        return True
    if run.oracle_epoch and "oracle_epoch" not in row:
        return True
    if run.choose_n_domains and "chosen.stability" not in row:
        return True
    scores = row["scores"]
    skipped = [name for name in row.get("skipped_clusterers", {}) if not is_here(name)]
    failed = [] if retry_failed else row.get("failed_clusterers", {})
    return any(
        name not in skipped
        and name not in failed
        and any(how not in scores.get(name, {}) for how in run.refinements if how != OWN or name == OWN)
        for name in run.clusterers
    )


def do_run(run: Run, data_folder: Path | None, store: Store) -> dict[str, Any]:
    """Do one run, or what is left of it, and write its row; an error becomes a row of its own.

    Parameters
    ----------
    run
        What to do.
    data_folder
        Where the slices are.
    store
        Where rows and arrays go.

    Returns
    -------
    The row.
    """
    row: dict[str, Any] = {
        "status": DONE,
        "error": None,
        "config": run.arm.config(),
        "dataset": run.data.name,
        "content": run.fingerprint,
        "seed": run.seed,
        "code": run.code,
        "versions": run.libraries,
        "machine": machine(),
    }
    arrays = None
    try:
        before = store.read(run.key)
        if before is not None and before["status"] == DONE and (kept := store.arrays(run.key)):
            row, arrays = before, kept
        row, arrays = _complete(run, data_folder, row, arrays)
    except MissingDependencyError as error:
        row |= {"status": MISSING, "error": " ".join(str(error).split())}
    except SemSTError as error:
        row |= {"status": FAILED, "error": " ".join(str(error).split())}
    except Exception as error:  # noqa: BLE001  one run must not take the others with it
        text = f"{type(error).__name__}: {error}"
        row |= {"status": FAILED, "error": text, "traceback": traceback.format_exc()}
    row["finished"] = time.strftime("%Y-%m-%dT%H:%M:%S")
    return store.keep(run.key, row, arrays)


def _complete(
    run: Run, data_folder: Path | None, row: dict[str, Any], arrays: dict[str, np.ndarray] | None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    adata = run.data.load(data_folder)
    n_domains = run.data.wanted_domains(adata)
    truth = adata.obs[run.data.truth] if run.data.truth in adata.obs else None
    coordinates = run.data.coordinates(adata)
    samples = run.data.samples(adata)
    reading = run.data.reading(adata)
    if arrays is None:
        fitted, costs = _fit(run, adata, n_domains, reading)
        arrays = {"embedding": fitted.embedding, **fitted.arrays}
        arrays |= {_slot(OWN, how): labels for how, labels in fitted.own.items()}
        row |= {"n_spots": adata.n_obs, "n_domains": n_domains, **costs, "record": _short(fitted.record)}
        row |= {"scores": {}, "skipped_clusterers": {}, "failed_clusterers": {}}
        if "branch_share" in fitted.record:
            row["branch_share"] = fitted.record["branch_share"]
    voting = Voting.of(coordinates, samples)
    failed = row.setdefault("failed_clusterers", {})
    for clusterer in run.clusterers:
        found = arrays.get(_slot(clusterer, "none"))
        for why in (row["skipped_clusterers"], failed):  # they are looked at anew
            why.pop(clusterer, None)
        if found is None:
            try:
                known = find_domains(arrays["embedding"], n_domains, clusterer, run.seed)
            except Exception as error:  # noqa: BLE001  what the other clusterers found stays
                failed[clusterer] = f"{type(error).__name__}: {error}"
                continue
            if isinstance(known, str):
                row["skipped_clusterers"][clusterer] = known
                continue
            found = known
        scores = row["scores"].setdefault(clusterer, {})
        for how in run.refinements:
            labels = arrays.get(_slot(clusterer, how))
            if labels is None:
                if how == OWN and clusterer != OWN:
                    continue
                labels = voting.refine(found, how)
            arrays[_slot(clusterer, how)] = labels
            if how not in scores:
                scores[how] = score(truth, labels, coordinates, samples)
    if "stability" not in row:
        row["stability"] = _stability(arrays, n_domains, run)
    if run.oracle_epoch and "oracle_epoch" not in row:
        row["oracle_epoch"] = None
        if truth is not None:
            row |= oracle_epoch(
                adata,
                run.arm.config(),
                truth=truth,
                n_domains=n_domains,
                random_state=run.seed,
                reading=reading,
            )
    if run.choose_n_domains and "chosen.stability" not in row:
        row |= _choose(arrays["embedding"], run.seed)
    return row, arrays


def _choose(embedding: np.ndarray, random_state: int) -> dict[str, Any]:
    """What each criterion would have chosen, and the curve that decides."""
    kept = np.isfinite(embedding).all(axis=1)
    rows = embedding[kept].astype(np.float64)
    numbers = range(2, max(4, min(16, len(rows) // 10)))
    found = choose_n_domains(rows, numbers, random_state=random_state, progress=False)
    choices = {f"chosen.{name}": number for name, number in found.choices.items()}
    return {**choices, "stability_curve": dict(found.curves["stability"])}


def _fit(run: Run, adata: Any, n_domains: int, reading: dict[str, Any]) -> tuple[Fitted, dict[str, float]]:
    """Fit and find the model's own domains, with seconds and peak memory."""
    _forget_peak()
    wall, processor = time.perf_counter(), time.process_time()
    fitted = fit(adata, run.arm.config(), n_domains=n_domains, random_state=run.seed, reading=reading)
    if not fitted.own:  # most references are clustered and refined as the default is
        labels = find_domains(fitted.embedding, n_domains, OWN, run.seed)
        assert isinstance(labels, np.ndarray)  # "auto" finds a clusterer on every machine
        fitted.own["none"] = labels
    return fitted, {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - processor,
        "peak_gb": _peak_gb(),
    }


def _stability(arrays: dict[str, np.ndarray], n_domains: int, run: Run) -> float | None:
    embedding, labels = arrays["embedding"], arrays.get(_slot(OWN, "none"))
    if labels is None:
        return None
    kept = (labels >= 0) & np.isfinite(embedding).all(axis=1)
    if embedding.shape[1] > 64:
        return None  # dozens of mixtures in a wide space cost more than they tell
    return stability(embedding[kept].astype(np.float64), labels[kept], n_domains, random_state=run.seed)


def _slot(clusterer: str, refinement: str) -> str:
    return f"labels.{clusterer}.{refinement}"


def _short(record: dict[str, Any]) -> dict[str, Any]:
    """A run's record without what is long: texts, histories, arrays."""
    short: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            short[name] = _short(value)
        elif isinstance(value, np.ndarray):
            if value.size <= 16:
                short[name] = value
        elif not (isinstance(value, str) and len(value) > 200):
            short[name] = value
    return short


def machine() -> dict[str, Any]:
    """Describe where a run was made, without its name."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return {"processor": model, "cores": os.cpu_count(), "threads": torch.get_num_threads(), "gpu": gpu}


def _forget_peak() -> None:
    """Let the kernel start this process's peak memory afresh (Linux; elsewhere it is that of its life)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def _peak_gb() -> float:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 2**30
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB on Linux, bytes on macOS
    return peak / 2**30 if platform.system() == "Darwin" else peak * 1024 / 2**30
