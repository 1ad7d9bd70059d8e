"""What ``evidence.sh`` measured, put into the pages of the docs.

    python benchmark/scripts/fill_pages.py OUT

replaces what stands between ``<!-- measured: name -->`` and ``<!-- end -->`` by ``OUT/name.md``, and says in
``<!-- measured: version -->`` which code and which libraries it was. What is not in OUT stays, and is named.
"""

import argparse
import re
import time
from pathlib import Path

from semst_benchmark._files import replacing
from semst_benchmark._fingerprint import code_version, versions

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"(<!-- measured: ([\w-]+) -->\n\n)(.*?)(\n\n<!-- end -->)", re.DOTALL)
_SHOWN = ("numpy", "scikit-learn", "scipy", "torch")


def version() -> str:
    """The code that measured, as the pages say it."""
    libraries = ", ".join(f"{name} {number}" for name, number in versions(_SHOWN).items())
    return f"Code {code_version()}, {time.strftime('%Y-%m-%d')}; {libraries}."


def shown(text: str) -> str:
    """Tables as they are, and what is none as it was printed."""
    return text if "|---" in text else f"```text\n{text}\n```"


def filled(page: str, found: dict[str, str]) -> tuple[str, list[str]]:
    """A page with what was measured, and the names of what was not."""
    missing = [name for _, name, *_ in _BLOCK.findall(page) if name not in found]

    def put(match: re.Match) -> str:
        return match[1] + found.get(match[2], match[3]) + match[4]

    return _BLOCK.sub(put, page), missing


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="what evidence.sh wrote")
    given = parser.parse_args()
    found = {file.stem: shown(file.read_text(encoding="utf-8").strip()) for file in given.out.glob("*.md")}
    found["version"] = version()
    for path in sorted(DOCS.glob("**/*.md")):
        old = path.read_text(encoding="utf-8")
        new, missing = filled(old, found)
        if missing:
            print(f"{path.name}: not measured anew: {', '.join(missing)}")
        if new != old:
            with replacing(path) as part:
                part.write_text(new, encoding="utf-8")
            print(f"{path.name}: filled")


if __name__ == "__main__":
    main()
