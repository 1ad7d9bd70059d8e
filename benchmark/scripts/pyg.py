"""Products on a graph, ours and those of PyTorch Geometric: time, peak memory and repeatability of a step.

    python benchmark/scripts/pyg.py                            # a minute
    python benchmark/scripts/pyg.py --spots 3600 --threads 1

A step is forward and backward on a symmetric graph of 12 neighbours a spot and self loops, 64 columns. Every
row comes from a process of its own, forked once everything is imported; the time is the shortest of the
repeats on the wall, memory what the step and its operator add to the largest resident size.
"""

import argparse
import logging
import multiprocessing
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn import functional
from torch_geometric import EdgeIndex
from torch_geometric.nn import GATConv, GCNConv
from torch_geometric.utils import spmm

from semst.gr import normalise_adjacency, spatial_graph
from semst.nn import Edges, Propagation, csr_to_torch

WIDTH = 64
Step = Callable[[Tensor], Tensor]


def ends(matrix: sp.csr_matrix) -> tuple[Tensor, Tensor]:
    """Receivers over senders of every edge, sorted by receiver, and the weights."""
    whole = matrix.tocoo()
    return torch.from_numpy(np.stack([whole.row, whole.col]).astype(np.int64)), torch.from_numpy(whole.data)


def edge_index(matrix: sp.csr_matrix) -> Step:
    """``EdgeIndex.matmul`` with CSR, CSC and the permutation between them cached."""
    index, weights = ends(matrix)
    edges = EdgeIndex(index, sparse_size=matrix.shape, sort_order="row").fill_cache_()
    return lambda x: edges.matmul(x, weights)


def csr_spmm(matrix: sp.csr_matrix) -> Step:
    """``utils.spmm`` on a CSR tensor."""
    adjacency = csr_to_torch(matrix)
    return lambda x: spmm(adjacency, x)


def with_weight(product: Step) -> Step:
    """``A (X W)``, what a convolution does."""
    weight = torch.nn.Parameter(torch.full((WIDTH, WIDTH), 0.01))
    return lambda x: product(x @ weight)


def convolution(matrix: sp.csr_matrix, form: str) -> Step:
    """``GCNConv`` without normalisation, on pairs of indices or on a CSR tensor."""
    layer = GCNConv(WIDTH, WIDTH, normalize=False, bias=False)
    torch.nn.init.constant_(layer.lin.weight, 0.01)
    if form == "csr":
        adjacency = csr_to_torch(matrix)
        return lambda x: layer(x, adjacency)
    index, weights = ends(matrix)
    return lambda x: layer(x, index.flip(0), weights)


def attention(matrix: sp.csr_matrix) -> Step:
    """The formula of ``GATConv``, one head, on ``semst.nn.Edges``."""
    edges = Edges(matrix)
    weight = torch.nn.Parameter(torch.full((WIDTH, WIDTH), 0.01))
    sender, receiver = (torch.nn.Parameter(torch.full((WIDTH,), value)) for value in (0.1, -0.2))

    def step(x: Tensor) -> Tensor:
        h = x @ weight
        scores = (h @ sender).index_select(0, edges.columns) + (h @ receiver).index_select(0, edges.rows)
        return edges.weighted_sum(edges.softmax(functional.leaky_relu(scores, 0.2)), h)

    return step


def gat_convolution(matrix: sp.csr_matrix) -> Step:
    """``GATConv`` with one head."""
    layer = GATConv(WIDTH, WIDTH, add_self_loops=False, bias=False)
    for parameter, value in ((layer.lin.weight, 0.01), (layer.att_src, 0.1), (layer.att_dst, -0.2)):
        torch.nn.init.constant_(parameter, value)
    index = ends(matrix)[0].flip(0)
    return lambda x: layer(x, index)


# a group's first is ours, which the others are compared with
GROUPS: dict[str, dict[str, Callable[[sp.csr_matrix], Step]]] = {
    "A X": {"Propagation": Propagation, "EdgeIndex.matmul": edge_index, "utils.spmm, CSR": csr_spmm},
    "A X W": {
        "Propagation": lambda matrix: with_weight(Propagation(matrix)),
        "GCNConv, CSR": lambda matrix: convolution(matrix, "csr"),
        "GCNConv, edge_index": lambda matrix: convolution(matrix, "pairs"),
    },
    "attention": {"Edges": attention, "GATConv": gat_convolution},
}


def resident(field: str) -> float:
    """A size of this process, in MB: ``VmRSS`` now, ``VmHWM`` at its largest."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def graph(n_spots: int) -> sp.csr_matrix:
    """A normalised graph of spots strewn at random, 12 neighbours each on average."""
    coordinates = np.random.default_rng(0).random((n_spots, 2))
    return normalise_adjacency(spatial_graph(coordinates, n_neighs=12).adjacency)


def once(step: Step, x: Tensor) -> tuple[Tensor, Tensor]:
    """Forward and backward: the result, and the gradient by ``x``."""
    x = x.detach().requires_grad_()
    out = step(x)
    (gradient,) = torch.autograd.grad((out * out.detach()).sum(), x)
    return out.detach(), gradient


def measure(group: str, way: str, n_spots: int, threads: int, seconds: float) -> dict:
    """Time, memory and results of one way."""
    build = GROUPS[group][way]
    torch.set_num_threads(threads)
    once(build(graph(200)), torch.ones(200, WIDTH))  # what is loaded at the first use is not counted
    matrix = graph(n_spots)
    x = torch.from_numpy(np.random.default_rng(1).normal(size=(n_spots, WIDTH)).astype(np.float32))
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the largest size is counted anew
    step = build(matrix)
    results = [[tensor.numpy().tobytes() for tensor in once(step, x)]]
    peak = resident("VmHWM") - before
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until or len(times) < 5:
        started = time.perf_counter()
        found = once(step, x)
        times.append(time.perf_counter() - started)
        if len(results) < 6:
            results.append([tensor.numpy().tobytes() for tensor in found])
    return {
        "ms": 1e3 * min(times),
        "MB": peak,
        "repeats": all(one == results[0] for one in results),
        "result": results[0],
    }


def difference(result: list[bytes], reference: list[bytes]) -> str:
    """The largest difference of two results in parts of the largest value, if their bits are not the same."""
    if result == reference:
        return "the same"
    pairs = [[np.frombuffer(one, np.float32) for one in both] for both in zip(result, reference, strict=True)]
    return f"{max(abs(a - b).max() / abs(b).max() for a, b in pairs):.0e}"


def main() -> None:
    """Measure all, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spots", type=int, nargs="+", default=[3600, 30000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=1.0, help="of repeats for each row")
    options = parser.parse_args()
    logging.getLogger("semst").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")  # torch calls CSR tensors beta
    forked = multiprocessing.get_context("fork")
    print("| | spots | threads | ms | MB | same bits again | difference from ours |")
    print("|---|---|---|---|---|---|---|")
    for name, ways in GROUPS.items():
        for n_spots in options.spots:
            for threads in options.threads:
                ours: Any = None
                for way in ways:
                    with forked.Pool(1) as pool:
                        found = pool.apply(measure, (name, way, n_spots, threads, options.seconds))
                    ours = ours or found["result"]
                    print(
                        f"| {name}: {way} | {n_spots} | {threads} | {found['ms']:.2f} | {found['MB']:.1f} | "
                        f"{'yes' if found['repeats'] else 'no'} | {difference(found['result'], ours)} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
