"""What a language model answered: read strictly, and held against what it was told."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ._name_prompt import UNCLEAR

NAMED = "named"
UNSUPPORTED = "unsupported"
UNREADABLE = "unreadable"
NO_EVIDENCE = "no evidence"
_LONGEST = 80

_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]*[A-Za-z0-9]")


@dataclass(frozen=True)
class Verdict:
    """An answer after all checks; ``note`` says what is wrong with one that gives no name."""

    status: str
    name: str = ""
    reason: str = ""
    genes: tuple[str, ...] = ()
    note: str = ""


def judge(answer: str, *, evidence: Collection[str], universe: Collection[str]) -> Verdict:
    """Read an answer and check that the genes it cites were in the evidence.

    Parameters
    ----------
    answer
        The text, which has to be one JSON object with ``name``, ``reason`` and ``genes``; a code fence around
        the whole of it is taken off.
    evidence
        Genes that the prompt listed.
    universe
        All genes of the data: which words of the reason are gene symbols.

    Returns
    -------
    ``status`` "named", "unclear", "unreadable" or "unsupported", with what could be read.

    Examples
    --------
    >>> answer = '{"name": "White matter", "reason": "MBP is myelin.", "genes": ["MBP"]}'
    >>> judge(answer, evidence={"MBP"}, universe={"MBP", "GFAP"}).status
    'named'
    >>> judge(answer, evidence={"GFAP"}, universe={"MBP", "GFAP"}).note
    'cites MBP, which was not among the evidence'
    """
    try:
        name, reason, genes = _read(answer)
    except ValueError as error:
        return Verdict(UNREADABLE, note=str(error))
    if name.casefold() == UNCLEAR:
        return Verdict(
            UNCLEAR, name, reason, genes, note="the model finds that the evidence does not suffice"
        )
    known = {gene.casefold() for gene in evidence}
    cited = dict.fromkeys([*genes, *_gene_symbols(reason, universe)])
    foreign = [gene for gene in cited if gene.casefold() not in known]
    note = ""
    if foreign:
        note = f"cites {', '.join(foreign)}, which {'were' if foreign[1:] else 'was'} not among the evidence"
    elif not genes:
        note = "cites no gene of the evidence"
    return Verdict(UNSUPPORTED if note else NAMED, name, reason, genes, note)


def _read(answer: str) -> tuple[str, str, tuple[str, ...]]:
    text = answer.strip()
    fenced = _FENCE.fullmatch(text)
    try:
        found = json.loads(fenced[1] if fenced else text, object_pairs_hook=_without_twins)
    except json.JSONDecodeError as error:
        raise ValueError(f"the answer is no JSON ({error.msg})" if text else "the answer is empty") from None
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError(f"the answer is a JSON {type(found).__name__}, and an object is wanted")
    wanted = {"name", "reason", "genes"}
    if found.keys() != wanted:
        raise ValueError(
            f"the answer has the fields {', '.join(found) or 'none'}; wanted are name, reason and genes"
        )
    name, reason, genes = found["name"], found["reason"], found["genes"]
    if not isinstance(name, str) or not isinstance(reason, str):
        raise ValueError("name and reason are to be text")
    name = name.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise ValueError(f"the name is to be one line of 1 to {_LONGEST} characters")
    if not isinstance(genes, list) or not all(isinstance(gene, str) for gene in genes):
        raise ValueError("genes is to be a list of texts")
    return name, reason.strip(), tuple(gene.strip() for gene in genes if gene.strip())


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the answer has a field twice")
    return found


def _gene_symbols(text: str, universe: Collection[str]) -> list[str]:
    """Words that are symbols of the data's genes: as they are spelled there, or all in capitals.

    Examples
    --------
    >>> _gene_symbols("A set of myelin genes, MBP-positive, with Plp1.", {"Mbp", "Plp1", "Set"})
    ['MBP', 'Plp1']
    """
    exact = set(universe)
    capitals = {gene.upper() for gene in universe}
    found = []
    for word in _WORD.findall(text):
        for part in [word] if word in exact else re.split(r"[-.]", word):
            if part in exact or (len(part) > 1 and part.isupper() and part in capitals):
                found.append(part)
    return found
