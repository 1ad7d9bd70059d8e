"""Counts as 10x Genomics' programs write them: one .h5 file, or three text files."""

import csv
import io
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import scipy.io
from anndata import AnnData
from scipy import sparse

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line
from semst._hdf5 import check_hdf5
from semst._log import logger
from semst.data import which_are_genes

from ._content import check_content, read_text
from ._packed import unpacked

_INTEGERS = ("shape", "indices", "indptr")  # of the matrix in an .h5 file
_GENES = "Gene Expression"
_MTX = re.compile(r"(?P<prefix>.*?)matrix\.mtx(\.gz)?", re.IGNORECASE)
_BARCODES = r"{}barcodes\.(tsv|txt|csv)(\.gz)?"
_FEATURES = r"{}(features|genes)\.(tsv|txt|csv)(\.gz)?"
_HEADER = re.compile(r"(gene|feature)s?([_ .]?(id|ids|name|names|symbol|symbols))?|symbol|x|v1|id|", re.I)


@dataclass(frozen=True)
class MtxFiles:
    """A matrix as three text files, packed or not."""

    matrix: Path
    barcodes: Path
    features: Path

    def __str__(self) -> str:
        """Folder, which is how users know them."""
        return str(self.matrix.parent)


def visible(folder: Path) -> list[Path]:
    """What a folder holds, sorted, without hidden files (such as ``._x``, which macOS puts into archives)."""
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def mtx_files(matrix: Path) -> MtxFiles:
    """Find the names that belong to a ``matrix.mtx``: with the same words in front, or the only ones."""
    match = _MTX.fullmatch(matrix.name)
    prefix = match["prefix"] if match else ""
    found = []
    for pattern, usual in ((_BARCODES, "barcodes.tsv"), (_FEATURES, "features.tsv or genes.tsv")):
        same = _named(matrix.parent, pattern.format(re.escape(prefix)))
        others = same or _named(matrix.parent, pattern.format(".*"))
        if not same and len(others) != 1:
            raise SemSTError(
                f"{matrix.parent} cannot be read as counts of 10x Genomics: beside {matrix.name} there is no "
                f"{usual} (packed as .gz or not). It holds: {inside(matrix.parent)}. Copy it, too."
            )
        found.append(others[0])
    return MtxFiles(matrix, *found)


def matrices_in(folder: Path) -> list[Path]:
    """Every ``matrix.mtx`` of a folder; of a packed and an unpacked one of the same name the packed one."""
    found = {m["prefix"]: p for p in visible(folder) if (m := _MTX.fullmatch(p.name)) and p.is_file()}
    return list(found.values())


def is_10x_h5(file: Path) -> bool:
    """Whether a file is HDF5 with a matrix of 10x Genomics."""
    try:
        with h5py.File(file) as h5:
            return "matrix/barcodes" in h5 and "matrix/features" in h5
    except DAMAGED:
        return False


def read_counts(counts: Path | MtxFiles) -> AnnData:
    """Genes' counts, spots x genes, symbols as names (which may repeat).

    Raises
    ------
    SemSTError
        If the files cannot be read or contradict each other.
    """
    try:
        if isinstance(counts, MtxFiles):
            for file in (counts.matrix, counts.barcodes, counts.features):
                check_content(file)
            adata = _read_mtx(counts)
        else:
            check_content(counts)
            with unpacked(counts) as file:
                adata = _read_h5(file)
        adata.X.check_format(full_check=True)  # indices beyond the matrix would be read from foreign memory
        if adata.X.nnz and not (np.isfinite(adata.X.data).all() and adata.X.data.min() >= 0):
            raise ValueError("counts that are negative or no numbers")
    except SemSTError as error:
        raise SemSTError(f"{counts} cannot be read as counts of 10x Genomics: {error}") from error
    except DAMAGED as error:
        raise SemSTError(
            f"{counts} cannot be read as counts of 10x Genomics ({first_line(error)}). It may be "
            "incomplete or of another kind: copy it again."
        ) from error
    return _genes_only(adata)


def _read_h5(file: Path) -> AnnData:
    import scanpy as sc  # slow to import, and only this needs it

    check_hdf5(file)
    with h5py.File(file) as h5:
        h5["matrix/barcodes"], h5["matrix/features/name"]
        floats = [name for name in _INTEGERS if h5["matrix"][name].dtype.kind == "f"]
    with warnings.catch_warnings(), _with_integers(file, floats) as readable:
        warnings.filterwarnings("ignore", message="Variable names are not unique")
        try:
            return sc.read_10x_h5(readable, gex_only=False)
        except Exception as error:  # scanpy raises no more than that for what is missing
            raise ValueError(first_line(error)) from error


