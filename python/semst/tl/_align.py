"""Sections into one frame: rotation and shift from an optimal transport plan."""

from collections.abc import Sequence

import numpy as np
from anndata import AnnData
from scipy.spatial.distance import cdist

from semst import _keys, _words, gr, pp
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional
from semst._order import in_order
from semst._typed import typed
from semst.data import Slice, SliceKeys, read_slice

from ._target import check_target

N_COMPONENTS = 30  # in which spots of two sections are compared
SMOOTHING = 6  # nearest spots that are averaged first


@typed
def align(
    adata: AnnData,
    sample_key: str,
    *,
    order: Sequence[str] | None = None,
    alpha: float = 0.1,
    max_spots: int = 800,
    layer: str | None = None,
    spatial_key: str = _keys.SPATIAL,
    key_added: str = "spatial_aligned",
    random_state: int = 0,
    copy: bool = False,
) -> AnnData | None:
    """Bring the sections of one tissue into the frame of the first by rotation and shift.

    Neighbouring sections are matched by fused Gromov-Wasserstein transport (through POT), which weighs
    likeness of expression against distances within the sections, and the rigid motion that fits the plan
    best is applied (after PASTE: Zeira et al., Nature Methods 19, 2022). For large sections the plan is made
    for spots spread over them; the motion moves all.

    Parameters
    ----------
    adata
        Raw counts and coordinates of all sections, all in the same unit.
    sample_key
        ``obs`` column that tells the sections apart.
    order
        Sections from first to last; each is brought to the one before it. By default in the order of the
        column's categories, else of their names, numbers by size.
    alpha
        Weight of the distances, from 0 (expression alone) to 1.
    max_spots
        Spots of a section that enter the plan; memory grows with the square.
    layer
        Where the raw counts are; ``X`` by default.
    spatial_key, key_added
        ``obsm`` slots that are read and written; a third coordinate is carried over as it is.
    random_state
        Seed of the choice of spots.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy. ``uns["<key_added>_motions"]`` holds the angle (degrees) and shift of every
    section.

    Raises
    ------
    MissingDependencyError
        If POT is not installed.
    SemSTError
        If sections are not as named.

    Examples
    --------
    >>> align(adata, "section")  # doctest: +SKIP
    """
    check_target(adata, copy=copy)
    ot = optional("ot", extra="integration", what="Alignment (by POT)")
    keys = SliceKeys(layer=layer, spatial_key=spatial_key, sample_key=sample_key)
    data, kept = read_slice(adata, keys)
    assert data.samples is not None
    names = in_order(adata.obs[sample_key][kept]) if order is None else [str(name) for name in order]
    if sorted(set(names)) != sorted(set(data.samples)) or len(names) < 2 or len(set(names)) < len(names):
        raise SemSTError(
            f"{_words.name('order')} is {names} and the sections are {sorted(set(data.samples))}; name each "
            "of two or more, once."
        )
    features = pp.semst_features(data.counts, data.genes, n_top_genes=3000)
    scores = pp.fit_components(features.inputs, n_components=N_COMPONENTS).project(features.inputs)
    scores = gr.smooth(
        scores, gr.nearest_neighbours(data.coordinates, n_neighs=SMOOTHING, samples=data.samples)
    )
    for name in names:  # what all spots of a section share says nothing about places in it
        scores[data.samples == name] -= scores[data.samples == name].mean(axis=0)

    rng = np.random.default_rng(random_state)
    placed = data.coordinates[:, :2].astype(np.float64).copy()
    motions: dict[str, dict[str, float]] = {names[0]: {"angle": 0.0, "x": 0.0, "y": 0.0}}
    for before, name in zip(names[:-1], names[1:], strict=True):
        old, new = (_spread_out(data, section, max_spots, rng) for section in (before, name))
        unlike = cdist(scores[new], scores[old], "sqeuclidean")
        within = [cdist(placed[rows], placed[rows]) for rows in (new, old)]
        longest = max(distances.max() for distances in within)
        plan = ot.gromov.fused_gromov_wasserstein(
            unlike / unlike.max(), within[0] / longest, within[1] / longest, alpha=alpha, symmetric=True
        )
        rotation, shift = rigid_motion(placed[new], placed[old], np.asarray(plan))
        here = data.samples == name
        placed[here] = placed[here] @ rotation.T + shift
        angle = float(np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0])))
        motions[name] = {"angle": angle, "x": float(shift[0]), "y": float(shift[1])}
        logger.info(f"{name} is turned by {angle:.1f} degrees to fit {before}")
    full = np.asarray(adata.obsm[spatial_key], dtype=np.float64).copy()
    full[~kept, :2] = (
        np.nan
    )  # spots without counts have no place in any plan, but they move with their section
    full[kept, :2] = placed
    column = adata.obs[sample_key].astype(str).to_numpy()
    for name, motion in motions.items():
        lost = ~kept & (column == name)
        turn = np.radians(motion["angle"])
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        raw = np.asarray(adata.obsm[spatial_key], dtype=np.float64)[lost, :2]
        full[lost, :2] = raw @ matrix.T + [motion["x"], motion["y"]]
    target = adata.copy() if copy else adata
    target.obsm[key_added] = full
    motions_key = f"{key_added}_motions"  # uns["spatial"] holds the images
    target.uns[motions_key] = motions
    logger.info(f"added obsm[{key_added!r}], uns[{motions_key!r}]")
    return target if copy else None


def rigid_motion(moving: np.ndarray, fixed: np.ndarray, plan: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Rotation R and shift t that minimise :math:`\sum_{ij} \pi_{ij} \|R a_i + t - b_j\|^2`.

    Parameters
    ----------
    moving, fixed
        Points a and b, shapes (n, 2) and (m, 2).
    plan
        Weights π, shape (n, m).

    Returns
    -------
    R (2, 2), without reflection, and t (2,).

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> turned = points @ np.array([[0.0, -1.0], [1.0, 0.0]]).T + 5
    >>> rotation, shift = rigid_motion(points, turned, np.eye(3))
    >>> rotation.round(6).tolist(), shift.round(6).tolist()
    ([[0.0, -1.0], [1.0, 0.0]], [5.0, 5.0])
    """
    plan = plan / plan.sum()
    a, b = plan.sum(axis=1) @ moving, plan.sum(axis=0) @ fixed
    left, _, right = np.linalg.svd((moving - a).T @ plan @ (fixed - b))
    straight = np.diag([1.0, np.linalg.det(right.T @ left.T)])
    rotation = right.T @ straight @ left.T
    return rotation, b - rotation @ a


def _spread_out(data: Slice, section: str, most: int, rng: np.random.Generator) -> np.ndarray:
    """At most ``most`` spots of a section, one from each piece of about equal size."""
    rows = np.flatnonzero(data.samples == section)
    if len(rows) <= most:
        return rows
    columns = int(np.ceil(np.sqrt(most)))
    # strips of equal size, each cut into pieces of equal size: a spot from every piece
    by_x = rows[np.argsort(data.coordinates[rows, 0], kind="stable")]
    chosen = []
    for strip in np.array_split(by_x, columns):
        by_y = strip[np.argsort(data.coordinates[strip, 1], kind="stable")]
        chosen += [rng.choice(piece) for piece in np.array_split(by_y, most // columns) if len(piece)]
    return np.asarray(sorted(chosen))
