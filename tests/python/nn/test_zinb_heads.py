import pytest
import scipy.sparse as sp
import torch

from semst.nn import CountBlock, ZINBHeads, zinb_nll


def _setting(seed=0, scale=1.0):
    torch.manual_seed(seed)
    n, d, m = 13, 5, 7
    dense = torch.poisson(torch.rand(n, m) * 3) * (torch.rand(n, m) > 0.4)
    heads = ZINBHeads(d, m, block_entries=21).double()
    hidden = [scale * torch.randn(n, d, dtype=torch.float64).requires_grad_() for _ in range(3)]
    hidden = [one.detach().requires_grad_() for one in hidden]
    return heads, hidden, dense.double(), 0.3 * torch.randn(n, dtype=torch.float64)


@pytest.mark.parametrize("scale", [1.0, 15.0])  # the second reaches the bounds
def test_loss_and_gradients_equal_autograd_on_the_written_out_parameters(scale):
    heads, hidden, dense, log_size = _setting(scale=scale)
    fused = heads.loss(hidden, CountBlock.from_scipy(sp.csr_matrix(dense.numpy())), log_size)
    log_mean = (hidden[0] @ heads.mean + log_size[:, None]).clamp(-11.5, 13.8)
    log_dispersion = (hidden[1] @ heads.dispersion).clamp(-9.2, 9.2)
    plain = zinb_nll(dense, log_mean, log_dispersion, hidden[2] @ heads.dropout).mean()
    assert fused.item() == pytest.approx(plain.item(), rel=1e-6)  # log-factorials are in single precision
    leaves = [*hidden, *heads.parameters()]
    for ours, theirs in zip(
        torch.autograd.grad(fused, leaves), torch.autograd.grad(plain, leaves), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-9)


def test_the_size_of_the_blocks_is_of_no_matter():
    heads, hidden, dense, log_size = _setting(seed=1)
    counts = CountBlock.from_scipy(sp.csr_matrix(dense.numpy()))
    values = []
    for block in (1, 40, 10_000):
        heads.block_entries = block
        values.append(heads.loss(hidden, counts, log_size).item())
    assert values == pytest.approx([values[0]] * 3, rel=1e-12)
