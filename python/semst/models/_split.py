"""Which spots of a large slice go together."""

import numpy as np


def split_tissue(
    coordinates: np.ndarray, tile_spots: int, samples: np.ndarray | None = None
) -> list[np.ndarray]:
    """Divide the spots into tiles: connected pieces of tissue of nearly equal size.

    The tissue is cut across its longer side, again and again, until no piece holds more than ``tile_spots``
    (a k-d tree whose cuts are placed so that all leaves come out alike). Slices are cut one by one; pieces
    that are small share a tile.

    Parameters
    ----------
    coordinates
        Shape (n, 2) or (n, 3).
    tile_spots
        Most spots of a tile; 0 for one tile whatever the size.
    samples
        Label of the slice every spot belongs to; ``None`` for one slice.

    Returns
    -------
    Rows of every tile, in rising order; together they are all rows, each once.

    Examples
    --------
    >>> xy = np.stack([np.arange(6.0), np.zeros(6)], axis=1)
    >>> [tile.tolist() for tile in split_tissue(xy, 2)]
    [[0, 1], [2, 3], [4, 5]]
    """
    n = len(coordinates)
    if not tile_spots or n <= tile_spots:
        return [np.arange(n)]
    pieces: list[np.ndarray] = []
    for label in [None] if samples is None else np.unique(samples):
        rows = np.arange(n) if label is None else np.flatnonzero(samples == label)
        pieces += _halve(coordinates, rows, -(-len(rows) // tile_spots))
    tiles: list[list[np.ndarray]] = [[]]
    held = 0
    for piece in pieces:
        if held and held + len(piece) > tile_spots:
            tiles.append([])
            held = 0
        tiles[-1].append(piece)
        held += len(piece)
    return [np.sort(np.concatenate(tile)) for tile in tiles]


def _halve(coordinates: np.ndarray, rows: np.ndarray, n_pieces: int) -> list[np.ndarray]:
    """Cut ``rows`` into ``n_pieces`` of nearly equal size."""
    if n_pieces == 1:
        return [rows]
    here = coordinates[rows]
    along = here[:, int(np.argmax(np.ptp(here, axis=0)))]
    order = np.argsort(along, kind="stable")
    first = n_pieces // 2
    cut = round(len(rows) * first / n_pieces)
    return _halve(coordinates, rows[order[:cut]], first) + _halve(
        coordinates, rows[order[cut:]], n_pieces - first
    )
