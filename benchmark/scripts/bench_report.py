"""Table and plot of what ``bench.py`` measured."""

import csv
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

STAGES = ("features", "graphs", "semantics", "training", "clustering", "quality")


def report(rows: list[dict[str, Any]], out: Path) -> None:
    """Write ``bench.md``, ``bench.csv`` and ``bench.png`` to ``out``."""
    done = [row for row in rows if "failed" not in row]
    steps = [row for row in done if row["what"] != "whole"]
    runs = sorted(
        (row for row in done if row["what"] == "whole"), key=lambda row: (row["n_genes"], row["n_spots"])
    )
    text = "\n".join([*([step_table(steps)] if steps else []), run_table(runs), slope_lines(runs)])
    failed = [row for row in rows if "failed" in row]
    text += "".join(f"\n{row['what']} at {row['size']} failed: {' '.join(row['failed'])}\n" for row in failed)
    (out / "bench.md").write_text(text)
    write_csv(done, out / "bench.csv")
    draw(steps, runs, out / "bench.png")
    print(text)


def step_table(steps: list[dict[str, Any]]) -> str:
    """One training step, against the dense reference of the same size."""
    lines = [
        "| step, spots × genes | | CPU s | times faster | peak GB | share of its memory | loss |",
        "|---|---|---|---|---|---|---|",
    ]
    dense = {row["size"]: row for row in steps if row["what"] == "dense"}
    for row in steps:
        beside = dense.get(row["size"])
        faster = share = ""
        if beside is not None and row is not beside:
            faster = f"{beside['step_cpu_seconds'] / row['step_cpu_seconds']:.1f}"
            share = f"{row['peak_gb'] / beside['peak_gb']:.2f}"
        lines.append(
            f"| {row['size'].replace('x', ' × ')} | {row['what']} | {row['step_cpu_seconds']:.2f} | {faster} "
            f"| {row['peak_gb']:.2f} | {share} | {row['losses']['loss']:.5f} |"
        )
    return "\n".join(lines) + "\n"


def run_table(runs: list[dict[str, Any]]) -> str:
    """Whole runs and the share of each stage in the time on the wall."""
    shown = [stage for stage in STAGES if any(row["stage_seconds"].get(stage, 0) > 0.1 for row in runs)]
    lines = [
        "| whole run, spots × genes | wall s | CPU s | peak GB | " + " | ".join(shown) + " |",
        "|---|---|---|---|" + "---|" * len(shown),
    ]
    for row in runs:
        stages = row["stage_seconds"]
        shares = [f"{100 * stages.get(stage, 0) / row['seconds']:.0f} %" for stage in shown]
        lines.append(
            f"| {row['size'].replace('x', ' × ')} | {row['seconds']:.0f} | {row['cpu_seconds']:.0f} "
            f"| {row['peak_gb']:.1f} | " + " | ".join(shares) + " |"
        )
    return "\n".join(lines) + "\n"


def slope(runs: list[dict[str, Any]], key: str) -> float:
    """Slope of ``key`` against the number of spots, both in logarithms."""
    n = np.log([row["n_spots"] for row in runs])
    return float(np.polyfit(n, np.log([row[key] for row in runs]), 1)[0])


def slope_lines(runs: list[dict[str, Any]]) -> str:
    """Growth with the number of spots, for every number of genes with two sizes or more."""
    lines = []
    for genes in sorted({row["n_genes"] for row in runs}):
        same = [row for row in runs if row["n_genes"] == genes and row["n_spots"] >= 10_000]
        if len(same) > 1:
            first, last = same[0]["n_spots"], same[-1]["n_spots"]
            lines.append(
                f"Log–log slope from {first:,} to {last:,} spots × {genes} genes: "
                f"CPU seconds {slope(same, 'cpu_seconds'):.2f}, peak memory {slope(same, 'peak_gb'):.2f}."
            )
    return "\n".join(lines) + "\n"


def write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    """One line a measurement; nested figures get a column each."""
    flat = []
    for row in rows:
        line: dict[str, Any] = {}
        for key, value in row.items():
            if isinstance(value, dict):
                line.update({f"{key}.{name}": item for name, item in value.items()})
            else:
                line[key] = value
        flat.append(line)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(key for line in flat for key in line)))
        writer.writeheader()
        writer.writerows(flat)


def draw(steps: list[dict[str, Any]], runs: list[dict[str, Any]], path: Path) -> None:
    """Step time, time of whole runs and memory by size, on logarithmic axes."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for what in dict.fromkeys(row["what"] for row in steps):
        # genes as asked for: the default leaves some out
        wanted = [row for row in steps if row["what"] == what]
        for genes in sorted({int(row["size"].partition("x")[2]) for row in wanted}):
            same = sorted(
                (row for row in wanted if row["size"].endswith(f"x{genes}")),
                key=lambda row: row["n_spots"],
            )
            axes[0].plot(
                [row["n_spots"] for row in same],
                [row["step_cpu_seconds"] for row in same],
                "o-",
                label=f"{what}, {genes} genes",
            )
    genes_there = sorted({row["n_genes"] for row in runs})
    for genes in genes_there:
        same = [row for row in runs if row["n_genes"] == genes]
        n = [row["n_spots"] for row in same]
        style = "ko-" if genes == genes_there[0] else "kx:"
        axes[1].plot(n, [row["cpu_seconds"] for row in same], style, label=f"all, {genes} genes")
        if genes == genes_there[0]:
            for stage in STAGES:
                axes[1].plot(
                    n,
                    [row["stage_seconds"].get(stage, np.nan) for row in same],
                    ".--",
                    label=f"{stage}, wall",
                )
        axes[2].plot(n, [row["peak_gb"] for row in same], "o-", label=f"whole run, {genes} genes")
    dense = sorted((row for row in steps if row["what"] == "dense"), key=lambda row: row["n_spots"])
    axes[2].plot(
        [r["n_spots"] for r in dense], [r["peak_gb"] for r in dense], "s:", label="dense reference, a step"
    )
    for axis, title in zip(
        axes, ("CPU seconds of a training step", "CPU seconds of a whole run", "peak memory, GB"), strict=True
    ):
        axis.set(xscale="log", yscale="log", xlabel="spots", title=title)
        if axis.has_data():
            axis.legend(fontsize=7)
    figure.savefig(path, dpi=120)
    plt.close(figure)
