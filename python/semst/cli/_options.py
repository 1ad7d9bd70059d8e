"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".eps")
PAGES = (".html", ".htm")
SLICES = (".h5ad", ".zarr")

_READING = "Reading the input"

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
Plot = Annotated[Path | None, typer.Option(help="Picture of the domains to write (.png, .pdf, ...).")]
Truth = Annotated[
    str | None,
    typer.Option(
        help="obs column with an annotation: scores at the end, and it is drawn beside the domains."
    ),
]
KeyAdded = Annotated[
    str | None, typer.Option(help="Stem of the names of all results. Default: the model's name.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only warnings and results.")]

SEMANTICS_PANEL = "Semantics"
CLUSTERING_PANEL = "Clustering"
SEMANTICS_HELP = (
    "A name (minilm, minilm-genes, qwen3, ..., or a control: none, random, unrelated, permuted, bert), a "
    "Hugging Face model id, a model folder, a file with a vector per gene, or an .npy file with a row per "
    "spot; llm:, text:, genes:, descriptions: or spots: before it says which is meant."
)
