"""What the R package calls: plain arrays in, plain dicts out; no other part of SemST knows of it.

- ``_door``: log lines, progress and mclust go through the R session that calls
- ``_threads``: OpenMP threads that wait without spinning, although R was there first
- ``_models``: the whole way from counts to domains, of one slice or jointly of several; for all models
- ``_predict``: the domains of a saved model, in another slice
- ``_steps``: single steps of that way
- ``_number``: how many domains
- ``_nested``: finer and coarser domains
- ``_align``: sections in one frame, and embeddings without what differs between them
- ``_graphs``: spatial graphs
- ``_public``: public slices
- ``_compare``: which domains change between conditions
- ``_explain``: what marks the domains, and where they are found again
- ``_export``: files for other programs
- ``_status``: what is installed
- ``_arrays``, ``_sources``: what crosses, and how R names a semantic source
"""

from semst.cluster import R_CODE

from ._align import align, harmonise
from ._compare import contacts, proportions
from ._explain import explain, match
from ._export import export
from ._graphs import spatial_graph
from ._models import models, run, run_jointly
from ._nested import cut, split, tree
from ._number import choose
from ._predict import predict
from ._public import fetch, public_slices
from ._status import status
from ._steps import cluster, embed, match_labels, refine, score, simulated_cortex

__all__ = [
    "R_CODE",
    "align",
    "choose",
    "cluster",
    "contacts",
    "cut",
    "embed",
    "explain",
    "export",
    "fetch",
    "harmonise",
    "match",
    "match_labels",
    "models",
    "predict",
    "proportions",
    "public_slices",
    "refine",
    "run",
    "run_jointly",
    "score",
    "simulated_cortex",
    "spatial_graph",
    "split",
    "status",
    "tree",
]
