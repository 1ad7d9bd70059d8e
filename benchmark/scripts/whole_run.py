"""One whole run, from the file to labelled spots, measured in a process of its own, stage by stage.

    python benchmark/scripts/whole_run.py --source large.h5ad --n-domains 7

Semantic vectors are made afresh, in a cache folder of the run's own.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import semst
import semst.tl._estimator as estimator
from semst.tl._clock import Clock


class TwoClocks(Clock):
    """Seconds of the processor beside those on the wall, and the peak memory after each stage."""

    cpu: dict[str, float] = {}
    peak_gb: dict[str, float] = {}

    def __init__(self) -> None:
        super().__init__()
        self._worked = time.process_time()

    def lap(self, stage: str) -> None:
        super().lap(stage)
        now = time.process_time()
        self.cpu[stage] = self.cpu.get(stage, 0.0) + now - self._worked
        self.peak_gb[stage] = peak_gb()
        self._worked = now


def peak_gb() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def whole_run(source: Path, n_domains: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Read, run with the default settings but for ``settings``, and write."""
    estimator.Clock = TwoClocks  # type: ignore[misc]
    imported = time.process_time()
    started, worked = time.perf_counter(), time.process_time()
    adata = semst.io.read(source)
    with TemporaryDirectory() as folder:
        semst.tl.semst(adata, n_domains, cache_dir=folder, progress=False, **settings)
        semst.io.write(adata, Path(folder) / "out.h5ad")
    return {
        "n_spots": adata.n_obs,
        "n_genes": adata.n_vars,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - worked,
        "import_cpu_seconds": imported,
        "peak_gb": peak_gb(),
        "stage_seconds": dict(adata.uns["semst"]["timings"]),
        "stage_cpu_seconds": TwoClocks.cpu,
        "stage_peak_gb": TwoClocks.peak_gb,
        "clusterer": adata.uns["semst"]["clustering"]["method"],
    }


def main() -> None:
    """Run once and print the measurements as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--n-domains", type=int, default=7)
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON of further settings")
    given = parser.parse_args()
    print(json.dumps(whole_run(given.source, given.n_domains, given.settings), default=float))


if __name__ == "__main__":
    main()
