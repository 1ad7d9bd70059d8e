"""The spatial graph: spots within a radius of each other."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import KDTree

from semst import _words
from semst._brief import brief
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_coordinates

from ._edges import in_sample, iterate_samples, symmetric_adjacency
from ._radius import find_radius


@brief
@dataclass(frozen=True)
class SpatialGraph:
    """A spatial graph and how it came about.

    Attributes
    ----------
    adjacency
        Spots x spots, csr, float32, ones, symmetric, no self loops.
    radius
        The radius in the unit of the coordinates; None for nearest neighbours, for a graph that was given,
        and where the samples have radii of their own.
    mean_degree
        Neighbours per spot on average.
    n_isolated
        Spots without a neighbour.
    sample_radii
        The radius of each sample; empty without samples.
    """

    adjacency: csr_matrix
    radius: float | None
    mean_degree: float
    n_isolated: int
    sample_radii: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        adjacency: csr_matrix,
        *,
        radius: float | None = None,
        sample_radii: dict[str, float] | None = None,
    ) -> "SpatialGraph":
        """Count degrees and isolated spots of ``adjacency``, and report them."""
        degree = np.diff(adjacency.indptr)
        graph = cls(adjacency, radius, float(degree.mean()), int((degree == 0).sum()), sample_radii or {})
        reach = f"radius {radius:.6g}, " if radius is not None else ""
        logger.info("spatial graph: %s%.2f neighbours per spot on average", reach, graph.mean_degree)
        if graph.n_isolated:
            logger.warning(
                "spatial graph: %d of %d spots have no neighbour; they keep only themselves. "
                "A larger %s or %s connects them.",
                graph.n_isolated,
                len(degree),
                _words.name("radius"),
                _words.name("n_neighs"),
            )
        return graph

    def describe(self) -> dict[str, Any]:
        """Return the figures as a plain dict that can be written to h5ad."""
        record: dict[str, Any] = {
            "mean_degree": self.mean_degree,
            "n_isolated": self.n_isolated,
            "n_edges": int(self.adjacency.nnz // 2),
        }
        if self.radius is not None:
            record["radius"] = self.radius
        if self.sample_radii:
            # names beside numbers: a name with a slash could be no key in a file
            record["samples"] = list(self.sample_radii)
            record["sample_radii"] = list(self.sample_radii.values())
        return record


def spatial_graph(
    coordinates: Any,
    *,
    n_neighs: int = 12,
    radius: float | None = None,
    samples: Any = None,
    or_all: bool = False,
) -> SpatialGraph:
    """Join all spots that lie within a radius of each other.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3; any unit. Several spots may share one position.
    n_neighs
        Wanted mean number of neighbours, from which :func:`find_radius` finds the radius (whole rings on a
        lattice). Not used where ``radius`` is given.
    radius
        The radius itself, in the unit of the coordinates.
    samples
        One label per spot: spots of different samples are never joined (block-diagonal graph), and the radius
        is found in each sample on its own, because slices may come in different units.
    or_all
        Join all spots of a sample that has not more of them than ``n_neighs``, instead of refusing it.

    Returns
    -------
    The graph with its radius, mean degree and number of isolated spots, which are logged too.

    Raises
    ------
    SemSTError
        If coordinates, radius, number of neighbours or sample labels are unusable.

    Examples
    --------
    >>> import numpy as np
    >>> graph = spatial_graph(np.array([[0, 0], [0, 1], [0, 2], [5, 5]]), radius=1.0)
    >>> graph.adjacency.toarray().astype(int).tolist()
    [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    >>> graph.mean_degree, graph.n_isolated
    (1.0, 1)
    """
    points = check_coordinates(coordinates, where="coordinates")
    if radius is not None and not (np.isfinite(radius) and radius > 0):
        raise SemSTError(
            f"{_words.name('radius')} must be a positive number in the unit of the coordinates, not "
            f"{radius!r}."
        )
    rows, columns = [], []
    radii: dict[str, float] = {}
    for name, members in iterate_samples(samples, len(points)):
        here = points[members]
        with in_sample(name):
            if radius is not None:
                reach = radius
            elif or_all and len(here) <= n_neighs:
                reach = 1.001 * float(np.linalg.norm(np.ptp(here, axis=0)))  # from end to end
            else:
                reach = find_radius(here, n_neighs=n_neighs)
        pairs = KDTree(here).query_pairs(reach, output_type="ndarray")
        rows.append(members[pairs[:, 0]])
        columns.append(members[pairs[:, 1]])
        radii[name or ""] = float(reach)
    adjacency = symmetric_adjacency(np.concatenate(rows), np.concatenate(columns), len(points))
    same = len(set(radii.values())) == 1
    return SpatialGraph.of(
        adjacency,
        radius=next(iter(radii.values())) if same else None,
        sample_radii=radii if samples is not None else None,
    )
