"""Names of columns that tell slices apart."""

import re

_SLICE_LIKE = re.compile(
    r"sample|slice|slide|section|librar|batch|fov|field|donor|patient|subject|mouse|animal|individual|"
    r"replicate|specimen|capture|area|puck|orig\.?ident|image|tissue_?id|experiment|dataset",
    re.IGNORECASE,
)


def is_slice_like(name: object) -> bool:
    """Whether a column is named as those are that tell slices apart.

    Examples
    --------
    >>> is_slice_like("library_id"), is_slice_like("cell_type")
    (True, False)
    """
    return _SLICE_LIKE.search(str(name)) is not None
