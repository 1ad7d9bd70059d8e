"""Do terms name the true kind of a domain, and do domains recognise each other? On annotated slices.

    python benchmark/scripts/meaning.py domains DATA OWN       # own domains of every slice, OWN/<slice>.csv
    python benchmark/scripts/meaning.py retrieval DATA OWN     # do the textbook's terms find their region?
    python benchmark/scripts/meaning.py matching DATA OWN      # 151673 and 151675 without a common gene
    python benchmark/scripts/meaning.py species DATA OWN       # STARmap (mouse) against DLPFC (human)
    python benchmark/scripts/meaning.py pictures DATA FOLDER   # pl.explain of every slice's annotation
    python benchmark/scripts/meaning.py cost DATA              # time and memory

DATA holds the annotated slices. Tables are printed as Markdown.
"""

import argparse
import resource
import time
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

import semst
from semst import explain as ex
from semst.cluster import match_labels
from semst.data import Slice, SliceKeys, read_slice

TRUTH = "ground_truth"
DEPTH = {"dlpfc_151673": "sum_umi_full", "dlpfc_151675": "sum_umi_full"}
SLICES = [
    "dlpfc_151673",
    "dlpfc_151675",
    "starmap_mvc_BY3_1k",
    "starmap_mpfc_BZ5",
    "osmfish_ssctx",
    "her2st_A1",
    "her2st_G2",
    "st_pdac_A",
]
# What a textbook says of each kind of region, in names of terms; written down before any result was seen.
MYELIN = ["ensheathment of neurons", "myelination", "myelin sheath", "oligodendrocyte differentiation"]
NEURONS = ["chemical synaptic transmission", "synapse organization", "neuron projection development"]
TUMOUR = ["mitotic cell cycle process", "DNA replication", "epithelial cell proliferation"]
MATRIX = [
    "extracellular matrix organization",
    "collagen fibril organization",
    "collagen-containing extracellular matrix",
]
SURFACE = [
    "astrocyte differentiation",
    "blood vessel development",
    "collagen-containing extracellular matrix",
]
TEXTBOOK = {
    **dict.fromkeys(["WM", "White matter", "CC", "Internal Capsule Caudoputamen"], MYELIN),
    **dict.fromkeys(["Layer1", "L1", "Pia Layer 1"], SURFACE),
    **dict.fromkeys(["Layer2", "Layer3", "Layer4", "Layer5", "Layer6", "L2/3", "L4", "L5", "L6"], NEURONS),
    **dict.fromkeys(
        ["Layer 2-3 lateral", "Layer 2-3 medial", "Layer 3-4", "Layer 4", "Layer 5", "Layer 6"], NEURONS
    ),
    **dict.fromkeys(["HPC", "Hippocampus"], ["learning or memory", "regulation of synaptic plasticity"]),
    "Ventricle": ["cilium movement", "cilium assembly"],
    **dict.fromkeys(["invasive cancer", "cancer in situ", "Cancer"], TUMOUR),
    **dict.fromkeys(["connective tissue", "Stroma"], MATRIX),
    "adipose tissue": ["lipid storage", "fat cell differentiation", "triglyceride metabolic process"],
    "immune infiltrate": ["adaptive immune response", "lymphocyte activation"],
    "breast glands": ["mammary gland development", "gland development", "epithelial cell differentiation"],
    "Duct Epithelium": ["epithelial cell differentiation", "O-glycan processing", "digestive system process"],
    "Pancreatic": ["digestion", "proteolysis"],
}
N_PERMUTED, N_REGIONS = 10, 20
SIZES, N_SPLITS = (2790, 300, 150), 6


def read(folder: Path, name: str) -> ad.AnnData:
    return semst.io.read(folder / f"{name}.h5ad")


def opened(adata: ad.AnnData, name: str) -> tuple[Slice, np.ndarray]:
    return read_slice(adata, SliceKeys(depth_key=DEPTH.get(name)))


