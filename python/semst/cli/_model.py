"""Which model `semst run` runs, and which of its options that model has."""

from typing import Any

from semst import _keys
from semst._errors import SemSTError

SEMST = "semst"


def check_key_added(key_added: str, given: dict[str, str | None]) -> None:
    """Refuse names of results that would replace a column the run reads, or be scored against themselves.

    Raises
    ------
    SemSTError
        Naming the option and the column.
    """
    written = {key_added, _keys.unrefined(key_added), _keys.uncertainty(key_added)}
    for option, column in given.items():
        if column in written:
            raise SemSTError(
                f'{option} names the column "{column}", which this run would replace. Give its results '
                "another name: --key-added."
            )


def check_model(model: str, *, n_domains: str) -> None:
    """Refuse a model that is not there, or cannot choose the number of domains, before anything is read.

    Raises
    ------
    SemSTError
        Naming the models that are.
    """
    if model == SEMST:
        return
    if n_domains == "auto":
        raise SemSTError(f"--n-domains auto is for SemST; with --model {model} give a number.")
    from semst.models import backbones

    if model not in backbones.available():
        raise SemSTError(
            f"There is no model {model!r} (--model). There are: {', '.join([SEMST, *backbones.available()])}."
        )


def run_model(
    adata: Any,
    model: str,
    n_domains: Any,
    *,
    only_semst: dict[str, Any],
    only_others: dict[str, Any],
    of_semantics: dict[str, Any],
    **common: Any,
) -> None:
    """Run a model on ``adata``.

    Parameters
    ----------
    adata
        The slice, which takes the results.
    model
        Its name.
    n_domains
        Wanted number of domains, or ``"auto"`` for models that choose.
    only_semst, only_others
        Options that SemST alone has, and those that it has not.
    of_semantics
        Options of the semantic vectors, which other models have with FSM only.
    **common
        Options of all models; ``None`` leaves the model's default.

    Raises
    ------
    SemSTError
        If an option does not belong to the model; and as the model.
    """
    from semst import tl

    if model == SEMST:
        _refuse(only_others, "SemST")
        tl.semst(adata, n_domains, **only_semst, **of_semantics, **common)
        return
    _refuse(only_semst, model)
    if not only_others["fsm"] and (given := _given(of_semantics)):
        raise SemSTError(f"{', '.join(given)}: {model} makes use of semantic vectors with --fsm only.")
    settings = {key: value for key, value in {**common, **of_semantics}.items() if value is not None}
    tl.backbone(adata, model, n_domains, **only_others, **settings)


def _given(options: dict[str, Any]) -> list[str]:
    """Options that were given, as they are typed; SemST's preset is there unasked."""
    return [
        f"--{name.replace('_', '-')}"
        for name, value in options.items()
        if value is not None and value is not False and (name, value) != ("preset", SEMST)
    ]


def _refuse(options: dict[str, Any], model: str) -> None:
    given = _given(options)
    if given:
        raise SemSTError(f"{model} has no {', '.join(given)}; leave it out, or choose another --model.")
