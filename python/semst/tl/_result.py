"""What a run found, on all spots of the object."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys
from semst._brief import brief
from semst._colors import keep_colors
from semst._errors import SemSTError
from semst._log import logger
from semst.data import Slices, named_slices, rows_of

from ._target import check_key_added, check_target


@brief
@dataclass(frozen=True)
class Result:
    """What :meth:`Estimator.fit` found; spots without counts hold NaN (or an empty label).

    Attributes
    ----------
    labels, unrefined
        Domains ``"1"`` to ``"K"`` after and before the neighbour vote, categorical, shape (n_spots,).
    uncertainty
        1 - posterior of the domain, shape (n_spots,); ``None`` for clusterers without one.
    embedding
        Shape (n_spots, n_latent), float32.
    semantic
        Semantic vectors as the source gave them, shape (n_spots, d'), or ``None``.
    record
        Settings, seeds, versions, loss history, semantic source, graph statistics and timings.
    inspected
        What some models show of their inside, each with a row per spot.
    explanation
        What marks the domains, as :func:`semst.tl.explain` writes it; ``None`` where it was left out.
    graph
        Spatial graph of the run, shape (n_spots, n_spots), sparse; spots without counts are without edges.
    distances
        Distances between the spots that it joins, of the same shape.
    """

    labels: "pd.Categorical[str]"
    unrefined: "pd.Categorical[str]"
    uncertainty: np.ndarray | None
    embedding: np.ndarray
    semantic: np.ndarray | None
    record: dict[str, Any]
    inspected: dict[str, np.ndarray] = field(default_factory=dict)
    explanation: dict[str, Any] | None = None
    graph: sp.csr_matrix | None = None
    distances: sp.csr_matrix | None = None

    def part(self, rows: slice) -> "Result":
        """Return the result of some of the spots; record and explanation are those of all."""
        spots: dict[str, Any] = {
            name: None if (values := getattr(self, name)) is None else values[rows]
            for name in ("labels", "unrefined", "uncertainty", "embedding", "semantic")
        }
        inspected = {name: values[rows] for name, values in self.inspected.items()}
        graphs: dict[str, Any] = {
            name: None if (whole := getattr(self, name)) is None else whole[rows][:, rows]
            for name in ("graph", "distances")
        }
        return replace(self, **spots, **graphs, inspected=inspected)


def slices_in(adata: Slices) -> dict[str, AnnData]:
    """Return several objects by name, or one without a name."""
    return {"": adata} if isinstance(adata, AnnData) else named_slices(adata) or {}


def copied(adata: Slices) -> Slices:
    """Copy one object, or each of several, in the same kind of collection."""
    if isinstance(adata, AnnData):
        return adata.copy()
    if isinstance(adata, Mapping):
        return {name: one.copy() for name, one in adata.items()}
    return [one.copy() for one in adata]


def parts_of(result: Result, adata: Slices) -> Iterator[tuple[AnnData, Result]]:
    """Deal a result out among the objects that it is of, each of which is checked before any is written."""
    slices = slices_in(adata)
    for one in slices.values():
        check_target(one, copy=False)
    n_spots = sum(one.n_obs for one in slices.values())
    if n_spots != len(result.labels):
        raise SemSTError(
            f"The result holds {len(result.labels)} spots and the object{'s' * (len(slices) > 1)} {n_spots}; "
            "write to what was fitted."
        )
    if len(slices) == 1:
        yield next(iter(slices.values())), result
        return
    for one, rows in zip(slices.values(), rows_of(slices), strict=True):
        yield one, result.part(rows)


def check_results(adata: AnnData, key_added: str) -> None:
    """Make sure that the results of a run can be written under this name; see :func:`check_key_added`."""
    columns = (key_added, _keys.unrefined(key_added), _keys.uncertainty(key_added))
    check_key_added(adata, key_added, columns=columns, slots=(_keys.embedding(key_added),))


def forget(slots: Any, name: str, *, gone: bool) -> None:
    """Take an earlier run's slot away that this run does not write, lest it stays beside what is new."""
    if gone and name in slots:
        del slots[name]
        logger.info(f"took away {name!r} of an earlier run", extra={"of_anndata": True})


def write_result(result: Result, adata: AnnData, *, key_added: str, store_semantic: bool) -> None:
    """Write a result into the slots of ``adata`` that :func:`semst.tl.run` documents.

    Parameters
    ----------
    result
        What was found.
    adata
        An object with the same spots.
    key_added
        Stem of the slots' names.
    store_semantic
        Also write the semantic vectors.

    """
    forget(adata.obs, _keys.uncertainty(key_added), gone=result.uncertainty is None)
    forget(adata.obsm, _keys.semantic(key_added), gone=not store_semantic or result.semantic is None)
    forget(adata.uns, _keys.explained(key_added), gone=result.explanation is None)
    adata.obs[key_added] = result.labels
    adata.obs[_keys.unrefined(key_added)] = result.unrefined
    slots = [f"obs[{key_added!r}]", f"obs[{_keys.unrefined(key_added)!r}]"]
    if result.uncertainty is not None:
        adata.obs[_keys.uncertainty(key_added)] = result.uncertainty
        slots.append(f"obs[{_keys.uncertainty(key_added)!r}]")
    adata.obsm[_keys.embedding(key_added)] = result.embedding
    slots.append(f"obsm[{_keys.embedding(key_added)!r}]")
    if store_semantic and result.semantic is not None:
        adata.obsm[_keys.semantic(key_added)] = result.semantic
        slots.append(f"obsm[{_keys.semantic(key_added)!r}]")
    for name, values in result.inspected.items():
        adata.obsm[_keys.inspected(key_added, name)] = values
        slots.append(f"obsm[{_keys.inspected(key_added, name)!r}]")
    if result.graph is not None:
        adata.obsp[_keys.connectivities(key_added)] = result.graph
        adata.obsp[_keys.distances(key_added)] = result.distances
        adata.uns[_keys.neighbors(key_added)] = {
            "connectivities_key": _keys.connectivities(key_added),
            "distances_key": _keys.distances(key_added),
            "params": {
                "method": "spatial",
                "n_neighbors": round(result.graph.nnz / max(result.graph.shape[0], 1)),
                "use_rep": _keys.SPATIAL,
            },
        }
        slots += [f"obsp[{name(key_added)!r}]" for name in (_keys.connectivities, _keys.distances)]
        slots.append(f"uns[{_keys.neighbors(key_added)!r}]")
    slots += keep_colors(adata, key_added)
    adata.uns[key_added] = result.record
    slots.append(f"uns[{key_added!r}]")
    if result.explanation is not None:
        adata.uns[_keys.explained(key_added)] = result.explanation
        slots.append(f"uns[{_keys.explained(key_added)!r}]")
    logger.info(f"added {', '.join(slots)}", extra={"of_anndata": True})