def own_domains(adata: ad.AnnData, own: Path, name: str) -> pd.Categorical:
    """Domains of the default run under the name of the annotated region that each overlaps most."""
    found = pd.read_csv(own / f"{name}.csv", index_col=0, dtype=str).loc[adata.obs_names, "semst"]
    return pd.Categorical(match_labels(pd.Categorical(found), pd.Categorical(adata.obs[TRUTH])))


def domains(data: Path, own: Path) -> None:
    own.mkdir(exist_ok=True)
    for name in SLICES:
        adata = read(data, name)
        depth = {"depth_key": DEPTH[name]} if name in DEPTH else {}
        n_domains = int(adata.obs[TRUTH].nunique())
        semst.tl.semst(adata, n_domains, device="cpu", progress=False, explain=False, **depth)
        adata.obs[[TRUTH, "semst"]].to_csv(own / f"{name}.csv")


# ---------------------------------------------------------------- retrieval


def scores(compare, regions: sp.csr_matrix, measured: ex.MeasuredSets) -> tuple[np.ndarray, np.ndarray]:
    """-log10 p of every tested term in every region, and the terms."""
    contrast, _ = compare(regions)
    found = ex.enrichment(ex.find_markers(contrast), measured)
    return -np.log10(np.maximum(found.p, 1e-300)), found.tested


def rank(values: np.ndarray, number: int) -> float:
    """0 for the first of the regions, 1 for the last; ties share."""
    others = np.delete(values, number)
    return float(((others > values[number]).sum() + 0.5 * (others == values[number]).sum()) / len(others))


def retrieve(adata: ad.AnnData, name: str, labels: pd.Categorical, seed: int = 0) -> pd.DataFrame:
    from semst.explain._chance import Comparison
    from semst.explain._tables import members

    data, kept = opened(adata, name)
    labels = labels[kept]
    counts = pd.Series(labels).value_counts()
    labels = labels.remove_categories(
        [c for c in labels.categories if counts[c] < 10]
    ).remove_unused_categories()
    sets, rng = ex.gene_ontology(), np.random.default_rng(seed)
    rows_of = {title: row for row, title in enumerate(sets.names)}
    compare = Comparison(data, np.asarray(labels.codes >= 0))
    regions = members(labels)
    arms = {
        "rank": [list(data.genes)],
        "permuted": [list(rng.permutation(data.genes)) for _ in range(N_PERMUTED)],
    }
    chosen = ex.find_markers(compare(regions)[0])
    found: dict[str, list] = {arm: [[] for _ in labels.categories] for arm in arms}
    for arm, spellings in arms.items():
        for genes in spellings:
            measured = sets.measured(genes)
            tested = ex.enrichment(chosen, measured)
            strength = -np.log10(np.maximum(tested.p, 1e-300))
            for number, region in enumerate(labels.categories):
                if region not in TEXTBOOK:
                    continue
                columns = np.isin(tested.tested, [rows_of[t] for t in TEXTBOOK[region]])
                found[arm][number].append(rank(strength[:, columns].sum(axis=1), number))
    measured = sets.measured(list(data.genes))
    lines = []
    for number, region in enumerate(labels.categories):
        if region not in TEXTBOOK:
            continue
        member = regions[:, [number]].toarray().ravel() > 0
        random = ex.random_regions(
            data.coordinates, member, compare.labelled, N_REGIONS, samples=None, rng=rng
        )
        both = sp.csr_matrix(sp.hstack([regions[:, [number]], random]))
        strength, tested_rows = scores(compare, both, measured)
        columns = np.isin(tested_rows, [rows_of[t] for t in TEXTBOOK[region]])
        value = strength[:, columns].sum(axis=1)
        lines.append(
            {
                "slice": name,
                "region": region,
                "neurons": TEXTBOOK[region] is NEURONS,
                "rank": np.mean(found["rank"][number]),
                "permuted": np.mean(found["permuted"][number]),
                "as random": float((1 + (value[1:] >= value[0]).sum()) / (1 + N_REGIONS)),
                "terms": not measured.why_not(),
            }
        )
    return pd.DataFrame(lines)


