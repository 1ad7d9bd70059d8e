"""SemST: spatial domains in spatial transcriptomics, with the meaning of genes built in.

- ``pp``: counts to features; ``gr``: coordinates or features to graphs; ``semantics``: genes to vectors
- ``data``: a slice as every model takes it
- ``nn``: torch modules, ``FSM`` among them; ``train``, ``models``: networks put together and trained;
  ``distributed``: the device, or several processes with one each
- ``tl``: AnnData in, AnnData out; ``cluster``, ``metrics``: domains and their scores;
  ``compare``: samples of two conditions
- ``pl``: pictures; ``io``: files; ``datasets``: data to try things on

Examples
--------
>>> import semst
>>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
>>> semst.tl.semst(adata, n_domains=4, semantics="none", epochs=2, cluster="mixture", progress=False)
>>> adata.obs["semst"].dtype.name
'category'
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._errors import MissingDependencyError, MissingKeyError, SemSTError
from ._version import __version__ as __version__

# On a machine with other work to do, OpenMP threads lose many times more by spinning while they wait for each
# other than they save; on an idle one, sleeping costs nothing that shows. Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# the workspace with which cuBLAS gives the same bits at every call; read when CUDA is first used
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

if TYPE_CHECKING:
    from . import (
        cluster,
        compare,
        data,
        datasets,
        distributed,
        explain,
        gr,
        io,
        metrics,
        models,
        nn,
        pl,
        pp,
        semantics,
        tl,
        train,
    )
    from .tl import SemST

__all__ = [
    "MissingDependencyError",
    "MissingKeyError",
    "SemST",
    "SemSTError",
    "cluster",
    "compare",
    "data",
    "datasets",
    "distributed",
    "explain",
    "gr",
    "io",
    "metrics",
    "models",
    "nn",
    "pl",
    "pp",
    "semantics",
    "tl",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a room at its first use, so that ``semst --help`` need not wait for torch."""
    if name == "SemST":
        return import_module("semst.tl").SemST
    if name in __all__:
        return import_module(f"semst.{name}")
    raise AttributeError(f"module 'semst' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
