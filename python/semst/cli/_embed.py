"""`semst embed`: a semantic vector for every spot."""

import json
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from semst import _keys
from semst._atomic import atomic_path
from semst._errors import SemSTError

from . import _options as opt
from ._app import app, set_quiet
from ._paths import check_different, check_output


@app.command()
def embed(
    source: opt.Input,
    semantics: Annotated[str, typer.Option(help=opt.SEMANTICS_HELP, show_default=False)],
    out: Annotated[
        Path,
        typer.Option(
            help="Array to write (.npy, float32, one row per spot; NaN for spots without counts). A .json of "
            "the same name tells how it came about.",
            show_default=False,
        ),
    ],
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    seed: opt.Seed = 0,
    layer: opt.Layer = None,
    use_raw: opt.UseRaw = False,
    table_key: opt.TableKey = None,
    depth_key: opt.DepthKey = None,
    k_g: Annotated[
        int, typer.Option("--k-g", help="Genes per spot in a prompt.", rich_help_panel=opt.SEMANTICS_PANEL)
    ] = 20,
    ranking: Annotated[
        str,
        typer.Option(
            help="What ranks a spot's genes: expression, normalised or specificity.",
            rich_help_panel=opt.SEMANTICS_PANEL,
        ),
    ] = "expression",
    all_genes: Annotated[
        bool,
        typer.Option(
            "--all-genes",
            help="Let all genes into texts, not only the 3,000 variable ones of `semst run`.",
            rich_help_panel=opt.SEMANTICS_PANEL,
        ),
    ] = False,
    landmarks: opt.Landmarks = None,
    spatial_key: opt.SpatialKey = _keys.SPATIAL,
    cache_dir: opt.CacheDir = None,
    device: opt.Device = "auto",
) -> None:
    """Write a semantic vector for every spot, the ones that `semst run` makes itself.

    `semst run --semantics FILE.npy` takes them. Under torchrun the texts are dealt out among the processes,
    one GPU each.
    """
    sidecar = out.with_suffix(".json")
    check_output(out, source=source, suffixes=(".npy",), overwrite=overwrite, what="--out")
    check_output(sidecar, source=source, suffixes=(".json",), overwrite=overwrite, what="The record")
    check_different({"--out": out, "The record": sidecar})
    set_quiet(quiet)

    import numpy as np

    from semst import __version__, io, pp
    from semst.distributed import join_group
    from semst.tl._semantics import semantic_source, semantic_vectors
    from semst.tl._slice import read_slice

    from ._semantics import source_name

    group = join_group(device)
    adata = io.read(source, table_key=table_key)
    data, kept = read_slice(adata, layer=layer, use_raw=use_raw, depth_key=depth_key, spatial_key=spatial_key)
    found = semantic_vectors(
        semantic_source(source_name(semantics), adata, data, kept),
        data,
        data.genes if all_genes else pp.semst_features(data.counts, data.genes, depth=data.depth).genes,
        k_g=k_g,
        ranking=cast(Any, ranking),  # checked there
        landmarks=landmarks or 0,
        random_state=seed,
        cache_dir=cache_dir,
        device=device,
        progress=not quiet and group.is_first,
    )
    if found.vectors is None:
        raise SemSTError(f'"{semantics}" gives no vectors: there is nothing to write.')
    if not group.is_first:  # all have the vectors, one writes
        return
    vectors = np.full((len(kept), found.vectors.shape[1]), np.nan, dtype=np.float32)
    vectors[kept] = found.vectors
    record = {
        "semst": __version__,
        "input": str(source),
        "n_spots": len(kept),
        "n_without_counts": int((~kept).sum()),
        "n_dimensions": vectors.shape[1],
        "semantics": found.info,
    }
    try:
        with atomic_path(out, overwrite=overwrite) as part:
            with part.open("wb") as handle:  # np.save would add an ending of its own to a name
                np.save(handle, vectors, allow_pickle=False)
        with atomic_path(sidecar, overwrite=overwrite) as part:
            part.write_text(json.dumps(record, indent=2, default=_plain) + "\n", encoding="utf-8")
    except OSError as error:
        raise SemSTError(
            f"{out} could not be written ({error}). Check the free space and the rights."
        ) from error
    typer.echo(f"vectors  {out}  ({vectors.shape[0]} spots x {vectors.shape[1]})")
    typer.echo(f"record   {sidecar}")


def _plain(value: Any) -> Any:
    """What JSON does not know by itself: NumPy numbers and arrays, paths."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
