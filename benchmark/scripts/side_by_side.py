"""Whole processes from an h5ad to domains, ours beside CellCharter and BANKSY: seconds, memory and agreement.

    python benchmark/scripts/side_by_side.py --source dlpfc_151673.h5ad --depth-key sum_umi_full --repeats 3
    python benchmark/scripts/side_by_side.py --source slice.h5ad --ours preset=paper --ours explain=false

The programs run in turn (A B C A B C), one thread each, and imports count. The machine may have other work to
do, so what holds are ratios within a round. Every other program lives in a virtual environment of its own
(``build/side-by-side/``), which is made at the first call; one that cannot be installed is left out. R with
mclust has to be there for BANKSY's clusters, as for ours.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import pandas as pd
from sklearn.metrics import adjusted_rand_score

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent / "side_by_side_tools"
ENVIRONMENTS = ROOT / "build" / "side-by-side"
YARDSTICK = "cellcharter"
OTHERS = {  # name: script and what pip installs
    YARDSTICK: ("run_cellcharter.py", ["cellcharter"]),
    "pybanksy + mclust": ("run_banksy.py", ["pybanksy", "rpy2"]),
}
INSTALL_SECONDS = 600
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM", "NUMEXPR")
}
FIGURES: dict[str, Callable[[float], str]] = {
    "CPU s": "{:.1f}".format,
    "wall s": "{:.1f}".format,
    "peak GB": "{:.2f}".format,
    "ARI": "{:.3f}".format,
}


@dataclass(frozen=True)
class Program:
    """What is started, up to the file that it writes its domains to."""

    name: str
    command: list[str]


def ours(text: str, source: Path, n_domains: int, depth_key: str | None) -> Program:
    """Our own with settings such as ``preset=paper,explain=false``; none is the default."""
    given = dict(pair.split("=", 1) for pair in text.split(",") if pair)
    settings: dict[str, Any] = {} if depth_key is None else {"depth_key": depth_key}
    settings |= {name: _value(value) for name, value in given.items()}
    command = [sys.executable, str(TOOLS / "run_semst.py"), str(source), str(n_domains), json.dumps(settings)]
    return Program(f"semst, {text}" if text else "semst, default", command)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def others(source: Path, n_domains: int) -> Iterator[Program]:
    """The other programs, as far as they can be installed."""
    for name, (script, packages) in OTHERS.items():
        python = environment(packages)
        if python is not None:
            # -I: what this process is told of Python's folders is no business of theirs
            yield Program(name, [str(python), "-I", str(TOOLS / script), str(source), str(n_domains)])


def environment(packages: list[str]) -> Path | None:
    """Python of an environment with ``packages``, made if need be; ``None`` where that fails."""
    folder = ENVIRONMENTS / packages[0]
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "constraints.txt").write_text(f"torch=={importlib.metadata.version('torch')}\n")  # as ours
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "-c",
        str(folder / "constraints.txt"),
        *packages,
    ]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{packages[0]} is left out: it could not be installed ({error})", file=sys.stderr)
        return None
    ready.touch()
    return python


def measure(program: Program, truth: pd.Series) -> dict[str, float]:
    """Run a program to its end: seconds, largest resident size and agreement with the annotation."""
    with tempfile.TemporaryDirectory(prefix="side-by-side-") as folder:
        out, log = Path(folder, "domains.txt"), Path(folder, "log.txt")
        with log.open("w") as words:
            started = time.perf_counter()
            process = subprocess.Popen(
                [*program.command, str(out)],
                cwd=folder,
                env={**os.environ, **ONE_THREAD},
                stdout=words,
                stderr=words,
            )
            _, status, used = os.wait4(process.pid, 0)  # what this child used, and what it waited for
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{program.name} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        domains = pd.Series(out.read_text().splitlines())
    annotated = truth.notna().to_numpy()
    return {
        "CPU s": used.ru_utime + used.ru_stime,
        "wall s": wall,
        "peak GB": used.ru_maxrss / 1024**2,
        "ARI": float(adjusted_rand_score(truth[annotated].astype(str), domains[annotated])),
    }


def table(rounds: list[dict[str, dict[str, float]]]) -> str:
    """Median of every figure with its range, and CPU seconds by those of the yardstick in the same round."""
    heads = [*FIGURES, *([f"CPU s / {YARDSTICK}'s"] if YARDSTICK in rounds[0] else [])]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for name in rounds[0]:
        cells = [_range([one[name][figure] for one in rounds], show) for figure, show in FIGURES.items()]
        if YARDSTICK in rounds[0]:
            ratios = [one[name]["CPU s"] / one[YARDSTICK]["CPU s"] for one in rounds]
            cells.append(_range(ratios, "{:.2f}".format))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _range(values: list[float], show: Callable[[float], str]) -> str:
    middle, low, high = (show(of(values)) for of in (statistics.median, min, max))
    return middle if low == high else f"{middle} ({low}–{high})"


def main() -> None:
    """Run all programs in turn and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True, help="annotated slice (obs['ground_truth'])")
    parser.add_argument("--depth-key", help="obs column with the counts of a spot over all genes, for ours")
    parser.add_argument("--ours", action="append", default=[], help="settings of a further run of ours")
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    source = given.source.resolve()
    truth = anndata.read_h5ad(source, backed="r").obs["ground_truth"]
    n_domains = int(truth.nunique())
    programs = [ours(text, source, n_domains, given.depth_key) for text in ["", *given.ours]]
    programs += others(source, n_domains)
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(given.repeats):
        rounds.append({})
        for program in programs:
            rounds[-1][program.name] = found = measure(program, truth)
            said = ", ".join(f"{name} {show(found[name])}" for name, show in FIGURES.items())
            print(f"round {number + 1}, {program.name}: {said}", file=sys.stderr, flush=True)
    print(table(rounds))


if __name__ == "__main__":
    main()
