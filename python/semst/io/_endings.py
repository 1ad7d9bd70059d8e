"""What to type next for kinds of files that are not read."""

from pathlib import Path

_ANNDATA = 'python -c \'import anndata.io as io; io.read_{kind}("{file}").write_h5ad("{stem}.h5ad")\''

# by ending, longest first: what it is, and the command that makes something of it that is read
_ADVICE = {
    ".gem.gz": (
        "a table of transcripts of Stereo-seq",
        "stereopy's st.io.read_gem and st.io.stereo_to_anndata",
    ),
    ".h5seurat": (
        "a file of SeuratDisk",
        'Rscript -e \'saveRDS(SeuratDisk::LoadH5Seurat("{file}"), "{stem}.rds")\'',
    ),
    ".h5mu": (
        "several modalities",
        'python -c \'import mudata; mudata.read_h5mu("{file}")["rna"].write_h5ad("{stem}.h5ad")\'',
    ),
    ".loom": ("a file of loompy", "pip install loompy && " + _ANNDATA.replace("{kind}", "loom")),
    ".rdata": (
        "a workspace of R",
        'Rscript -e \'e <- new.env(); n <- load("{file}", e); saveRDS(e[[n[1]]], "{stem}.rds")\'',
    ),
    ".qs": ("a file of the R package qs", 'Rscript -e \'saveRDS(qs::qread("{file}"), "{stem}.rds")\''),
    ".gem": ("a table of transcripts of Stereo-seq", "stereopy's st.io.read_gem and st.io.stereo_to_anndata"),
    ".gef": ("counts of Stereo-seq", "stereopy's st.io.read_gef and st.io.stereo_to_anndata"),
    ".csv": ("a table", _ANNDATA.replace("{kind}", "csv")),
    ".tsv": ("a table", _ANNDATA.replace("{kind}", "text")),
    ".txt": ("a table", _ANNDATA.replace("{kind}", "text")),
    ".xlsx": ("a table of Excel", _ANNDATA.replace("{kind}", "excel")),
    ".bz2": ("a packed file", "bunzip2 --keep {file}"),
    ".xz": ("a packed file", "unxz --keep {file}"),
    ".zst": ("a packed file", "unzstd {file}"),
    ".7z": ("an archive", "7z x {file}"),
    ".rar": ("an archive", "unrar x {file}"),
}
_ADVICE[".rda"] = _ADVICE[".rdata"]
_TABLES = ("a table", "a table of Excel")


def advice(file: Path) -> str:
    """Say what a file is and how to make something of it that is read; "" for unknown kinds."""
    name = file.name.lower()
    plain = name.removesuffix(".gz")
    ending = next((one for one in _ADVICE if name.endswith(one) or plain.endswith(one)), None)
    if ending is None:
        return ""
    what, command = _ADVICE[ending]
    stem = file.with_name(file.name[: plain.rindex(ending.removesuffix(".gz"))])
    said = f"It is {what}; type next: {command.format(file=file, stem=stem)}. "
    if what in _TABLES:
        said += 'Rows must be spots, columns genes; coordinates go into obsm["spatial"]. '
    return said
