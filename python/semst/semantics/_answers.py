"""A causal language model on this machine that answers prompts, always the same."""

import re
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch

from semst._errors import SemSTError
from semst._progress import track
from semst.distributed import resolve_device

from ._chat import as_chat
from ._hub import DType, find_model, resolve_dtype
from ._language_model import PAPER_MODEL
from ._load_network import load_network

_NO_LIMIT = 1_000_000  # tokenizers without a limit report 1e30


@runtime_checkable
class Answerer(Protocol):
    """Anything that answers prompts: :class:`AnsweringModel`, or a class of the user's with this method."""

    def answer(self, prompts: list[str]) -> list[str]:
        """Answer every prompt by itself; as many texts, in the same order."""


@dataclass(frozen=True)
class AnsweringModel:
    """Answer prompts with a causal language model of the Hugging Face hub or of a folder.

    Every token is the likeliest one (greedy), every prompt is answered by itself, and chat templates tell
    every day the same date: the same prompt has the same answer on one machine. A model that thinks aloud
    first (Qwen3 and others with a ``<think>`` block) is made to answer at once. The model runs here and no
    prompt leaves the machine; the hub is asked for files alone, where the model is not here yet.

    Parameters
    ----------
    model
        Id on the hub or folder. The default is the paper's model: 4 billion parameters, 8 GB in bfloat16. It
        wants a GPU, and on a CPU takes minutes for an answer and twice the memory.
    max_new_tokens
        Longest answer; a longer one is cut off.
    dtype
        Number format of the weights. ``"auto"``: bfloat16 on an accelerator, float32 on a CPU.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
    revision
        Branch, tag or commit on the hub. ``None``: what is on this machine, else the newest.
    local_files_only
        Never ask the hub.
    progress
        Whether to show a bar.

    Examples
    --------
    >>> AnsweringModel("Qwen/Qwen3-0.6B").max_new_tokens
    400
    """

    model: str = PAPER_MODEL
    max_new_tokens: int = 400
    dtype: DType = "auto"
    device: str = "auto"
    revision: str | None = None
    local_files_only: bool = False
    progress: bool = True

    def __post_init__(self) -> None:
        wanted = self.max_new_tokens
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
            raise SemSTError(f"max_new_tokens is {wanted!r}; give a whole number of 1 or more.")

    def describe(self) -> dict[str, Any]:
        """Return what an answer depends on, the prompt aside, without loading the model."""
        found = find_model(self.model, revision=self.revision, local_files_only=self.local_files_only)
        device = resolve_device(self.device)
        return {
            "model": str(self.model),
            "revision": found.fingerprint,
            "dtype": str(resolve_dtype(self.dtype, device)).removeprefix("torch."),
            "device": device.type,
            "max_new_tokens": self.max_new_tokens,
        }

    def answer(self, prompts: list[str]) -> list[str]:
        """Load the model, answer every prompt by itself, and let the model go.

        Parameters
        ----------
        prompts
            The texts, without any template around them.

        Returns
        -------
        The answers, in the order of the prompts, without a block of thoughts.

        Raises
        ------
        SemSTError
            If the model is no causal language model, or a prompt is longer than it can read.
        MissingDependencyError
            If the model is not within reach; the message says how to fetch it.
        """
        found = find_model(self.model, revision=self.revision, local_files_only=self.local_files_only)
        device = resolve_device(self.device)
        tokenizer, network = load_network(
            "AutoModelForCausalLM",
            str(self.model),
            found,
            dtype=resolve_dtype(self.dtype, device),
            progress=self.progress,
            local_files_only=self.local_files_only,
        )
        generator: Any = network.to(device).eval()
        made_for = getattr(generator.config, "architectures", None) or []
        if any(name.endswith("ForMaskedLM") for name in made_for):  # it would be loaded, and babble
            raise SemSTError(
                f"{self.model} fills gaps in texts and is no causal language model. Accepted are those that "
                "write: Qwen, Llama, GPT, ..."
            )
        _always_the_likeliest(generator.generation_config)
        return [
            self._answer_one(prompt, tokenizer, generator)
            for prompt in track(prompts, desc="answers", show=self.progress, unit="prompt")
        ]

    def _answer_one(self, prompt: str, tokenizer: Any, generator: Any) -> str:
        text, chat = prompt, bool(getattr(tokenizer, "chat_template", None))
        if chat:
            text = answering_at_once(as_chat(tokenizer, prompt, enable_thinking=False))
        encoded = tokenizer(text, add_special_tokens=not chat, verbose=False, return_tensors="pt")
        ids = encoded["input_ids"].to(generator.device)
        limits = [tokenizer.model_max_length, getattr(generator.config, "max_position_embeddings", None)]
        limit = min([int(one) for one in limits if one and one < _NO_LIMIT], default=None)
        if limit is not None and ids.shape[1] + self.max_new_tokens > limit:
            raise SemSTError(
                f"A prompt has {ids.shape[1]} tokens and its answer may have {self.max_new_tokens}, and "
                f"{self.model} reads {limit} at most. Take another model, or give it less to read."
            )
        padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        with torch.inference_mode():
            whole = generator.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=self.max_new_tokens,
                pad_token_id=padding,
            )
        return without_thoughts(tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True))


def _always_the_likeliest(generation: Any) -> None:
    """Have a network take the likeliest token, whatever its makers recommend for conversations."""
    generation.do_sample = False
    generation.num_beams = 1
    for sampling in ("temperature", "top_p", "top_k", "min_p", "typical_p"):
        if hasattr(generation, sampling):
            setattr(generation, sampling, None)


def answering_at_once(text: str) -> str:
    r"""A rendered chat in which a block of thoughts that the template opens is closed again.

    Examples
    --------
    >>> answering_at_once("<|im_start|>assistant\n<think>\n")
    '<|im_start|>assistant\n<think>\n\n</think>\n\n'
    """
    return f"{text.rstrip()}\n\n</think>\n\n" if text.rstrip().endswith("<think>") else text


def without_thoughts(answer: str) -> str:
    """An answer without the block of thoughts in front of it; of thoughts that never end nothing is left.

    Examples
    --------
    >>> without_thoughts("<think>Myelin?</think> White matter")
    'White matter'
    """
    answer = answer.rpartition("</think>")[2]
    return re.sub(r"<think>.*", "", answer, flags=re.DOTALL).strip()
