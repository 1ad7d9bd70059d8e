"""Training on a CUDA device: the same losses as on the processor, the same seed the same result."""

import gc

import numpy as np
import pytest
import torch

import semst
from models.conftest import fit as train_model
from models.conftest import prepare, preset, short
from semst import models
from semst.data import read_slice

# these drop units by the device's own generator, so that their losses are others than the processor's
DRAW_ON_DEVICE = {"sedr", "stdcl"}
PRESETS = {"semst": {"epochs": 4}, "paper": {"epochs": 4, "n_top_genes": 200}}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=300, random_state=0))[0]


@pytest.fixture(params=models.available())
def name(request):
    return request.param


def fit(name, data, device, *, epochs=3, **options):
    """Train a backbone with FSM for some epochs in each of its phases."""
    model = models.get(name)
    config = model.Config(**short(model, epochs))
    prepared = model.prepare(data, config)
    prepared.inputs.set_semantic(np.random.default_rng(0).normal(size=(len(data.coordinates), 5)))
    return train_model(model, prepared, config, device=device, **options)


def fit_semst(name, data, device, *, tile_spots=0, epochs=None, **options):
    """Train SemST with semantic vectors for some epochs."""
    settings = {**PRESETS[name], "tile_spots": tile_spots, "min_spots": 1}
    if epochs is not None:
        settings["epochs"] = epochs
    config = preset(name, **settings)
    semantic = np.random.default_rng(0).normal(size=(data.n_spots, 6)).astype(np.float32)
    return train_model(models.SemST, prepare(config, data, semantic), config, device=device, **options)


def assert_alike(first, second, **tolerance):
    """Compare every part of two loss histories in the first epoch of each phase."""
    assert first.losses.keys() == second.losses.keys()
    for part, values in first.losses.items():
        np.testing.assert_allclose(second.losses[part][0], values[0], err_msg=part, **tolerance)


def test_a_backbone_starts_from_the_losses_of_the_processor(name, data, cuda):
    here, there = fit(name, data, "cpu"), fit(name, data, cuda)
    assert there.history.device.startswith("cuda") and here.history.device == "cpu"
    assert np.isfinite(there.embedding).all() and there.embedding.shape == here.embedding.shape
    tolerance = 0.2 if name in DRAW_ON_DEVICE else 2e-3
    assert_alike(here.history, there.history, rtol=tolerance, atol=tolerance)


def test_the_same_seed_gives_a_backbone_the_same_embedding(name, data, cuda):
    first, second = fit(name, data, cuda), fit(name, data, cuda)
    np.testing.assert_array_equal(first.embedding, second.embedding)


def test_a_backbone_is_taken_up_from_its_checkpoint(name, data, cuda, tmp_path):
    whole = fit(name, data, cuda, epochs=4)
    fit(name, data, cuda, epochs=4, checkpoint_dir=tmp_path)
    again = fit(name, data, cuda, epochs=4, checkpoint_dir=tmp_path)
    assert again.history.resumed_at
    np.testing.assert_array_equal(again.embedding, whole.embedding)


def test_a_backbone_trains_with_products_in_bfloat16(name, data, cuda):
    single, half = fit(name, data, cuda), fit(name, data, cuda, precision="bf16-mixed")
    assert_alike(single.history, half.history, rtol=0.1, atol=0.1)


def test_a_trained_backbone_embeds_on_the_processor_as_on_the_device(data, cuda):
    model = models.get("graphst")
    config = model.Config(epochs=3)
    fitted = fit(model, model.prepare(data, config), config, device=cuda)
    here = models.embed(fitted.network, model.prepare(data, config).inputs, config)
    np.testing.assert_allclose(np.abs(here), np.abs(fitted.embedding), rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("preset", PRESETS)
def test_semst_starts_from_the_losses_of_the_processor(preset, data, cuda):
    here, there = fit_semst(preset, data, "cpu"), fit_semst(preset, data, cuda)
    assert_alike(here.history, there.history, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(there.embedding, here.embedding, rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("tile_spots", [0, 80])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_seed_gives_semst_the_same_embedding(preset, tile_spots, precision, data, cuda):
    first, second = (
        fit_semst(preset, data, cuda, tile_spots=tile_spots, precision=precision) for _ in range(2)
    )
    np.testing.assert_array_equal(first.embedding, second.embedding)


@pytest.mark.parametrize("tile_spots", [0, 80])
def test_semst_goes_on_from_its_checkpoint(tile_spots, data, cuda, tmp_path):
    options = {"tile_spots": tile_spots}
    whole = fit_semst("semst", data, cuda, epochs=24, **options)
    fit_semst("semst", data, cuda, epochs=12, checkpoint_dir=tmp_path, **options)
    later = fit_semst("semst", data, cuda, epochs=24, checkpoint_dir=tmp_path, **options)
    assert later.history.resumed_at == 12
    np.testing.assert_array_equal(later.embedding, whole.embedding)


def test_tiles_are_embedded_on_the_device_as_on_the_processor(data, cuda):
    here, there = (fit_semst("semst", data, device, tile_spots=80) for device in ("cpu", cuda))
    assert_alike(here.history, there.history, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(there.embedding, here.embedding, rtol=5e-2, atol=5e-2)


def test_neither_memory_nor_random_state_of_the_device_is_touched(cuda):
    adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)
    gc.collect()
    memory, state = torch.cuda.memory_allocated(), torch.cuda.get_rng_state()
    semst.tl.semst(adata, 4, epochs=2, cluster="mixture", device=cuda)
    for name in ("graphst", "semanticst", "dusted"):
        epochs = short(models.get(name), 2)
        semst.tl.backbone(adata, name, 4, device=cuda, cluster="kmeans", **epochs)
    gc.collect()
    assert torch.cuda.memory_allocated() == memory
    assert torch.equal(torch.cuda.get_rng_state(), state)


def test_auto_is_the_cuda_device(cuda):
    assert semst.distributed.make_fabric("auto").device.type == "cuda"
    adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)
    semst.tl.semst(adata, 4, epochs=1, cluster="mixture")
    assert adata.uns["semst"]["params"]["device"].startswith("cuda")
