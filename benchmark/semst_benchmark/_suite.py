"""A benchmark as data: what is run on what, and what is shown of it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ._slices import SliceSpec, known

# What a suite can draw besides its tables; see ``_figures.py`` and its neighbours.
FIGURES: dict[str, str] = {
    "bars": "ARI of every arm on every slice, seeds as points",
    "maps": "domains beside the annotation, one panel an arm",
    "semantic-umap": "UMAP of semantic vectors, one panel a source",
    "line": "scores against one setting that the arms differ in (``x`` names it)",
    "scaling": "seconds and memory against the number of spots",
    "differences": "paired differences with their intervals",
}


@dataclass(frozen=True)
class Arm:
    """One configuration, which is the same on every slice.

    Attributes
    ----------
    name
        What it is called in tables.
    model
        See :func:`semst_benchmark.models`.
    semantics, fusion
        Source of semantic vectors and how they come in; ``None`` takes the model's default.
    fsm
        For backbones: whether FSM is plugged in.
    settings
        Further settings of the model.
    """

    name: str
    model: str
    semantics: str | None = None
    fusion: str | None = None
    fsm: bool | None = None
    settings: tuple[tuple[str, Any], ...] = ()

    def config(self) -> dict[str, Any]:
        """What decides a result: everything but the name."""
        return {
            "model": self.model,
            "semantics": self.semantics,
            "fusion": self.fusion,
            "fsm": self.fsm,
            "settings": dict(sorted(self.settings)),
        }


@dataclass(frozen=True)
class Pair:
    """Two arms whose difference, ``arm`` minus ``against``, is of interest."""

    arm: str
    against: str
    about: str = ""


@dataclass(frozen=True)
class Suite:
    """A whole benchmark; see ``suites/*.yaml`` for the built-in ones and :func:`load_suite` for the form.

    Attributes
    ----------
    name, title, about
        Name, heading and a sentence or two for the report.
    datasets
        What is run.
    paper_datasets
        What the paper shows here, by the names of :func:`semst.datasets.available`.
    arms
        What is compared.
    seeds
        Seeds of every arm on every slice.
    clusterers, refinements
        See ``_protocol.py``.
    headline
        Clusterer and refinement that tables and figures lead with.
    pairs
        Paired differences.
    figures
        Of ``FIGURES``.
    x
        The setting on the x axis of a line figure.
    fresh_process
        Run every run in a process of its own, so that its peak memory is its own.
    oracle_epoch
        Also score embeddings along the training and keep the best score against the labels, in a column of
        that name. Never used for anything else.
    choose_n_domains
        Also let :func:`semst.cluster.choose_n_domains` choose a number of domains on every embedding.
    notes
        Paragraphs for the report.
    """

    name: str
    title: str
    datasets: tuple[SliceSpec, ...]
    arms: tuple[Arm, ...]
    about: str = ""
    paper_datasets: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    clusterers: tuple[str, ...] = ("own", "mixture")
    refinements: tuple[str, ...] = ("none", "vote")
    headline: tuple[str, str] = ("own", "vote")
    pairs: tuple[Pair, ...] = ()
    figures: tuple[str, ...] = ("bars",)
    x: str | None = None
    fresh_process: bool = False
    oracle_epoch: bool = False
    choose_n_domains: bool = False
    notes: tuple[str, ...] = field(default=())

    def narrowed(
        self,
        *,
        models: list[str] | None = None,
        datasets: list[str] | None = None,
        seeds: int | None = None,
        data_folder: Path | None = None,
    ) -> "Suite":
        """Keep some models (or arms, by name) and data sets, with other seeds; pairs of arms that go go too.

        Parameters
        ----------
        models
            Names of models or arms of the suite.
        datasets
            Names of its data sets, or of other files in ``data_folder``.
        seeds
            How many, in place of the suite's: 0 to N - 1.
        data_folder
            Folder with the slices.

        Returns
        -------
        The narrowed suite.

        Raises
        ------
        SemSTError
            If a name is neither in the suite nor in the folder.
        """
        from ._read_suite import choose

        arms, slices = self.arms, self.datasets
        if models:
            names = [arm.name for arm in arms]
            wanted = choose(models, [*dict.fromkeys([a.model for a in arms] + names)], what="--models")
            arms = tuple(arm for arm in arms if arm.model in wanted or arm.name in wanted)
        if datasets:
            own = {spec.name: spec for spec in slices}
            others = {name: known(name) for name in datasets if name not in own}
            there = {name: spec for name, spec in others.items() if spec.present(data_folder)}
            choose(datasets, [*own, *there], what="--datasets")
            slices = tuple({**own, **there}[name] for name in dict.fromkeys(datasets))
        left = {arm.name for arm in arms}
        pairs = tuple(pair for pair in self.pairs if {pair.arm, pair.against} <= left)
        chosen = self.seeds if seeds is None else tuple(range(seeds))
        return replace(self, arms=arms, datasets=slices, pairs=pairs, seeds=chosen)

    def with_oracle(self) -> "Suite":
        """The same with the column ``oracle_epoch``."""
        return replace(self, oracle_epoch=True)
