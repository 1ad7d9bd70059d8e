"""`semst run`: slices in, labelled slices out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semst import _keys
from semst._settings import names
from semst.cluster import CLUSTERERS
from semst.data import SliceKeys
from semst.models import MODELS, ModelConfig, get
from semst.semantics import SOURCES
from semst.train import Compute

from . import _options as opt
from ._app import set_quiet
from ._columns import check_key_added
from ._paths import check_different, check_folder, check_output
from ._settings import read_settings, with_settings
from ._several import outputs, together
from ._telling import facts, leave_to_first, line

SEMST = "semst"
_NAMED = {"preset", "semantics", "cluster", "progress"}  # settings that have an option whatever is given


_GROUPS = (SliceKeys, Compute, ModelConfig, *(model.Config for model in MODELS.values()))
_SETTINGS = dict.fromkeys(name for group in _GROUPS for name in names(group))


def _number_or_auto(value: str) -> str:
    """Refuse what cannot be a number of domains before any file is opened."""
    if value != "auto" and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise typer.BadParameter(f"{value!r} is neither a whole number nor 'auto'.")
    return value


@with_settings(*_GROUPS)
def run(
    source: opt.Inputs,
    n_domains: Annotated[
        str,
        typer.Option(
            help='Number of spatial domains, 2 or more, or "auto".',
            show_default=False,
            callback=_number_or_auto,
            autocompletion=opt.one_of(["auto"]),
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Labelled slice to write (.h5ad or .zarr); of several slices, the folder for all of them.",
            show_default=False,
        ),
    ],
    plot: opt.Plot = None,
    report: Annotated[
        Path | None, typer.Option(help="Page to write with all that is known of the domains (.html).")
    ] = None,
    save_model: Annotated[
        Path | None, typer.Option(help="Folder to save the fitted model in, for `semst predict`.")
    ] = None,
    truth: opt.Truth = None,
    model: Annotated[
        str, typer.Option(help=f"{', '.join(MODELS)}.", autocompletion=opt.one_of(MODELS))
    ] = SEMST,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Named set of values: linear, network or paper, of SemST.",
            autocompletion=opt.one_of(get(SEMST).presets),
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            autocompletion=opt.one_of(f"{name}=" for name in _SETTINGS),
            help="Any setting of the model (`semst settings MODEL` lists them); repeatable.",
        ),
    ] = None,
    key_added: opt.KeyAdded = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    seed: opt.Seed = 0,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
    semantics: Annotated[
        str | None,
        typer.Option(
            help=f"{opt.SEMANTICS_HELP} Default: the model's.",
            rich_help_panel=opt.SEMANTICS_PANEL,
            autocompletion=opt.one_of(SOURCES),
        ),
    ] = None,
    fsm: Annotated[
        bool,
        typer.Option(
            "--fsm",
            help="Let semantics modulate the model; SemST does where a source is named.",
            rich_help_panel=opt.SEMANTICS_PANEL,
        ),
    ] = False,
    store_semantic: Annotated[
        bool,
        typer.Option(
            "--store-semantic", help="Keep the semantic vectors in obsm.", rich_help_panel=opt.SEMANTICS_PANEL
        ),
    ] = False,
    cluster: Annotated[
        str,
        typer.Option(
            help=f"{', '.join(CLUSTERERS)}.",
            rich_help_panel=opt.CLUSTERING_PANEL,
            autocompletion=opt.one_of(CLUSTERERS),
        ),
    ] = "auto",
    no_refine: Annotated[
        bool,
        typer.Option(
            "--no-refine", help="Leave out the neighbour vote.", rich_help_panel=opt.CLUSTERING_PANEL
        ),
    ] = False,
    no_explain: Annotated[
        bool,
        typer.Option(
            "--no-explain",
            help="Leave out markers and terms of the domains, and what semantic vectors moved.",
        ),
    ] = False,
    **options: Any,
) -> None:
    """Find the spatial domains of a slice, or jointly of several, and write each, labelled, to a new file."""
    key_added = key_added or model
    places = outputs(source, out, overwrite=overwrite)
    for one in source:
        if plot is not None:
            check_output(plot, source=one, suffixes=opt.PICTURES, overwrite=overwrite, what="--plot")
        if report is not None:
            check_output(report, source=one, suffixes=opt.PAGES, overwrite=overwrite, what="--report")
    if save_model is not None:
        check_folder(save_model, sources=source, overwrite=overwrite, what="--save-model")
    check_different({"--out": out, "--plot": plot, "--report": report, "--save-model": save_model})
    given = {"--truth": truth, "--sample-key": options["sample_key"], "--depth-key": options["depth_key"]}
    check_key_added(key_added, given)
    chosen = {name: value for name, value in options.items() if value is not None and value is not False}
    settings_ = read_settings(
        settings or [], [get(model).Config, SliceKeys, Compute], taken=_NAMED | set(chosen)
    )
    quiet = set_quiet(quiet, log_level)

    from semst import distributed, tl

    from ._files import SliceJob
    from ._pictures import draw
    from ._report import write_page
    from ._run_facts import of_run
    from ._scores import print_scores, require_labels
    from ._semantics import source_name

    estimator = tl.Estimator(
        model,
        "auto" if n_domains == "auto" else int(n_domains),
        preset=preset,
        fsm=fsm or None,
        semantics=None if semantics is None else source_name(semantics),
        cluster=cluster,
        refine=not no_refine,
        explain=not no_explain,
        random_state=seed,
        progress=not quiet,
        **chosen,
        **settings_,
    )
    jobs = {
        name: SliceJob(one, place, key=key_added, overwrite=overwrite, table_key=table_key, trust=trust)
        for (name, place), one in zip(places.items(), source, strict=True)
    }
    slices = {name: job.read() for name, job in jobs.items()}
    if truth is not None:
        for adata in slices.values():
            require_labels(adata, truth)
    target: Any = slices if len(slices) > 1 else next(iter(slices.values()))
    estimator.check_results(target, key_added=key_added)
    estimator.fit(target).write_to(target, key_added=key_added, store_semantic=store_semantic)
    if not distributed.is_first():
        return leave_to_first()  # of several processes under torchrun one writes
    for name, adata in slices.items():
        jobs[name].write(adata)
        line(f"labelled slice  {places[name]}")
    if save_model is not None:
        estimator.save(save_model, overwrite=overwrite)
        line(f"model           {save_model}")
    adata, keys = together(slices, estimator.keys, key_added)
    if plot is not None:
        draw(adata, plot, key=key_added, truth=truth, keys=keys, overwrite=overwrite)
        line(f"picture         {plot}")
    if report is not None:
        write_page(
            adata,
            report,
            key=key_added,
            truth=truth,
            title=", ".join(one.name for one in source),
            overwrite=overwrite,
            **keys.as_dict(),
        )
        line(f"report          {report}")
    if "choice" in adata.uns[key_added]:
        line("how many domains")
        for text in tl.choice_lines(adata, key_added):
            line(f"  {text}")
    if _keys.explained(key_added) in adata.uns:
        line("what marks the domains")
        for text in tl.explain_lines(adata, key_added):
            line(f"  {text}")
    print_scores(adata.uns[key_added]["quality"], title="quality without an annotation")
    if "semantic_effect" in adata.uns[key_added]:
        line("what the semantic vectors moved")
        for text in tl.semantic_effect_lines(adata, key_added):
            line(f"  {text}")
    scores = None
    if truth is not None:
        from semst import metrics

        scores = metrics.score(adata.obs[truth], adata.obs[key_added])
        print_scores(scores, title=f"{key_added} against {truth}")
    facts(
        inputs=source,
        outputs={"slices": list(places.values()), "model": save_model, "picture": plot, "report": report},
        **of_run(adata, key_added, slices),
        seed=seed,
        scores=scores,
    )
