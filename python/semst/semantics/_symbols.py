"""Find the genes of the data in somebody else's table, although both spell them differently."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from semst import _words
from semst._errors import SemSTError

_VERSION = re.compile(r"(ENS[A-Z]*G\d{6,})\.\d+$", re.IGNORECASE)
_NOT_IN_R_NAMES = re.compile(r"[^0-9A-Za-z._]")


def match_symbols(
    symbols: Sequence[str], known: Sequence[str], *, across_species: bool = False
) -> np.ndarray:
    """Find every symbol among the known ones.

    Tried in this order, the first hit counts: the same spelling; the same without regard to case and without
    the version of an Ensembl ID (``ENSG00000197971.15``); the same after R's ``make.names`` (``A1BG.AS1`` for
    ``A1BG-AS1``, ``X5S_rRNA`` for ``5S_rRNA``). Of equal known spellings the first is taken.

    Parameters
    ----------
    symbols
        Genes of the data.
    known
        Genes of the table.
    across_species
        Whether a mouse gene may stand for the human gene of the same name and the other way round
        (``Actb`` = ``ACTB``). Without it, such a match is refused instead of made silently.

    Returns
    -------
    For every symbol its index in ``known``, -1 where there is none.

    Raises
    ------
    SemSTError
        If one side is spelled like mouse and the other like human, and ``across_species`` is false.

    Examples
    --------
    >>> match_symbols(["mbp", "A1BG.AS1", "XYZ"], ["A1BG-AS1", "MBP", "GFAP"]).tolist()
    [1, 0, -1]
    """
    if not across_species:
        _refuse_other_species(symbols, known)
    found = np.full(len(symbols), -1, dtype=np.int64)
    for spelling in (_exact, _without_case, _as_r_spells):
        missing = np.flatnonzero(found < 0)
        if not missing.size:
            break
        places = _index(known, spelling)
        found[missing] = [places.get(spelling(symbols[i]), -1) for i in missing.tolist()]
    return found


def spelled_like(symbols: Sequence[str]) -> str:
    """Tell ``"mouse"`` (``Actb``) from ``"human"`` (``ACTB``) by how most names are written.

    Where neither prevails the answer is ``"unclear"``.

    Examples
    --------
    >>> spelled_like(["Actb", "Gfap", "1700019D03Rik"]), spelled_like(["ACTB", "C1orf112", "MBP"])
    ('mouse', 'human')
    """
    # C1orf112 is how a human gene is written, and Ensembl IDs look the same in every species
    names = [name.replace("orf", "ORF") for name in symbols if not name.upper().startswith("ENS")]
    letters = [name for name in names if any(c.isalpha() for c in name)]
    mouse = sum(any(c.islower() for c in name[1:]) and not name[0].islower() for name in letters)
    human = sum(name.isupper() for name in letters)
    if 2 * mouse > len(letters):
        return "mouse"
    return "human" if 2 * human > len(letters) else "unclear"


def _by_name() -> str:
    """How to match across species, which has no option in the shell."""
    how = _words.source("GeneTable", table="<file>", across_species=True)
    return f"; or, to match them by name, {how}" if how else ""


def _refuse_other_species(symbols: Sequence[str], known: Sequence[str]) -> None:
    if 2 * len(set(symbols) & set(known)) > len(set(symbols)):
        return  # a table of both species, say
    here, there = spelled_like(symbols), spelled_like(known)
    if {here, there} == {"mouse", "human"}:
        raise SemSTError(
            f"The genes of the data are spelled like {here} (e.g. {_some(symbols)}), those of the table like "
            f"{there} (e.g. {_some(known)}). Take a table for {here}{_by_name()}."
        )


def _exact(name: str) -> str:
    return name


# Tables have 75,000 names and more, nearly all of which the patterns leave as they are: looked at first.


def _without_case(name: str) -> str:
    name = name.strip()
    return (_VERSION.sub(r"\1", name) if "." in name else name).upper()


def _as_r_spells(name: str) -> str:
    name = name.strip()
    plain = name.isascii() and name.isalnum()
    spelled = (name if plain else _NOT_IN_R_NAMES.sub(".", name)).upper()
    return spelled[1:] if spelled[:1] == "X" and spelled[1:2].isdigit() else spelled


def _index(known: Sequence[str], spelling: Callable[[str], str]) -> dict[str, int]:
    spelled = [spelling(name) for name in known]
    return dict(zip(reversed(spelled), reversed(range(len(spelled))), strict=True))  # the first one stays


def _some(names: Sequence[str], n: int = 3) -> str:
    return ", ".join(names[:n])
