"""SpatialExperiment, SingleCellExperiment and Seurat objects in .rds files."""

import os
import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst import _keys, _words
from semst._atomic import atomic_path
from semst._errors import MissingDependencyError, SemSTError
from semst._log import logger
from semst._typed import typed
from semst._validate import check_unique_names, in_order

from ._anndata import existing
from ._rds_content import check_rds
from ._rds_names import for_python, for_r
from ._rds_r import (
    INSTALL,
    frame,
    frame_to_r,
    graph,
    graphs_to_r,
    named,
    plain,
    reason,
    session,
    to_r,
)

_CLASSES = ("SpatialExperiment", "Seurat")

# how R says that a class of an object is unknown
_PACKAGE = re.compile(r"(?:unable to load required package|there is no package called) [‘'\"](\w[\w.]*)")


@typed
def read_rds(path: str | os.PathLike, *, assay: str | None = None, trust: bool = False) -> AnnData:
    """Read a SpatialExperiment, SingleCellExperiment or Seurat object that R saved with ``saveRDS``.

    Parameters
    ----------
    path
        The file. Before R sees it, it is gone through (in Python, nothing of it is made): one that is damaged
        is refused, and so is one with what can run code when it is read.
    assay
        Of a Seurat object the assay to read: the default one, or that which ``SCTransform()`` made it from.
        Of others the assay that becomes ``X``: ``counts``, or the first where there is none.
    trust
        Read it even where it holds promises, active bindings, functions (other than among an object's
        records: ``metadata``, ``commands``, ``misc``, ``tools``) or deferred operations on a DelayedArray.
        R runs these when it reads or uses them, with all the rights you have.

    Returns
    -------
    Spots x genes. ``X`` holds the counts; other assays (of a Seurat object other layers) are in ``layers``.
    Coordinates are in ``obsm["spatial"]``, reduced dimensions in ``obsm``, pairs of spots (of a Seurat object
    its graphs) in ``obsp``, metadata that are plain values or tables in ``uns``. Results of a run of SemST
    have the names that :func:`semst.tl.run` gives them. Split layers of a Seurat object are joined, the place
    of a cell is its centroid or that of its outline, and with several images ``obs["image"]`` names that of
    each cell. What has no place is named in the log.

    Raises
    ------
    MissingDependencyError
        If R, rpy2, anndata2ri or an R package is missing.
    SemSTError
        If there is no such file, it is damaged, can run code, holds something else, or its raw counts cannot
        be told; the message says what was found.

    Examples
    --------
    >>> adata = read_rds("slice.rds")  # doctest: +SKIP
    """
    file = existing(path)
    session()
    check_rds(file, trust=trust)
    from rpy2.rinterface import NULL

    found = named(
        _in_r("read_object", str(file), NULL if assay is None else assay, what=f"{file} cannot be read")
    )
    if "class" in found:
        raise SemSTError(
            f"{file} holds {found['class'][0]}, which is no slice. A SpatialExperiment, a "
            "SingleCellExperiment or a Seurat object is needed."
        )
    import anndata2ri
    from rpy2.robjects import default_converter

    with (default_converter + anndata2ri.converter).context() as rules:
        core = rules.rpy2py(found["sce"])
    genes, spots = [str(x) for x in found["genes"]], [str(x) for x in found["spots"]]
    for text in found["said"]:
        logger.info("%s: %s", file.name, text)
    dropped = [str(name) for name in found["dropped"]]
    if dropped:
        logger.info("left out of %s: %s", file.name, ", ".join(dropped))
    read = AnnData(
        _narrow(core.X),
        obs=frame(found["obs"], spots),
        var=frame(found["var"], genes),
        uns=plain(found["metadata"]) or {},
        obsm={name: np.asarray(values) for name, values in core.obsm.items()},
        obsp={name: graph(parts, len(spots)) for name, parts in named(found["graphs"]).items()},
        layers={name: _narrow(values) for name, values in core.layers.items()},
    )
    return for_python(read, str(found["kind"][0]))


