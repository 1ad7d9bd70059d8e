"""What is said where rpy2, R or mclust is missing; runs everywhere."""

import builtins
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from semst import MissingDependencyError
from semst.cluster import _r_session as module
from semst.cluster import auto, mclust

X = np.random.default_rng(0).normal(size=(30, 2))


def test_without_rpy2(monkeypatch, messages):
    monkeypatch.setitem(sys.modules, "rpy2", None)
    with pytest.raises(MissingDependencyError, match=r"needs the package rpy2 .*pip install 'semst\[r\]'"):
        mclust(X, 2)
    assert isinstance(MissingDependencyError("x"), ImportError)
    assert auto(X, 2, n_starts=2).method == "mixture"
    assert "because: mclust" in messages.text and "needs the package rpy2" in messages.text


def test_import_does_not_need_rpy2():
    """Checked in a new process, in which importing rpy2 fails."""
    code = (
        "import sys; sys.modules['rpy2'] = None\n"
        "import numpy as np\n"
        "from semst.cluster import cluster\n"
        "X = np.random.default_rng(0).normal(size=(30, 2))\n"
        "print(cluster(X, 2, n_starts=2).method)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "mixture", done.stderr


@pytest.mark.parametrize("error", [ValueError("r_home is None"), OSError("libR.so: cannot open")])
def test_without_r(monkeypatch, error):
    load = builtins.__import__

    def failing(name, *args, **kwargs):
        if name.startswith("rpy2"):
            raise error
        return load(name, *args, **kwargs)

    monkeypatch.setitem(sys.modules, "rpy2", ModuleType("rpy2"))
    monkeypatch.setattr(module, "_load", module._load.__wrapped__)
    monkeypatch.setattr(builtins, "__import__", failing)
    with pytest.raises(MissingDependencyError, match=rf"rpy2 cannot start R \({error}\).*install.packages"):
        mclust(X, 2)


def test_without_the_package_mclust(monkeypatch):
    robjects = pytest.importorskip("rpy2.robjects", reason="rpy2 is not installed", exc_type=Exception)
    monkeypatch.setattr(module, "_load", module._load.__wrapped__)
    monkeypatch.setattr(robjects, "r", lambda code: [False])
    with pytest.raises(
        MissingDependencyError, match=r'R has no package mclust.*install.packages\("mclust"\)'
    ):
        mclust(X, 2)
