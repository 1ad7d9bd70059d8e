"""`semst embed`: a semantic vector for every spot."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst._atomic import atomic_path
from semst._errors import SemSTError
from semst.data import SliceKeys
from semst.models import ModelConfig
from semst.semantics import SOURCES
from semst.train import Compute

from . import _options as opt
from ._app import set_quiet
from ._paths import check_different, check_output
from ._settings import with_settings
from ._telling import facts, leave_to_first, line

_USED = ("layer", "use_raw", "depth_key", "spatial_key", "k_g", "ranking", "landmarks", "device", "cache_dir")


@with_settings(SliceKeys, Compute, ModelConfig, only=_USED)
def embed(
    source: opt.Input,
    semantics: Annotated[
        str,
        typer.Option(help=opt.SEMANTICS_HELP, show_default=False, autocompletion=opt.one_of(SOURCES)),
    ],
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
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    seed: opt.Seed = 0,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    all_genes: Annotated[
        bool,
        typer.Option(
            "--all-genes",
            help="Let all genes into texts, not only the 3,000 variable ones of `semst run`.",
            rich_help_panel=opt.SEMANTICS_PANEL,
        ),
    ] = False,
    **options: Any,
) -> None:
    """Write a semantic vector for every spot, the ones that `semst run` makes itself.

    `semst run --semantics FILE.npy` takes them. Under torchrun the texts are dealt out among the processes,
    one GPU each.
    """
    sidecar = out.with_suffix(".json")
    check_output(out, source=source, suffixes=(".npy",), overwrite=overwrite, what="--out")
    check_output(sidecar, source=source, suffixes=(".json",), overwrite=overwrite, what="The record")
    check_different({"--out": out, "The record": sidecar})
    quiet = set_quiet(quiet, log_level)

    import numpy as np

    from semst import __version__, io, tl
    from semst.distributed import join_group

    from ._semantics import source_name

    group = join_group(options["device"] or "auto")
    adata = io.read(source, table_key=table_key, trust=trust)
    tl.semantic_vectors(
        adata,
        source_name(semantics),
        genes="all" if all_genes else "variable",
        random_state=seed,
        progress=not quiet and group.is_first,
        **{name: value for name, value in options.items() if value is not None and value is not False},
    )
    if not group.is_first:  # all have the vectors, one writes
        return leave_to_first()
    vectors, info = adata.obsm[_keys.embedding("semantic")], adata.uns["semantic"]
    record = {
        "semst": __version__,
        "input": str(source),
        "n_spots": len(vectors),
        "n_without_counts": int(np.isnan(vectors).all(axis=1).sum()),
        "n_dimensions": vectors.shape[1],
        "semantics": info,
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
    line(f"vectors  {out}  ({vectors.shape[0]} spots x {vectors.shape[1]})")
    line(f"record   {sidecar}")
    facts(
        inputs=[source],
        outputs={"vectors": out, "record": sidecar},
        seed=seed,
        **{name: record[name] for name in ("n_spots", "n_without_counts", "n_dimensions", "semantics")},
    )


def _plain(value: Any) -> Any:
    """What JSON does not know by itself: NumPy numbers and arrays, paths."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
