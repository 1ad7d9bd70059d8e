"""Results on disk: one small file a run, written whole or not at all, and a table collected from them."""

import gzip
import json
import math
import re
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from semst import SemSTError

from ._files import replacing

DONE, FAILED, MISSING = "done", "failed", "missing"
_KEY = re.compile(r"[0-9a-f]+-[0-9a-f]+")  # nothing that could lead out of the folder
_NEEDED = {"status", "config", "dataset", "seed"}
_WIDE = 64  # embeddings with more columns are kept as float16: half the size, and domains come out alike
# what numpy raises for archives that are none of its own
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    SyntaxError,
    TypeError,
    MemoryError,
    RuntimeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class Store:
    """Folder of finished runs.

    Parameters
    ----------
    folder
        Made if it is missing. Holds ``runs/<key>.json`` with the row and ``runs/<key>.npz`` with embedding
        and domains of each run.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> store.write("a", {"status": "done"}, {"embedding": np.zeros((2, 3))})
    >>> store.read("a")["status"], store.arrays("a")["embedding"].shape
    ('done', (2, 3))
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "runs"

    def write(self, key: str, row: dict[str, Any], arrays: dict[str, np.ndarray] | None = None) -> None:
        """Write a run. The row comes last: a run without a row has not been finished."""
        if arrays is not None:
            with replacing(self.runs / f"{key}.npz") as part:
                kept: dict[str, Any] = {name: _small(name, values) for name, values in arrays.items()}
                np.savez_compressed(part, **kept)
        with replacing(self.runs / f"{key}.json") as part:
            part.write_text(json.dumps(jsonable(row), indent=1, sort_keys=True))

    def keep(
        self, key: str, row: dict[str, Any], arrays: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        """Write a run unless it found nothing and the one that is there did; returns the row that stands."""
        before = self.read(key)
        if row["status"] != DONE and before is not None and before["status"] == DONE:
            return before
        self.write(key, row, arrays if row["status"] == DONE else None)
        return row

    def read(self, key: str) -> dict[str, Any] | None:
        """Row of a run, or ``None`` where there is none that can be read."""
        try:
            row = json.loads((self.runs / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return row if _is_row(row) else None

    def arrays(self, key: str) -> dict[str, np.ndarray]:
        """Embedding and domains of a run; empty where none are kept, as for a row taken over.

        Raises
        ------
        SemSTError
            If they are damaged.
        """
        path = self.runs / f"{key}.npz"
        if not path.exists():
            return {}
        try:
            with np.load(path, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except _DAMAGED as error:
            raise SemSTError(
                f"{path} cannot be read ({error}). Delete {path.stem}.json to run it again."
            ) from error

    def arrays_are_kept(self, key: str) -> bool:
        """Whether embedding and domains of a run are here, and not its row alone."""
        return (self.runs / f"{key}.npz").exists()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row there is, by key."""
        for path in sorted(self.runs.glob("*.json")):
            row = self.read(path.stem)
            if row is not None:
                yield {"key": path.stem, **row}

    def collect(self) -> pd.DataFrame:
        """Gather all rows: a table (``runs.parquet``, ``runs.csv``), and whole in ``rows.jsonl.gz``.

        The last one is for :meth:`take_over`; rows of runs that found something missing are left out of it,
        and tracebacks, which name places on this machine, out of all.
        """
        rows = [{name: row[name] for name in row if name != "traceback"} for row in self.rows()]
        lines = [json.dumps(row, sort_keys=True) + "\n" for row in rows if row["status"] != MISSING]
        if lines:
            with replacing(self.folder / "rows.jsonl.gz") as part:
                # no time stamp: the same rows make the same file
                part.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
        table = pd.DataFrame([flat(row) for row in rows])
        for name in table.select_dtypes(object):
            kinds = {type(value) for value in table[name].dropna()}
            if len(kinds) > 1 or kinds & {list, dict}:  # of a damaged row; files have one kind a column
                table[name] = [
                    value if isinstance(value, str | None) else json.dumps(value) for value in table[name]
                ]
        if len(table):
            for ending, write in (("parquet", table.to_parquet), ("csv", table.to_csv)):
                with replacing(self.folder / f"runs.{ending}") as part:
                    write(part, index=False)
        return table

    def take_over(self, path: Path) -> int:
        """Add the rows of other runs that went well and are not here yet; what went well here stays.

        Parameters
        ----------
        path
            ``rows.jsonl.gz`` of another folder of results. Only text is read from it.

        Returns
        -------
        Rows that were added. They come without embeddings and domains: a new clusterer means a new run.

        Raises
        ------
        SemSTError
            If the file is not there or does not hold rows; nothing is added then.
        """
        try:
            rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
            found = {row["key"]: {name: row[name] for name in row if name != "key"} for row in rows}
        except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error) as error:
            raise SemSTError(f"{path} cannot be read as rows.jsonl.gz of a benchmark ({error!r}).") from error
        odd = [
            key
            for key, row in found.items()
            if not (_KEY.fullmatch(str(key)) and _is_row(row) and _NEEDED <= row.keys())
        ]
        if odd:
            raise SemSTError(f"{path} holds {len(odd)} lines that are no rows of runs, such as {odd[0]!r}.")
        # a run that failed elsewhere, for want of memory say, may do well here
        done = {key: row for key, row in found.items() if row["status"] == DONE}
        new = {key: row for key, row in done.items() if (self.read(key) or {}).get("status") != DONE}
        for key, row in new.items():
            self.write(key, row)
        return len(new)


