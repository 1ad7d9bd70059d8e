"""`semst explain`: what marks the domains that are there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst.data import SliceKeys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_slice
from ._settings import with_settings


@with_settings(SliceKeys, only=("layer", "use_raw", "depth_key", "spatial_key", "sample_key"))
def explain(
    source: opt.Input,
    out: Annotated[Path, typer.Option(help="Explained slice to write (.h5ad or .zarr).", show_default=False)],
    key: Annotated[str, typer.Option(help="obs column of the domains, or any other.")] = _keys.KEY_ADDED,
    gene_sets: Annotated[
        str, typer.Option(help='"go", the Gene Ontology that comes with the package, or a .gmt file.')
    ] = "go",
    n_null: Annotated[
        int, typer.Option(min=0, help="Random regions that every domain is held against.")
    ] = 20,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    seed: opt.Seed = 0,
    table_key: opt.TableKey = None,
    **options: Any,
) -> None:
    """Say what marks each domain of a slice, genes and terms, and write both to a new file."""
    check_slice(out, source=source, overwrite=overwrite)
    set_quiet(quiet)

    from semst import tl

    from ._files import SliceJob

    job = SliceJob(source, out, key=key, overwrite=overwrite, table_key=table_key)
    adata = job.read()
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    tl.explain(adata, key, gene_sets=gene_sets, n_null=n_null, random_state=seed, progress=not quiet, **given)
    job.write(adata)
    typer.echo(f"explained slice  {out}")
    for line in tl.explain_lines(adata, key):
        typer.echo(f"  {line}")
