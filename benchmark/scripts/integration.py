"""Two slices in one run: how they mix, and what the domains are worth, as a table and a picture.

Slices are joined on their common genes. iLISI says how many slices there are among the neighbours of a
spot (2 is best), cLISI how many annotated layers (1 is best). Domains are made by the mixture with 40
starts, on both slices at once.

    .venv/bin/python benchmark/scripts/integration.py ../shared/data/dlpfc_15167[35].h5ad --picture pair.png
"""

import argparse
import sys
import time
from pathlib import Path

import anndata as ad
import numpy as np
from PIL import Image

DEPTH_KEY, LABELS, SAMPLE = "sum_umi_full", "ground_truth", "slice"
N_PCS, N_NEAR, N_VOTES, N_STARTS = 15, 12, 18, 40


def rows_of(adata, embedding, data, name, seconds, seed):
    """Scores of one embedding."""
    from semst import cluster, metrics
    from semst.models import nearest_spots

    truth, samples = adata.obs[LABELS], data.samples
    found = cluster.cluster(
        embedding, int(truth.nunique()), method="mixture", n_starts=N_STARTS, random_state=seed
    ).labels
    voted = cluster.refine(found, nearest_spots(data, N_VOTES))
    each = [metrics.ari(truth[samples == s], voted[samples == s].astype(float)) for s in np.unique(samples)]
    return {
        "name": name,
        "iLISI": metrics.ilisi(embedding, samples),
        "cLISI": metrics.clisi(embedding, truth),
        "ARI": metrics.ari(truth, found.astype(float)),
        "ARI refined": metrics.ari(truth, voted.astype(float)),
        **{f"ARI {s}": value for s, value in zip(np.unique(samples), each, strict=True)},
        "CPU s": seconds,
    }, voted


def told(row):
    """Say how far it is."""
    shown = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values())
    print(" | ".join(shown), file=sys.stderr, flush=True)


def main() -> None:
    """Score all ways and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slices", type=Path, nargs=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()

    import semst
    from semst import gr, models, pp, tl, train
    from semst.models import nearest_spots

    adata = ad.concat(
        {path.stem.split("_")[-1]: semst.io.read(path) for path in given.slices},
        label=SAMPLE,
        index_unique="-",
    )
    depth = DEPTH_KEY if DEPTH_KEY in adata.obs else None
    keys = semst.data.SliceKeys(depth_key=depth, sample_key=SAMPLE)
    data, _ = semst.data.read_slice(adata, keys)
    table, shown = [], {}

    def add(name, embedding, seconds, seed=0):
        row, labels = rows_of(adata, embedding, data, name, seconds, seed)
        table.append(row)
        shown.setdefault(name, (embedding, labels))
        told(row)
        begun = time.process_time()
        adata.obsm["X_one"] = embedding
        tl.harmony(adata, SAMPLE, use_rep="X_one", random_state=seed)
        corrected = adata.obsm["X_one_harmony"]
        row, labels = rows_of(
            adata, corrected, data, f"{name} + Harmony", seconds + time.process_time() - begun, seed
        )
        table.append(row)
        told(row)

    begun = time.process_time()
    features = pp.semst_features(data.counts, data.genes, depth=data.depth)
    scores = pp.fit_components(features.inputs, n_components=N_PCS).project(features.inputs)
    taken = time.process_time() - begun
    add("PCA", scores, taken)
    add("PCA over 12 near spots", gr.smooth(scores, nearest_spots(data, N_NEAR)), taken)
    begun = time.process_time()
    slices = np.unique(data.samples, return_inverse=True)[1]
    within = pp.fit_components(features.inputs, n_components=N_PCS, slices=slices)
    centred = models.centred_scores(within.project(features.inputs), slices)[0]
    taken = time.process_time() - begun
    add("PCA of centred slices over 12 near spots", gr.smooth(centred, nearest_spots(data, N_NEAR)), taken)
    ways = {
        "SemanticST": {},
        "SemanticST, not batch-aware": {"batch_aware": False},
        "SemanticST, not centred": {"batch": "none"},
        "SemanticST, neither": {"batch": "none", "batch_aware": False},
    }
    for seed in given.seeds:
        for name, settings in ways.items():
            begun = time.process_time()
            n_domains = int(adata.obs[LABELS].nunique())
            model, config = models.settings("semanticst", n_domains=n_domains, **settings)
            prepared = model.prepare(data, config, random_state=seed)
            compute = train.Compute(device="cpu", progress=False)
            fitted = models.fit(model, prepared, config, random_state=seed, compute=compute)
            add(name, fitted.embedding, time.process_time() - begun, seed)

    columns = list(table[0])
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for name in dict.fromkeys(row["name"] for row in table):
        rows = [row for row in table if row["name"] == name]
        means = [np.mean([row[column] for row in rows]) for column in columns[1:]]
        print(f"| {name} | " + " | ".join(f"{m:.2f}" for m in means[:2]), end=" | ")
        print(" | ".join(f"{m:.3f}" for m in means[2:-1]) + f" | {means[-1]:.0f} |")
    if given.picture:
        draw(given.picture, adata, data, shown)


def draw(path, adata, data, shown) -> None:
    """Neighbour maps of two embeddings coloured by slice, and the domains of SemanticST beside the layers."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import umap

    figure, axes = plt.subplots(2, 3, figsize=(10.5, 6.6), layout="constrained")
    samples = np.unique(data.samples)
    maps = (("PCA over 12 near spots", "averaged PCA"), ("SemanticST", "SemanticST"))
    for axis, (name, title) in zip(axes[:, 0], maps, strict=True):
        flat = umap.UMAP(random_state=0, n_jobs=1).fit_transform(shown[name][0])
        order = np.random.default_rng(0).permutation(len(flat))
        colours = np.where(data.samples == samples[0], "#0072B2", "#E69F00")
        axis.scatter(*flat[order].T, c=colours[order], s=1.5, linewidths=0, rasterized=True)
        axis.set_title(f"{title}: {samples[0]} blue, {samples[1]} orange", fontsize=8.5)
        axis.axis("off")
    truth = adata.obs[LABELS].cat.codes.to_numpy()
    labels = shown["SemanticST"][1]
    # every domain takes the colour of the layer it meets most often
    colour = {
        k: np.bincount(truth[(labels == k) & (truth >= 0)], minlength=7).argmax() for k in np.unique(labels)
    }
    taken: dict[int, int] = {}
    for k in sorted(colour, key=lambda k: -np.sum(labels == k)):
        wanted = colour[k]
        taken[k] = (
            wanted
            if wanted not in taken.values()
            else next(i for i in range(20) if i not in taken.values() and i not in colour.values())
        )
    palette = plt.get_cmap("tab10")
    for row, sample in enumerate(samples):
        here = data.samples == sample
        place = data.coordinates[here]
        for axis, values, title in (
            (axes[row, 1], truth[here], f"{sample}: annotated layers"),
            (
                axes[row, 2],
                np.array([taken[k] for k in labels[here]]),
                f"{sample}: SemanticST, both slices in one run",
            ),
        ):
            known = values >= 0
            axis.scatter(
                place[known, 0],
                -place[known, 1],
                c=palette(values[known]),
                s=4,
                linewidths=0,
                rasterized=True,
            )
            axis.set_title(title, fontsize=8.5)
            axis.set_aspect("equal")
            axis.axis("off")
    figure.savefig(path, dpi=110)
    with Image.open(path) as picture:  # small enough for a repository
        small = picture.convert("RGB").quantize(192)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
