"""`semst run`: a slice in, a labelled slice out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys

from . import _options as opt
from ._app import app, set_quiet
from ._model import SEMST, check_key_added, check_model, run_model
from ._paths import check_different, check_output

_MODEL = "Model"
_CLUSTERING = "Clustering"


def _number_or_auto(value: str) -> str:
    """Refuse what cannot be a number of domains before any file is opened."""
    if value != "auto" and not value.isdigit():
        raise typer.BadParameter(f"{value!r} is neither a whole number nor 'auto'.")
    return value


@app.command()
def run(
    source: opt.Input,
    n_domains: Annotated[
        str,
        typer.Option(
            help='Number of spatial domains, 2 or more, or "auto".',
            show_default=False,
            callback=_number_or_auto,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Labelled slice to write (.h5ad or .zarr).", show_default=False)],
    plot: Annotated[
        Path | None, typer.Option(help="Picture of the domains to write (.png, .pdf, ...).")
    ] = None,
    truth: Annotated[
        str | None,
        typer.Option(
            help="obs column with an annotation: scores at the end, and it is drawn beside the domains."
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="semst, semanticst, stagate, graphst, spatial-mgcn, gaaest, sedr, mafn, stdcl, dusted or "
            "staig."
        ),
    ] = SEMST,
    preset: Annotated[str, typer.Option(help="semst or paper; of SemST.")] = "semst",
    key_added: Annotated[
        str | None, typer.Option(help="Stem of the names of all results. Default: the model's name.")
    ] = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    seed: opt.Seed = 0,
    layer: opt.Layer = None,
    use_raw: opt.UseRaw = False,
    table_key: opt.TableKey = None,
    sample_key: opt.SampleKey = None,
    spatial_key: opt.SpatialKey = _keys.SPATIAL,
    depth_key: opt.DepthKey = None,
    semantics: Annotated[
        str | None,
        typer.Option(
            help=f"{opt.SEMANTICS_HELP} Default: the preset's.", rich_help_panel=opt.SEMANTICS_PANEL
        ),
    ] = None,
    k_g: opt.KG = None,
    ranking: opt.Ranking = None,
    landmarks: opt.Landmarks = None,
    cache_dir: opt.CacheDir = None,
    store_semantic: Annotated[
        bool,
        typer.Option(
            "--store-semantic", help="Keep the semantic vectors in obsm.", rich_help_panel=opt.SEMANTICS_PANEL
        ),
    ] = False,
    n_neighs: Annotated[
        int | None,
        typer.Option(
            help="Wanted mean number of spatial neighbours. Default: the preset's.", rich_help_panel=_MODEL
        ),
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(help="Radius of the spatial graph instead, in data units.", rich_help_panel=_MODEL),
    ] = None,
    use_existing_graph: Annotated[
        bool,
        typer.Option(
            "--use-existing-graph",
            help=f'Take obsp["{_keys.SPATIAL_CONNECTIVITIES}"] as the spatial graph.',
            rich_help_panel=_MODEL,
        ),
    ] = False,
    fsm: Annotated[
        bool,
        typer.Option("--fsm", help="Plug FSM into a model other than SemST.", rich_help_panel=_MODEL),
    ] = False,
    image_key: Annotated[
        str | None,
        typer.Option(help="obsm slot with image features, for STAIG.", rich_help_panel=_MODEL),
    ] = None,
    harmony: Annotated[
        bool,
        typer.Option(
            "--harmony",
            help="Correct the embedding of several slices (--sample-key) with Harmony; not for SemST.",
            rich_help_panel=_MODEL,
        ),
    ] = False,
    fusion: Annotated[
        str | None,
        typer.Option(help="fsm, concat, add, cross-attention or none.", rich_help_panel=_MODEL),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Steps of training. Default: the preset's.", rich_help_panel=_MODEL)
    ] = None,
    checkpoint_dir: Annotated[
        Path | None,
        typer.Option(help="Folder from which a run that was cut off goes on.", rich_help_panel=_MODEL),
    ] = None,
    device: opt.Device = "auto",
    devices: Annotated[
        int | None,
        typer.Option(
            help="Processes that share the training, each on a device of its own; of SemST.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    precision: Annotated[
        str, typer.Option(help="32-true or bf16-mixed.", rich_help_panel=_MODEL)
    ] = "32-true",
    cluster: Annotated[
        str, typer.Option(help="auto, mclust, mixture, kmeans or leiden.", rich_help_panel=_CLUSTERING)
    ] = "auto",
    n_starts: Annotated[
        int | None,
        typer.Option(help="Starts of the mixtures; the best is kept.", rich_help_panel=_CLUSTERING),
    ] = None,
    no_refine: Annotated[
        bool, typer.Option("--no-refine", help="Leave out the neighbour vote.", rich_help_panel=_CLUSTERING)
    ] = False,
) -> None:
    """Find the spatial domains of a slice and write it, labelled, to a new file."""
    key_added = key_added or model
    check_output(out, source=source, suffixes=(".h5ad", ".zarr"), overwrite=overwrite, what="--out")
    if plot is not None:
        check_output(plot, source=source, suffixes=opt.PICTURES, overwrite=overwrite, what="--plot")
    check_different({"--out": out, "--plot": plot})
    given = {"--truth": truth, "--sample-key": sample_key, "--depth-key": depth_key}
    check_key_added(key_added, given)
    check_model(model, n_domains=n_domains)
    set_quiet(quiet)

    from semst import io
    from semst.distributed import is_first

    from ._scores import print_scores, require_labels
    from ._semantics import source_name

    adata = io.read(source, table_key=table_key)
    if truth is not None:
        require_labels(adata, truth)
    run_model(
        adata,
        model,
        "auto" if n_domains == "auto" else int(n_domains),
        only_semst={
            "preset": preset,
            "radius": radius,
            "use_existing_graph": use_existing_graph,
            "fusion": fusion,
            "landmarks": landmarks,
            "devices": devices,
        },
        only_others={"fsm": fsm, "image_key": image_key, "harmony": harmony},
        of_semantics={
            "semantics": None if semantics is None else source_name(semantics),
            "k_g": k_g,
            "ranking": ranking,
            "store_semantic": store_semantic,
        },
        layer=layer,
        use_raw=use_raw,
        depth_key=depth_key,
        spatial_key=spatial_key,
        sample_key=sample_key,
        n_neighs=n_neighs,
        epochs=epochs,
        cluster=cluster,
        n_starts=n_starts,
        refine=not no_refine,
        random_state=seed,
        device=device,
        precision=precision,
        checkpoint_dir=checkpoint_dir,
        cache_dir=cache_dir,
        key_added=key_added,
        progress=not quiet,
    )
    if not is_first():
        return  # of several processes under torchrun one writes
    io.write(adata, out, overwrite=overwrite)
    typer.echo(f"labelled slice  {out}")
    if plot is not None:
        draw(
            adata,
            plot,
            key=key_added,
            truth=truth,
            spatial_key=spatial_key,
            sample_key=sample_key,
            overwrite=overwrite,
        )
        typer.echo(f"picture         {plot}")
    if "quality" in adata.uns[key_added]:
        print_scores(adata.uns[key_added]["quality"], title="quality without an annotation")
    if truth is not None:
        from semst import metrics

        print_scores(
            metrics.score(adata.obs[truth], adata.obs[key_added]), title=f"{key_added} against {truth}"
        )


def draw(
    adata: Any,
    path: Path,
    *,
    key: str,
    truth: str | None,
    spatial_key: str,
    sample_key: str | None,
    overwrite: bool,
) -> None:
    """Write the picture of the domains, beside the annotation where there is one."""
    import matplotlib

    matplotlib.use("Agg")  # a machine without a screen must not fail here
    from semst import pl

    common: dict[str, Any] = {
        "spatial_key": spatial_key,
        "sample_key": sample_key,
        "save": path,
        "overwrite": overwrite,
    }
    if truth is None:
        pl.domains(adata, key, **common)
    else:
        pl.compare(adata, [truth, key], **common)
    matplotlib.pyplot.close("all")
