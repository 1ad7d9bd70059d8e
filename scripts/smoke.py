"""A run of the installed package through memory, files, command and report, in the folder it is called in.

Every way has to give the same domains, and deprecations that the package itself causes are errors.
"""

import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import semst

N_DOMAINS = 7
SHOWN = ("anndata", "numpy", "pandas", "scanpy", "scikit-learn", "scipy", "torch", "zarr")


def command(*words: str) -> None:
    """Run `semst` as from a shell."""
    subprocess.run([Path(sys.executable).with_name("semst"), *words], check=True)


def main() -> None:
    """Run a simulated slice, write and read it, run what was written again."""
    print(f"Python {sys.version.split()[0]},", ", ".join(f"{name} {version(name)}" for name in SHOWN))
    for kind in (FutureWarning, DeprecationWarning):
        warnings.filterwarnings("error", category=kind, module=r"semst(\.|$)")

    slice_ = semst.datasets.simulated_cortex(n_spots=1200, random_state=0)
    semst.tl.semst(slice_, N_DOMAINS, progress=False)
    agreement = semst.metrics.score(slice_.obs["ground_truth"], slice_.obs["semst"])["ari"]
    assert agreement > 0.5, f"ARI {agreement}: the layers were not found"

    for name in ("slice.h5ad", "slice.zarr"):
        semst.io.write(slice_, name)
        back = semst.io.read(name)
        assert (back.X != slice_.X).nnz == 0, f"{name} changed the counts"
        assert (back.obs["semst"] == slice_.obs["semst"]).all(), f"{name} changed the domains"

    options = ("--n-domains", str(N_DOMAINS), "--key-added", "again", "--plot", "again.png", "--quiet")
    command("run", "slice.zarr", "--out", "again.h5ad", *options)
    again = semst.io.read("again.h5ad")
    assert (again.obs["again"] == again.obs["semst"]).all(), "the command's domains differ"
    command("report", "again.h5ad", "--key", "again", "--out", "report.html")
    assert "again" in Path("report.html").read_text(encoding="utf-8")
    print(f"smoke: {slice_.n_obs} spots, ARI {agreement:.2f}, the same domains by memory, files and command")


if __name__ == "__main__":
    main()
