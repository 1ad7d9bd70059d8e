"""The loop: repeatable, resumable, and honest when something goes wrong."""

import pytest
import torch

from semst import SemSTError
from semst.distributed import make_fabric
from semst.train import repeatable, train


def _setting(seed=0):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.ReLU(), torch.nn.Linear(8, 1)
    )
    x = torch.randn(20, 4)
    return model, lambda: {
        "loss": (model(x) - x.sum(1, keepdim=True)).square().mean(),
        "part": model(x).mean(),
    }


def _weights(model):
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def _run(model, losses, **kwargs):
    settings = {"epochs": 12, "learning_rate": 0.01, "progress": False, **kwargs}
    return train(model, losses, **settings)


def test_the_loss_falls_and_every_part_is_kept():
    model, losses = _setting()
    history = _run(model, losses, epochs=60)
    assert history.losses["loss"].shape == history.losses["part"].shape == (60,)
    assert history.losses["loss"][-5:].mean() < 0.5 * history.losses["loss"][0]
    assert not model.training


def test_bitwise_repeatable_and_the_global_random_state_is_left_alone():
    results = []
    for _ in range(2):
        model, losses = _setting()
        torch.manual_seed(99)
        before = torch.get_rng_state()
        _run(model, losses)
        assert torch.equal(torch.get_rng_state(), before)
        results.append(_weights(model))
    assert torch.equal(*results)
    model, losses = _setting()
    _run(model, losses, random_state=1)
    assert not torch.equal(_weights(model), results[0])


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(tmp_path):
    whole, losses = _setting()
    expected = _run(whole, losses)

    class Cut(Exception):
        pass

    model, losses = _setting()
    calls = iter(range(100))

    def cut_off():
        if next(calls) == 9:
            raise Cut
        return losses()

    with pytest.raises(Cut):
        _run(model, cut_off, checkpoint_dir=tmp_path, checkpoint_every=4)

    model, losses = _setting()
    history = _run(model, losses, checkpoint_dir=tmp_path, checkpoint_every=4)
    assert history.resumed_at == 8
    assert torch.equal(_weights(model), _weights(whole))
    assert history.losses["loss"].tolist() == expected.losses["loss"].tolist()


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    model, losses = _setting()
    _run(model, losses, checkpoint_dir=tmp_path)
    other, losses = _setting(seed=5)
    with pytest.raises(SemSTError, match="other data or settings"):
        _run(other, losses, checkpoint_dir=tmp_path)
    model, losses = _setting()
    with pytest.raises(SemSTError, match="other data or settings"):
        _run(model, losses, checkpoint_dir=tmp_path, run_settings={"n_neighs": 3})


def test_a_damaged_checkpoint_is_refused_and_kept(tmp_path):
    (tmp_path / "train.ckpt").write_bytes(b"not a checkpoint")
    model, losses = _setting()
    with pytest.raises(SemSTError, match="not a readable checkpoint"):
        _run(model, losses, checkpoint_dir=tmp_path)
    assert (tmp_path / "train.ckpt").read_bytes() == b"not a checkpoint"


def test_a_full_disk_costs_the_checkpoint_and_not_the_training(tmp_path, monkeypatch, caplog):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("semst.train._loop.save_checkpoint", full)
    monkeypatch.setattr("semst._log.logger.propagate", True)
    model, losses = _setting()
    history = _run(model, losses, checkpoint_dir=tmp_path)
    assert len(history.losses["loss"]) == 12
    assert "without a checkpoint" in caplog.text


def test_a_loss_that_explodes_is_an_error():
    model, _ = _setting()
    with pytest.raises(SemSTError, match="became nan in epoch 1"):
        _run(model, lambda: {"loss": next(model.parameters()).sum() * float("nan")})


def test_device_and_precision_are_checked():
    with pytest.raises(SemSTError, match='"cpu"'):
        make_fabric("tpu")
    with pytest.raises(SemSTError, match="bf16-mixed"):
        make_fabric("cpu", "8-bit")
    with pytest.raises(SemSTError, match="epochs is 0"):
        _run(*_setting(), epochs=0)


def test_the_choice_of_repeatable_algorithms_is_put_back():
    torch.use_deterministic_algorithms(False)
    with repeatable("cpu"):
        assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError, match="in between"), repeatable("cuda"):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        raise RuntimeError("in between")
    assert not torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        with repeatable("cuda"):
            assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)
