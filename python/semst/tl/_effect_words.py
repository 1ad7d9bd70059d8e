"""What the text moved, in words."""

import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError
from semst._validate import require_key

_SHOWN = 3  # genes in a line


def semantic_effect_lines(adata: AnnData, key: str = _keys.KEY_ADDED) -> list[str]:
    """Tell what the semantic vectors of a run moved, a line a domain.

    Parameters
    ----------
    adata
        Object with the record of a run of :func:`semst.tl.run`.
    key
        ``uns`` slot of the record.

    Returns
    -------
    Lines such as "domain 3: 12 of 340 spots change without the text, 9 with one text for all, 40 with genes'
    vectors permuted; heaviest: MBP, PLP1 (against)". The vector of a gene that is marked so pulls spots away
    from the domain. One line with the reason where the run could not look.

    Raises
    ------
    SemSTError
        If the slot is missing, or the run had no semantic vectors.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> settings = {"epochs": 2, "cluster": "mixture", "progress": False}
    >>> semst.tl.semst(adata, 4, semantics="random", **settings)
    >>> len(semantic_effect_lines(adata))
    4
    """
    record = require_key(adata.uns, key, what=f"uns slot ({_words.name('key')})")
    effect = record.get("semantic_effect") if hasattr(record, "get") else None
    if effect is None:
        raise SemSTError(
            f"uns[{key!r}] does not tell what semantic vectors did: the run had none, or "
            f"{_words.given('explain', False)}. Run again with "
            f"{_words.given('semantics', 'minilm-genes')}, say."
        )
    if "reason" in effect:
        return [f"what the text moved is not known: {effect['reason']}"]
    genes = pd.DataFrame(dict(effect.get("genes", {"domain": [], "gene": [], "log_odds": []})))
    wrong = "genes' vectors permuted" if effect["permuted"] == "genes" else "vectors permuted across spots"
    lines = []
    for row in pd.DataFrame(dict(effect["moved"])).itertuples():
        line = f"domain {row.domain}: {row.off} of {row.n_spots} spots change without the text, "
        line += f"{row.same} with one text for all, {row.permuted} with {wrong}"
        first = genes[genes["domain"] == row.domain].head(_SHOWN)
        named = [
            gene if log_odds >= 0 else f"{gene} (against)"
            for gene, log_odds in zip(first["gene"], first["log_odds"], strict=True)
        ]
        lines.append(line + (f"; heaviest: {', '.join(named)}" if named else ""))
    return lines