@contextmanager
def _with_integers(file: Path, floats: list[str]) -> Iterator[Path]:
    """The file itself, or a copy whose sizes and places are integers, which R has written as numbers."""
    if not floats:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="semst-") as room:
        copy = Path(room) / file.name
        shutil.copyfile(file, copy)
        with h5py.File(copy, "r+") as h5:
            for name in floats:
                values = h5["matrix"][name][:]
                if not (values == np.floor(values)).all():
                    raise ValueError(f"{name} holds numbers that are not whole")
                del h5["matrix"][name]
                h5["matrix"][name] = values.astype(np.int64)
        yield copy


def _read_mtx(files: MtxFiles) -> AnnData:
    # from a path: of a stream that ends too early scipy's reader ends the whole process
    with unpacked(files.matrix) as file:
        numbers = scipy.io.mmread(file)
    if np.iscomplexobj(numbers):
        raise ValueError("complex numbers are no counts")
    matrix = sparse.csr_matrix(numbers, dtype=np.float32)
    barcodes = _table(files.barcodes)
    features = _table(files.features)
    names = _barcode_column(barcodes, matrix.shape)
    n_genes = matrix.shape[1] if matrix.shape[0] == len(names) != matrix.shape[1] else matrix.shape[0]
    if len(features) == n_genes + 1 and _HEADER.fullmatch(features[features.columns[0]].iloc[0]):
        features = features.iloc[1:]
    if matrix.shape == (len(names), len(features)) and len(names) != len(features):
        logger.info("%s holds spots x genes, not genes x spots as usual: read so", files.matrix)
        matrix = sparse.csr_matrix(matrix.T)
    if matrix.shape != (len(features), len(names)):
        raise ValueError(
            f"{files.matrix.name} has {matrix.shape[0]} rows and {matrix.shape[1]} columns, "
            f"{files.features.name} {len(features)} genes and {files.barcodes.name} {len(names)} barcodes"
        )
    var = _feature_columns(features)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Variable names are not unique")
        return AnnData(sparse.csr_matrix(matrix.T), obs=pd.DataFrame(index=pd.Index(names)), var=var)


def _table(file: Path) -> pd.DataFrame:
    """Cells of a table without header, as text; "NA" is the name of a gene as good as any."""
    text = read_text(file)
    lines = text.splitlines()
    separator = "\t" if any("\t" in line for line in lines[:5]) else ","
    quoted = lines[-1].startswith('"')
    return pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        dtype=str,
        keep_default_na=False,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )


def _barcode_column(table: pd.DataFrame, shape: tuple[int, ...]) -> list[str]:
    """Barcodes, without a header and without the row numbers that pandas and R put in front."""
    column = table.columns[-1] if table.shape[1] == 2 and _are_row_numbers(table[0]) else table.columns[0]
    names = table[column].str.strip().tolist()
    if (
        len(names) - 1 in shape
        and len(names) not in shape
        and re.fullmatch(r"(barcodes?|x|v1|0)", names[0], re.I)
    ):
        return names[1:]
    return names


def _are_row_numbers(column: pd.Series) -> bool:
    return bool(column.iloc[1:].str.fullmatch(r"\d+").all())


def _feature_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Symbols as index, IDs and kinds of features as columns, whichever of them a file has."""
    columns = [table[c].str.strip().tolist() for c in table.columns]
    if len(columns) > 1 and _are_row_numbers(table[table.columns[0]]):
        columns = columns[1:]
    symbols = columns[1] if len(columns) > 1 else columns[0]
    if len(columns) == 2 and set(symbols) <= {_GENES, "Antibody Capture"}:
        symbols, columns = columns[0], [columns[0], columns[0], columns[1]]
    # a gene without a symbol is known by its ID
    symbols = [symbol or identity for symbol, identity in zip(symbols, columns[0], strict=True)]
    var = pd.DataFrame({"gene_ids": columns[0]}, index=pd.Index(symbols))
    if len(columns) > 2 and all(columns[2]):
        var["feature_types"] = columns[2]
    return var


def _genes_only(adata: AnnData) -> AnnData:
    """Leave out antibodies, guides and controls, where the file says which features are genes."""
    found = which_are_genes(adata.var)
    if found is None:
        return adata
    genes, others = found
    logger.info("left out: %s", ", ".join(f"{n} features of the kind {kind}" for kind, n in others.items()))
    return adata[:, genes].copy()


def _named(folder: Path, pattern: str) -> list[Path]:
    return sorted(
        (p for p in visible(folder) if p.is_file() and re.fullmatch(pattern, p.name, re.IGNORECASE)),
        key=lambda p: (not p.name.endswith(".gz"), p.name),
    )


def inside(folder: Path) -> str:
    """Name some of what a folder holds, for a message."""
    return ", ".join(p.name for p in visible(folder)[:8]) or "nothing"
