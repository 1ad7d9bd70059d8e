"""`semst demo`: the whole way on a simulated slice, without a network."""

from pathlib import Path
from typing import Annotated

import typer

from semst import _keys

from . import _options as opt
from ._app import set_quiet
from ._paths import check_output
from ._telling import facts, line

_TRUTH = "ground_truth"


def demo(
    out_dir: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("semst-demo"),
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    seed: opt.Seed = 0,
) -> None:
    """Simulate a cortex slice, find its layers, and write the labelled slice, a picture and a report."""
    slice_path, picture_path, report_path = (out_dir / f"cortex.{end}" for end in ("h5ad", "png", "html"))
    check_output(slice_path, source=None, suffixes=(".h5ad",), overwrite=overwrite, what="The labelled slice")
    check_output(picture_path, source=None, suffixes=(".png",), overwrite=overwrite, what="The picture")
    check_output(report_path, source=None, suffixes=(".html",), overwrite=overwrite, what="The report")
    quiet = set_quiet(quiet, log_level)

    from semst import data, datasets, io, metrics, pl, tl

    from ._pictures import draw
    from ._run_facts import of_run
    from ._scores import print_scores

    # as deep as Visium's slices are by now: all layers can be found; the defaults make a demanding slice
    adata = datasets.simulated_cortex(2_500, 860, mean_counts=3_000, effect=1.5, random_state=seed)
    n_domains = int(adata.obs[_TRUTH].nunique())
    tl.semst(adata, n_domains, random_state=seed, progress=not quiet)
    io.write(adata, slice_path, overwrite=overwrite)
    draw(
        adata,
        picture_path,
        key=_keys.KEY_ADDED,
        truth=_TRUTH,
        keys=data.SliceKeys(),
        overwrite=overwrite,
    )
    pl.report(adata, report_path, truth=_TRUTH, overwrite=overwrite)
    scores = metrics.score(adata.obs[_TRUTH], adata.obs[_keys.KEY_ADDED])
    print_scores(scores, title="domains against truth")
    line(f"labelled slice  {slice_path}")
    line(f"picture         {picture_path}")
    line(f"report          {report_path}")
    facts(
        inputs=[],
        outputs={"slices": [slice_path], "picture": picture_path, "report": report_path},
        **of_run(adata, _keys.KEY_ADDED, {"cortex": adata}),
        seed=seed,
        scores=scores,
    )
