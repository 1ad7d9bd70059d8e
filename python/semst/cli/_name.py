"""`semst name`: names for domains, proposed by a language model."""

from pathlib import Path
from typing import Annotated

import typer

from semst import _keys
from semst._errors import SemSTError

from . import _options as opt
from ._app import set_quiet
from ._paths import check_slice
from ._telling import facts, line


def name(
    source: opt.Input,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Slice to write, with the names beside the domains (.h5ad or .zarr).", show_default=False
        ),
    ] = None,
    labels: Annotated[str, typer.Option(help="obs column with the domains.")] = _keys.KEY_ADDED,
    model: Annotated[
        str | None,
        typer.Option(
            help="Causal language model: Hugging Face id or folder; the paper's Qwen3-4B by default.",
            show_default=False,
        ),
    ] = None,
    tissue: Annotated[
        str | None,
        typer.Option(
            help='A word on the tissue for the model, e.g. "mouse hippocampus".', show_default=False
        ),
    ] = None,
    prompts_only: Annotated[
        bool, typer.Option("--prompts-only", help="Print the prompts and ask no model.")
    ] = False,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.", autocompletion=opt.one_of(opt.DEVICES))
    ] = "auto",
    local_files_only: Annotated[
        bool, typer.Option("--local-files-only", help="Never ask the hub for a model's files.")
    ] = False,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    log_level: opt.LogLevel = None,
    threads: opt.Threads = None,
    as_json: opt.Json = False,
    table_key: opt.TableKey = None,
    trust: opt.Trust = False,
) -> None:
    """Propose a name for every domain, from its marker genes and terms, with a language model.

    The model runs on this machine. Names are its proposals and no findings; each comes with a reason, and one
    that cites a gene it was not told of is not taken. The domains have to be explained before: semst explain.
    """
    if out is None and not prompts_only:
        raise SemSTError("Say where to write the slice with the names, --out, or ask for --prompts-only.")
    if out is not None and prompts_only:
        raise SemSTError("--prompts-only prints prompts and writes no slice. Leave out --out.")
    if out is not None:
        check_slice(out, source=source, overwrite=overwrite)
    quiet = set_quiet(quiet, log_level)

    from semst import semantics, tl

    from ._files import SliceJob

    job = SliceJob(source, out, key=labels, overwrite=overwrite, table_key=table_key, trust=trust)
    adata = job.read()
    if prompts_only:
        prompts = tl.name_domains(adata, labels, tissue=tissue, prompt_only=True)
        assert isinstance(prompts, dict)
        for domain, prompt in prompts.items():
            line(f"=== domain {domain} ===\n{prompt}\n")
        return facts(inputs=[source], outputs={}, key=labels, prompts=prompts)
    answering = semantics.AnsweringModel(
        model or semantics.PAPER_MODEL,
        device=device,
        local_files_only=local_files_only,
        progress=not quiet,
    )
    tl.name_domains(adata, labels, model=answering, tissue=tissue)
    job.write(adata)
    line(f"named slice  {out}")
    line("names proposed by a language model")
    for row in adata.uns[_keys.names(labels)]["names"].to_dict("records"):
        said = row["reason"] if row["status"] == "named" else row["note"] or row["status"]
        line(f"  {row['domain']}: {row['shown']}. {said}".rstrip())
    named = adata.uns[_keys.names(labels)]
    facts(
        inputs=[source],
        outputs={"slices": [out]},
        key=labels,
        names=named["names"],
        language_model=named["model"],
    )
