"""A language model and a tokenizer small enough to be made on the spot."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from semst.semantics import SPOT_TEMPLATE

GENES = ["MBP", "PLP1", "GFAP", "SNAP25", "NRGN", "PCP4", "CNP", "MOBP", "AQP4", "CALM1", "ENC1", "HPCAL1"]
CHAT = (
    "{% for m in messages %}<|start|>{{ m['role'] }} {{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)


def make_qwen(
    folder: Path, *, chat: bool = False, pad: bool = True, padding_side: str = "right", positions: int = 512
) -> Path:
    """Save a randomly initialised network of the Qwen3 architecture with a byte-level tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<pad>", "<|start|>", "<|end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([SPOT_TEMPLATE, ", ".join(GENES)], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>" if pad else None, padding_side=padding_side
    )
    if chat:
        fast.chat_template = CHAT
    fast.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Qwen3ForCausalLM(
            Qwen3Config(
                vocab_size=400,
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                head_dim=8,
                max_position_embeddings=positions,
            )
        )
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny model without a chat template."""
    return make_qwen(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def chat_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same tiny model with a chat template."""
    return make_qwen(tmp_path_factory.mktemp("chat_qwen"), chat=True)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the package tells the user."""
    logger = logging.getLogger("semst")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
