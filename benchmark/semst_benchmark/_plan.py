"""From a suite to single runs, each known by a hash of what decides its result."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._fingerprint import LIBRARIES, TEXT_LIBRARIES, code_of, code_version, run_version, versions
from ._models import registered
from ._references import REFERENCES
from ._semantic_arms import BIAS_ONLY
from ._slices import SliceSpec, how_to_get, known
from ._suite import Arm, Suite

_NO_TEXT = ("none", "random", BIAS_ONLY)  # semantics that no language model makes


@dataclass(frozen=True)
class Run:
    """One arm on one slice with one seed.

    Attributes
    ----------
    key
        Name in the store: a hash of the configuration, and one of the code and the libraries.
    arm, data, seed
        What is run.
    fingerprint
        Identifies the content of the slice.
    code, libraries
        Which code computes, and with which versions of what.
    clusterers, refinements
        What is to be scored.
    oracle_epoch
        Whether the training is also looked at against the labels, in a column named so.
    choose_n_domains
        Whether a number of domains is chosen on the embedding, for the record.
    """

    key: str
    arm: Arm
    data: SliceSpec
    seed: int
    fingerprint: str
    code: str
    libraries: dict[str, str]
    clusterers: tuple[str, ...]
    refinements: tuple[str, ...]
    oracle_epoch: bool = False
    choose_n_domains: bool = False

    @property
    def config_hash(self) -> str:
        """The part of the key that does not depend on the code."""
        return self.key.partition("-")[0]


@dataclass(frozen=True)
class Plan:
    """What of a suite can be run here, and what cannot.

    Attributes
    ----------
    runs
        In the order in which they are run: seed by seed, so that a table is whole early.
    missing
        Slices that are not at hand, each with how to get it.
    """

    runs: tuple[Run, ...]
    missing: dict[str, str]


def plan(suite: Suite, folder: Path | None) -> Plan:
    """Lay out the runs of a suite on the slices that are in ``folder``.

    Parameters
    ----------
    suite
        The suite, narrowed where only part of it is wanted.
    folder
        Data folder.

    Returns
    -------
    Runs, and the missing slices: those of the suite and those of the paper's table or figure.
    """
    here = [spec for spec in suite.datasets if spec.present(folder)]
    missing = {spec.name: how_to_get(spec.name, folder) for spec in suite.datasets if spec not in here}
    at_hand = {spec.name for spec in here}
    for name in suite.paper_datasets:
        if name not in at_hand and name not in missing and not known(name).present(folder):
            missing[name] = how_to_get(name, folder)
    prints = {spec.name: spec.fingerprint(folder) for spec in here}
    code = code_version()
    libraries = {arm.name: versions(libraries_of(arm)) for arm in suite.arms}
    made_by = {
        arm.name: run_version(code_of(registered(arm.model)), libraries[arm.name]) for arm in suite.arms
    }
    runs = [
        Run(
            key=f"{config_hash(arm, spec, seed, prints[spec.name])}-{made_by[arm.name]}",
            arm=arm,
            data=spec,
            seed=seed,
            fingerprint=prints[spec.name],
            code=code,
            libraries=libraries[arm.name],
            clusterers=suite.clusterers,
            refinements=suite.refinements,
            oracle_epoch=suite.oracle_epoch,
            choose_n_domains=suite.choose_n_domains,
        )
        for seed in suite.seeds
        for spec in here
        for arm in suite.arms
    ]
    return Plan(tuple(runs), missing)


def config_hash(arm: Arm, spec: SliceSpec, seed: int, fingerprint: str) -> str:
    """Hash of what is asked for: names, places of files and clusterers are left out."""
    decides: dict[str, Any] = {
        **arm.config(),
        "data": {**spec.as_dict(), "content": fingerprint},
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()[:16]


def libraries_of(arm: Arm) -> list[str]:
    """Libraries that can change the results of an arm: those that read texts where there may be texts."""
    settings = dict(arm.settings)
    semantics = arm.semantics or settings.get("semantics")
    without_default = arm.model in (*REFERENCES, "semst", "semst-network") and "preset" not in settings
    if semantics in _NO_TEXT or (semantics is None and (arm.fsm is False or without_default)):
        found = list(LIBRARIES)
    else:
        found = [*LIBRARIES, *TEXT_LIBRARIES]
    return [*found, "harmonypy"] if settings.get("batch") == "harmony" else found
