"""Adam without the class around it: torch's own, bit by bit."""

import subprocess
import sys

import pytest
import torch

from semst.distributed import Processor, make_fabric
from semst.train._adam import Adam


def _parameters(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in [(5, 3), (3,), (2, 2)]]


def _gradients(parameters, turn):
    """The last parameter has a gradient at every other turn only."""
    generator = torch.Generator().manual_seed(100 + turn)
    for number, parameter in enumerate(parameters):
        gradient = torch.randn(parameter.shape, generator=generator)
        parameter.grad = None if number == 2 and turn % 2 else gradient


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_every_step_is_torchs(weight_decay):
    ours, theirs = _parameters(), _parameters()
    one = Adam(ours, learning_rate=0.02, weight_decay=weight_decay)
    other = torch.optim.Adam(theirs, lr=0.02, weight_decay=weight_decay)
    for turn in range(7):
        _gradients(ours, turn)
        _gradients(theirs, turn)
        one.step()
        other.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
        assert not any(p.requires_grad is False or p.grad_fn for p in ours)


@pytest.mark.parametrize("torchs", [False, True])
def test_it_goes_on_from_its_own_state_and_from_torchs(torchs, tmp_path):
    whole, first, second = _parameters(), _parameters(), _parameters(1)
    expected = Adam(whole, learning_rate=0.02)
    begun = torch.optim.Adam(first, lr=0.02) if torchs else Adam(first, learning_rate=0.02)
    for turn in range(6):
        _gradients(whole, turn)
        expected.step()
        if turn < 3:
            _gradients(first, turn)
            begun.step()
    torch.save(begun.state_dict(), tmp_path / "state.pt")
    with torch.no_grad():
        for there, here in zip(second, first, strict=True):
            there.copy_(here)
    resumed = Adam(second, learning_rate=0.02)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    for turn in range(3, 6):
        _gradients(second, turn)
        resumed.step()
    assert all(torch.equal(a, b) for a, b in zip(whole, second, strict=True))


def test_gradients_are_forgotten():
    parameters = _parameters()
    _gradients(parameters, 0)
    Adam(parameters, learning_rate=0.1).zero_grad()
    assert all(p.grad is None for p in parameters)


def test_one_process_on_the_processor_needs_no_fabric():
    assert isinstance(make_fabric("cpu"), Processor)
    assert not isinstance(make_fabric("cpu", "bf16-mixed"), Processor)


def test_training_imports_no_compiler_and_no_pictures():
    code = (
        "import sys, semst\n"
        "adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)\n"
        "semst.tl.semst(adata, 4, epochs=1, cluster='mixture', progress=False)\n"
        "heavy = {'torch._dynamo', 'lightning_fabric', 'matplotlib', 'scanpy', 'transformers'}\n"
        "print(*heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
