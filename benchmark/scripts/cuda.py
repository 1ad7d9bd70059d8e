"""What a CUDA device is good for: training of every model, of a large slice in tiles, and prompts.

    python benchmark/scripts/cuda.py epochs --source slice.h5ad --depth-key sum_umi_full
    python benchmark/scripts/cuda.py tiles --source slice.h5ad --spots 200000
    python benchmark/scripts/cuda.py prompts --source slice.h5ad

``prompts`` reads with a network of the size of the paper's language model whose weights are random: they do
not change the time. Its tokenizer is made from the slice's gene symbols, so count tokens, not prompts.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from large_slice import large_slice
from tokenizers import Tokenizer, pre_tokenizers, trainers
from tokenizers import models as token_models
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

import semst
from semst import models, train
from semst.semantics import SPOT_TEMPLATE, LanguageModel, embed_spots

N_SEMANTIC = 384  # the width of MiniLM
PAPERS_MODEL = {
    "hidden_size": 2560,
    "intermediate_size": 9728,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151_936,
    "tie_word_embeddings": True,
}


def measured(device: str, work: Callable[[], Any]) -> tuple[Any, float, float | None]:
    """Do the work; what came of it, seconds, and on CUDA the most memory it held there, in GiB."""
    on_cuda = device.startswith("cuda")
    if on_cuda:
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    result = work()
    return (
        result,
        time.perf_counter() - started,
        torch.cuda.max_memory_allocated() / 2**30 if on_cuda else None,
    )


def vectors(n_spots: int) -> np.ndarray:
    """Random semantic vectors: their values do not change the time."""
    return np.random.default_rng(0).normal(size=(n_spots, N_SEMANTIC)).astype(np.float32)


def epochs(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Milliseconds an epoch of every backbone with FSM, behind a run that warms up."""
    keys = semst.data.SliceKeys(depth_key=given.depth_key)
    data, _ = semst.data.read_slice(semst.io.read(given.source), keys)
    for name in given.models or [name for name in models.available() if name != "semst"]:
        fields = (setting["name"] for setting in models.describe(name))
        changes = {key: given.epochs for key in fields if key.split("_")[-1] == "epochs"}
        model, config = models.settings(name, **changes)
        prepared = model.prepare(data, config)
        prepared.inputs.set_semantic(vectors(data.n_spots))
        fit = partial(models.fit, model, prepared, config, compute=_how(given))
        fit()
        fitted, _, gb = measured(given.device, fit)
        history = fitted.history
        n_epochs = sum(len(v) for part, v in history.losses.items() if part.split("/")[-1] == "loss")
        yield {"model": name, "ms_an_epoch": 1000 * history.seconds / n_epochs, "peak_gb": gb}


def tiles(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Training of SemST's default on a large slice."""
    adata = large_slice(semst.io.read(given.source), n_spots=given.spots, n_genes=500)
    data, _ = semst.data.read_slice(adata)
    model, config = models.settings("semst", preset="network", epochs=given.epochs)
    prepared = model.prepare(data, config)
    prepared.inputs.set_semantic(vectors(adata.n_obs))
    fit = partial(models.fit, model, prepared, config, compute=_how(given))
    _, seconds, gb = measured(given.device, fit)
    yield {"n_spots": adata.n_obs, "n_tiles": len(prepared.inputs.tiles), "seconds": seconds, "peak_gb": gb}


def prompts(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The prompts of all spots through a model of the paper's size, loading it included."""
    adata = semst.io.read(given.source)
    genes = list(adata.var_names)
    with TemporaryDirectory() as folder:
        _random_model(Path(folder), genes, given.device)
        how = {"cache_dir": False, "device": given.device, "progress": False}
        read = partial(embed_spots, adata.X, genes, source=LanguageModel(folder), **how)
        found, seconds, gb = measured(given.device, read)
        example = AutoTokenizer.from_pretrained(folder)(found.info["example"])["input_ids"]
    yield {
        "n_prompts": found.info["n_unique_texts"],
        "tokens_of_the_first": len(example),
        "seconds": seconds,
        "dtype": found.info["dtype"],
        "peak_gb": gb,
    }


def _how(given: argparse.Namespace) -> train.Compute:
    return train.Compute(device=given.device, precision=given.precision, progress=False)


def _random_model(folder: Path, genes: list[str], device: str) -> None:
    """Save a network of the paper's size with random weights, and a tokenizer that knows gene symbols."""
    tokenizer = Tokenizer(token_models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    lines = [", ".join(genes[start : start + 50]) for start in range(0, len(genes), 50)]
    trainer = trainers.BpeTrainer(
        vocab_size=1500,
        special_tokens=["<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([SPOT_TEMPLATE] * 50 + lines, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>").save_pretrained(folder)
    with torch.device(device):
        network = Qwen3ForCausalLM(Qwen3Config(max_position_embeddings=4096, **PAPERS_MODEL))
    network.to(torch.bfloat16).save_pretrained(folder)


def main() -> None:
    """Measure and print a line of JSON for each row."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    measures = {"epochs": epochs, "tiles": tiles, "prompts": prompts}
    parser.add_argument("what", choices=measures)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--depth-key", help="obs column with the library sizes")
    parser.add_argument("--models", nargs="+", help="backbones; all by default")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--spots", type=int, default=200_000)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", default="32-true")
    given = parser.parse_args()
    for row in measures[given.what](given):
        print(json.dumps({"device": given.device, "precision": given.precision, **row}), flush=True)


if __name__ == "__main__":
    main()
