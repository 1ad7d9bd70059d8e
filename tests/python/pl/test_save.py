"""Pictures on disk: whole, of the wanted kind, and never over something else unasked."""

import anndata as ad
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from semst import SemSTError, pl


@pytest.fixture
def adata():
    yield ad.AnnData(
        np.ones((4, 1)),
        obs={
            "semst": ["1", "1", "2", "2"],
            "truth": ["a", "a", "b", "b"],
            "semst_uncertainty": [0.1, 0.2, 0, 0.3],
        },
        obsm={"spatial": np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])},
        uns={"semst": {"history": {"loss": np.array([2.0, 1.0])}}},
    )
    plt.close("all")


def _drawings(adata, **options):
    yield lambda: pl.domains(adata, **options)
    yield lambda: pl.compare(adata, ["truth", "semst"], **options)
    yield lambda: pl.uncertainty(adata, **options)
    yield lambda: pl.history(adata, **options)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_files_are_of_the_kind_their_name_says(adata, tmp_path, number, suffix, magic):
    path = tmp_path / "new folder" / f"picture{suffix}"
    list(_drawings(adata, save=path))[number]()
    assert path.read_bytes().startswith(magic)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("number", range(4))
def test_nothing_is_replaced_unasked(adata, tmp_path, number):
    path = tmp_path / "mine.png"
    path.write_text("precious")
    with pytest.raises(SemSTError, match="mine.png exists already"):
        list(_drawings(adata, save=path))[number]()
    assert path.read_text() == "precious"
    list(_drawings(adata, save=path, overwrite=True))[number]()
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["slice.h5ad", "picture"])
def test_an_unknown_kind_is_refused_before_anything_is_drawn(adata, tmp_path, name, monkeypatch):
    monkeypatch.setattr(plt, "subplots", lambda *a, **k: pytest.fail("a figure was made"))
    with pytest.raises(
        SemSTError, match=rf'"{name}" does not end in a picture format. Accepted: .*\.pdf.*\.png'
    ):
        pl.domains(adata, save=tmp_path / name)


def test_a_full_disk_leaves_the_old_picture(adata, tmp_path, monkeypatch):
    path = tmp_path / "mine.png"
    path.write_text("old")

    def fail(self, part, **options):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(SemSTError, match="mine.png could not be written .*No space left"):
        pl.domains(adata, save=path, overwrite=True)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["mine.png"]
