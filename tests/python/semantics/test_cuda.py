"""Language models on a CUDA device: the vectors of the processor."""

from pathlib import Path

import numpy as np
import torch

from semantics.conftest import GENES
from semst.semantics import LanguageModel, Run, TextEncoder
from semst.semantics._embed_texts import embed_texts

TEXTS = [" ".join(GENES[k : k + 4]) for k in range(8)]


def vectors(model: LanguageModel | TextEncoder, device: str) -> np.ndarray:
    return embed_texts(model, TEXTS, run=Run(cache_dir=False, device=device, progress=False))[0]


def test_a_causal_model_gives_the_vectors_of_the_processor(qwen: Path, cuda: str) -> None:
    model = LanguageModel(str(qwen), dtype="float32")
    np.testing.assert_allclose(vectors(model, cuda), vectors(model, "cpu"), rtol=1e-3, atol=1e-4)


def test_the_model_leaves_the_device_when_its_vectors_are_made(qwen: Path, cuda: str) -> None:
    before = torch.cuda.memory_allocated()
    vectors(LanguageModel(str(qwen)), cuda)
    assert torch.cuda.memory_allocated() == before


def test_auto_takes_the_cuda_device(cuda: str) -> None:
    assert Run(cache_dir=False, device="auto", progress=False).torch_device.type == "cuda"
