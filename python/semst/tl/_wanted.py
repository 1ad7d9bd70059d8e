"""What a call asks for, held against what the model can do, before any work."""

from collections.abc import Mapping
from typing import Any

from semst import _words, models
from semst._errors import SemSTError

PLUGGED_IN = "minilm-genes"  # the source where FSM is asked for and none is named


def is_none(semantics: Any) -> bool:
    """Whether a source of semantic vectors is the word for none at all."""
    return isinstance(semantics, str) and semantics == "none"


def wanted_preset(
    model: type[models.Model], preset: str | None, fsm: bool | None, semantics: Any
) -> str | None:
    """The preset that the call names, else the one for semantics where it asks for these."""
    asked = fsm or (semantics is not None and not is_none(semantics))
    return model.semantic_preset if preset is None and fsm is not False and asked else preset


def wanted_semantics(
    model: type[models.Model], config: models.ModelConfig, fsm: bool | None, semantics: Any, *, whose: str
) -> Any:
    """The source of semantic vectors: the call's, else the settings', where they come in at all."""
    named = config.semantics if semantics is None else semantics
    if fsm is False or getattr(config, "fusion", "fsm") == "none":
        return "none"
    if fsm is None and not model.semantics_by_default:
        if semantics is not None and not is_none(semantics):
            raise SemSTError(
                f"{whose} makes use of semantic vectors ({_words.name('semantics')}) with "
                f"{_words.given('fsm', True)} only; give both, or leave {_words.name('semantics')} out."
            )
        return "none"
    wanted = PLUGGED_IN if is_none(named) and fsm and semantics is None else named
    reason = model.no_semantics(config)
    if reason is not None and not is_none(wanted):
        raise SemSTError(f"Semantics cannot act: {reason}.")
    return wanted


def check_limits(model: type[models.Model], settings: Mapping[str, Any], *, whose: str) -> None:
    """Refuse what the model cannot do, with the reason, before anything is read."""
    for feature, option in models.ASKED_BY.items():
        value = settings.get(option)
        # one device is what every model takes
        if value is None or (isinstance(value, int | float | str) and value == 1):
            continue
        reason = models.why_not(model, feature)
        if reason is not None:
            able = [n for n in models.available() if models.why_not(models.get(n), feature) is None]
            raise SemSTError(
                f"{whose} cannot use {_words.name(option)}: {reason}. Leave it out, or take "
                f"{' or '.join(able)}."
            )
