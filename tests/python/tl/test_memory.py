"""Memory grows with the number of cells, not with its square: 50,000 cells in a process of their own."""

import json
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="this system does not tell the peak memory of a process")

N_CELLS = 50_000
# 0.7 GB were measured on top of 0.6 GB of imports; one matrix of cells x cells would take 10 GB
BOUND_GB = 1.5

RUN = f"""
import json, resource
import anndata as ad, numpy as np, pandas as pd, scipy.sparse as sp
import semst, semst.tl
from semst.semantics import GeneTable

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2

before = peak()
rng = np.random.default_rng(0)
n, m = {N_CELLS}, 60
place = rng.random((n, 2)) * np.sqrt(n)
layer = (place[:, 0] * 4 / np.sqrt(n)).astype(int)
rates = rng.gamma(0.5, 1.0, (4, m))
counts = sp.csr_matrix(rng.poisson(rates[layer] + 0.05).astype(np.float32))
adata = ad.AnnData(counts, var=pd.DataFrame(index=[f"GENE{{i}}" for i in range(m)]))
adata.obsm["spatial"] = place
table = GeneTable({{gene: rng.normal(size=384) for gene in adata.var_names}})
semst.tl.semst(adata, 4, semantics=table, epochs=1, cluster="mixture", n_starts=4, progress=False)
share = pd.crosstab(adata.obs["semst"], layer).max(axis=1).sum() / n
print(json.dumps({{"before": before, "peak": peak(), "share": float(share)}}))
"""


@pytest.mark.slow
def test_fifty_thousand_cells_stay_within_their_memory():
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["share"] > 0.8  # the layers are found, so the run was a real one
    assert found["peak"] - found["before"] < BOUND_GB, found
