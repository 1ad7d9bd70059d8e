"""Where, how precisely and how safely a run is computed."""

from dataclasses import dataclass
from pathlib import Path

from semst._settings import Settings, documented, setting
from semst.distributed import Precision

PANEL = "Computing"


@documented
@dataclass(frozen=True, kw_only=True)
class Compute(Settings):
    """Settings of the computation, which do not belong to a model."""

    device: str = setting("auto", "auto, cpu, cuda, cuda:1 or mps.", panel=PANEL)
    devices: int = setting(
        1,
        "Processes that share the training, each on a device of its own, as torchrun does from outside.",
        least=1,
        panel=PANEL,
    )
    precision: Precision = setting(
        "32-true", "32-true, or bf16-mixed for matrix products in bfloat16.", panel=PANEL
    )
    checkpoint_dir: str | Path | None = setting(
        None, "Folder from which a run that was cut off goes on.", panel=PANEL
    )
    cache_dir: str | Path | None = setting(
        None,
        "Folder of the cache of semantic vectors; none takes that of SEMST_CACHE_DIR, else the user's.",
        panel=PANEL,
    )
    progress: bool = setting(True, "Show progress with the time left.")
