"""The paper's tables and figures as declarative suites, and the runner behind ``semst benchmark``."""

from ._benchmark import Outcome, run_suite
from ._code_version import code_version
from ._models import models
from ._read_suite import load_suite, parse_suite, suites
from ._slices import SliceSpec
from ._store import Store, flat
from ._suite import Arm, Pair, Suite

__all__ = [
    "Arm",
    "Outcome",
    "Pair",
    "SliceSpec",
    "Store",
    "Suite",
    "code_version",
    "flat",
    "load_suite",
    "models",
    "parse_suite",
    "run_suite",
    "suites",
]
