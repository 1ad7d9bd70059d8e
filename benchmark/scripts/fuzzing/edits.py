"""Edits that leave a file readable and make it lie: cells, JSON values, headers of arrays, HDF5 data sets."""

import io
import json
import re
from random import Random
from typing import Any

import h5py
import numpy as np

HUGE = 2**40
_CELLS = (
    "",
    "NaN",
    "-1",
    "-1e9",
    "inf",
    "1e400",
    "²",
    "١٢",
    "0x10",
    "1.5",
    "\x00",
    '"',
    "a" * 70_000,
    "9" * 30,
    str(HUGE),
    "=1+1",
    "1;2",
    "MBP",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    HUGE,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "²",
    "../../x",
    "x" * 70_000,
    [],
    {},
    [[]],
    [HUGE, HUGE],
    {"a": {"b": []}},
)


def edit_text(content: bytes, rng: Random) -> bytes:
    """A cell or a line of a text is another, missing, or there twice."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    lines = text.split("\n")
    row = rng.randrange(len(lines))
    kind = rng.randrange(8)
    if kind < 4:
        separator = next((one for one in ("\t", ",", ": ", " ") if one in lines[row]), ",")
        cells = lines[row].split(separator)
        cells[rng.randrange(len(cells))] = rng.choice(_CELLS)
        lines[row] = separator.join(cells)
    elif kind == 4:
        del lines[row]
    elif kind == 5:
        lines.insert(rng.randrange(len(lines) + 1), lines[row])
    elif kind == 6:
        return rng.choice(("\r\n", "\r", "\n\n")).join(lines).encode()
    else:
        lines = [re.sub("[\t,]", rng.choice((";", " ", "|", "")), line) for line in lines]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def edit_json(content: bytes, rng: Random) -> bytes:
    """A value of a JSON text is another, or missing."""
    try:
        whole = json.loads(content)
    except ValueError:
        return content
    places = list(_places(whole))
    if not places:
        return json.dumps(rng.choice(_VALUES)).encode()
    parent, key = rng.choice(places)
    if rng.random() < 0.25:
        del parent[key]
    else:
        parent[key] = rng.choice(_VALUES)
    return json.dumps(whole).encode()


def _places(value: Any) -> Any:
    pairs = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


def edit_npy(content: bytes, rng: Random) -> bytes:
    """The header of an .npy names another shape or type; the length of the header stays."""
    at = content.find(b"{'descr'")
    end = content.find(b"\n", at)
    if at < 0 or end < 0:
        return content
    header = content[at:end]
    shapes = (b"(1099511627776, 4)", b"(-1, 4)", b"(0, 4)", b"()", b"(2, 2", b"(4611686018427387904, 8)")
    kinds = (b"'|O'", b"'<U900000000'", b"'<i8'", b"'>f4'", b"'|V0'", b"[('a', '|O')]", b"'<c16'")
    if rng.random() < 0.5:
        changed = re.sub(rb"\([^)]*\)", rng.choice(shapes), header, count=1)
    else:
        changed = re.sub(rb"'[<>|=]\w+'", rng.choice(kinds), header, count=1)
    return content[:at] + changed.strip().ljust(len(header)) + content[end:]


def edit_h5(content: bytes, rng: Random) -> bytes:
    """A data set or an attribute of an HDF5 file is another."""
    room = io.BytesIO(content)
    try:
        with h5py.File(room, "r+") as h5:
            sets: list[str] = []
            h5.visititems(lambda name, one: sets.append(name) if isinstance(one, h5py.Dataset) else None)
            _edit_set(h5, rng.choice(sorted(sets)), rng)
    except (OSError, ValueError, TypeError, RuntimeError, KeyError, IndexError):
        return content
    return room.getvalue()


def _edit_set(h5: h5py.File, name: str, rng: Random) -> None:
    values, attributes = h5[name][()], dict(h5[name].attrs)
    kind = rng.randrange(9)
    if kind == 0:
        holder = h5[rng.choice((name, h5[name].parent.name, "/"))]
        if holder.attrs:
            key = rng.choice(sorted(holder.attrs))
            del holder.attrs[key]
            if rng.random() < 0.7:
                holder.attrs[key] = rng.choice(
                    ("csr_matrix", "dataframe", "x", "9.9", -1, HUGE, [HUGE, HUGE])
                )
        return
    del h5[name]
    if kind == 1:
        return
    if kind == 2:
        h5.create_group(name)
    elif kind == 3:
        h5[name] = h5py.SoftLink(rng.choice((f"/{name}", "/", "/nowhere")))
        return
    elif kind == 4:  # a shape that no disk could hold, of which nothing is stored
        kept = (
            values.dtype
            if getattr(values, "dtype", None) is not None and values.dtype.kind in "iuf"
            else "f4"
        )
        h5.create_dataset(name, shape=(HUGE,) * max(np.ndim(values), 1), dtype=kept, chunks=True)
    elif kind == 5:
        h5[name] = rng.choice((np.zeros(0), np.ones((2, 2, 2)), "text", 3.5, np.array([b"a", b"\xff"])))
    else:
        h5[name] = _other(np.asarray(values), rng)
    for key, value in attributes.items():
        h5[name].attrs[key] = value


def _other(values: np.ndarray, rng: Random) -> np.ndarray:
    """One odd value, another type, or another length."""
    if values.dtype.kind not in "iuf" or not values.size:
        return values[: len(values) // 2] if values.ndim else values
    kind = rng.randrange(4)
    if kind == 0:
        return values[: len(values) // 2] if values.ndim else values
    if kind == 1:
        return np.concatenate([values, values]) if values.ndim else values
    if kind == 2:
        return values.astype(rng.choice(("f8", "i1", "u8", "S5", "c16")))
    odd = rng.choice((-1, HUGE, 2**62, 10**7, float("nan"), float("inf"), 0.5, -0.5, 1e300))
    if values.dtype.kind != "f":
        values = values.astype("f8" if isinstance(odd, float) else "i8")
    values = values.astype("f8") if values.dtype.kind == "f" else values
    values.flat[rng.randrange(values.size)] = odd
    return values
