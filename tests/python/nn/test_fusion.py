"""FSM and its alternatives."""

import pytest
import torch

from semst.nn import FSM, FUSIONS


def test_fsm_follows_equations_7_to_9():
    torch.manual_seed(0)
    fsm = FSM(3, 5, n_out=2, zero_init=False)
    z, h = torch.randn(4, 3), torch.randn(4, 5)
    first, last = fsm.hidden, fsm.modulation
    modulation = torch.relu(h @ first.weight.T + first.bias) @ last.weight.T + last.bias
    alpha, beta = modulation[:, :3], modulation[:, 3:]
    torch.testing.assert_close(fsm(z, h), ((1 + alpha) * z + beta) @ fsm.projection.weight.T)


def test_fsm_starts_as_the_plain_projection_and_still_learns():
    torch.manual_seed(0)
    fsm = FSM(3, 5)
    z, h = torch.randn(4, 3), torch.randn(4, 5)
    torch.testing.assert_close(fsm(z, h), z @ fsm.projection.weight.T)
    fsm(z, h).square().sum().backward()
    assert fsm.modulation.weight.grad.abs().max() > 0


@pytest.mark.parametrize("name", sorted(FUSIONS))
def test_every_fusion_has_the_same_interface(name):
    torch.manual_seed(0)
    fusion = FUSIONS[name](4, 6, n_out=3)
    z, h = torch.randn(7, 4), torch.randn(7, 6)
    out = fusion(z, h)
    assert out.shape == (7, 3)
    order = torch.randperm(7)
    torch.testing.assert_close(fusion(z[order], h[order]), out[order])
    out.square().sum().backward()
    grads = {n: p.grad for n, p in fusion.named_parameters()}
    assert all(g is not None for g in grads.values())


@pytest.mark.parametrize("name", sorted(set(FUSIONS) - {"none", "fsm"}))
def test_semantics_reach_the_result(name):
    torch.manual_seed(0)
    fusion = FUSIONS[name](4, 6)
    z = torch.randn(5, 4)
    assert not torch.allclose(fusion(z, torch.randn(5, 6)), fusion(z, torch.randn(5, 6)))
