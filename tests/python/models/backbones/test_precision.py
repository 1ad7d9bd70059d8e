"""Half-precision products leave the losses where they are."""

import numpy as np
import pytest

import semst
from models.conftest import fit
from semst import models
from semst.data import read_slice


@pytest.mark.parametrize("name", ["graphst", "stagate", "gaaest", "dusted"])
def test_training_with_products_in_bfloat16_gives_about_the_same_losses(name):
    data = read_slice(semst.datasets.simulated_cortex(n_spots=220, random_state=0))[0]
    model = models.get(name)
    config = model.Config(epochs=4)
    runs = [
        fit(model, model.prepare(data, config), config, precision=precision).history.losses
        for precision in ("32-true", "bf16-mixed")
    ]
    for part in runs[0]:
        np.testing.assert_allclose(runs[1][part], runs[0][part], rtol=0.03, err_msg=part)
