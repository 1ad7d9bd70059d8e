"""Options that several commands share."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ._telling import as_json
from ._threads import set_threads

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".eps")
PAGES = (".html", ".htm")
SLICES = (".h5ad", ".zarr")

DEVICES = ("auto", "cpu", "cuda", "mps")

_READING = "Reading the input"


def one_of(values: Iterable[str]) -> Callable[[], list[str]] | None:
    """Let the shell complete one of these; with none of them it completes files."""
    listed = list(values)
    return (lambda: listed) if listed else None


Input = Annotated[
    Path,
    typer.Argument(
        metavar="IN",
        show_default=False,
        help="An .h5ad file, a .zarr store (AnnData or SpatialData), a 10x Visium outs/ folder or an .rds "
        "file (SpatialExperiment, SingleCellExperiment, Seurat). Never changed, but for a SpatialData store "
        "that --out names as well, whose table gets the results.",
    ),
]
Inputs = Annotated[
    list[Path],
    typer.Argument(
        metavar="IN...",
        show_default=False,
        help="An .h5ad file, a .zarr store (AnnData or SpatialData), a 10x Visium outs/ folder or an .rds "
        "file (SpatialExperiment, SingleCellExperiment, Seurat); or several of them, which are run jointly "
        "on the genes that all have. Never changed, but for a SpatialData store that --out names as well, "
        "whose table gets the results.",
    ),
]
TableKey = Annotated[
    str | None, typer.Option(help="Which table of a SpatialData store.", rich_help_panel=_READING)
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Read an .rds file even where what it holds can run code: functions, promises, deferred "
        "operations. Only for files of people you trust.",
        rich_help_panel=_READING,
    ),
]
Plot = Annotated[Path | None, typer.Option(help="Picture of the domains to write (.png, .pdf, ...).")]
Truth = Annotated[
    str | None,
    typer.Option(
        help="obs column with an annotation: scores at the end, and it is drawn beside the domains."
    ),
]
Key = Annotated[str, typer.Option(help="obs column of the domains, or any other.")]
KeyAdded = Annotated[
    str | None, typer.Option(help="Stem of the names of all results. Default: the model's name.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="No progress, only warnings and results: short for --log-level warning."
    ),
]


class Level(StrEnum):
    """What is let through to the error stream."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


LogLevel = Annotated[
    Level | None,
    typer.Option(
        help="What the log shows, and everything graver; progress with debug and info. Default: info."
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=10_000,
        callback=set_threads,
        metavar="N",
        help="Threads that compute. Default: OMP_NUM_THREADS, else all cores. Runs with one number are the "
        "same to the bit; with another, sums may differ in their last digits.",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=as_json,
        help="Print one JSON document and nothing else; the log goes to the error stream. Where the command "
        'fails it is {"error": {...}}, and the exit code is not 0.',
    ),
]

SEMANTICS_PANEL = "Semantics"
CLUSTERING_PANEL = "Clustering"
SEMANTICS_HELP = (
    "A name (minilm, minilm-genes, qwen3, ..., or a control: none, random, unrelated, permuted, bert), a "
    "Hugging Face model id, a model folder, a file with a vector per gene, or an .npy file with a row per "
    "spot; llm:, text:, genes:, descriptions: or spots: before it says which is meant."
)
