"""Training and embedding tile by tile: the same for one tile and for a thousand."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from semst import train
from semst._log import logger

from ._inputs import NetworkInputs
from ._network import SemSTNetwork
from ._tiles import Tile, cut_tile


class Tissue:
    """A slice on a device, whole where it is small and tile by tile where it is not.

    Parameters
    ----------
    inputs
        The slice, on the CPU.
    device
        Where the network is. Of a slice in tiles, one tile at a time is there.
    """

    def __init__(self, inputs: NetworkInputs, device: torch.device) -> None:
        self.device = device
        self.tiles: list[Tile] = []
        if len(inputs.tiles) > 1:
            self.tiles = [cut_tile(inputs, rows) for rows in inputs.tiles]
            self.inputs = inputs
            looked_at = sum(len(tile.expression_halo) for tile in self.tiles) / inputs.n_spots
            logger.info(
                f"training: {len(self.tiles)} tiles of about {inputs.n_spots // len(self.tiles)} spots; with "
                f"neighbours in expression each spot is looked at {looked_at:.1f} times"
            )
        else:
            self.inputs = inputs.to(device)

    def losses(
        self, network: SemSTNetwork, step_tiles: int, ranks: train.Ranks
    ) -> Callable[[], Iterator[dict[str, Tensor]]]:
        """Make the function :func:`semst.train.train` calls in every step.

        Parameters
        ----------
        network
            What is trained.
        step_tiles
            Tiles that share a step.
        ranks
            The processes among which they are dealt out. All draw the same tiles and spots.

        Returns
        -------
        A function that gives the summands of the loss that fall to this process, one a tile.
        """

        def one() -> Iterator[dict[str, Tensor]]:
            if ranks.rank == 0:
                yield network.losses(self.inputs)

        def several() -> Iterator[dict[str, Tensor]]:
            chosen = list(range(len(self.tiles)))
            if len(chosen) > step_tiles:
                chosen = torch.randperm(len(chosen))[:step_tiles].sort().values.tolist()
            tiles = [self.tiles[index] for index in chosen]
            drawn = [network.draw(len(tile.rows)) for tile in tiles]
            share = sum(tile.share for tile in tiles)
            for place in range(ranks.rank, len(tiles), ranks.size):
                tile = tiles[place]
                parts = network.losses_at(tile.of(self.inputs, self.device), drawn[place])
                yield {name: value * (tile.share / share) for name, value in parts.items()}

        return several if self.tiles else one

    def embed(self, network: SemSTNetwork) -> np.ndarray:
        """Embed all spots as on the whole graph, (n, n_latent) in float32, one tile at a time."""
        if not self.tiles:
            return network.embed(self.inputs)
        whole: np.ndarray | None = None
        for tile in self.tiles:
            part = network.embed(tile.of(self.inputs, self.device))
            if whole is None:
                whole = np.empty((self.inputs.n_spots, part.shape[1]), dtype=np.float32)
            whole[tile.rows] = part
        assert whole is not None
        return whole
