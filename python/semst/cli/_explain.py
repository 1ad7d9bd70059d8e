"""`semst explain`: what marks the domains that are there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst.data import SliceKeys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_slice
from ._settings import with_settings
from ._telling import facts, line


@with_settings(SliceKeys, only=("layer", "use_raw", "depth_key", "spatial_key", "sample_key"))
def explain(
    source: opt.Input,
    out: Annotated[Path, typer.Option(help="Explained slice to write (.h5ad or .zarr).", show_default=False)],
    key: opt.Key = _keys.KEY_ADDED,
    gene_sets: Annotated[
        str,
        typer.Option(
            help='"go", the Gene Ontology that comes with the package, or a .gmt file.',
            autocompletion=opt.one_of(["go"]),
        ),
    ] = "go",
    n_null: Annotated[
        int, typer.Option(min=0, help="Random regions that every domain is held against.")
    ] = 20,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    seed: opt.Seed = 0,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    **options: Any,
) -> None:
    """Say what marks each domain of a slice, genes and terms, and write both to a new file."""
    check_slice(out, source=source, overwrite=overwrite)
    quiet = set_quiet(quiet, log_level)

    from semst import tl

    from ._files import SliceJob

    job = SliceJob(source, out, key=key, overwrite=overwrite, table_key=table_key, trust=trust)
    adata = job.read()
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    tl.explain(adata, key, gene_sets=gene_sets, n_null=n_null, random_state=seed, progress=not quiet, **given)
    job.write(adata)
    line(f"explained slice  {out}")
    for text in tl.explain_lines(adata, key):
        line(f"  {text}")
    found = adata.uns[_keys.explained(key)]
    tables = {name: found[name] for name in ("domains", "markers", "terms")}
    facts(inputs=[source], outputs={"slices": [out]}, key=key, seed=seed, **tables)
