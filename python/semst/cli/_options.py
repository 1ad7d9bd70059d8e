"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".eps")

_READING = "Reading the input"
_MEANING = "Semantics"

Input = Annotated[
    Path,
    typer.Argument(
        metavar="IN",
        show_default=False,
        help="An .h5ad file, a .zarr store (AnnData or SpatialData), a 10x Visium outs/ folder or an .rds "
        "file (SpatialExperiment, SingleCellExperiment, Seurat). Never changed.",
    ),
]
Layer = Annotated[
    str | None, typer.Option(help="Layer with the raw counts. Default: X.", rich_help_panel=_READING)
]
UseRaw = Annotated[bool, typer.Option("--use-raw", help="Take the counts of raw.", rich_help_panel=_READING)]
TableKey = Annotated[
    str | None, typer.Option(help="Which table of a SpatialData store.", rich_help_panel=_READING)
]
SampleKey = Annotated[
    str | None, typer.Option(help="obs column that tells slices apart.", rich_help_panel=_READING)
]
SpatialKey = Annotated[str, typer.Option(help="obsm slot with the coordinates.", rich_help_panel=_READING)]
DepthKey = Annotated[
    str | None,
    typer.Option(
        help="obs column with the library size over all genes, where the matrix holds only part of them.",
        rich_help_panel=_READING,
    ),
]
KG = Annotated[
    int | None,
    typer.Option(
        "--k-g", help="Genes per spot in a prompt. Default: the preset's.", rich_help_panel=_MEANING
    ),
]
Ranking = Annotated[
    str | None,
    typer.Option(
        help="What ranks a spot's genes: expression, normalised or specificity.", rich_help_panel=_MEANING
    ),
]
Landmarks = Annotated[
    int | None,
    typer.Option(
        help="Embed the texts of so many spots only, spread over the tissue, and predict the others from "
        "their expression.",
        rich_help_panel=_MEANING,
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        help="Cache of semantic vectors. Default: the user's cache folder.", rich_help_panel=_MEANING
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only warnings and results.")]

SEMANTICS_PANEL = _MEANING
SEMANTICS_HELP = (
    "A name (minilm, minilm-genes, qwen3, ..., or a control: none, random, unrelated, permuted, bert), a "
    "Hugging Face model id, a model folder, a file with a vector per gene, or an .npy file with a row per "
    "spot; llm:, text:, genes:, descriptions: or spots: before it says which is meant."
)
