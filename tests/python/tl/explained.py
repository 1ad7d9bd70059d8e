"""A slice with an explanation of its domains that is small enough to be written down."""

import anndata as ad
import numpy as np
import pandas as pd


def explained_slice() -> ad.AnnData:
    """Four domains; the last one has no markers, one spot has no domain."""
    labels = ["1"] * 4 + ["2"] * 3 + ["3"] * 2 + ["4"] * 2 + [None]
    genes = ["MBP", "PLP1", "MAG", "SNAP25", "GFAP", "AQP4", "ENC1", "MOBP"]
    found = ad.AnnData(np.ones((12, 8), dtype=np.float32), var=pd.DataFrame(index=genes))
    found.obs["semst"] = pd.Categorical(labels)
    markers = {"1": ["MBP", "PLP1"], "2": ["SNAP25", "ENC1"], "3": ["GFAP", "AQP4"]}
    rows = [(d, g, 9.0, 2.125, 0.98, 0.6, 1e-9, 1e-8, np.nan) for d, gs in markers.items() for g in gs]
    columns = "domain gene score log2_fold_change share_in share_out p q p_regions".split()
    term = ("1", "GO:0042552", "myelination", "BP", 3, 20, 12.34, 1e-6, 1e-5, 0.05, "MBP, PLP1, MAG")
    found.uns["semst_explain"] = {
        "domains": pd.DataFrame(
            {
                "domain": ["1", "2", "3", "4"],
                "n_spots": [4, 3, 2, 2],
                "share": [4 / 11, 3 / 11, 2 / 11, 2 / 11],
                "markers": ["MBP, PLP1", "SNAP25, ENC1", "GFAP, AQP4", ""],
                "term": ["myelination", "", "", ""],
                "neighbours": ["2, 3", "1", "", ""],
                "note": ["", "", "", "no marker"],
            }
        ),
        "markers": pd.DataFrame(rows, columns=columns),
        "terms": pd.DataFrame(
            [term], columns="domain id term ontology hits size fold p q p_regions genes".split()
        ),
        "params": {"key": "semst"},
    }
    return found
