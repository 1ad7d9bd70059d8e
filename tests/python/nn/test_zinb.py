"""The ZINB likelihood and the decoder fused with it."""

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semst.nn import CountBlock, ZINBDecoder, zinb_nll


@given(
    x=st.integers(0, 200),
    mean=st.floats(1e-3, 1e3),
    theta=st.floats(1e-2, 1e3),
    pi=st.floats(1e-3, 0.999),
)
@settings(max_examples=100, deadline=None)
def test_likelihood_is_the_mixture_of_a_zero_and_a_negative_binomial(x, mean, theta, pi):
    nb = scipy.stats.nbinom.pmf(x, theta, theta / (theta + mean))
    expected = -np.log((pi if x == 0 else 0.0) + (1 - pi) * nb + 1e-300)
    given_ = [
        torch.tensor([[v]], dtype=torch.float64)
        for v in (x, np.log(mean), np.log(theta), np.log(pi / (1 - pi)))
    ]
    if np.isfinite(expected) and expected < 500:
        assert zinb_nll(*given_).item() == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_extreme_logits_stay_finite():
    x = torch.tensor([[0.0, 3.0]])
    for logit in (-80.0, 80.0):
        value = zinb_nll(x, torch.tensor(-11.0), torch.tensor(9.0), torch.full((1, 2), logit))
        assert torch.isfinite(value).all()


def _setting(n_hidden, gene_dispersion, ridge, seed=0):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    n, d, m = 13, 5, 7
    dense = torch.poisson(torch.rand(n, m, generator=generator) * 3, generator=generator)
    dense[torch.rand(n, m, generator=generator) < 0.4] = 0
    decoder = ZINBDecoder(
        d, m, n_hidden=n_hidden, gene_dispersion=gene_dispersion, dropout_ridge=ridge, block_entries=21
    )
    decoder = decoder.double()
    embedding = torch.randn(n, d, generator=generator, dtype=torch.float64, requires_grad=True)
    log_size = torch.randn(n, generator=generator, dtype=torch.float64) * 0.3
    return decoder, embedding, dense.double(), log_size


@pytest.mark.parametrize("n_hidden", [None, 6])
@pytest.mark.parametrize("gene_dispersion", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 0.05])
def test_fused_loss_and_gradients_equal_autograd_in_float64(n_hidden, gene_dispersion, ridge):
    decoder, embedding, dense, log_size = _setting(n_hidden, gene_dispersion, ridge)
    counts = CountBlock.from_scipy(sp.csr_matrix(dense.numpy()))

    log_mean, log_dispersion, logit = decoder.parameters_of(embedding, log_size)
    plain = (zinb_nll(dense, log_mean, log_dispersion, logit) + ridge * torch.sigmoid(logit) ** 2).mean()
    wanted = torch.autograd.grad(plain * 3, [embedding, *decoder.parameters()])

    fused = decoder.loss(embedding, counts, log_size)
    got = torch.autograd.grad(fused * 3, [embedding, *decoder.parameters()])

    # log(x!) is kept in float32; it is a constant, so the gradients are exact
    assert fused.item() == pytest.approx(plain.item(), rel=1e-7)
    for a, b in zip(wanted, got, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


def test_a_mean_held_at_its_bound_has_no_gradient():
    decoder, embedding, dense, log_size = _setting(None, False, 0.0)
    with torch.no_grad():
        decoder.mean.bias.fill_(40.0)
    loss = decoder.loss(embedding, CountBlock.from_scipy(sp.csr_matrix(dense.numpy())), log_size)
    (gradient,) = torch.autograd.grad(loss, [decoder.mean.weight])
    assert gradient.abs().max() == 0


def test_block_size_does_not_change_the_loss():
    decoder, embedding, dense, log_size = _setting(6, False, 0.05)
    counts = CountBlock.from_scipy(sp.csr_matrix(dense.numpy()))
    decoder.eval()
    values = []
    for entries in (1, 21, 10_000):
        decoder.block_entries = entries
        values.append(decoder.loss(embedding, counts, log_size).item())
    assert values == pytest.approx([values[0]] * 3, rel=1e-12)


def test_start_at_gives_the_average_counts():
    decoder, embedding, _, _ = _setting(None, False, 0.0)
    with torch.no_grad():
        decoder.mean.weight.zero_()
    decoder.start_at(torch.arange(1.0, 8.0))
    log_mean, _, _ = decoder.parameters_of(embedding, torch.zeros(13, dtype=torch.float64))
    torch.testing.assert_close(
        log_mean[0].exp(), torch.arange(1.0, 8.0, dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("gene_dispersion", [True, False])
def test_products_in_bfloat16_keep_loss_and_gradients_close(gene_dispersion):
    rng = np.random.default_rng(0)
    counts = CountBlock.from_scipy(sp.csr_matrix(rng.poisson(0.8, (60, 40)).astype(np.float32)))
    results = []
    for enabled in (False, True):
        torch.manual_seed(0)
        decoder = ZINBDecoder(6, 40, n_hidden=None, gene_dispersion=gene_dispersion, dropout_ridge=0.05)
        embedding = torch.randn(60, 6, requires_grad=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            loss = decoder.loss(embedding, counts, torch.zeros(60))
        loss.backward()
        results.append((loss.item(), embedding.grad, decoder.mean.weight.grad))
        assert loss.dtype == embedding.grad.dtype == torch.float32
    assert results[1][0] == pytest.approx(results[0][0], rel=1e-3)
    for exact, low in zip(results[0][1:], results[1][1:], strict=True):
        assert (exact - low).norm() < 0.02 * exact.norm()
        assert not torch.equal(exact, low)
