"""The slices that benchmarks know by name: where their files are looked for and how missing ones are had."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from anndata import AnnData

from semst import SemSTError, datasets, io

TRUTH = "ground_truth"
_ENDINGS = (".h5ad", ".zarr")


@dataclass(frozen=True)
class SliceSpec:
    """One data set of a benchmark.

    Attributes
    ----------
    name
        What it is called in tables, and the stem of its file where ``file`` is not given.
    file
        File inside the data folder.
    simulate
        Arguments of :func:`semst.datasets.simulated_cortex`: then there is no file.
    truth
        ``obs`` column of the annotation.
    n_domains
        Wanted number of domains; ``None`` for the number of annotated classes.
    depth_key
        ``obs`` column with the full library size, taken where the file has it.
    layer, spatial_key, sample_key
        See :func:`semst.tl.semst`.
    """

    name: str
    file: str | None = None
    simulate: tuple[tuple[str, Any], ...] | None = None
    truth: str = TRUTH
    n_domains: int | None = None
    depth_key: str | None = None
    layer: str | None = None
    spatial_key: str = "spatial"
    sample_key: str | None = None

    def path(self, folder: Path | None) -> Path | None:
        """Find the file in the data folder; ``None`` where it is missing or the slice is simulated."""
        if folder is None or self.simulate is not None:
            return None
        names = (
            [self.file] if self.file else [f"{stem}{end}" for stem in _stems(self.name) for end in _ENDINGS]
        )
        return next((folder / name for name in names if (folder / name).exists()), None)

    def present(self, folder: Path | None) -> bool:
        """Whether the slice can be had without a download."""
        return self.simulate is not None or self.path(folder) is not None

    def fingerprint(self, folder: Path | None) -> str:
        """Identify the content: a hash of the file, or of the simulation's arguments."""
        if self.simulate is not None:
            return f"simulated:{sorted(self.simulate)}"
        path = self.path(folder)
        if path is None:
            raise SemSTError(how_to_get(self.name, folder))
        digest = hashlib.sha256()
        for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if part.is_file():
                with part.open("rb") as handle:
                    digest.update(hashlib.file_digest(handle, "sha256").digest())
        return digest.hexdigest()[:16]

    def load(self, folder: Path | None) -> AnnData:
        """Read the slice, check its annotation, and drop a depth column that it does not have.

        Raises
        ------
        SemSTError
            If the file is missing, or has neither an annotation nor a given number of domains.
        """
        if self.simulate is not None:
            return datasets.simulated_cortex(**dict(self.simulate))
        path = self.path(folder)
        if path is None:
            raise SemSTError(how_to_get(self.name, folder))
        adata = io.read(path)
        if self.truth not in adata.obs and self.n_domains is None:
            columns = ", ".join(map(str, adata.obs.columns)) or "none"
            raise SemSTError(
                f"{path} has no annotation obs[{self.truth!r}]; its columns are: {columns}. Name the column "
                "with truth:, or give n_domains: to run without an annotation."
            )
        return adata

    def wanted_domains(self, adata: AnnData) -> int:
        """The number of domains to look for."""
        return self.n_domains or int(adata.obs[self.truth].nunique())

    def reading(self, adata: AnnData) -> dict[str, Any]:
        """Arguments that tell a model where things are in ``adata``."""
        depth = self.depth_key if self.depth_key in adata.obs else None
        return {
            "layer": self.layer,
            "depth_key": depth,
            "spatial_key": self.spatial_key,
            "sample_key": self.sample_key,
        }

    def coordinates(self, adata: AnnData) -> np.ndarray:
        """Positions of the spots."""
        if self.spatial_key not in adata.obsm:
            there = ", ".join(adata.obsm) or "nothing"
            raise SemSTError(f"{self.name} has no obsm[{self.spatial_key!r}]; obsm holds: {there}.")
        return np.asarray(adata.obsm[self.spatial_key], dtype=np.float64)

    def samples(self, adata: AnnData) -> np.ndarray | None:
        """Slice of every spot, where there are several."""
        return None if self.sample_key is None else adata.obs[self.sample_key].astype(str).to_numpy()

    def as_dict(self) -> dict[str, Any]:
        """What of this decides a result (the file's place does not)."""
        return {key: value for key, value in asdict(self).items() if key not in ("file",)}


# other names of the same slices: those of the paper and of semst.datasets
_ALIASES = {
    "starmap_mvc_BY3_1k": ("mouse_visual_cortex", "MVC"),
    "breast_cancer": ("HBC",),
    "mouse_brain_anterior": ("MBA",),
    "mouse_embryo": ("ME",),
}
PAPER_NAMES = {
    "151508": "dlpfc_151508",
    "151509": "dlpfc_151509",
    "151510": "dlpfc_151510",
    "151671": "dlpfc_151671",
    "151672": "dlpfc_151672",
    "ME": "mouse_embryo",
    "MVC": "starmap_mvc_BY3_1k",
    "HBC": "breast_cancer",
    "MBA": "mouse_brain_anterior",
}


def known(name: str) -> SliceSpec:
    """Describe a slice by name; one that nothing is known of is looked for under its own name.

    Examples
    --------
    >>> known("dlpfc_151673").depth_key
    'sum_umi_full'
    """
    canonical = next((own for own, others in _ALIASES.items() if name in others), name)
    return SliceSpec(canonical, depth_key="sum_umi_full" if canonical.startswith("dlpfc_") else None)


def how_to_get(name: str, folder: Path | None) -> str:
    """Say how a slice that is not in the data folder can be had."""
    fetchable = datasets.available()
    source = next((own for own in _stems(name) if own in fetchable.index), None)
    place = folder if folder is not None else "DATA"
    if source is None:
        return (
            f"{name}: no file {name}.h5ad in {place}, and semst.datasets does not know it. Put the file "
            "there."
        )
    without = (
        ""
        if fetchable["n_domains"].notna()[source]
        else (
            " (comes without an annotation, which its publishers do not offer for download: add it as "
            f"obs[{TRUTH!r}])"
        )
    )
    return (
        f"{name}: not in {place}. With a network: "
        f"python -c \"import semst; semst.io.write(semst.datasets.fetch('{source}'), '{place}/{name}.h5ad')\""
        f"{without}"
    )


def _stems(name: str) -> list[str]:
    return [name, *_ALIASES.get(name, ())]