def retrieval(data: Path, own: Path) -> None:
    tables = {"annotation": [], "own domains": []}
    for name in SLICES:
        adata = read(data, name)
        tables["annotation"].append(retrieve(adata, name, pd.Categorical(adata.obs[TRUTH])))
        tables["own domains"].append(retrieve(adata, name, own_domains(adata, own, name)))
    for what, parts in tables.items():
        table = pd.concat(parts)
        print(f"\n{what}\n")
        print("| slice | regions | mean rank | first | permuted genes | as random regions | terms shown |")
        print("|---|---|---|---|---|---|---|")
        groups = [(name, part) for name, part in table.groupby("slice", sort=False)]
        large = table[table["terms"]]
        groups += [
            ("all", table),
            ("slices with terms", large),
            ("of these, no neuronal layer", large[~large["neurons"]]),
            ("of these, neuronal layers", large[large["neurons"]]),
        ]
        for name, part in groups:
            print(
                f"| {name} | {len(part)} | {part['rank'].mean():.3f} | {(part['rank'] == 0).mean():.2f} "
                f"| {part['permuted'].mean():.3f} | {part['as random'].mean():.2f} "
                f"| {'yes' if part['terms'].all() else 'no' if not part['terms'].any() else 'in part'} |"
            )
        white = table[table["region"].isin(["WM", "White matter", "CC"])]
        print("\nwhite matter:", dict(zip(white["slice"], white["rank"].round(2), strict=True)))


# ---------------------------------------------------------------- matching


def only_depth(adata: ad.AnnData, seed: int) -> ad.AnnData:
    """Counts that know how deep a spot was sequenced and nothing else."""
    rng = np.random.default_rng(seed)
    size = np.asarray(adata.X.sum(axis=1)).ravel()
    share = np.asarray(adata.X.sum(axis=0)).ravel() / size.sum()
    drawn = sp.vstack(
        [
            sp.csr_matrix(rng.poisson(size[i : i + 500, None] * share).astype(np.float32))
            for i in range(0, len(size), 500)
        ]
    )
    return ad.AnnData(sp.csr_matrix(drawn), obs=adata.obs, var=adata.var, obsm=dict(adata.obsm))


def matching(data: Path, own: Path) -> None:
    names = ("dlpfc_151673", "dlpfc_151675")
    slices = [read(data, name) for name in names]
    for adata, name in zip(slices, names, strict=True):
        adata.obs["own"] = own_domains(adata, own, name)
    depth = [only_depth(adata, seed) for seed, adata in enumerate(slices)]
    common = sorted(set(slices[0].var_names) & set(slices[1].var_names))
    level = np.minimum(*[pd.Series(np.asarray(s[:, common].X.sum(axis=0)).ravel()).rank() for s in slices])
    by_level = np.array(common)[np.argsort(-level.to_numpy(), kind="stable")]
    columns = ["genes a side", "of", "domains", "right", "matched, right", "matched, wrong"]
    columns += [f"{arm}: right, matched" for arm in ("permuted", "depth alone")]
    print(f"| {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|---|---|")
    for size in SIZES:
        for kind in ("best measured", "all"):
            for key in (TRUTH, "own"):
                rows = {"true": [], "permuted": [], "depth": []}
                for seed in range(N_SPLITS):
                    rng = np.random.default_rng(seed)
                    order = rng.permutation(by_level[: 2 * size] if kind == "best measured" else by_level)
                    left, right = order[:size], order[size : 2 * size]
                    for arm in rows:
                        a, b = depth if arm == "depth" else slices
                        a, b = a[:, left].copy(), b[:, right].copy()
                        if arm == "permuted":
                            b.var_names = rng.permutation(b.var_names)
                        pairs = semst.tl.match_domains(a, b, key, n_permutations=39).pairs
                        good = pairs["domain"] == pairs["assigned"]
                        rows[arm].append(
                            (good.mean(), (good & pairs["matched"]).mean(), (~good & pairs["matched"]).mean())
                        )
                mean = {arm: np.mean(values, axis=0) for arm, values in rows.items()}
                print(
                    f"| {size} | {kind} | {'annotated' if key == TRUTH else 'own'} | {mean['true'][0]:.2f} "
                    f"| {mean['true'][1]:.2f} | {mean['true'][2]:.2f} "
                    + "".join(
                        f"| {mean[arm][0]:.2f}, {mean[arm][1:].sum():.2f} " for arm in ("permuted", "depth")
                    )
                    + "|",
                    flush=True,
                )


