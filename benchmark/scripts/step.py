"""One training step, measured in a process of its own: seconds, peak memory and the losses it starts from.

    python benchmark/scripts/step.py --which paper --spots 3600 --genes 3000
    python benchmark/scripts/step.py --which dense --source slice.h5ad --depth-key sum_umi_full

``dense`` is the reference in ``dense_reference.py``; ``paper`` and ``semst`` are the two presets. All three
get the same slice and the same (random) semantic vectors, ``dense`` and ``paper`` the same weights.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from dense_reference import DenseReference
from large_slice import large_slice

import semst
from semst import models, pp
from semst.distributed import make_fabric

N_SEMANTIC = 384  # the width of MiniLM


def peak_gb() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def prepare(
    which: str,
    source: Path | None,
    depth_key: str | None,
    n_spots: int,
    n_genes: int,
    settings: dict[str, Any],
) -> tuple[Any, ...]:
    """Settings, network, tensors of the slice and, for the dense reference, its features."""
    if source is not None:
        adata = semst.io.read(source)
    else:
        adata = large_slice(n_spots=n_spots, n_genes=n_genes)
    data, _ = semst.data.read_slice(adata, semst.data.SliceKeys(depth_key=depth_key))
    del adata
    preset = "network" if which == "semst" else "paper"
    model, config = models.settings("semst", preset=preset, **{"min_spots": 1, **settings})
    inputs = model.prepare(data, config).inputs
    semantic = np.random.default_rng(0).normal(size=(data.n_spots, N_SEMANTIC))
    inputs.set_semantic(semantic)
    x = None
    if which == "dense":
        features = pp.paper_features(
            data.counts,
            data.genes,
            n_top_genes=config.n_top_genes,
            min_spots=config.min_spots,
        )
        x = torch.from_numpy(features.inputs.toarray())
    return config, models.build(model, inputs, config), inputs, x


def measure(which: str, steps: int, precision: Any, prepared: tuple[Any, ...]) -> dict[str, Any]:
    """Time ``steps`` training steps after one that warms up."""
    config, network, inputs, x = prepared
    n_spots, n_genes = inputs.targets.counts.shape
    network.train()
    if which == "dense":
        reference = DenseReference(network, x, inputs, config)
        del inputs, prepared
        compute = reference.losses
    else:

        def compute() -> dict[str, torch.Tensor]:
            return network.whole_losses(inputs)

    fabric = make_fabric("cpu", precision)
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    wall, cpu, first = [], [], {}
    for step in range(steps + 1):
        started, worked = time.perf_counter(), time.process_time()
        optimiser.zero_grad(set_to_none=True)
        with fabric.autocast():
            parts = compute()
        parts["loss"].backward()
        optimiser.step()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
        if step == 0:
            first = {name: float(value.detach()) for name, value in parts.items()}
    return {
        "which": which,
        "precision": precision,
        "n_spots": n_spots,
        "n_genes": n_genes,
        "step_seconds": float(np.median(wall[1:])),
        "step_cpu_seconds": float(np.median(cpu[1:])),
        "peak_gb": peak_gb(),
        "peak_gb_before": before,
        "threads": torch.get_num_threads(),
        "losses": first,
    }


def main() -> None:
    """Measure one step and print it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--which", choices=("dense", "paper", "semst"), required=True)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--depth-key")
    parser.add_argument("--spots", type=int, default=3_600)
    parser.add_argument("--genes", type=int, default=3_000)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON of further settings")
    given = parser.parse_args()
    prepared = prepare(given.which, given.source, given.depth_key, given.spots, given.genes, given.settings)
    print(json.dumps(measure(given.which, given.steps, given.precision, prepared)))


if __name__ == "__main__":
    main()
