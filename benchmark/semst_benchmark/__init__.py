"""The paper's tables and figures as declarative suites, and the runner behind ``semst benchmark``."""

from ._benchmark import Outcome, run_suite
from ._fingerprint import code_version
from ._models import models
from ._read_suite import load_suite, parse_suite, suites
from ._report import write_all, write_report
from ._slices import SliceSpec
from ._store import Store, flat
from ._suite import Arm, Pair, Suite
from ._summary import differences, published, summarise

__all__ = [
    "Arm",
    "Outcome",
    "Pair",
    "SliceSpec",
    "Store",
    "Suite",
    "code_version",
    "differences",
    "flat",
    "load_suite",
    "models",
    "parse_suite",
    "run_suite",
    "published",
    "suites",
    "summarise",
    "write_all",
    "write_report",
]
