"""Tokenizer and network of a model of the hub or a folder, with all their weights or not at all."""

from functools import partial
from typing import Any

import torch

from semst._errors import SemSTError
from semst._optional import optional

from ._hub import Found, load_parts, quiet


def load_network(
    kind: str,
    model: str,
    found: Found,
    *,
    dtype: torch.dtype,
    progress: bool,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> tuple[Any, torch.nn.Module]:
    """Load a model with the class of transformers that does what is wanted of it.

    Parameters
    ----------
    kind
        Name of the class, e.g. ``"AutoModel"``, which leaves the layer that predicts words out.
    model, found
        As the user named it, and where it is.
    dtype
        Number format of the weights.
    progress
        Whether loading may show bars.
    local_files_only
        Never ask the hub.
    trust_remote_code
        Whether program code that comes with the model may run.

    Returns
    -------
    Tokenizer and network, on the CPU.

    Raises
    ------
    SemSTError
        If the model is of another kind, or parts of its weights are missing.
    """
    transformers = optional("transformers", extra="text", what="A language model")
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if found.revision:
        options["revision"] = found.revision
    get = partial(load_parts, model=model, found=found, local_files_only=local_files_only)
    with quiet(progress):
        config = get(partial(transformers.AutoConfig.from_pretrained, found.load_from, **options))
        if getattr(config, "is_encoder_decoder", False):
            raise SemSTError(
                f"{model} is an encoder-decoder model. Accepted: causal language models (Qwen, "
                "Llama, GPT, ...) and BERT-like models; for others try TextEncoder."
            )
        tokenizer = get(partial(transformers.AutoTokenizer.from_pretrained, found.load_from, **options))
        with torch.random.fork_rng(devices=[]):  # layers that the file lacks are drawn at random
            network, report = get(
                partial(
                    getattr(transformers, kind).from_pretrained,
                    found.load_from,
                    dtype=dtype,
                    output_loading_info=True,
                    **options,
                )
            )
    lacking = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        raise SemSTError(
            f"The weights of {model} are incomplete: {len(lacking)} parts are missing "
            f"({', '.join(lacking[:3])}, ...). What it gives would be random."
        )
    return tokenizer, network