SAME = {
    "Layer1": "L1",
    "Layer2": "L2/3",
    "Layer3": "L2/3",
    "Layer4": "L4",
    "Layer5": "L5",
    "Layer6": "L6",
    "WM": "CC",
}


def species(data: Path, own: Path) -> None:
    human = read(data, "dlpfc_151673")
    for name in ("starmap_mvc_BY3_1k", "starmap_mpfc_BZ5"):
        mouse = read(data, name)
        for by in ("symbols", "gene sets"):
            apart = human
            if by == "gene sets":  # as if the panels shared nothing
                there = {gene.upper() for gene in mouse.var_names}
                apart = human[:, [gene not in there for gene in human.var_names]].copy()
            found = semst.tl.match_domains(mouse, apart, TRUTH, by=by, n_permutations=99)
            print(f"\n{name} against 151673 by {found.n_features} {by}; {found.note}")
            table = found.pairs.copy()
            table["right"] = [
                SAME.get(b) == a for a, b in zip(table["domain"], table["assigned"], strict=True)
            ]
            print(table.round(3).to_string(index=False))


# ---------------------------------------------------------------- pictures and cost


def pictures(data: Path, folder: Path) -> None:
    import matplotlib
    from PIL import Image

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    for name in SLICES:
        adata = read(data, name)
        depth = {"depth_key": DEPTH[name]} if name in DEPTH else {}
        semst.tl.explain(adata, TRUTH, progress=False, **depth)
        path = folder / f"{name}.png"
        semst.pl.explain(adata, TRUTH, save=path, overwrite=True)
        matplotlib.pyplot.close("all")
        with Image.open(path) as picture:  # small enough for a repository
            narrow = picture.convert("RGB").resize((1200, 1200 * picture.height // picture.width))
        narrow.quantize(255, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def cost(data: Path, _: Path) -> None:
    def told(what: str, adata: ad.AnnData, key: str) -> None:
        before = time.process_time(), time.perf_counter()
        semst.tl.explain(adata, key, progress=False)
        print(
            f"{what}: {time.process_time() - before[0]:.1f} CPU s, {time.perf_counter() - before[1]:.1f} s, "
            f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB",
            flush=True,
        )

    told("151673 (first call: reads the ontology)", read(data, "dlpfc_151673"), TRUTH)
    told("151673 (again)", read(data, "dlpfc_151673"), TRUTH)
    rng, n = np.random.default_rng(0), 200_000
    genes = list(ex.gene_ontology().genes)[:500]
    counts = sp.random(n, 500, density=0.3, format="csr", dtype=np.float32, random_state=0)
    counts.data = np.ceil(counts.data * 5)
    adata = ad.AnnData(counts, obs=pd.DataFrame(index=[f"c{i}" for i in range(n)]))
    adata.var_names = genes
    adata.obsm["spatial"] = rng.uniform(size=(n, 2)) * 1e4
    adata.obs["domain"] = pd.Categorical((adata.obsm["spatial"][:, 0] // 700).astype(int).astype(str))
    print(
        f"200,000 x 500: {adata.obs['domain'].nunique()} domains, before: peak "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB"
    )
    told("200,000 x 500", adata, "domain")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["domains", "retrieval", "matching", "species", "pictures", "cost"])
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("own"))
    given = parser.parse_args()
    globals()[given.what](given.data, given.folder)
