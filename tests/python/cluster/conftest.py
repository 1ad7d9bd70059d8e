"""Embeddings whose domains are known."""

import logging

import numpy as np
import pytest


@pytest.fixture
def messages(caplog, monkeypatch):
    """What the package says to the user."""
    monkeypatch.setattr(logging.getLogger("semst"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture(scope="session")
def separated():
    """Four Gaussians with one slanted covariance, of 90, 70, 50 and 30 spots; and their truth."""
    rng = np.random.default_rng(5)
    truth = np.repeat(np.arange(4), [90, 70, 50, 30])
    centres = 12 * np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 0]])
    slant = np.eye(4) + 0.6 * np.triu(np.ones((4, 4)), 1)
    return rng.normal(size=(240, 4)) @ slant + centres[truth], truth


@pytest.fixture(scope="session")
def trap():
    """Four slices along one direction; two wider directions carry nothing and mislead a single start."""
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), 60)
    X = rng.normal(size=(240, 3))
    X[:, 0] += 6 * truth
    X[:, 1:] *= 10
    return X @ np.linalg.qr(rng.normal(size=(3, 3)))[0], truth
