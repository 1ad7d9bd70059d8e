"""Training and embedding tile by tile: the same for one tile and for a thousand."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semst import _words, distributed
from semst._log import logger

from ._inputs import SemSTInputs
from ._tiles import Tile, cut_tile


class Tissue:
    """A slice on a device, whole where it is small and tile by tile where it is not.

    Parameters
    ----------
    inputs
        The slice, on the CPU.
    device
        Where the network is. Of a slice in tiles, one tile at a time is there; on CUDA tiles stay there for
        as long as they leave half of its memory free (bits as before, 0.4 of the time, see docs/scale.md).
    ranks
        The processes among which the tiles of a step are dealt out. All draw the same tiles and spots.
    """

    def __init__(self, inputs: SemSTInputs, device: torch.device, ranks: distributed.Group) -> None:
        self.device, self.ranks = device, ranks
        self.tiles: list[Tile] = []
        self._kept: dict[int, SemSTInputs] = {}
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
            if ranks.size > 1 and ranks.is_first:
                logger.warning(
                    f"training: the slice is one tile, so that of {ranks.size} processes this one trains and "
                    f"the others wait. A smaller {_words.name('tile_spots')} lets them share it."
                )

    def _there(self, index: int) -> SemSTInputs:
        """Return a tile on the device."""
        if index in self._kept:
            return self._kept[index]
        tile = self.tiles[index].of(self.inputs, self.device)
        if self.device.type == "cuda" and _half_is_free(self.device):
            self._kept[index] = tile
        return tile

    def losses(self, network: Any, step_tiles: int) -> Iterator[dict[str, Tensor]]:
        """Give the summands of the loss that fall to this process in one step of training, one a tile.

        Parameters
        ----------
        network
            What is trained.
        step_tiles
            Tiles that share a step.
        """
        if not self.tiles:
            if self.ranks.rank == 0:
                yield network.whole_losses(self.inputs)
            return
        chosen = list(range(len(self.tiles)))
        if len(chosen) > step_tiles:
            chosen = torch.randperm(len(chosen))[:step_tiles].sort().values.tolist()
        yield from self._step(network, chosen)

    def _step(self, network: Any, chosen: list[int]) -> Iterator[dict[str, Tensor]]:
        """The loss over several tiles, differentiated with one tile at a time in memory.

        The loss looks at the tiles through a few sums over their spots and through the spots that are
        decoded. These come first, without gradients; then the gradient of the loss by them; then, tile by
        tile, theirs by the weights. The result is the gradient over all tiles at once, batch normalisation
        and both regularisers included, but for the edges that join two tiles.
        """
        tiles = [self.tiles[index] for index in chosen]
        n_spots = sum(len(tile.rows) for tile in tiles)
        drawn = [network.draw(len(tile.rows), len(tile.rows) / n_spots) for tile in tiles]
        rows = [
            tile.rows if d is None else tile.rows[d.numpy()] for tile, d in zip(tiles, drawn, strict=True)
        ]
        ends = np.cumsum([len(some) for some in rows])
        mine = [
            (index, d, slice(int(end) - len(some), int(end)))
            for index, d, some, end in zip(chosen, drawn, rows, ends, strict=True)
        ][self.ranks.rank :: self.ranks.size]

        sums = self._sums(network, mine, int(ends[-1]))
        target = self.inputs.targets.to(self.device).rows(torch.from_numpy(np.concatenate(rows)))
        share = n_spots / self.inputs.n_spots
        parts = network.mean(
            [
                member.losses_from(own, n_spots, share, *target)
                for member, own in zip(network.each(), sums, strict=True)
            ]
        )
        if self.ranks.rank == 0:
            yield parts
        else:  # all processes decode the same spots: the decoder's own gradient counts once
            torch.autograd.backward(parts["loss"], inputs=[value for own in sums for value in own.values()])
        for index, d, place in mine:
            inputs = self._there(index)
            towards = []
            for member, own in zip(network.each(), sums, strict=True):
                for name, value in member.sums(inputs, d).items():
                    gradient = own[name].grad
                    assert gradient is not None
                    towards.append((value * (gradient[place] if name == "drawn" else gradient)).sum())
            slope = torch.stack(towards).sum()
            yield {"loss": slope - slope.detach()}  # its value is in already

    @torch.no_grad()
    def _sums(
        self,
        network: Any,
        mine: list[tuple[int, Tensor | None, slice]],
        n_drawn: int,
    ) -> list[dict[str, Tensor]]:
        """What the loss sees of all tiles, one dictionary a member, ready to take gradients."""
        added = [member.no_sums(n_drawn, self.device) for member in network.each()]
        for index, d, place in mine:
            inputs = self._there(index)
            for member, own in zip(network.each(), added, strict=True):
                for name, value in member.sums(inputs, d).items():
                    into = own[name][place] if name == "drawn" else own[name]
                    into += value
        return [
            {name: self.ranks.add_tensor(value).requires_grad_() for name, value in own.items()}
            for own in added
        ]

    def embed(self, network: Any) -> Tensor:
        """Embed all spots as on the whole graph, (n, n_latent), one tile at a time; tiles end on the CPU."""
        if not self.tiles:
            return network(self.inputs)
        whole: Tensor | None = None
        for index, tile in enumerate(self.tiles):
            part = network(self._there(index)).float().cpu()
            if whole is None:
                whole = part.new_empty((self.inputs.n_spots, part.shape[1]))
            whole[torch.from_numpy(tile.rows)] = part
        assert whole is not None
        return whole


def _half_is_free(device: torch.device) -> bool:
    free, total = torch.cuda.mem_get_info(device)
    return free > total / 2
