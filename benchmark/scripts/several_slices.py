"""Several slices in one run: domains by each way of `batch`, beside those of every slice alone.

Slices are joined on their common genes, with the depth column where all have it. A single file is cut in two
across its longer side, and the halves are the slices: the same tissue in other proportions, with nothing
between them that would have to be taken off. K is the number of annotated classes of the slices at hand,
domains are refined, and annotated spots are scored, slice by slice and all together.

    python benchmark/scripts/several_slices.py DATA/dlpfc_15167[35].h5ad --models semst semst-network
"""

import argparse
import time
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import torch

import semst
from semst import metrics
from semst.models import MODELS
from semst_benchmark._models import VARIANTS

DEPTH_KEY, LABELS, SAMPLE = "sum_umi_full", "ground_truth", "slice"
ALONE = "alone"
WAYS = (ALONE, "none", "centre", "harmony")


def read(paths: list[Path]) -> ad.AnnData:
    """Join slices, or cut the only one in two."""
    slices = {path.stem.split("_")[-1]: semst.io.read(path) for path in paths}
    if len(slices) > 1:
        return ad.concat(slices, label=SAMPLE, index_unique="-")
    (adata,) = slices.values()
    places = adata.obsm["spatial"]
    along = places[:, np.ptp(places, axis=0).argmax()]
    adata.obs[SAMPLE] = np.where(along < np.median(along), "first half", "second half")
    return adata


def domains(adata: ad.AnnData, model: str, seed: int, settings: dict[str, Any], **keys: Any) -> np.ndarray:
    """Refined domains as numbers."""
    variant = VARIANTS.get(model)
    chosen = {**(variant.settings if variant else {}), **settings}
    depth = DEPTH_KEY if DEPTH_KEY in adata.obs else None
    estimator = semst.tl.Estimator(
        variant.model if variant else model,
        int(adata.obs[LABELS].nunique()),
        random_state=seed,
        cluster="mixture",
        depth_key=depth,
        device="cpu",
        progress=False,
        explain=False,
        **keys,
        **chosen,
    )
    return np.asarray(estimator.fit(adata).result_.labels.codes)


def main() -> None:
    """Print a table: a row a model and way, mean over the seeds and every seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slices", type=Path, nargs="+")
    parser.add_argument("--models", nargs="+", default=["semst", "semst-network"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--networks", type=int, help="of SemST")
    given = parser.parse_args()
    torch.set_num_threads(1)
    adata = read(given.slices)
    truth, samples = adata.obs[LABELS], adata.obs[SAMPLE].to_numpy()
    names = list(np.unique(samples))
    heads = ["model", "batch", *names, "mean", "all together", "CPU s"]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for model in given.models:
        settings = {} if given.epochs is None or model in VARIANTS else {"epochs": given.epochs}
        if model == "semst" and given.networks:
            settings["n_networks"] = given.networks
        assert model in VARIANTS or model in MODELS
        for way in given.ways:
            rows, seconds = [], []
            for seed in given.seeds:
                begun = time.process_time()
                if way == ALONE:
                    found = np.empty(adata.n_obs, dtype=int)
                    for name in names:
                        found[samples == name] = domains(adata[samples == name].copy(), model, seed, settings)
                else:
                    found = domains(adata, model, seed, settings, sample_key=SAMPLE, batch=way)
                seconds.append(time.process_time() - begun)
                each = [
                    metrics.ari(truth[samples == name], found[samples == name].astype(float))
                    for name in names
                ]
                whole = np.nan if way == ALONE else metrics.ari(truth, found.astype(float))
                rows.append([*each, float(np.mean(each)), whole])
            shown = [
                f"{mean:.3f} ({', '.join(f'{row[k]:.3f}' for row in rows)})" if np.isfinite(mean) else ""
                for k, mean in enumerate(np.mean(rows, axis=0))
            ]
            print(f"| {model} | {way} | " + " | ".join(shown) + f" | {np.mean(seconds):.0f} |", flush=True)


if __name__ == "__main__":
    main()
