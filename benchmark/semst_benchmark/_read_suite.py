"""YAML to a checked suite: every mistake is named together with what would be right."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any

from semst import SemSTError

from ._models import BACKBONES, expand, models
from ._protocol import CLUSTERERS, REFINEMENTS
from ._slices import SliceSpec, known
from ._suite import FIGURES, Arm, Pair, Suite
from ._yaml import load

_FILE_NAME = re.compile(r"\w[\w.-]{0,99}")
_MOST_SEEDS = 10_000

_SUITE_KEYS = (
    "name title about datasets paper_datasets models semantics fusion arms model_settings seeds clusterers "
    "refinements headline pairs figures x fresh_process oracle_epoch choose_n_domains notes"
).split()
_ARM_KEYS = "name model semantics fusion fsm settings".split()
_SLICE_KEYS = [f.name for f in fields(SliceSpec)]


def suites() -> dict[str, str]:
    """List the built-in suites: name to title.

    Examples
    --------
    >>> "table1" in suites()
    True
    """
    found = {}
    for entry in sorted(resources.files(__package__).joinpath("suites").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            found[entry.name.removesuffix(".yaml")] = str(load(entry.read_bytes(), entry.name)["title"])
    return found


def load_suite(source: str | Path) -> Suite:
    """Read a suite: a built-in one by name, or a YAML file.

    The file is a mapping with ``title``, ``datasets`` and either ``arms`` or ``models`` (crossed with
    ``semantics`` and ``fusion`` where given), and optionally the other attributes of :class:`Suite`. A data
    set is a name or a mapping with the attributes of :class:`SliceSpec`; ``seeds`` is a number or a list.
    ``model_settings`` maps names of models to settings they have in every arm that does not set them itself.

    Parameters
    ----------
    source
        Name of a built-in suite, or path of a YAML file.

    Returns
    -------
    The checked suite.

    Raises
    ------
    SemSTError
        If there is no such suite, the YAML cannot be read, or something in it is unknown or of the wrong
        type; the message says what and where.

    Examples
    --------
    >>> load_suite("table2").seeds
    (0, 1, 2, 3, 4)
    """
    path = Path(source)
    if str(source) in suites():
        text = resources.files(__package__).joinpath("suites", f"{source}.yaml").read_bytes()
        where = str(source)
    elif path.is_file():
        text, where = path.read_bytes(), str(path)
    else:
        raise SemSTError(
            f"There is no suite {str(source)!r} and no such file. Built in are: {', '.join(suites())}."
        )
    return parse_suite(load(text, where), where=where, name=path.stem)


def parse_suite(content: Any, *, where: str, name: str = "suite") -> Suite:
    """Check the content of a suite's YAML file and build the suite; see :func:`load_suite`."""
    content = _mapping(content, _SUITE_KEYS, where)
    for needed in ("title", "datasets"):
        if needed not in content:
            raise SemSTError(f"{where}: {needed}: is missing.")
    arms = _arms(content, where)
    names = [arm.name for arm in arms]
    entries = _list(content.get("pairs", ()), "pairs", where)
    pairs = tuple(pair for entry in entries for pair in _pair(entry, names, where))
    headline = tuple(_list(content.get("headline", ("own", "vote")), "headline", where))
    clusterers = _names(content, "clusterers", ("own", "mixture"), CLUSTERERS, where)
    refinements = _names(content, "refinements", ("none", "vote"), REFINEMENTS, where)
    if len(headline) != 2 or headline[0] not in clusterers or headline[1] not in refinements:
        raise SemSTError(
            f"{where}: headline: is {list(headline)}; it takes one of clusterers ({', '.join(clusterers)}) "
            f"and one of refinements ({', '.join(refinements)})."
        )
    figures = _names(content, "figures", ("bars",), FIGURES, where)
    if "line" in figures and not content.get("x"):
        raise SemSTError(f"{where}: the figure 'line' needs x:, the setting that its arms differ in.")
    return Suite(
        name=_file_name(content.get("name", name), where),
        title=str(content["title"]),
        about=" ".join(str(content.get("about", "")).split()),
        datasets=_slices(content["datasets"], where),
        paper_datasets=tuple(map(str, _list(content.get("paper_datasets", ()), "paper_datasets", where))),
        arms=arms,
        seeds=_seeds(content.get("seeds", 5), where),
        clusterers=clusterers,
        refinements=refinements,
        headline=(headline[0], headline[1]),
        pairs=pairs,
        figures=figures,
        x=content.get("x"),
        fresh_process=_flag(content, "fresh_process", where),
        oracle_epoch=_flag(content, "oracle_epoch", where),
        choose_n_domains=_flag(content, "choose_n_domains", where),
        notes=tuple(map(str, _list(content.get("notes", ()), "notes", where))),
    )


