"""What all prompts begin with goes through a causal language model once: its keys and values are kept."""

from dataclasses import dataclass
from typing import Any

import torch

from semst._log import logger
from semst._optional import optional

MIN_TOKENS = 4  # a shorter beginning is not worth the copies of its keys and values
_TOLERANCE = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


@dataclass(frozen=True)
class SharedPrefix:
    """Keys and values of the tokens that all prompts begin with."""

    ids: torch.Tensor  # (p,)
    keys_values: list[tuple[torch.Tensor, torch.Tensor]]  # of every layer, each (1, heads, p, width)
    total: torch.Tensor  # of the last hidden layer over the tokens, float32, (n_dimensions,)

    def begins(self, ids: torch.Tensor, mask: torch.Tensor) -> bool:
        """Whether all prompts (rows, tokens) begin with these tokens and have more of their own."""
        p = len(self.ids)
        return ids.shape[1] > p and bool((ids[:, :p] == self.ids).all()) and bool(mask[:, p].all())


def hidden_after(
    network: Any, prefix: SharedPrefix, ids: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Last hidden layer of what follows the prefix, (rows, tokens - p, n_dimensions), and its mask."""
    p, n_rows = len(prefix.ids), len(ids)
    cache = optional("transformers", extra="text", what="A language model").DynamicCache()
    for layer, (keys, values) in enumerate(prefix.keys_values):
        cache.update(keys.expand(n_rows, -1, -1, -1), values.expand(n_rows, -1, -1, -1), layer)
    out = network(input_ids=ids[:, p:], attention_mask=mask, past_key_values=cache, use_cache=True)
    return out.last_hidden_state, mask[:, p:]


@torch.inference_mode()
def shared_prefix(network: Any, ids: torch.Tensor, probe: torch.Tensor) -> SharedPrefix | None:
    """Run the common tokens through the network, if that is the same as running every prompt as a whole.

    Whether a network allows it (tokens that do not look ahead, a cache of keys and values that can be read
    and filled) is not asked of its name but tried on ``probe``, a whole prompt (tokens,) that begins with the
    common ``ids`` (p,), with and without the kept beginning. ``None`` where it is not allowed; the log says
    why at debug level.
    """
    if len(ids) < MIN_TOKENS or len(probe) <= len(ids):
        return None
    try:
        out = network(input_ids=ids[None], attention_mask=torch.ones_like(ids[None]), use_cache=True)
        layers = out.past_key_values.layers
        keys_values = [(layer.keys, layer.values) for layer in layers]
        prefix = SharedPrefix(ids, keys_values, out.last_hidden_state[0].float().sum(dim=0))
        ones = torch.ones_like(probe[None])
        whole = network(input_ids=probe[None], attention_mask=ones, use_cache=False).last_hidden_state[0]
        rest = hidden_after(network, prefix, probe[None], ones)[0][0]
        first = out.last_hidden_state[0]
        far = max(
            float((whole[len(ids) :] - rest).float().abs().max()),
            float((whole[: len(ids)] - first).float().abs().max()),
        )
        scale = float(whole.float().abs().max())
    except Exception as error:  # noqa: BLE001 - whatever a foreign network raises, the plain way is there
        logger.debug("no shared beginning of prompts: %s", error)
        return None
    if not far <= _TOLERANCE.get(whole.dtype, 1e-2) * scale:
        logger.debug("no shared beginning of prompts: hidden layers differ by %.3g of %.3g", far, scale)
        return None
    logger.info("the first %d tokens of all prompts are computed once", len(ids))
    return prefix
