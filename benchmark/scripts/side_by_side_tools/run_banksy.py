"""BANKSY for domains (λ = 0.8, 20 principal components) and mclust: from an h5ad to domains."""

import sys
from pathlib import Path

import anndata
import numpy as np
import scanpy as sc
from banksy.embed_banksy import generate_banksy_matrix
from banksy.initialize_banksy import initialize_banksy
from banksy_utils.umap_pca import pca_umap
from rpy2 import robjects
from rpy2.robjects import default_converter, numpy2ri

DECAY, SHARE = "scaled_gaussian", 0.8

source, n_domains, out = sys.argv[1:]
adata = anndata.read_h5ad(source)
sc.pp.normalize_total(adata)
sc.pp.log1p(adata)
sc.pp.highly_variable_genes(adata, n_top_genes=2000, subset=True)
found = initialize_banksy(
    adata,
    ("", "", "spatial"),
    num_neighbours=18,
    nbr_weight_decay=DECAY,
    max_m=1,
    plt_edge_hist=False,
    plt_nbr_weights=False,
    plt_theta=False,
)
found, _ = generate_banksy_matrix(adata, found, [SHARE], max_m=1, verbose=False)
np.random.seed(0)  # of the components
pca_umap(found, pca_dims=[20], plt_remaining_var=False)
rows = found[DECAY][SHARE]["adata"].obsm["reduced_pc_20"]
# its own call of mclust, which needs an rpy2 of before 3.6, with the present one
fit = robjects.r(
    "function(x, k) { suppressMessages(library(mclust)); set.seed(1234)\n"
    "Mclust(x, G = k, modelNames = 'EEE', verbose = FALSE)$classification }"
)
with (default_converter + numpy2ri.converter).context():
    labels = fit(np.asarray(rows, dtype=np.float64), int(n_domains))
Path(out).write_text("\n".join(str(int(label)) for label in labels))
