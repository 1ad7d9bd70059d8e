"""What semstPython() of R reports."""

import sys
from pathlib import Path
from typing import Any

from semst._record import versions


def status() -> dict[str, Any]:
    """Return the versions of Python and the packages, and the devices within reach.

    Returns
    -------
    ``interpreter``, ``core`` (folder of this package), ``versions`` (name to version, of what is installed)
    and ``devices``.

    Examples
    --------
    >>> status()["devices"][0]
    'cpu'
    """
    import torch

    devices = ["cpu"]
    devices += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {
        "interpreter": sys.executable,
        "core": str(Path(__file__).resolve().parent.parent),
        "versions": versions(),
        "devices": devices,
    }
