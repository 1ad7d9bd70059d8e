"""A network whose fusions are silent."""

import copy

import pytest
import torch

from semst.nn import FSM, FUSIONS, without_semantics


@pytest.mark.parametrize("name", sorted(FUSIONS))
def test_the_projection_of_the_features_is_left_and_the_original_is_untouched(name):
    torch.manual_seed(0)
    options = {"zero_init": False} if name == "fsm" else {}
    fusion = FUSIONS[name](4, 6, n_out=3, **options)
    before = copy.deepcopy(fusion.state_dict())
    silent = without_semantics(fusion)
    features, semantic = torch.randn(5, 4), torch.randn(5, 6)
    weight = fusion.projection.weight[:, :4]
    torch.testing.assert_close(silent(features, semantic), features @ weight.T)
    for key, value in fusion.state_dict().items():
        assert torch.equal(value, before[key])


def test_fusions_are_found_at_any_depth_and_a_host_keeps_its_own_projection():
    torch.manual_seed(0)
    fsm = FSM(4, 6, zero_init=False, residual=True)
    torch.nn.init.normal_(fsm.projection.weight)
    silent = without_semantics(torch.nn.ModuleDict({"inner": torch.nn.ModuleList([fsm])}))["inner"][0]
    features, semantic = torch.randn(5, 4), torch.randn(5, 6)
    torch.testing.assert_close(silent(features, semantic), features + features @ fsm.projection.weight.T)
    assert not torch.allclose(fsm(features, semantic), silent(features, semantic))
