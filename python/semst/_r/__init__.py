"""What the R package calls: plain arrays in, plain dicts out; no other part of SemST knows of it.

- ``_door``: log lines, progress and mclust go through the R session that calls
- ``_threads``: OpenMP threads that wait without spinning, although R was there first
- ``_models``: the whole way from counts to domains; one function for all models
- ``_steps``: single steps of that way
- ``_explain``: what marks the domains, and where they are found again
- ``_status``: what is installed
- ``_arrays``, ``_sources``: what crosses, and how R names a semantic source
"""

from semst.cluster import R_CODE

from ._explain import explain, match
from ._models import models, run
from ._status import status
from ._steps import cluster, embed, refine, score, simulated_cortex

__all__ = [
    "R_CODE",
    "cluster",
    "embed",
    "explain",
    "match",
    "models",
    "refine",
    "run",
    "score",
    "simulated_cortex",
    "status",
]