@typed
def write_rds(
    adata: AnnData,
    path: str | os.PathLike,
    *,
    as_: Literal["SpatialExperiment", "Seurat"] = "SpatialExperiment",
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write an ``AnnData`` as an R object that ``readRDS`` opens.

    Parameters
    ----------
    adata
        What to write. ``X`` becomes the assay ``counts``. Not changed. Results of a run have the names that
        the R package gives them: ``colData(x)$SemST`` with ``reducedDim(x, "SemST")``, and of a Seurat object
        the column ``semst_domain`` with the reduction ``semst``.
    path
        Where to, ending in ``.rds``.
    as_
        ``"SpatialExperiment"`` or ``"Seurat"`` (version 5; coordinates as an FOV per slice).
    spatial_key
        ``obsm`` slot of the coordinates; an object without them gets none.
    sample_key
        ``obs`` column that tells slices apart: ``sample_id`` of the SpatialExperiment, images of the Seurat
        object.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    The path.

    Raises
    ------
    MissingDependencyError
        If R, rpy2, anndata2ri or an R package is missing.
    SemSTError
        If ``as_`` or the ending is unknown, or R cannot make the object; the message gives its reason.

    Examples
    --------
    >>> write_rds(adata, "slice.rds", as_="Seurat")  # doctest: +SKIP
    """
    final = Path(path).expanduser()
    if as_ not in _CLASSES:
        raise SemSTError(f"as_ is {as_!r}. Accepted: {', '.join(map(repr, _CLASSES))}.")
    if final.suffix.lower() != ".rds":
        raise SemSTError(f'{final} has the ending "{final.suffix}". Accepted: .rds.')
    if adata.X is None:
        raise SemSTError(f"{_words.slot('X')} is empty; counts are needed.")
    if sample_key is not None and sample_key not in adata.obs:
        raise SemSTError(f'{_words.slot("obs")} has no "{sample_key}". It has: {", ".join(adata.obs)}.')
    check_unique_names(adata)
    session()
    from rpy2.rinterface import NULL

    adata = for_r(adata.to_memory() if adata.isbacked else adata, as_)
    obs, left_out = frame_to_r(adata.obs)
    var, more = frame_to_r(adata.var)
    if left_out + more:
        logger.info("left out of %s: columns %s", final.name, ", ".join(left_out + more))
    xy, samples = NULL, NULL
    if spatial_key in adata.obsm:
        xy = to_r(np.asarray(in_order(adata.obsm[spatial_key]), dtype=np.float64))
    if sample_key is not None:
        samples = to_r(adata.obs[sample_key].astype(str).to_numpy(dtype=object))
    function = "write_sce" if as_ == "SpatialExperiment" else "write_seurat"
    with atomic_path(final, overwrite=overwrite) as part:
        _in_r(
            function,
            _matrices(adata, spatial_key),
            obs,
            var,
            to_r(dict(adata.uns)),
            graphs_to_r(adata),
            xy,
            samples,
            str(part),
            what=f"{final} cannot be written",
        )
    return final


def _in_r(function: str, *args: Any, what: str) -> Any:
    """Call a function of ``_rds.R``; what R refuses becomes an error with its reason."""
    r = session()
    from rpy2.rinterface_lib.embedded import RRuntimeError

    try:
        return r[function](*args)
    except RRuntimeError as error:
        said = reason(error)
        if "R packages are missing" in said:
            raise MissingDependencyError(f"{what}: {said}. {INSTALL}") from error
        if package := _PACKAGE.search(said):
            raise MissingDependencyError(
                f"{what}: R has no package {package[1]}, which the object is of. Install it in R: "
                f'BiocManager::install("{package[1]}")'
            ) from error
        raise SemSTError(f"{what}: {said}") from error


def _matrices(adata: AnnData, spatial_key: str) -> Any:
    """Make a SingleCellExperiment of the matrices and reduced dimensions alone."""
    import anndata2ri
    from rpy2.robjects import default_converter
    from rpy2.robjects.packages import importr

    bare = AnnData(
        None,
        obs=pd.DataFrame(index=adata.obs_names),
        var=pd.DataFrame(index=adata.var_names),
        layers={"counts": _rows(adata.X), **{name: _rows(m) for name, m in adata.layers.items()}},
        obsm={
            name: np.asarray(values, dtype=np.float64)
            for name, values in adata.obsm.items()
            if name != spatial_key and np.ndim(values) == 2
        },
    )
    try:
        importr("SingleCellExperiment")
    except Exception as error:
        raise MissingDependencyError(f"R has no package SingleCellExperiment. {INSTALL}") from error
    with (default_converter + anndata2ri.converter).context() as rules:
        return rules.py2rpy(bare)


def _rows(matrix: Any) -> Any:
    """Give csr for anything sparse, because its transpose is a ``dgCMatrix``; R has double numbers only."""
    if sparse.issparse(matrix):
        return sparse.csr_matrix(matrix, dtype=np.float64)
    return np.asarray(matrix, dtype=np.float64)


def _narrow(matrix: Any) -> Any:
    """Spots x genes as csr or dense; float32 where that loses nothing, as counts are kept elsewhere."""
    if sparse.issparse(matrix):
        matrix = sparse.csr_matrix(matrix)
        data = matrix.data.astype(np.float32)
        if np.array_equal(data, matrix.data):
            return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
        return matrix
    values = np.ascontiguousarray(matrix)
    narrow = values.astype(np.float32)
    return narrow if np.array_equal(narrow, values, equal_nan=True) else values
