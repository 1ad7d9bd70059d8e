"""CellCharter: from an h5ad to domains, on principal components (its tutorials take scVI's latent space)."""

import sys
from pathlib import Path

import anndata
import cellcharter as cc
import scanpy as sc
import squidpy as sq

source, n_domains, out = sys.argv[1:]
adata = anndata.read_h5ad(source)
sc.pp.normalize_total(adata)
sc.pp.log1p(adata)
sc.pp.highly_variable_genes(adata, n_top_genes=2000)
sc.pp.pca(adata, n_comps=20, mask_var="highly_variable", random_state=0)
sq.gr.spatial_neighbors(adata, coord_type="generic", delaunay=True)
cc.gr.remove_long_links(adata)
cc.gr.aggregate_neighbors(adata, n_layers=3, use_rep="X_pca")
model = cc.tl.Cluster(int(n_domains), random_state=0, trainer_params={"accelerator": "cpu"})
model.fit(adata, use_rep="X_cellcharter")
labels = model.predict(adata, use_rep="X_cellcharter")
Path(out).write_text("\n".join(map(str, labels)))
