"""The paper's source: the top genes of a spot in a prompt, read by a frozen language model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch

from semst import _words
from semst._errors import SemSTError

from ._chat import TODAY, as_chat
from ._hub import DType, find_model, resolve_dtype
from ._load_network import load_network
from ._prefix import SharedPrefix, hidden_after, shared_prefix
from ._prompts import SPOT_TEMPLATE, check_template
from ._spot_texts import WritesSpots

Pooling = Literal["mean", "last_token"]

_NO_LIMIT = 1_000_000  # tokenizers without a limit report 1e30
PAPER_MODEL = "Qwen/Qwen3-4B-Thinking-2507"


@dataclass(frozen=True)
class LanguageModel(WritesSpots):
    """Read each spot's top genes with a frozen Hugging Face language model (paper: Gene Semantics).

    The genes go into a prompt, the prompt through the model, and the last hidden layer, pooled over the
    tokens of the prompt, is the vector of the spot. The model is never trained.

    Parameters
    ----------
    model
        Id on the Hugging Face hub or folder. The default is the paper's model: 4 billion parameters, 8 GB,
        vectors of length 2560; it wants a GPU. Any causal model will do, and BERT-like ones too.
    pooling
        ``"mean"``: over all tokens but the padding. ``"last_token"``: the last token.
    template
        The prompt, with ``{genes}``.
    separator
        What stands between two genes.
    chat
        Whether to wrap the prompt into the model's chat template. ``None``: if it has one.
    dtype
        Number format of the weights. ``"auto"``: bfloat16 on an accelerator, float32 on a CPU.
    token_budget
        Tokens in a batch, padding included; ``None``: 1,024 on a CPU, 16,384 on an accelerator.
    max_tokens
        Longer prompts are cut here. ``None``: the model's own limit.
    revision
        Branch, tag or commit on the hub. ``None``: what is on this machine, else the newest.
    local_files_only
        Never ask the hub.
    trust_remote_code
        Whether program code that comes with the model may run.
    share_prefix
        Whether what all prompts begin with goes through the model once, where the model allows it; the
        vectors are the same up to rounding.

    Examples
    --------
    >>> LanguageModel("Qwen/Qwen3-0.6B", pooling="last_token").name
    'Qwen/Qwen3-0.6B'
    >>> print(LanguageModel(template="Genes: {genes}").prompt(["MBP", "PLP1"]))
    Genes: MBP, PLP1
    """

    model: str = PAPER_MODEL
    pooling: Pooling = "mean"
    template: str = SPOT_TEMPLATE
    separator: str = ", "
    chat: bool | None = None
    dtype: DType = "auto"
    token_budget: int | None = None
    max_tokens: int | None = None
    revision: str | None = None
    local_files_only: bool = False
    trust_remote_code: bool = False
    share_prefix: bool = True

    def __post_init__(self) -> None:
        check_template(self.template, "{genes}")
        if self.pooling not in get_args(Pooling):
            raise SemSTError(
                f"{_words.given('pooling', self.pooling)} is not known. Accepted: "
                f"{', '.join(map(repr, get_args(Pooling)))}."
            )

    @property
    def model_id(self) -> str:
        """Id or folder of the model."""
        return str(self.model)

    def identity(self, device: torch.device) -> Mapping[str, str]:
        """What the vector of a text depends on, the text aside."""
        found = find_model(self.model, revision=self.revision, local_files_only=self.local_files_only)
        return {
            "revision": found.fingerprint,
            "pooling": self.pooling,
            "chat": {None: "if the model has a template", True: "yes", False: "no"}[self.chat],
            "dtype": str(resolve_dtype(self.dtype, device)).removeprefix("torch."),
            "max_tokens": str(self.max_tokens or "model's limit"),
            **({} if self.chat is False else {"today": TODAY.date().isoformat()}),
        }

    def load(self, device: torch.device, *, progress: bool) -> "LoadedLanguageModel":
        """Bring tokenizer and weights into memory, without the layer that predicts words."""
        found = find_model(self.model, revision=self.revision, local_files_only=self.local_files_only)
        tokenizer, network = load_network(
            "AutoModel",
            str(self.model),
            found,
            dtype=resolve_dtype(self.dtype, device),
            progress=progress,
            local_files_only=self.local_files_only,
            trust_remote_code=self.trust_remote_code,
        )
        if self.chat and not getattr(tokenizer, "chat_template", None):
            raise SemSTError(
                f"{self.model} has no chat template. Set {_words.given('chat', False)} to give it the bare "
                "prompt."
            )
        return LoadedLanguageModel(self, tokenizer, network.to(device).eval())


class LoadedLanguageModel:
    """Tokenizer and network of a :class:`LanguageModel` in memory."""

    def __init__(self, settings: LanguageModel, tokenizer: Any, network: torch.nn.Module) -> None:
        self.settings, self.tokenizer, self.network = settings, tokenizer, network
        config: Any = network.config
        config = config.get_text_config() if hasattr(config, "get_text_config") else config
        limits = [
            settings.max_tokens,
            tokenizer.model_max_length,
            getattr(config, "max_position_embeddings", None),
        ]
        self.max_tokens = min([int(limit) for limit in limits if limit and limit < _NO_LIMIT], default=None)
        # caching keys and values is for generating text; here it would only hold memory
        self.options = {"use_cache": False} if hasattr(config, "use_cache") else {}
        self.prefix = self._prefix() if settings.share_prefix and self.options else None

    def _prefix(self) -> SharedPrefix | None:
        """What the prompts of the settings begin with, whatever the genes are; the same for every batch."""
        some = [self.settings.prompt(genes) for genes in (["MBP", "GFAP"], ["A1BG"], ["SNAP25", "MBP"])]
        prompts = self.tokenize(some)[0]
        shortest = min(map(len, prompts)) - 1
        same = np.logical_and.reduce([ids[:shortest] == prompts[0][:shortest] for ids in prompts])
        n_same = int(same.argmin()) if not same.all() else shortest
        # the last common token may have swallowed the beginning of a gene that the examples share
        ids = torch.as_tensor(prompts[0][: max(n_same - 1, 0)], dtype=torch.long)
        device = next(self.network.parameters()).device
        probe = torch.as_tensor(prompts[0], dtype=torch.long, device=device)
        return shared_prefix(self.network, ids.to(device), probe)

    def tokenize(self, texts: Sequence[str]) -> tuple[list[np.ndarray], int]:
        """Token ids of each text, cut to what the model can read; and how many texts were cut."""
        chat = self.settings.chat
        if chat is None:
            chat = bool(getattr(self.tokenizer, "chat_template", None))
        if chat:
            texts = [as_chat(self.tokenizer, text) for text in texts]
        # a chat template has written the special tokens already
        encoded = self.tokenizer(list(texts), add_special_tokens=not chat, verbose=False)["input_ids"]
        limit = self.max_tokens
        if limit is None or all(len(ids) <= limit for ids in encoded):
            return [np.asarray(ids, dtype=np.int32) for ids in encoded], 0
        n_cut = sum(len(ids) > limit for ids in encoded)
        encoded = self.tokenizer(
            list(texts), add_special_tokens=not chat, truncation=True, max_length=limit, verbose=False
        )["input_ids"]
        return [np.asarray(ids, dtype=np.int32) for ids in encoded], n_cut

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Pool the last hidden layer over the real tokens, in float32."""
        total: torch.Tensor | float = 0.0
        n_before = 0
        if self.prefix is not None and self.prefix.begins(ids, mask):
            hidden, mask = hidden_after(self.network, self.prefix, ids, mask)
            total, n_before = self.prefix.total, len(self.prefix.ids)
        else:
            hidden = self.network(input_ids=ids, attention_mask=mask, **self.options).last_hidden_state
        if self.settings.pooling == "last_token":
            return hidden[torch.arange(len(ids), device=ids.device), mask.sum(dim=1) - 1]
        weight = mask.unsqueeze(-1).float()
        return (total + (hidden.float() * weight).sum(dim=1)) / (n_before + weight.sum(dim=1))
