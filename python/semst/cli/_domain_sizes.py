"""Domains and their spots, in the terminal."""

import typer
from anndata import AnnData


def print_sizes(adata: AnnData, key: str) -> None:
    """Print a line a domain."""
    sizes = adata.obs[key].value_counts()
    typer.echo(f"domains in {key}")
    for name in adata.obs[key].cat.categories:
        typer.echo(f"  {name}: {sizes[name]} spots")
