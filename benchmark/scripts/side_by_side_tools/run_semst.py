"""This package: from an h5ad to domains. Settings come as JSON."""

import json
import sys
from pathlib import Path

import semst

source, n_domains, settings, out = sys.argv[1:]
adata = semst.io.read(source)
semst.tl.run(adata, "semst", int(n_domains), progress=False, **json.loads(settings))
Path(out).write_text("\n".join(map(str, adata.obs["semst"])))
