"""Names of a run's results in Python and in R objects, and how the ones become the others.

A run of SemST is ``obs["semst"]`` with ``obsm["X_semst"]`` here, ``colData(x)$SemST`` with
``reducedDim(x, "SemST")`` in a SpatialExperiment, and the columns and the reduction ``semst_domain`` and
``semst`` in a Seurat object.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from anndata import AnnData

from semst import _keys, models

SEURAT = "Seurat"


def model_of(record: Any) -> str | None:
    """Return the model of a run's record; ``None`` where it is none.

    Examples
    --------
    >>> model_of({"params": {"model": "graphst"}}), model_of({"seed": 3})
    ('graphst', None)
    """
    params = record.get("params") if isinstance(record, Mapping) else None
    model = params.get("model") if isinstance(params, Mapping) else None
    return model if isinstance(model, str) else None


def in_r(model: str, kind: str) -> str:
    """Return the stem that R gives the results of a model.

    Examples
    --------
    >>> in_r("semst", "SpatialExperiment"), in_r("spatial-mgcn", "Seurat")
    ('SemST', 'spatialmgcn')
    """
    title = model if kind == SEURAT or model not in models.available() else models.get(model).title
    return re.sub("[^A-Za-z0-9]", "", title)


def for_r(adata: AnnData, kind: str) -> AnnData:
    """Give a slice the names that R has for the results of runs.

    Parameters
    ----------
    adata
        The slice. Not changed.
    kind
        ``"SpatialExperiment"`` or ``"Seurat"``.

    Returns
    -------
    A slice with the same matrices under R's names.
    """
    stems = {key: key for key, record in adata.uns.items() if model_of(record) is not None}
    for key in stems:
        name = in_r(str(model_of(adata.uns[key])), kind)
        if key == model_of(adata.uns[key]) and name not in (*adata.uns, *adata.obs, *adata.obsm):
            stems[key] = name
    if not stems:
        return adata
    columns = {name: _moved(name, stems) for name in adata.obs}
    if kind == SEURAT:
        columns |= {key: f"{name}_domain" for key, name in stems.items() if key in adata.obs}
    slots = {name: _moved(name.removeprefix("X_"), stems, name) for name in adata.obsm}
    return _renamed(adata, stems, columns, slots)


def for_python(adata: AnnData, kind: str) -> AnnData:
    """Give a slice that was read from R the names that Python has for the results of runs.

    Parameters
    ----------
    adata
        The slice.
    kind
        ``"SpatialExperiment"`` or ``"Seurat"``: where it comes from.

    Returns
    -------
    A slice with the same matrices under Python's names.
    """
    stems = {key: key for key, record in adata.uns.items() if model_of(record) is not None}
    for key in stems:
        model = str(model_of(adata.uns[key]))
        if key == in_r(model, kind) and (key == model or model not in (*adata.uns, *adata.obs)):
            stems[key] = model
    if not stems:
        return adata
    columns = {name: _moved(name, stems) for name in adata.obs}
    if kind == SEURAT:
        columns |= {f"{key}_domain": name for key, name in stems.items() if f"{key}_domain" in adata.obs}
    slots = {name: _moved(name, stems) for name in adata.obsm}
    for key, name in stems.items():
        slots |= {
            slot: _keys.embedding(slots[slot])
            for slot in (key, f"{key}_semantic", f"{key}_harmony")
            if slot in slots
        }
        assert name
    return _renamed(adata, stems, columns, slots)


def _moved(name: str, stems: Mapping[str, str], otherwise: str | None = None) -> str:
    """A name with the stem it begins with, the longest there is, replaced."""
    own = [stem for stem in stems if name == stem or name.startswith(f"{stem}_")]
    if not own:
        return name if otherwise is None else otherwise
    stem = max(own, key=len)
    return stems[stem] + name[len(stem) :]


def _renamed(
    adata: AnnData, stems: Mapping[str, str], columns: Mapping[str, str], slots: Mapping[str, str]
) -> AnnData:
    # entries of records that name other slots
    known = {
        "run": stems,
        "use_rep": slots,
        "connectivities_key": {name: _moved(name, stems) for name in adata.obsp},
        "distances_key": {name: _moved(name, stems) for name in adata.obsp},
    }
    uns = {
        _moved(name, stems): _referring(value, known) if _is_of(name, stems) else value
        for name, value in adata.uns.items()
    }
    return AnnData(
        adata.X,
        obs=adata.obs.rename(columns=columns),
        var=adata.var,
        uns=uns,
        obsm={slots[name]: values for name, values in adata.obsm.items()},
        obsp={_moved(name, stems): values for name, values in adata.obsp.items()},
        varm=dict(adata.varm),
        layers=dict(adata.layers),
    )


def _is_of(name: str, stems: Iterable[str]) -> bool:
    return any(name == stem or name.startswith(f"{stem}_") for stem in stems)


def _referring(value: Any, known: Mapping[str, Mapping[str, str]]) -> Any:
    """A record with the names of other slots in it replaced."""
    if not isinstance(value, Mapping):
        return value
    return {
        name: known[name].get(inner, inner)
        if name in known and isinstance(inner, str)
        else _referring(inner, known)
        for name, inner in value.items()
    }
