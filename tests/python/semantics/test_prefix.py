"""The beginning that all prompts share, computed once, against the plain way."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, PreTrainedTokenizerFast

from semst.semantics import LanguageModel, embed_spots

GENES = ["MBP", "PLP1", "GFAP", "SNAP25", "NRGN", "PCP4", "CNP", "MOBP"]


def embed(folder: Path, **options) -> np.ndarray:
    matrix = np.random.default_rng(0).poisson(1.5, size=(12, len(GENES)))
    matrix[:, 0] += 1
    source = LanguageModel(str(folder), **options)
    found = embed_spots(
        sparse.csr_matrix(matrix), GENES, source=source, cache_dir=False, device="cpu", progress=False
    )
    assert found.vectors is not None
    return found.vectors


def loaded(folder: Path, **options):
    return LanguageModel(str(folder), **options).load(torch.device("cpu"), progress=False)


@pytest.mark.parametrize("pooling", ["mean", "last_token"])
@pytest.mark.parametrize("which", ["qwen", "chat_qwen"])
def test_vectors_are_those_of_whole_prompts(which: str, pooling: str, request) -> None:
    folder = request.getfixturevalue(which)
    shared = embed(folder, pooling=pooling)
    plain = embed(folder, pooling=pooling, share_prefix=False)
    np.testing.assert_allclose(shared, plain, rtol=1e-4, atol=1e-5)
    network = loaded(folder, pooling=pooling)
    assert network.prefix is not None
    ids = torch.as_tensor(network.tokenize([network.settings.prompt(GENES[:5])])[0][0]).long()[None]
    with torch.inference_mode():
        ours = network.forward(ids, torch.ones_like(ids))
        network.prefix = None
        torch.testing.assert_close(ours, network.forward(ids, torch.ones_like(ids)), rtol=1e-4, atol=1e-5)


def test_the_beginning_is_run_once_and_the_rest_is_shorter(qwen: Path, monkeypatch) -> None:
    network = loaded(qwen)
    seen = []
    forward = network.network.forward

    def watched(*args, **kwargs):
        seen.append(kwargs["input_ids"].shape)
        return forward(*args, **kwargs)

    monkeypatch.setattr(network.network, "forward", watched)
    ids = torch.as_tensor(network.tokenize([network.settings.prompt(GENES[:5])])[0][0]).long()[None]
    with torch.inference_mode():
        network.forward(ids.repeat(3, 1), torch.ones_like(ids).repeat(3, 1))
    p = len(network.prefix.ids)
    assert p > 10
    assert seen == [(3, ids.shape[1] - p)]
    # the keys that are kept are not changed by their use
    assert all(keys.shape[0] == 1 and keys.shape[2] == p for keys, _ in network.prefix.keys_values)


def test_padded_rows_and_texts_of_other_templates_take_their_way(qwen: Path) -> None:
    network, plain = loaded(qwen), loaded(qwen, share_prefix=False)
    short, long = network.tokenize([network.settings.prompt(["MBP"]), network.settings.prompt(GENES)])[0]
    ids = np.zeros((2, len(long)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate((short, long)):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    ids, mask = torch.from_numpy(ids), torch.from_numpy(mask)
    other = torch.as_tensor(network.tokenize(["no template at all"])[0][0]).long()[None]
    with torch.inference_mode():
        torch.testing.assert_close(network.forward(ids, mask), plain.forward(ids, mask), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(
            network.forward(other, torch.ones_like(other)), plain.forward(other, torch.ones_like(other))
        )


def _saved(network: torch.nn.Module, folder: Path, qwen: Path) -> Path:
    network.save_pretrained(folder)
    PreTrainedTokenizerFast.from_pretrained(qwen).save_pretrained(folder)
    return folder


def test_gpt2_shares_and_bert_does_not(qwen: Path, tmp_path: Path) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        gpt2 = GPT2Model(GPT2Config(vocab_size=400, n_positions=256, n_embd=32, n_layer=2, n_head=2))
        bert = BertModel(
            BertConfig(
                vocab_size=400,
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=256,
            )
        )
    folder = _saved(gpt2, tmp_path / "gpt2", qwen)
    assert loaded(folder).prefix is not None
    np.testing.assert_allclose(embed(folder), embed(folder, share_prefix=False), rtol=1e-4, atol=1e-5)
    assert loaded(_saved(bert, tmp_path / "bert", qwen)).prefix is None  # every token looks ahead


def test_a_template_that_begins_with_the_genes_shares_nothing(qwen: Path) -> None:
    assert loaded(qwen, template="{genes} are the genes of a spot").prefix is None
