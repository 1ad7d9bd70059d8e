import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy import sparse
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3Model, T5Config

from semantics.conftest import make_qwen
from semst import MissingDependencyError, SemSTError
from semst.semantics import LanguageModel, embed_spots

GENES = ["MBP", "PLP1", "GFAP", "SNAP25", "NRGN", "PCP4", "CNP", "MOBP"]


def counts(n_spots: int = 12, seed: int = 0) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(1.5, size=(n_spots, len(GENES)))
    matrix[:, 0] += 1
    return sparse.csr_matrix(matrix)


def hidden_states(folder: Path, text: str, *, special: bool = True) -> torch.Tensor:
    """Last hidden layer of one unpadded prompt, by the plain way through the causal model."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    encoded = tokenizer(text, return_tensors="pt", add_special_tokens=special)
    with torch.inference_mode():
        return network(**encoded, output_hidden_states=True).hidden_states[-1][0]


def embed(folder: Path, matrix: sparse.csr_matrix | None = None, **options) -> np.ndarray:
    matrix = counts() if matrix is None else matrix
    run = {"cache_dir": False, "device": "cpu", "progress": False, "k_g": 5}
    for name in ("k_g", "ranking", "device"):
        if name in options:
            run[name] = options.pop(name)
    result = embed_spots(matrix, GENES, source=LanguageModel(str(folder), **options), **run)
    assert result.vectors is not None
    return result.vectors


def test_prompt_lists_the_top_genes_in_order(qwen: Path) -> None:
    matrix = sparse.csr_matrix([[0, 3, 1, 0, 0, 9, 0, 0]])
    result = embed_spots(
        matrix, GENES, source=LanguageModel(str(qwen)), k_g=2, cache_dir=False, device="cpu", progress=False
    )
    prompt = result.info["example"]
    assert "strongest first: PCP4, PLP1. What do they tell" in prompt
    assert "spatial transcriptomics" in prompt
    assert prompt.replace("PCP4, PLP1", "{genes}") == result.info["template"]


def test_mean_is_that_of_single_unpadded_prompts(qwen: Path) -> None:
    model = LanguageModel(str(qwen))
    vectors = embed(qwen)
    for spot, row in enumerate(counts().toarray()):
        order = sorted(np.flatnonzero(row).tolist(), key=lambda g: (-row[g], GENES[g]))[:5]
        expected = hidden_states(qwen, model.prompt([GENES[g] for g in order])).mean(dim=0)
        np.testing.assert_allclose(vectors[spot], expected, atol=2e-6)


def test_last_token(qwen: Path) -> None:
    vectors = embed(qwen, pooling="last_token", template="{genes}")
    row = counts().toarray()[3]
    order = sorted(np.flatnonzero(row).tolist(), key=lambda g: (-row[g], GENES[g]))[:5]
    expected = hidden_states(qwen, ", ".join(GENES[g] for g in order))[-1]
    np.testing.assert_allclose(vectors[3], expected, atol=2e-6)


def test_the_chat_template_is_used_where_there_is_one(qwen: Path, chat_qwen: Path) -> None:
    text = "<|start|>user Genes: MBP, GFAP<|end|><|start|>assistant"
    matrix = sparse.csr_matrix([[2, 0, 1, 0, 0, 0, 0, 0]])
    expected = hidden_states(chat_qwen, text, special=False).mean(dim=0)
    options = {"template": "Genes: {genes}"}
    np.testing.assert_allclose(embed(chat_qwen, matrix, **options)[0], expected, atol=2e-6)
    np.testing.assert_allclose(embed(chat_qwen, matrix, chat=True, **options)[0], expected, atol=2e-6)
    bare = hidden_states(chat_qwen, "Genes: MBP, GFAP").mean(dim=0)
    np.testing.assert_allclose(embed(chat_qwen, matrix, chat=False, **options)[0], bare, atol=2e-6)
    np.testing.assert_allclose(embed(qwen, matrix, **options)[0], bare, atol=2e-6)
    with pytest.raises(SemSTError, match="has no chat template. Set chat=False"):
        embed(qwen, matrix, chat=True)


@pytest.mark.parametrize("pooling", ["mean", "last_token"])
def test_padding_side_and_a_missing_padding_token_change_nothing(
    qwen: Path, tmp_path: Path, pooling: str
) -> None:
    expected = embed(qwen, pooling=pooling)
    for name, options in (("left", {"padding_side": "left"}), ("none", {"pad_token": None})):
        folder = shutil.copytree(qwen, tmp_path / name)
        AutoTokenizer.from_pretrained(qwen, **options).save_pretrained(folder)
        np.testing.assert_array_equal(embed(folder, pooling=pooling), expected)


def test_a_vector_does_not_depend_on_its_company(qwen: Path) -> None:
    matrix = counts(40)
    vectors = embed(qwen, matrix)
    order = np.random.default_rng(1).permutation(40)
    np.testing.assert_array_equal(embed(qwen, matrix[order]), vectors[order])
    np.testing.assert_array_equal(embed(qwen, matrix[:1]), vectors[:1])
    np.testing.assert_allclose(embed(qwen, matrix, token_budget=64), vectors, atol=2e-6)


def test_equal_prompts_go_through_the_model_once(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []
    forward = Qwen3Model.forward

    def counting(self, input_ids, **kwargs):
        shapes.append(tuple(input_ids.shape))
        return forward(self, input_ids, **kwargs)

    monkeypatch.setattr(Qwen3Model, "forward", counting)
    matrix = sparse.vstack([counts(1)] * 300, format="csr")
    vectors = embed(qwen, matrix, share_prefix=False)  # whole prompts: one call a batch
    assert len(shapes) == 1
    assert (vectors == vectors[0]).all()
    assert len(vectors) == 300


def test_long_prompts_are_cut_with_a_warning(qwen: Path, log: pytest.LogCaptureFixture) -> None:
    matrix = counts(3)
    vectors = embed(qwen, matrix, max_tokens=4, template="{genes}")
    assert "3 of 3 texts are longer than" in log.text
    assert "list fewer genes (k_g)" in log.text
    tokenizer = AutoTokenizer.from_pretrained(qwen)
    row = matrix.toarray()[0]
    order = sorted(np.flatnonzero(row).tolist(), key=lambda g: (-row[g], GENES[g]))[:5]
    ids = tokenizer(", ".join(GENES[g] for g in order))["input_ids"][:4]
    network = AutoModelForCausalLM.from_pretrained(qwen, dtype=torch.float32)
    with torch.inference_mode():
        expected = network(torch.tensor([ids]), output_hidden_states=True).hidden_states[-1][0].mean(dim=0)
    np.testing.assert_allclose(vectors[0], expected, atol=2e-6)


def test_bfloat16_is_close_and_recorded(qwen: Path) -> None:
    source = LanguageModel(str(qwen), dtype="bfloat16")
    result = embed_spots(counts(), GENES, source=source, cache_dir=False, device="cpu", progress=False, k_g=5)
    assert result.info["dtype"] == "bfloat16"
    assert result.vectors is not None
    assert result.vectors.dtype == np.float32
    exact = embed(qwen)
    error = np.linalg.norm(result.vectors - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert 0 < error.max() < 0.05


def test_the_random_streams_are_left_alone(qwen: Path) -> None:
    torch.manual_seed(3)
    np.random.seed(3)
    expected = torch.rand(2), np.random.rand(2)
    torch.manual_seed(3)
    np.random.seed(3)
    embed(qwen)
    np.testing.assert_array_equal(torch.rand(2), expected[0])
    np.testing.assert_array_equal(np.random.rand(2), expected[1])


def test_text_models_of_the_bert_kind_work(tmp_path: Path, qwen: Path) -> None:
    from transformers import BertConfig, BertModel

    folder = tmp_path / "bert"
    AutoTokenizer.from_pretrained(qwen).save_pretrained(folder)
    config = BertConfig(
        vocab_size=400, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    BertModel(config).save_pretrained(folder)
    network = BertModel.from_pretrained(folder).eval()
    encoded = AutoTokenizer.from_pretrained(folder)("MBP, GFAP", return_tensors="pt")
    with torch.inference_mode():
        expected = network(input_ids=encoded["input_ids"]).last_hidden_state[0].mean(dim=0)
    matrix = sparse.csr_matrix([[2, 0, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]])
    np.testing.assert_allclose(embed(folder, matrix, template="{genes}")[0], expected, atol=2e-6)


def test_a_model_that_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MissingDependencyError, match="not on this machine and was not fetched") as caught:
        embed(Path("Qwen/Qwen3-4B-Thinking-2507"))
    message = str(caught.value)
    assert "hf download Qwen/Qwen3-4B-Thinking-2507\n" in message
    assert "hf download Qwen/Qwen3-4B-Thinking-2507 --local-dir Qwen3-4B-Thinking-2507\n" in message
    assert "works offline with: pip install 'semst[text]'" in message
    with pytest.raises(MissingDependencyError, match="local_files_only=True"):
        embed(Path("Qwen/Qwen3-0.6B"), local_files_only=True)


def test_local_files_only_asks_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_network(*args, **kwargs):
        raise AssertionError("the hub was asked")

    monkeypatch.setattr("socket.getaddrinfo", no_network)
    with pytest.raises(MissingDependencyError, match="hf download some/model"):
        embed(Path("some/model"), local_files_only=True)


def test_errors_about_the_model(qwen: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("")
    with pytest.raises(SemSTError, match="holds no model: it has no config.json. It has: notes.txt"):
        embed(empty)
    with pytest.raises(SemSTError, match="There is no folder .*absent. Give a folder with a model, or an id"):
        embed(tmp_path / "absent")
    with pytest.raises(SemSTError, match="can be no model"):
        embed(Path("a model"))
    no_weights = shutil.copytree(qwen, tmp_path / "no_weights")
    (no_weights / "model.safetensors").unlink()
    with pytest.raises(
        MissingDependencyError, match=r"lacks files of the model \(.*no file named.*--local-dir"
    ):
        embed(no_weights)
    damaged = shutil.copytree(qwen, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes((qwen / "model.safetensors").read_bytes()[:500])
    with pytest.raises(SemSTError, match="weights of .* are damaged"):
        embed(damaged)
    parts = load_file(qwen / "model.safetensors")
    lacking = shutil.copytree(qwen, tmp_path / "lacking")
    kept = {name: part for name, part in parts.items() if "layers.1.mlp" not in name}
    save_file(kept, lacking / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        SemSTError, match="weights of .* are incomplete: 3 parts are missing .*would be random"
    ):
        embed(lacking)
    t5 = tmp_path / "t5"
    T5Config(d_model=8, num_layers=1, num_heads=1, d_ff=8, d_kv=8, vocab_size=400).save_pretrained(t5)
    with pytest.raises(SemSTError, match="encoder-decoder model. Accepted: causal language models"):
        embed(t5)


def test_a_copy_of_the_folder_shares_the_cache(qwen: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(qwen, tmp_path / "copy")
    options = {"cache_dir": tmp_path / "cache", "device": "cpu", "progress": False}
    first = embed_spots(counts(), GENES, source=LanguageModel(str(qwen)), **options)
    second = embed_spots(counts(), GENES, source=LanguageModel(str(copy)), **options)
    assert second.info["n_from_cache"] == first.info["n_unique_texts"]
    np.testing.assert_array_equal(second.vectors, first.vectors)
    for other in ({"pooling": "last_token"}, {"dtype": "bfloat16"}, {"chat": False}, {"max_tokens": 400}):
        source = LanguageModel(str(copy), **other)
        assert embed_spots(counts(), GENES, source=source, **options).info["n_from_cache"] == 0
    with (copy / "model.safetensors").open("r+b") as handle:  # one weight changes
        handle.seek(-1, 2)
        last = handle.read(1)
        handle.seek(-1, 2)
        handle.write(bytes([last[0] ^ 1]))
    changed = embed_spots(counts(), GENES, source=LanguageModel(str(copy)), **options)
    assert changed.info["n_from_cache"] == 0


def test_loading_says_nothing_and_leaves_the_librarys_settings(
    qwen: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    embed(qwen)
    assert "LOAD REPORT" not in capfd.readouterr().err
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_a_models_own_code_does_not_run_unless_allowed(qwen: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(qwen, tmp_path / "own_code")
    witness = tmp_path / "witness"
    (folder / "own.py").write_text(
        f"open({str(witness)!r}, 'w').close()\n"
        "from transformers import Qwen3Config, Qwen3Model\n"
        "class OwnConfig(Qwen3Config):\n    model_type = 'own'\n"
        "class OwnModel(Qwen3Model):\n    config_class = OwnConfig\n"
    )
    config = (folder / "config.json").read_text().replace('"qwen3"', '"own"')
    own = '"auto_map": {"AutoConfig": "own.OwnConfig", "AutoModel": "own.OwnModel"},'
    (folder / "config.json").write_text(config.replace("{", "{" + own, 1))
    with pytest.raises(SemSTError, match="own program code.*set trust_remote_code=True"):
        embed(folder)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "max"}, r"pooling=\"max\" is not known. Accepted: 'mean', 'last_token'"),
        ({"template": "no place"}, r"The template 'no place' lacks \{genes\}"),
        ({"dtype": "int3"}, r"dtype=\"int3\" is not known. Accepted: \"auto\", 'float32'"),
        ({"device": "abacus"}, r"device=\"abacus\" cannot be used here .*Accepted: \"auto\", \"cpu\""),
    ],
)
def test_errors_about_the_settings(qwen: Path, options: dict, message: str) -> None:
    with pytest.raises(SemSTError, match=message):
        embed(qwen, **options)


def test_braces_elsewhere_in_a_template_are_left_alone() -> None:
    model = LanguageModel(template='{"genes": [{genes}], "x": {}}')
    assert model.prompt(["MBP", "CNP"]) == '{"genes": [MBP, CNP], "x": {}}'


def test_values_that_overflow_are_an_error(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Qwen3Model.forward

    def overflowing(self, **kwargs):
        out = forward(self, **kwargs)
        out.last_hidden_state = out.last_hidden_state * float("inf")
        return out

    monkeypatch.setattr(Qwen3Model, "forward", overflowing)
    with pytest.raises(SemSTError, match='gave values that are not finite.*dtype="bfloat16" or "float32"'):
        embed(qwen)


def test_a_batch_that_does_not_fit_is_an_error(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self, **kwargs):
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(Qwen3Model, "forward", full)
    with pytest.raises(
        SemSTError, match=r"does not fit into the memory of cpu. Set a smaller token_budget \(e.g."
    ):
        embed(qwen)


def test_a_template_that_tells_the_date_gives_the_same_vectors_every_day(tmp_path: Path) -> None:
    folder = make_qwen(tmp_path / "dated", chat=True)
    path = folder / "chat_template.jinja"
    path.write_text("{{ strftime_now('%d %b %Y') }}" + path.read_text())
    loaded = LanguageModel(folder).load(torch.device("cpu"), progress=False)
    shown = loaded.tokenizer.decode(loaded.tokenize(["MBP"])[0][0])
    assert "01Jan2026" in shown.replace("Ġ", "").replace(" ", "")
