"""`semst cut`: coarser domains from those that are there."""

from pathlib import Path
from typing import Annotated

import typer

from semst import _keys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_slice
from ._telling import facts, line


def cut(
    source: opt.Input,
    n: Annotated[int, typer.Option("--n", min=1, help="Number of domains to leave.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Slice to write (.h5ad or .zarr).", show_default=False)],
    key: Annotated[str, typer.Option(help="obs column of the domains.")] = _keys.KEY_ADDED,
    key_added: Annotated[
        str | None, typer.Option(help="obs column to write. Default: KEY_cut.", show_default=False)
    ] = None,
    use_rep: Annotated[
        str | None, typer.Option(help="obsm slot of the embedding. Default: that of the run.")
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
) -> None:
    """Merge the nearest domains of a slice until a number is left, and write both to a new file."""
    check_slice(out, source=source, overwrite=overwrite)
    set_quiet(quiet, log_level)

    from semst import tl

    from ._domain_sizes import print_sizes, sizes
    from ._files import SliceJob

    key_added = key_added or _keys.cut(key)
    job = SliceJob(source, out, key=key_added, overwrite=overwrite, table_key=table_key, trust=trust)
    adata = job.read()
    tl.cut(adata, n, key=key, key_added=key_added, use_rep=use_rep)
    tl.tree(adata, key, use_rep=use_rep)
    job.write(adata)
    line(f"coarser domains  {out}")
    print_sizes(adata, key_added)
    facts(inputs=[source], outputs={"slices": [out]}, domains=sizes(adata, key_added))
