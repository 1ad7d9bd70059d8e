"""Which model `semst run` runs, and which of its options that model has."""

from typing import Any

from semst._errors import SemSTError

SEMST = "semst"
_UNSET = (None, False, "semst")  # how an option of one model looks when it was not given


def check_model(model: str) -> None:
    """Refuse a model that is not there, before anything is read.

    Raises
    ------
    SemSTError
        Naming the models that are.
    """
    if model == SEMST:
        return
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
        tl.semst(adata, n_domains, **only_semst, **common)
        return
    _refuse(only_semst, model)
    given = {key: value for key, value in common.items() if value is not None}
    tl.backbone(adata, model, n_domains, **only_others, **given)


def _refuse(options: dict[str, Any], model: str) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value not in _UNSET]
    if given:
        raise SemSTError(f"{model} has no {', '.join(given)}; leave it out, or choose another --model.")