def _file_name(name: Any, where: str) -> str:
    """Make sure that files can have the name, and lie in the folder of the results."""
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        raise SemSTError(
            f"{where}: name: is {name!r}; files get this name: give letters, digits, dots, hyphens and "
            "underscores, up to 100, beginning with a letter or digit."
        )
    return name


def choose(wanted: Iterable[str], accepted: Iterable[str], *, what: str) -> set[str]:
    """Check that all names are among the accepted ones."""
    names, there = list(wanted), list(accepted)
    unknown = [name for name in names if name not in there]
    if unknown:
        raise SemSTError(f"{what}: {', '.join(unknown)}: not in this suite. It has: {', '.join(there)}.")
    return set(names)


def _arms(content: Mapping[str, Any], where: str) -> tuple[Arm, ...]:
    if ("arms" in content) == ("models" in content):
        raise SemSTError(f"{where}: give either arms: or models: (and not both).")
    shared = _model_settings(content, where)
    if "arms" in content:
        arms = [arm for entry in _list(content["arms"], "arms", where) for arm in _arm(entry, shared, where)]
    else:
        axes = [_list(content.get(axis, [None]), axis, where) for axis in ("semantics", "fusion")]
        arms = []
        for entry in _list(content["models"], "models", where):
            given = (
                {"model": entry} if isinstance(entry, str) else _mapping(entry, _ARM_KEYS, f"{where}, models")
            )
            for source, fusion in product(*axes):
                parts = [str(part) for part in (source, fusion) if part is not None]
                own = {} if source is None else {"semantics": source}
                own |= {} if fusion is None else {"fusion": fusion}
                label = given.get("name", "{model}") + (f" ({', '.join(parts)})" if parts else "")
                arms += _arm({**given, **own, "name": label}, shared, where)
    names = [arm.name for arm in arms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SemSTError(f"{where}: several arms are called {', '.join(twice)}; names must be unique.")
    if not arms:
        raise SemSTError(f"{where}: there is no arm to run.")
    return tuple(arms)


def _model_settings(content: Mapping[str, Any], where: str) -> dict[str, Mapping[str, Any]]:
    """Settings a model has in every arm, by its name."""
    given = _mapping(content.get("model_settings", {}), list(models()), f"{where}, model_settings")
    for model, settings in given.items():
        if not isinstance(settings, Mapping):
            raise SemSTError(f"{where}: model_settings: those of {model} must be a mapping.")
    return given


def _arm(entry: Any, shared: Mapping[str, Mapping[str, Any]], where: str) -> list[Arm]:
    """One arm, or one for every backbone that is there; ``{model}`` in a name stands for the model's."""
    given = _mapping({"model": entry} if isinstance(entry, str) else entry, _ARM_KEYS, f"{where}, arms")
    if isinstance(given.get("name"), bool):
        raise SemSTError(f"{where}: the name of an arm is read as {given['name']}: put it in quotes.")
    if "model" not in given:
        raise SemSTError(f"{where}: the arm {given.get('name', '?')!r} has no model:.")
    settings = given.get("settings") or {}
    if not isinstance(settings, Mapping):
        raise SemSTError(f"{where}: settings: of the arm {given.get('name', '?')!r} must be a mapping.")
    if not isinstance(given["model"], str) or given["model"] not in (*models(), BACKBONES):
        raise SemSTError(
            f"{where}: there is no model {given['model']!r}. There are: {', '.join(models())}, and "
            f"{BACKBONES} for all plug-in models at once."
        )
    fsm = given.get("fsm")
    if fsm is not None and not isinstance(fsm, bool):
        raise SemSTError(f"{where}: fsm: is {fsm!r}; accepted are true and false.")
    return [
        Arm(
            name=str(given.get("name", "{model}")).replace("{model}", shown),
            model=model,
            semantics=given.get("semantics"),
            fusion=given.get("fusion"),
            fsm=fsm,
            settings=tuple(
                (str(key), _frozen(value)) for key, value in {**shared.get(model, {}), **settings}.items()
            ),
        )
        for model, shown in expand(given["model"])
    ]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _pair(entry: Any, names: list[str], where: str) -> list[Pair]:
    """One pair; or, with ``{model}`` in its names, one for every plug-in model."""
    given = _mapping(entry, ["arm", "against", "about"], f"{where}, pairs")
    about = str(given.get("about", ""))
    for side in ("arm", "against"):
        if side not in given:
            raise SemSTError(f"{where}: pairs: {given}: {side}: is missing.")
    if "{model}" in str(given["arm"]):
        both = [
            (str(given["arm"]).replace("{model}", shown), str(given["against"]).replace("{model}", shown))
            for _, shown in expand(BACKBONES)
        ]
        found = [Pair(arm, against, about) for arm, against in both if {arm, against} <= set(names)]
        if not found:
            raise SemSTError(
                f"{where}: pairs: no model has both arms {given['arm']!r} and {given['against']!r}. There "
                f"are: {', '.join(names)}."
            )
        return found
    for side in ("arm", "against"):
        if given[side] not in names:
            raise SemSTError(
                f"{where}: pairs: {side}: {given[side]!r} is no arm of this suite ({', '.join(names)})."
            )
    return [Pair(given["arm"], given["against"], about)]


def _slices(entries: Any, where: str) -> tuple[SliceSpec, ...]:
    specs = []
    for entry in _list(entries, "datasets", where):
        if isinstance(entry, str):
            specs.append(known(entry))
            continue
        given = dict(_mapping(entry, _SLICE_KEYS, f"{where}, datasets"))
        if not isinstance(given.get("name"), str):
            raise SemSTError(f"{where}: datasets: name: is {given.get('name')!r}; a data set needs a text.")
        if given.get("simulate") is not None:
            if not isinstance(given["simulate"], Mapping):
                raise SemSTError(
                    f"{where}: datasets: simulate: of {given['name']} must be a mapping (n_spots: 500) and "
                    f"is {given['simulate']!r}."
                )
            given["simulate"] = tuple(sorted(given["simulate"].items()))
        wanted = given.get("n_domains")
        if wanted is not None and (isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 2):
            raise SemSTError(
                f"{where}: datasets: n_domains: of {given['name']} is {wanted!r}; give a whole number of 2 "
                "or more, or leave it out to take that of the annotated classes."
            )
        specs.append(SliceSpec(**given))
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names) or not names:
        raise SemSTError(f"{where}: datasets: needs at least one name, and each once; it has {names}.")
    return tuple(specs)


