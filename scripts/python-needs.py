#!/usr/bin/env python3
"""Write what the R package asks of Python, from pyproject.toml and constraints.txt.

R/python-needs.R has the lower bounds, for a Python of the user's; inst/requirements.txt the versions with
which the tests pass, for one that is made for it.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# what R's functions reach; R itself is there already
EXTRAS = ("contacts", "integration", "large", "leiden", "outlines", "text")


def vector(needs: list[str], indent: str) -> str:
    """An R vector of strings, one a line."""
    lines = ",\n".join(f'{indent}    "{need}"' for need in needs)
    return f"c(\n{lines}\n{indent})"


def pinned(needs: list[str]) -> list[str]:
    """The same packages at the versions that constraints.txt holds."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    held = {line.partition("==")[0].lower().replace("_", "-"): line for line in lines if "==" in line}
    names = {re.split("[<>=]", need)[0].lower() for need in needs}
    return sorted((held[name] for name in names), key=str.lower)


def main() -> None:
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ",\n".join(
        f"    {name} = {vector(project['optional-dependencies'][name], '    ')}" for name in EXTRAS
    )
    every = project["dependencies"] + [
        need for name in EXTRAS for need in project["optional-dependencies"][name]
    ]
    version = re.sub("[>=]", "", project["requires-python"])
    (ROOT / "R" / "python-needs.R").write_text(
        f"""# Written by scripts/python-needs.py from pyproject.toml; change that one.

# what the Python core imports in any case, and what some functions need on top
.needs <- {vector(project["dependencies"], "")}
.extras <- list(
{extras}
)
.pythonVersion <- "{version}"
"""
    )
    (ROOT / "inst" / "requirements.txt").write_text("\n".join(pinned(every)) + "\n")


if __name__ == "__main__":
    main()
