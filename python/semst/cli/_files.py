"""Slices read and written by commands: what fails is known before the work, what was found is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semst import _keys, io
from semst._errors import SemSTError

_SPATIALDATA = "spatialdata_attrs"  # in uns: the table annotates elements of a SpatialData


@dataclass(frozen=True)
class SliceJob:
    """A slice to be read, and where it is to be written.

    Attributes
    ----------
    source
        The input.
    out
        The output; ``None``: nothing is written.
    key
        Stem of the names of the results.
    overwrite
        Whether ``out`` may be replaced.
    table_key
        Which table of a SpatialData store.
    trust
        Whether an ``.rds`` file may run what it holds.
    """

    source: Path
    out: Path | None
    key: str
    overwrite: bool
    table_key: str | None = None
    trust: bool = False

    def read(self) -> Any:
        """Read the slice, and make sure that it can be written with results.

        Raises
        ------
        SemSTError
            If it cannot be read, or something in it cannot be written; its slot is named.
        """
        adata = io.read(self.source, table_key=self.table_key, trust=self.trust)
        if self.out is None:
            return adata
        if self._into_store:
            io.check_spatialdata(
                adata,
                self.out,
                store=self.source,
                table_key=self.table_key,
                key_added=self.key,
                overwrite=self.overwrite,
            )
        else:
            self._refuse_bare(adata)
            io.check_writable(adata, self.out)
        return adata

    def write(self, adata: Any) -> None:
        """Write it: from a SpatialData store to a store with all that the former holds.

        Where that fails, what was found goes to plain files beside it.

        Raises
        ------
        SemSTError
            If it cannot be written; the message says where labels and embedding are.
        """
        assert self.out is not None
        try:
            if self._into_store:
                io.write_spatialdata(
                    adata,
                    self.out,
                    store=self.source,
                    table_key=self.table_key,
                    overwrite=self.overwrite,
                )
            else:
                io.write(adata, self.out, overwrite=self.overwrite)
        except SemSTError as error:
            places = _rescue(adata, self.out, self.key)
            if not places:
                raise
            raise SemSTError(
                f"{error} What was found is kept in {' and '.join(map(str, places))}, a row a spot of the "
                "input."
            ) from error

    @property
    def _into_store(self) -> bool:
        return self._is_zarr and io.is_spatialdata_store(self.source)

    @property
    def _is_zarr(self) -> bool:
        return self.out is not None and self.out.suffix.lower() == ".zarr"

    def _refuse_bare(self, adata: Any) -> None:
        """Make sure that no table of a SpatialData that is packed, or in a folder, becomes a store alone."""
        name = self.source.name.lower()
        alone = name.endswith((".h5ad", ".h5ad.gz")) or (name.endswith(".zarr") and self.source.is_dir())
        if self._is_zarr and _SPATIALDATA in adata.uns and not alone:
            raise SemSTError(
                f"--out {self.out} would hold a table alone: {self.source} is no SpatialData store itself, "
                "but one is in it, with more than that. Give the store as input, unpacked, or an --out with "
                "the ending .h5ad for the table."
            )


def _rescue(adata: Any, out: Path, key: str) -> list[Path]:
    """Write columns and embedding of a result as text and as bare arrays; where even that fails, nothing."""
    stem = out.name.removesuffix(out.suffix)
    columns = [name for name in adata.obs if name == key or str(name).startswith(f"{key}_")]
    table, arrays = out.with_name(f"{stem}.rescued.csv"), out.with_name(f"{stem}.rescued.npz")
    slot = _keys.embedding(key)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        adata.obs[columns].to_csv(table)
        held = {name: np.asarray(adata.obs[name].astype(str), dtype=str) for name in columns}
        if slot in adata.obsm:
            held[slot] = np.asarray(adata.obsm[slot])
        held["spots"] = np.asarray(adata.obs_names, dtype=str)
        np.savez_compressed(arrays, allow_pickle=False, **held)
    except (OSError, ValueError, TypeError, KeyError):
        return [path for path in (table, arrays) if path.exists()]
    return [table, arrays]
