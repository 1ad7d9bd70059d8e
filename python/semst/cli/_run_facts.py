"""What a run leaves in a slice, for programs."""

from collections.abc import Mapping
from typing import Any

from anndata import AnnData

from ._domain_sizes import sizes


def of_run(adata: AnnData, key: str, slices: Mapping[str, AnnData]) -> dict[str, Any]:
    """Gather domains, model, settings and figures of a run.

    Parameters
    ----------
    adata
        The slice, or all of them put together.
    key
        Stem of the results.
    slices
        The slices by name; their sizes are told one by one.

    Returns
    -------
    Plain values and NumPy's.
    """
    record = adata.uns[key]
    params = record["params"]
    semantics = record.get("semantics")
    return {
        "domains": sizes(adata, key),
        "slices": {name: sizes(one, key) for name, one in slices.items()},
        "model": params.get("model"),
        "semantics": semantics,
        "language_model": None if semantics is None else semantics.get("model"),
        "settings": params,
        "reading": record.get("reading"),
        "clustering": record.get("clustering"),
        "choice": record.get("choice"),
        "quality": record["quality"],
        "timings": record.get("timings"),
        "versions": record.get("versions"),
    }
