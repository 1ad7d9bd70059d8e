"""`semst split`: sub-domains of a domain that is there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst.data import SliceKeys
from semst.train import Compute

from . import _options as opt
from ._app import set_quiet
from ._paths import check_slice
from ._settings import with_settings
from ._telling import facts, line


@with_settings(
    SliceKeys, Compute, only=("layer", "use_raw", "depth_key", "spatial_key", "sample_key", "device")
)
def split(
    source: opt.Input,
    domain: Annotated[str, typer.Option(help="Name of the domain to split.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Slice to write (.h5ad or .zarr).", show_default=False)],
    n: Annotated[int, typer.Option("--n", min=2, help="Number of sub-domains.")] = 2,
    key: Annotated[str, typer.Option(help="obs column of the domains.")] = _keys.KEY_ADDED,
    key_added: Annotated[
        str | None,
        typer.Option(
            help="obs column to write. Default: KEY_split, or KEY if it ends so.", show_default=False
        ),
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    **options: Any,
) -> None:
    """Find sub-domains of a domain on its spots alone, and write them to a new file.

    Model, settings and how the slice is read are those of the run that found the domain.
    """
    check_slice(out, source=source, overwrite=overwrite)
    quiet = set_quiet(quiet, log_level)

    from semst import tl

    from ._domain_sizes import print_sizes, sizes
    from ._files import SliceJob

    key_added = key_added or _keys.split(key)
    job = SliceJob(source, out, key=key_added, overwrite=overwrite, table_key=table_key, trust=trust)
    adata = job.read()
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    tl.split(adata, domain, n, key=key, key_added=key_added, progress=not quiet, **given)
    job.write(adata)
    line(f"sub-domains  {out}")
    print_sizes(adata, key_added)
    facts(inputs=[source], outputs={"slices": [out]}, domains=sizes(adata, key_added))
