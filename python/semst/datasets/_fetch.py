"""Public slices by name."""

import os
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from anndata import AnnData

from semst import _keys
from semst._atomic import atomic_path
from semst._cache_home import cache_home
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional
from semst._validate import get_counts, require_key
from semst.io import read_h5ad, read_visium

from ._download import download
from ._sources import SOURCES, Source

_TRUTH = "ground_truth"


def available() -> pd.DataFrame:
    """List the public slices that :func:`fetch` knows.

    Returns
    -------
    One row a slice: ``description``, ``n_domains`` (annotated ones; missing where there is no annotation) and
    ``citation``.

    Examples
    --------
    >>> int(available().loc["dlpfc_151673", "n_domains"])
    7
    """
    rows = {
        name: {"description": source.description, "n_domains": source.n_domains, "citation": source.citation}
        for name, source in SOURCES.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"n_domains": "Int64"})


def fetch(name: str, *, cache_dir: str | os.PathLike | None = None, progress: bool = True) -> AnnData:
    """Fetch a public slice: over the network the first time, from the cache after that.

    Please cite whom ``uns["source"]["citation"]`` names. The publishers give no checksums: that of the first
    download is noted in the cache and checked ever after (trust on first use).

    Parameters
    ----------
    name
        One of :func:`available`.
    cache_dir
        Where files are kept. Default: the folder in ``SEMST_CACHE_DIR``, else the user's cache
        folder for semst.
    progress
        Show a bar while downloading.

    Returns
    -------
    Slice with raw counts in ``X`` (csr, float32), coordinates in ``obsm["spatial"]``, the annotation in
    ``obs["ground_truth"]`` (categorical, NaN = not annotated) where there is one, and its origin in
    ``uns["source"]``.

    Raises
    ------
    MissingDependencyError
        If the packages of the extra ``datasets`` are not installed.
    SemSTError
        If the name is unknown, or a file cannot be fetched (the message says how to supply it by hand),
        differs from its checksum, or cannot be read.

    Examples
    --------
    >>> adata = fetch("dlpfc_151673")  # doctest: +SKIP
    """
    source = require_key(SOURCES, name, what="The list of public slices")
    filelock = optional("filelock", extra="datasets", what="A public slice")
    base = (
        cache_home(extra="datasets", what="A public slice")
        if cache_dir is None
        else Path(cache_dir).expanduser()
    )
    folder = base / "datasets" / name
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):  # of several processes one fetches, and the others find it
        _download_all(name, source, folder, progress=progress)
        if (folder / "spatial.tar.gz").is_file():
            _unpack_spatial(folder)
    try:
        adata = _ASSEMBLE[source.kind](folder, name)
        adata.X = get_counts(adata)[0]
    except (SemSTError, KeyError, ValueError) as error:
        raise SemSTError(
            f"{name}: what was fetched cannot be read. {_short(error)} If a download was disturbed, delete "
            f"{folder} and fetch again."
        ) from error
    adata.uns["source"] = {
        "name": name,
        "description": source.description,
        "citation": source.citation,
        "urls": [remote.url for remote in source.files.values()],
    }
    logger.info("%s: %s (%s)", name, source.description, source.citation)
    return adata


def _download_all(name: str, source: Source, folder: Path, *, progress: bool) -> None:
    for path, remote in source.files.items():
        try:
            download(remote, folder / path, progress=progress and not (folder / path).is_file())
        except OSError as error:
            missing = "".join(
                f"\n  {other.url}\n    -> {folder / place}"
                for place, other in source.files.items()
                if not (folder / place).is_file()
            )
            raise SemSTError(
                f"{name} could not be fetched: {remote.url} is out of reach ({_short(error)}). Try again "
                "with a network. Or download what is missing elsewhere and save it under these names, then "
                f'call fetch("{name}") again:{missing}\n'
                "Without any of this, semst.datasets.simulated_cortex() works."
            ) from error


def _dlpfc(folder: Path, name: str) -> AnnData:
    adata = read_visium(folder, library_id=name)
    table = pd.read_csv(
        folder / "annotation.tsv", sep="\t", header=None, names=["barcode", "sample", "layer"], dtype=str
    )
    layers = table.loc[table["sample"] == name.removeprefix("dlpfc_")].set_index("barcode")["layer"]
    return _annotate(adata, layers)


def _visium(folder: Path, name: str) -> AnnData:
    return read_visium(folder, library_id=name)


def _breast_cancer(folder: Path, name: str) -> AnnData:
    table = pd.read_csv(folder / "annotation.tsv", sep="\t", index_col="ID")
    return _annotate(_visium(folder, name), table["fine_annot_type"])


def _mosta(folder: Path, name: str) -> AnnData:
    whole = read_h5ad(folder / "E9.5_E1S1.MOSTA.h5ad")
    adata = AnnData(
        whole.layers["count"],  # X is normalised
        obs=whole.obs,
        var=whole.var[[]],
        obsm={_keys.SPATIAL: whole.obsm["spatial"]},
    )
    adata.var_names_make_unique()
    return _annotate(adata, whole.obs["annotation"])


def _starmap(folder: Path, name: str) -> AnnData:
    adata = read_h5ad(folder / "starmap_BY3_1k.h5ad")
    adata = adata[adata.obs["cluster_name"].notna().to_numpy()].copy()
    table = pd.read_csv(folder / "annotation.csv", index_col=0)
    if len(table) != adata.n_obs:
        raise SemSTError(f"There are {adata.n_obs} cells, but {len(table)} annotated ones.")
    table.index = adata.obs_names  # both list the same cells in the same order
    adata.obsm[_keys.SPATIAL] = table[["x", "y"]].to_numpy()
    return _annotate(adata, table["domain"])


_ASSEMBLE: dict[str, Callable[[Path, str], AnnData]] = {
    "dlpfc": _dlpfc,
    "visium": _visium,
    "breast_cancer": _breast_cancer,
    "mosta": _mosta,
    "starmap": _starmap,
}


def _annotate(adata: AnnData, labels: pd.Series) -> AnnData:
    adata.obs[_TRUTH] = pd.Categorical(labels.reindex(adata.obs_names))
    return adata


def _unpack_spatial(folder: Path) -> None:
    archive = folder / "spatial.tar.gz"
    if (folder / "spatial").is_dir():
        return
    try:
        with atomic_path(folder / "spatial") as part, tarfile.open(archive) as tar:
            _extract(tar, part.parent)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise SemSTError(
            f"{archive} cannot be unpacked ({_short(error)}). Delete it and its .sha256, then fetch again."
        ) from error


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """Unpack files and folders, and nothing that leads elsewhere."""
    if hasattr(tarfile, "data_filter"):
        tar.extractall(folder, filter="data")
        return
    # Python before 3.11.4, Debian 12's own among them
    inside = folder.resolve()
    for member in tar.getmembers():
        place = (inside / member.name).resolve()
        if not (member.isfile() or member.isdir()) or not place.is_relative_to(inside):
            raise SemSTError(f"the archive holds {member.name!r}, which is no plain file or leads elsewhere")
        member.mode = 0o755 if member.isdir() else 0o644
    tar.extractall(folder)


def _short(error: BaseException) -> str:
    # requests wraps the reason in several layers: the innermost one tells the user something
    text = " ".join(str(error).rpartition("Caused by ")[2].split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:297]}..."
