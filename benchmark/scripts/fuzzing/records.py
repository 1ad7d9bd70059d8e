"""Readers of what runs leave: checkpoints, estimators; and of benchmarks."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import semst
from semst.train import train
from semst_benchmark import load_suite
from semst_benchmark._store import Store

from .door import Door, digest
from .slices import cortex


def _training(folder: Path, epochs: int) -> dict[str, str]:
    torch.manual_seed(0)
    network = torch.nn.Linear(4, 3)
    x = torch.linspace(-1, 1, 40).reshape(10, 4)
    history = train(
        network,
        lambda: {"loss": network(x).square().mean()},
        epochs=epochs,
        learning_rate=0.01,
        progress=False,
        checkpoint_dir=folder,
    )
    weights = {name: digest(value.detach().numpy()) for name, value in network.named_parameters()}
    return {**weights, "loss": digest(history.losses["loss"])}


def _make_checkpoint(folder: Path) -> None:
    _training(folder, 8)


def _read_checkpoint(folder: Path) -> dict[str, str]:
    """Read the checkpoint of a run that has ended."""
    return _training(folder, 8)


@cache
def _estimator() -> Any:
    return semst.tl.Estimator("semst", 3, cluster="mixture", n_starts=2, progress=False, explain=False).fit(
        cortex()
    )


def _make_estimator(folder: Path) -> None:
    _estimator().save(folder / "model")


def _read_estimator(folder: Path) -> dict[str, str]:
    """Load it, and give the domains and the embedding that it finds in a slice."""
    model = semst.tl.Estimator.load(folder / "model")
    found = model.predict(cortex())
    return {
        "embedding": digest(np.round(model.embed(cortex()), 5)),
        "labels": digest(np.asarray(found.labels).astype(str)),
    }


_SUITE = """title: A small suite
about: Of nothing but a simulated slice.
datasets:
  - name: toy
    simulate: {n_spots: 80, n_genes: 60}
    n_domains: 3
arms:
  - {name: plain, model: semst, settings: {n_pcs: 10}}
  - {name: principal components, model: pca}
pairs:
  - {arm: plain, against: principal components, about: what it adds}
seeds: 2
clusterers: [own]
figures: [bars]
notes: [of no meaning]
"""


def _make_suite(folder: Path) -> None:
    (folder / "suite.yaml").write_text(_SUITE)


def _read_suite(folder: Path) -> dict[str, str]:
    suite = load_suite(folder / "suite.yaml")
    return {name: digest(repr(value)) for name, value in vars(suite).items()}


def _make_rows(folder: Path) -> None:
    store = Store(folder)
    for number in range(3):
        row = {
            "status": "done",
            "config": {"model": "pca"},
            "dataset": "toy",
            "seed": number,
            "scores": {"own": {"none": {"ari": 0.5 + number / 10}}},
            "seconds": 1.5,
        }
        arrays = {"embedding": np.arange(12.0).reshape(4, 3), "domains": np.array([1, 1, 2, 2])}
        store.write(f"ab{number}-cd", row, arrays)


def _read_rows(folder: Path) -> dict[str, str]:
    store = Store(folder)
    table = store.collect().sort_index(axis=1)
    found = {"rows": digest(table.to_numpy().tolist()), "columns": digest(list(table.columns))}
    for number in range(3):
        key = f"ab{number}-cd"
        found |= {f"{key} {name}": digest(array) for name, array in store.arrays(key).items()}
    return found


RECORDS = (
    Door("checkpoint", _make_checkpoint, _read_checkpoint),
    Door("estimator", _make_estimator, _read_estimator),
    Door("benchmark suite", _make_suite, _read_suite),
    Door("benchmark rows", _make_rows, _read_rows, ("*.json", "*.npz")),
)
