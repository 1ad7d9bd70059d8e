"""The picture of a run's domains."""

from pathlib import Path
from typing import Any

from semst.data import SliceKeys


def draw(
    adata: Any,
    path: Path,
    *,
    key: str,
    truth: str | None,
    keys: SliceKeys,
    overwrite: bool,
    **view: Any,
) -> None:
    """Write the picture of the domains, in their colours, beside the annotation where there is one.

    ``view`` are the options of :func:`semst.pl.domains` and :func:`semst.pl.compare` for what is shown.
    """
    import matplotlib

    matplotlib.use("Agg")  # a machine without a screen must not fail here
    from semst import pl

    common: dict[str, Any] = {
        "spatial_key": keys.spatial_key,
        "sample_key": keys.sample_key,
        "save": path,
        "overwrite": overwrite,
        **view,
    }
    if truth is None:
        pl.domains(adata, key, **common)
    else:
        pl.compare(adata, [key, truth], **common)
    matplotlib.pyplot.close("all")
