"""Vectors that were made elsewhere, one per spot."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semst._brief import brief
from semst._errors import SemSTError
from semst._numpy_files import DamagedError, load_npy

from ._types import SemanticVectors, Spots


@brief
@dataclass(frozen=True, eq=False)
class Precomputed:
    """Use vectors that were made elsewhere.

    Parameters
    ----------
    vectors
        Array (n_spots, n_dimensions), or path of a ``.npy`` file with one; rows in the order of the spots.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> Precomputed([[1, 2], [3, 4]]).embed(Spots(csr_matrix([[1], [2]]), ["MBP"])).vectors.dtype.name
    'float32'
    """

    vectors: Any

    needs_symbols = False

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        is_path = isinstance(self.vectors, str | os.PathLike)
        return f"precomputed {Path(self.vectors).name}" if is_path else "precomputed"

    def embed(self, spots: Spots) -> SemanticVectors:
        """Read and check the vectors.

        Raises
        ------
        SemSTError
            If the file cannot be read, the number of rows is not that of the spots, or a value is not finite.
        """
        n_spots = spots.counts.shape[0]
        array = np.asarray(self._load())
        if array.ndim != 2 or array.dtype.kind not in "fiu" or array.shape[1] == 0:
            raise SemSTError(
                f"{self.name}: an array of shape {array.shape} and dtype {array.dtype} is no table of "
                "vectors. One row of numbers per spot is needed."
            )
        if len(array) != n_spots:
            raise SemSTError(
                f"{self.name}: there are {len(array)} vectors for {n_spots} spots. One row per spot is "
                "needed, in the order of the spots: make the vectors again for this slice, or drop the same "
                "spots from both."
            )
        array = array.astype(np.float32)
        bad = ~np.isfinite(array).all(axis=1)
        if bad.any():
            raise SemSTError(
                f"{self.name}: the vectors of {int(bad.sum())} spots are NaN or infinite (first: row "
                f"{int(np.argmax(bad))}). Find out why before filling them in."
            )
        return SemanticVectors(array, {})

    def of_spots(self, kept: np.ndarray) -> "Precomputed":
        """Leave out the spots for which ``kept``, a mask over all spots, is false.

        Raises
        ------
        SemSTError
            If the file cannot be read. An array of another length than ``kept`` is left to :meth:`embed`.
        """
        array = np.asarray(self._load())
        return Precomputed(array[kept]) if array.shape[:1] == kept.shape else Precomputed(array)

    def _load(self) -> Any:
        if not isinstance(self.vectors, str | os.PathLike):
            return self.vectors
        path = Path(self.vectors).expanduser()
        if not path.is_file():
            raise SemSTError(
                f"There is no file {path}. Give the path of a .npy file with one vector per spot."
            )
        try:
            return load_npy(path)
        except DamagedError as error:
            raise SemSTError(
                f"{path} cannot be read as a .npy array of numbers ({error}). Save it with numpy.save."
            ) from None