# columns of the table of all runs, which has one kind of value in each
_KINDS: dict[str, type] = {
    **dict.fromkeys(("arm", "code", "content", "dataset", "error", "finished"), str),
    **dict.fromkeys(("seed", "n_domains", "n_spots"), int),
    **dict.fromkeys(("seconds", "cpu_seconds", "peak_gb"), float),
}


def _is_row(row: Any) -> bool:
    """Whether this is what a run leaves, and no other JSON."""
    if not isinstance(row, dict):
        return False
    scores, config = row.get("scores", {}), row.get("config", {})
    return (
        isinstance(row.get("status"), str)
        and all(_is_of(row[name], kind) for name, kind in _KINDS.items() if row.get(name) is not None)
        and isinstance(config, dict)
        and isinstance(config.get("model", ""), str | None)
        and isinstance(scores, dict)
        and all(isinstance(of, dict) for of in scores.values())
        and all(isinstance(of, dict) for one in scores.values() for of in one.values())
        and all(
            value is None or _is_of(value, float)
            for one in scores.values()
            for of in one.values()
            for value in of.values()
        )
    )


def _is_of(value: Any, kind: type) -> bool:
    """Whether a value is of this kind; truth values are no numbers, and whole numbers are numbers."""
    if kind is str:
        return isinstance(value, str)
    return isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """One level of columns: ``scores`` become ``<clusterer>.<refinement>.<metric>``, settings JSON.

    Examples
    --------
    >>> flat({"seed": 0, "scores": {"own": {"vote": {"ari": 0.5}}}, "config": {"model": "pca", "fsm": None}})
    {'seed': 0, 'model': 'pca', 'fsm': None, 'own.vote.ari': 0.5}
    """
    table: dict[str, Any] = {}
    for name, value in row.items():
        if name == "scores":
            continue
        if name == "config":
            table |= {k: json.dumps(v) if isinstance(v, dict) else v for k, v in value.items()}
        elif isinstance(value, dict | list):
            table[name] = json.dumps(value)
        else:
            table[name] = value
    for clusterer, refinements in row.get("scores", {}).items():
        for refinement, scores in refinements.items():
            table |= {f"{clusterer}.{refinement}.{metric}": value for metric, value in scores.items()}
    return table


def jsonable(value: Any) -> Any:
    """Reduce ``value`` to what JSON knows; what is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _small(name: str, values: np.ndarray) -> np.ndarray:
    if name != "embedding":
        return values
    return np.asarray(values, dtype=np.float16 if values.shape[1] > _WIDE else np.float32)
