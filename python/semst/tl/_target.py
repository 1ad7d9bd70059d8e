"""Where results are written, checked before the work and not after it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError


def check_target(adata: AnnData, *, copy: bool) -> None:
    """Make sure that results can be written into ``adata``, or a copy of it be made.

    Parameters
    ----------
    adata
        What a function of ``tl`` was given.
    copy
        Whether its caller wants a changed copy.

    Raises
    ------
    SemSTError
        If ``adata`` is on disk and a copy or a view: neither can take new columns.

    Examples
    --------
    >>> import numpy as np
    >>> check_target(AnnData(np.ones((2, 2))), copy=True)
    """
    if adata.isbacked and copy:
        raise SemSTError(
            "copy=True with an object on disk (backed): a copy would have to be a second file. Leave copy "
            "out; columns are added in memory and the file stays as it is. Or read it all: adata.to_memory()."
        )
    if adata.isbacked and adata.is_view:
        raise SemSTError(
            "This is a part of an object on disk (a view, backed), which takes no new columns. Read the "
            "part: adata[...].to_memory()."
        )


def check_key_added(
    adata: AnnData, key: Any, *, columns: Sequence[str] = (), slots: Iterable[str] = ()
) -> None:
    """Make sure that results can have a name, and that they replace nothing but results of the same kind.

    Parameters
    ----------
    adata
        Where they are to be written.
    key
        Stem of their names, and their record in ``uns``.
    columns, slots
        What is written in ``obs``, the column of that name first, and in ``obsm``.

    Raises
    ------
    SemSTError
        If no file could hold the name, or something of the user's has it.

    Examples
    --------
    >>> import numpy as np
    >>> check_key_added(AnnData(np.ones((2, 2))), "semst")
    """
    if not isinstance(key, str) or not key or "/" in key or key in (_keys.RESERVED, adata.obs.index.name):
        raise SemSTError(
            f"{_words.name('key_added')} is {key!r}, which files cannot hold as a name; give a text "
            "without a slash that is "
            f'not "{_keys.RESERVED}" and not the name of the index.'
        )
    name, *beside = columns or [key]
    if _is_own(adata.uns.get(key)) or any(one in adata.obs for one in beside):
        return  # a column that stands beside its own: objects that were joined have lost their records
    taken = [f"obs[{name!r}]"] if name in adata.obs else []
    taken += [f"obsm[{slot!r}]" for slot in slots if slot in adata.obsm]
    taken += [f"uns[{key!r}]"] if key in adata.uns else []
    if taken:
        raise SemSTError(
            f"{_words.name('key_added')} is {key!r}, and {', '.join(taken)} would be replaced, which no run "
            f"has left there. Give the results another name with {_words.name('key_added')}, or take away "
            "what is there first."
        )


def _is_own(record: Any) -> bool:
    """Whether a slot of ``uns`` is the record of a run, or of a step of one."""
    if not isinstance(record, Mapping) or not isinstance(record.get("params"), Mapping):
        return False
    return "clustering" in record or bool({"model", "run"} & set(record["params"]))