def _seeds(given: Any, where: str) -> tuple[int, ...]:
    if isinstance(given, int) and given > _MOST_SEEDS:
        raise SemSTError(f"{where}: seeds: is {given}; at most {_MOST_SEEDS:,} are run.")
    seeds = tuple(range(given)) if isinstance(given, int) and not isinstance(given, bool) else given
    whole = isinstance(seeds, list | tuple) and all(type(seed) is int for seed in seeds)
    if not whole or not seeds or len(set(seeds)) < len(seeds):
        raise SemSTError(f"{where}: seeds: is {given!r}; give how many (5) or which ([0, 1, 2]), each once.")
    return tuple(seeds)


def _names(
    content: Mapping[str, Any], key: str, default: tuple[str, ...], accepted: Iterable[str], where: str
) -> tuple[str, ...]:
    given = _list(content.get(key, default), key, where)
    there = list(accepted)
    unknown = [name for name in given if name not in there]
    if unknown:
        raise SemSTError(
            f"{where}: {key}: {', '.join(map(str, unknown))} unknown; there are {', '.join(there)}."
        )
    return tuple(given)


def _flag(content: Mapping[str, Any], key: str, where: str) -> bool:
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise SemSTError(f"{where}: {key}: is {value!r}; accepted are true and false.")
    return value


def _list(value: Any, key: str, where: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise SemSTError(f"{where}: {key}: must be a list and is {value!r}.")
    return list(value)


def _mapping(value: Any, accepted: list[str], where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise SemSTError(f"{where}: a mapping (key: value) is needed, and there is {value!r}.")
    unknown = [str(key) for key in value if key not in accepted]
    if unknown:
        raise SemSTError(f"{where}: unknown: {', '.join(unknown)}. Accepted are: {', '.join(accepted)}.")
    return dict(value)
