"""Domains and their spots, for people and for programs."""

from typing import Any

from anndata import AnnData

from ._telling import line


def sizes(adata: AnnData, key: str) -> dict[str, Any]:
    """Count the spots of every domain, and those without one."""
    labels = adata.obs[key].astype("category")
    counts = labels.value_counts()
    return {
        "key": key,
        "n_domains": len(labels.cat.categories),
        "n_spots": len(labels),
        "n_without": int(labels.isna().sum()),
        "sizes": {str(name): int(counts[name]) for name in labels.cat.categories},
    }


def print_sizes(adata: AnnData, key: str) -> None:
    """Print a line a domain."""
    line(f"domains in {key}")
    for name, n_spots in sizes(adata, key)["sizes"].items():
        line(f"  {name}: {n_spots} spots")
