"""Time and memory of a joint run of many sections, given as separate objects, and of reading one more.

python benchmark/scripts/sections.py --sections 12 --spots 4000 --genes 3000
"""

import argparse
import logging
import resource
import time

import anndata as ad
import numpy as np
import scipy.sparse as sp

import semst
from semst import metrics


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def section(n_spots: int, n_genes: int, seed: int) -> ad.AnnData:
    """A simulated section, filled up with genes that say nothing of its layers."""
    adata = semst.datasets.simulated_cortex(n_spots, min(n_genes, 860), random_state=seed)
    n_more = n_genes - adata.n_vars
    if n_more <= 0:
        return adata
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(0).gamma(0.3, 0.5, n_more)
    more = ad.AnnData(
        sp.csr_matrix(rng.poisson(means, (n_spots, n_more)).astype(np.float32)), obs=adata.obs[[]]
    )
    more.var_names = [f"GENE{number + 1}" for number in range(n_more)]
    joined = ad.concat([adata, more], axis=1, merge="first")
    joined.obsm["spatial"] = adata.obsm["spatial"]
    return joined


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sections", type=int, default=12)
    parser.add_argument("--spots", type=int, default=4000)
    parser.add_argument("--genes", type=int, default=3000)
    parser.add_argument("--explain", action="store_true")
    asked = parser.parse_args()
    logging.getLogger("semst").setLevel(logging.WARNING)
    sections = {
        f"section {seed + 1}": section(asked.spots, asked.genes, seed) for seed in range(asked.sections + 1)
    }
    last = sections.pop(f"section {asked.sections + 1}")
    before = peak()
    start, cpu = time.perf_counter(), time.process_time()
    model = semst.SemST(7, cluster="mixture", explain=asked.explain, progress=False).fit(sections)
    model.write_to(sections)
    print(
        f"joint run: {time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} CPU s, "
        f"{peak():.2f} GB at most ({before:.2f} GB with the sections alone)"
    )
    print({name: round(seconds, 1) for name, seconds in model.result_.record["timings"].items()})
    start = time.perf_counter()
    semst.tl.predict(last, model)
    print(f"one more section, read: {time.perf_counter() - start:.1f} s")
    scores = [metrics.ari(one.obs["ground_truth"], one.obs["semst"]) for one in (*sections.values(), last)]
    print("ARI of the sections, the last the one that was read: " + ", ".join(f"{x:.2f}" for x in scores))


if __name__ == "__main__":
    main()
