"""Which code made a result: a hash of the sources that have a part in it."""

import hashlib
from functools import cache
from pathlib import Path

from semst import __version__

# rooms whose code cannot change a run's numbers
_WITHOUT_A_PART = ("pl", "cli", "benchmark", "io")


@cache
def code_version() -> str:
    """Version of the package and a hash of its sources, e.g. ``"0.1.0+1f0c2b7e"``.

    Pictures, the command line and the benchmark's own tables are left out: changing them repeats no run.

    Examples
    --------
    >>> "+" in code_version()
    True
    """
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if place.parts[0] not in _WITHOUT_A_PART:
            digest.update(str(place).encode())
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"
