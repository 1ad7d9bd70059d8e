"""`semst predict`: a saved model and a new slice in, a labelled slice out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst.data import SliceKeys

from . import _options as opt
from ._app import set_quiet
from ._columns import check_key_added
from ._paths import check_different, check_output, check_slice
from ._settings import with_settings
from ._telling import facts, line

_USED = ("layer", "use_raw", "depth_key", "spatial_key", "sample_key", "image_key", "use_existing_graph")


@with_settings(SliceKeys, only=_USED)
def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            show_default=False,
            help="Folder that `semst run --save-model` or `Estimator.save` wrote.",
        ),
    ],
    source: opt.Input,
    out: Annotated[Path, typer.Option(help="Labelled slice to write (.h5ad or .zarr).", show_default=False)],
    plot: opt.Plot = None,
    truth: opt.Truth = None,
    max_missing: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the model's genes that the slice may lack.")
    ] = 0.2,
    key_added: opt.KeyAdded = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    **options: Any,
) -> None:
    """Give a new slice the domains of a model that was fitted to others, and write it to a new file."""
    check_slice(out, source=source, overwrite=overwrite)
    check_output(out, source=model, suffixes=opt.SLICES, overwrite=overwrite, what="--out")
    if plot is not None:
        check_output(plot, source=source, suffixes=opt.PICTURES, overwrite=overwrite, what="--plot")
    check_different({"--out": out, "--plot": plot})
    set_quiet(quiet, log_level)

    from semst import metrics, tl

    from ._domain_sizes import sizes
    from ._files import SliceJob
    from ._pictures import draw
    from ._scores import print_scores, require_labels

    fitted = tl.Estimator.load(model)
    key = key_added or fitted.name
    check_key_added(key, {"--truth": truth, "--sample-key": options["sample_key"]})
    job = SliceJob(source, out, key=key, overwrite=overwrite, table_key=table_key, trust=trust)
    adata = job.read()
    if truth is not None:
        require_labels(adata, truth)
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    tl.predict(adata, fitted, max_missing=max_missing, key_added=key, **given)
    job.write(adata)
    line(f"labelled slice  {out}")
    if plot is not None:
        draw(adata, plot, key=key, truth=truth, keys=SliceKeys(**given), overwrite=overwrite)
        line(f"picture         {plot}")
    for text in tl.prediction_lines(adata, key):
        line(text)
    scores = None
    if truth is not None:
        scores = metrics.score(adata.obs[truth], adata.obs[key])
        print_scores(scores, title=f"{key} against {truth}")
    record = adata.uns[key]
    facts(
        inputs=[source],
        outputs={"slices": [out], "picture": plot},
        fitted=model,
        domains=sizes(adata, key),
        model=record["params"].get("model"),
        settings=record["params"],
        prediction=record["prediction"],
        scores=scores,
    )
