#!/usr/bin/env python3
"""Write R/python-needs.R: what the R package asks of Python, from pyproject.toml."""

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


def main() -> None:
    """Write the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ",\n".join(
        f"    {name} = {vector(project['optional-dependencies'][name], '    ')}" for name in EXTRAS
    )
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


if __name__ == "__main__":
    main()
