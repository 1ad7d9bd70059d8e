"""A slice of blocks whose domains are explained by hand."""

import anndata as ad
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

mpl.use("Agg")

LONG = "adenylate cyclase-inhibiting G protein-coupled glutamate receptor signaling pathway"
GENE_SETS = {"name": "Gene Ontology", "date": "2025-07-22", "licence": "CC BY 4.0", "source": "here"}


def blocks(n_domains, *, side=6, labels=None, per_domain=3):
    """Domains side by side, each with genes that the others have less of; the second has no term."""
    labels = [str(i + 1) for i in range(n_domains)] if labels is None else list(labels)
    rng = np.random.default_rng(0)
    code = np.repeat(np.arange(n_domains), side * side)
    y, x = np.divmod(np.arange(side * side), side)
    xy = np.c_[np.tile(x, n_domains) + side * code, np.tile(y, n_domains)].astype(float)
    genes = [f"G{d + 1}{letter}" for d in range(n_domains) for letter in "abcdefgh"[:per_domain]]
    counts = rng.poisson(1.0, (len(code), len(genes)))
    counts += 8 * (np.arange(len(genes)) // per_domain == code[:, None])
    adata = ad.AnnData(
        counts.astype(np.float32),
        obs=pd.DataFrame(
            {"semst": pd.Categorical.from_codes(code, labels)}, index=[f"s{i}" for i in range(len(code))]
        ),
        var=pd.DataFrame(index=genes),
        obsm={"spatial": xy},
    )
    adata.uns["semst_explain"] = explanation(labels, genes, per_domain, n_spots=side * side)
    return adata


def explanation(labels, genes, per_domain, *, n_spots):
    markers, terms, domains = [], [], []
    for i, label in enumerate(labels):
        own = genes[i * per_domain : (i + 1) * per_domain]
        markers += [
            {"domain": label, "gene": gene, "score": 9.0 - j, "log2_fold_change": 2.0, "share_in": 1.0}
            | {"share_out": 0.5, "p": 1e-9, "q": 1e-8, "p_regions": 0.01}
            for j, gene in enumerate(own)
        ]
        found = [] if i == 1 else [(LONG, 1e-7), ("ensheathment of neurons", 0.04)]
        terms += [
            {"domain": label, "id": f"GO:{i}{j}", "term": term, "ontology": "BP", "hits": 3, "size": 20}
            | {"fold": 4.0, "p": q / 10, "q": q, "p_regions": np.nan, "genes": ", ".join(own)}
            for j, (term, q) in enumerate(found)
        ]
        domains.append(
            {"domain": label, "n_spots": n_spots, "share": 1 / len(labels), "markers": ", ".join(own[:5])}
            | {"term": found[0][0] if found else "", "neighbours": ", ".join(labels[i + 1 : i + 2])}
            | {"note": "" if found else "no term has 3 markers of it"}
        )
    return {
        "domains": pd.DataFrame(domains),
        "markers": pd.DataFrame(markers),
        "terms": pd.DataFrame(terms),
        "coverage": {"n_genes": len(genes), "n_matched": 4, "n_annotated": 3, "spelled": "human"},
        "gene_sets": {**GENE_SETS, "n_terms": 70},
        "params": {"n_null": 20},
    }


@pytest.fixture
def make_blocks():
    yield blocks
    plt.close("all")
