"""Gene sets of the user's own: a .gmt file or a mapping."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from semst import _words
from semst._errors import SemSTError

from ._go import gene_ontology
from ._sets import GeneSets

GO = "go"


def gene_sets(given: Any = GO) -> GeneSets:
    """Take gene sets in any of their forms.

    Parameters
    ----------
    given
        ``"go"`` for :func:`gene_ontology`, which comes with the package; the path of a ``.gmt`` file (name,
        description, genes, separated by tabs; one set a line); a mapping from names to genes; or
        :class:`GeneSets`.

    Returns
    -------
    The sets.

    Raises
    ------
    SemSTError
        If there is no such file, it is no .gmt, or no set holds a gene.

    Examples
    --------
    >>> sets = gene_sets({"myelin": ["MBP", "PLP1"], "inhibitory": ["GAD1"]})
    >>> list(sets.names), sets.membership.sum(axis=1).ravel().tolist()
    (['myelin', 'inhibitory'], [[2, 1]])
    """
    if isinstance(given, GeneSets):
        return given
    if isinstance(given, Mapping):
        return _of_mapping(given, {"name": "the given gene sets"})
    if isinstance(given, str | os.PathLike):
        return gene_ontology() if given == GO else _read_gmt(Path(given).expanduser())
    raise SemSTError(
        f'{_words.name("gene_sets")} is {type(given).__name__}; accepted are "{GO}", the path of a .gmt '
        "file, and a mapping from names of sets to gene symbols."
    )


def _of_mapping(
    sets: Mapping[Any, Iterable[Any]], about: Mapping[str, str], *, names: Mapping[Any, str] | None = None
) -> GeneSets:
    places: dict[str, int] = {}
    rows, columns = [], []
    for row, (name, genes) in enumerate(sets.items()):
        if isinstance(genes, str):
            raise SemSTError(f"The gene set {name!r} is one text, {genes!r}; give its genes as a list.")
        for gene in {str(gene) for gene in genes}:
            rows.append(row)
            columns.append(places.setdefault(gene, len(places)))
    if not places:
        raise SemSTError(f"{about['name']}: {len(sets)} sets, and no gene in any of them.")
    membership = sp.csr_matrix(
        (np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(sets), len(places))
    )
    ids = [str(name) for name in sets]
    titles = ids if names is None else [names[name] for name in sets]
    return GeneSets(ids, titles, [""] * len(ids), list(places), membership, about=about)


def _read_gmt(path: Path) -> GeneSets:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise SemSTError(
            f'{_words.given("gene_sets", str(path))}: there is no such file. Accepted are "{GO}", which '
            "comes with the package, the path of a .gmt file, and a mapping from names of sets to gene "
            "symbols."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SemSTError(f"{path} cannot be read as text ({error}); a .gmt file is needed.") from error
    sets: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        if len(rest) < 2:
            raise SemSTError(
                f"{path}, line {number}: a line of a .gmt file is a name, a description and genes, separated "
                f"by tabs; found was {line[:60]!r}."
            )
        if name in sets:
            raise SemSTError(f"{path}, line {number}: the set {name!r} is there twice.")
        sets[name] = [gene.strip() for gene in rest[1:] if gene.strip()]
    return _of_mapping(sets, {"name": path.name}, names={name: name.replace("_", " ") for name in sets})
