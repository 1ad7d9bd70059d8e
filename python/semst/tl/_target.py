"""Where results are written, checked before the work and not after it."""

from anndata import AnnData

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
