"""From a suite to single runs, each known by a hash of what decides its result."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._code_version import code_version
from ._slices import SliceSpec, how_to_get, known
from ._suite import Arm, Suite


@dataclass(frozen=True)
class Run:
    """One arm on one slice with one seed.

    Attributes
    ----------
    key
        Name in the store: a hash of the configuration, and that of the code.
    arm, data, seed
        What is run.
    fingerprint
        Identifies the content of the slice.
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
    runs = [
        Run(
            key=run_key(arm, spec, seed, prints[spec.name]),
            arm=arm,
            data=spec,
            seed=seed,
            fingerprint=prints[spec.name],
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


def run_key(arm: Arm, spec: SliceSpec, seed: int, fingerprint: str) -> str:
    """Hash of what decides a result, then the code's: names, places of files and clusterers are left out."""
    decides: dict[str, Any] = {
        **arm.config(),
        "data": {**spec.as_dict(), "content": fingerprint},
        "seed": seed,
    }
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()
    return f"{digest[:16]}-{code_version().rpartition('+')[2]}"
