"""A model of this machine that answers: greedy, alone, without thoughts, the same on every day."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BertConfig, BertForMaskedLM, T5Config

from semantics.conftest import make_qwen
from semst import MissingDependencyError, SemSTError
from semst.semantics import Answerer, AnsweringModel


def greedy(folder: Path, text: str, n_tokens: int) -> str:
    """The likeliest token again and again, by the plain way through the network."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    start = ids.shape[1]
    with torch.inference_mode():
        for _ in range(n_tokens):
            ids = torch.cat([ids, network(ids).logits[:, -1:].argmax(dim=-1)], dim=1)
    return tokenizer.decode(ids[0, start:], skip_special_tokens=True).strip()


def model(folder: Path, **options) -> AnsweringModel:
    return AnsweringModel(str(folder), **{"max_new_tokens": 12, "device": "cpu", "progress": False} | options)


def test_answers_are_the_likeliest_tokens_and_the_same_in_any_company(qwen: Path) -> None:
    prompts = ["Name the domain: MBP, PLP1", "SNAP25", "Name the domain: GFAP"]
    answers = model(qwen).answer(prompts)
    assert answers == [greedy(qwen, prompt, 12) for prompt in prompts]
    assert model(qwen).answer(prompts[::-1]) == answers[::-1]
    assert isinstance(model(qwen), Answerer) and model(qwen).answer([]) == []


def test_what_makers_recommend_for_conversations_is_not_taken(qwen: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(qwen, tmp_path / "hot")
    settings = {"do_sample": True, "temperature": 9.0, "top_k": 50, "top_p": 0.9, "num_beams": 3}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert model(folder).answer(["MBP"]) == [greedy(qwen, "MBP", 12)]
    assert torch.equal(torch.get_rng_state(), before)


THINKING = (
    "{% for m in messages %}<|start|>{{ m['role'] }} {{ m['content'] }} {{ strftime_now('%Y') }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant\n<think>\n"
    "{% if enable_thinking is defined and enable_thinking is false %}OFF{% endif %}{% endif %}"
)


@pytest.mark.parametrize(
    ("ending", "rest"),
    [
        ("", "<think>\n\n</think>\n\n"),  # a template that always opens a block of thoughts
        ("{{ '\n</think>\n\n' if not enable_thinking else '' }}", "<think>\n\n</think>\n\n"),
    ],
)
def test_thoughts_are_closed_before_they_begin(ending: str, rest: str, tmp_path: Path) -> None:
    folder = make_qwen(tmp_path, chat=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    template = THINKING.partition("{% if enable_thinking")[0] + ending + "{% endif %}"
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    asked = f"<|start|>user MBP 2026<|end|><|start|>assistant\n{rest}"
    assert model(folder).answer(["MBP"]) == [greedy(folder, asked, 12)]


def test_what_does_not_fit_is_told(qwen: Path, tmp_path: Path) -> None:
    with pytest.raises(SemSTError, match="and .* reads 512 at most"):
        model(qwen).answer(["MBP " * 600])
    with pytest.raises(SemSTError, match="reads 512 at most"):
        model(qwen, max_new_tokens=511).answer(["MBP GFAP"])
    for wrong in (0, True, 2.5):
        with pytest.raises(SemSTError, match="max_new_tokens is"):
            AnsweringModel(max_new_tokens=wrong)
    with pytest.raises(MissingDependencyError, match="hf download no/model"):
        model("no/model", local_files_only=True).answer(["MBP"])


def test_models_that_do_not_write_are_refused(qwen: Path, tmp_path: Path) -> None:
    readers = shutil.copytree(qwen, tmp_path / "bert")
    for file in ("config.json", "generation_config.json", "model.safetensors"):
        (readers / file).unlink(missing_ok=True)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertForMaskedLM(BertConfig(vocab_size=400, **sizes)).save_pretrained(readers)
    with pytest.raises(SemSTError, match="no causal language model"):
        model(readers).answer(["MBP"])
    T5Config().save_pretrained(readers)
    with pytest.raises(SemSTError, match="encoder-decoder"):
        model(readers).answer(["MBP"])


def test_a_model_says_what_an_answer_depends_on(qwen: Path) -> None:
    told = model(qwen).describe()
    assert told["model"] == str(qwen) and told["dtype"] == "float32" and told["max_new_tokens"] == 12
    assert len(told["revision"]) == 64 and told["device"] == "cpu"
