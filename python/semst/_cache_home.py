"""Where what is fetched or computed once is kept, unless a call names a folder."""

import os
from pathlib import Path

from semst._optional import optional

VARIABLE = "SEMST_CACHE_DIR"


def cache_home(*, extra: str, what: str) -> Path:
    """Return the folder that ``SEMST_CACHE_DIR`` names, else the user's cache folder for semst.

    R sets the variable to ``tools::R_user_dir("SemST", "cache")``. ``extra`` and ``what`` are as in
    :func:`semst._optional.optional`.

    Examples
    --------
    >>> import os
    >>> os.environ["SEMST_CACHE_DIR"] = "/scratch/me"
    >>> str(cache_home(extra="text", what="A cache"))
    '/scratch/me'
    >>> del os.environ["SEMST_CACHE_DIR"]
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    return optional("platformdirs", extra=extra, what=what).user_cache_path("semst")
