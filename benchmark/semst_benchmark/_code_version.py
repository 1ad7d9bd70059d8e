"""Which code made a result: a hash of the sources that have a part in it."""

import hashlib
from functools import cache
from pathlib import Path

from semst import __version__

# what cannot change a run's numbers: pictures, the command line, and of the benchmark all that comes before
# and after a run
_WITHOUT_A_PART = ("pl", "cli", "_r")
_AROUND_A_RUN = (
    "_benchmark _code_version _difference_figures _figures _findings _maps _plan _read_suite _report _stats "
    "_store _suite _summary _tables _workers"
).split()


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
        around = place.parts[0] == "benchmark" and path.stem in _AROUND_A_RUN
        if place.parts[0] not in _WITHOUT_A_PART and not around:
            digest.update(str(place).encode())
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"
