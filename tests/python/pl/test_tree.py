"""The picture of the tree of domains."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from semst import MissingKeyError, SemSTError, pl, tl


@pytest.fixture
def adata():
    means = np.repeat([0.0, 2.0, 10.0], [4, 2, 2])
    labels = pd.Categorical(np.repeat(["1", "2", "3"], [4, 2, 2]))
    obs = pd.DataFrame({"d": labels}, index=[f"s{i}" for i in range(8)])
    X = (means + np.tile([-1.0, 1.0], 4))[:, None]
    yield ad.AnnData(
        np.ones((8, 1)), obs=obs, obsm={"X_d": X}, uns={"d_colors": ["#FF0000", "#00FF00", "#0000FF"]}
    )
    plt.close("all")


def test_branches_are_as_high_as_domains_are_apart_and_leaves_have_their_colours(adata, tmp_path):
    tl.tree(adata, "d")
    ax = pl.tree(adata, "d", save=tmp_path / "tree.png")
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert sorted(names) == ["1", "2", "3"]
    (dots,) = [part for part in ax.collections if len(part.get_offsets()) == 3]
    shown = dict(zip(names, map(to_hex, dots.get_facecolors()), strict=True))
    assert shown == {"1": "#ff0000", "2": "#00ff00", "3": "#0000ff"}
    drawn = {}
    for part in ax.collections:
        for path in part.get_paths() if part is not dots else []:
            drawn[round(float(path.vertices[:, 0].max()), 6)] = to_hex(part.get_colors()[0])
    assert drawn == {2.0: "#ff0000", 9.0: "#ff0000"}  # that of the largest domain
    assert (tmp_path / "tree.png").is_file()


def test_own_colours_and_axes_are_taken_and_data_left_alone(adata):
    tl.tree(adata, "d")
    before = adata.copy()
    _, given = plt.subplots()
    ax = pl.tree(adata, "d", colors={"1": "black", "2": "white", "3": "red"}, ax=given)
    assert ax is given
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    assert set(adata.uns) == set(before.uns)


def test_a_missing_tree_and_one_of_other_domains_are_told(adata):
    with pytest.raises(MissingKeyError, match='semst.tl.tree.* writes it. has no "d_tree"'):
        pl.tree(adata, "d")
    tl.tree(adata, "d")
    adata.obs["d"] = adata.obs["d"].cat.rename_categories({"3": "white matter"})
    with pytest.raises(SemSTError, match=r"is of 1, 2, 3, and .* has 1, 2, white matter. Build it again"):
        pl.tree(adata, "d")
    with pytest.raises(SemSTError, match="does not end in a picture format"):
        pl.tree(adata, "d", save="tree.txt")
