"""Columns of coordinates by their names."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semst import MissingKeyError, SemSTError
from semst._validate import check_coordinates, get_coordinates
from semst.data import read_slice

XY = np.array([[1.0, 10], [2, 20], [3, 35]])
PAIRS = [
    ("x", "y"),
    ("X", "Y"),
    ("pxl_col_in_fullres", "pxl_row_in_fullres"),
    ("imagecol", "imagerow"),
    ("x_centroid", "y_centroid"),
    ("center_x", "center_y"),
    ("CenterX_global_px", "CenterY_global_px"),
    ("x_global_px", "y_global_px"),
    ("xcoord", "ycoord"),
    ("x_location", "y_location"),
    ("global_x", "global_y"),
    ("sdimx", "sdimy"),
    ("array_col", "array_row"),
    ("col", "row"),
    ("X_um", "Y_um"),
]


@pytest.mark.parametrize(("x", "y"), PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_names_tell_which_is_which(x, y, turned):
    table = pd.DataFrame(XY, columns=[x, y], index=list("abc"))
    table = table[[y, x]] if turned else table
    before = table.copy()
    np.testing.assert_array_equal(check_coordinates(table, where="c"), XY)
    adata = ad.AnnData(np.ones((3, 2)), obs=pd.DataFrame(index=list("abc")), obsm={"spatial": table})
    np.testing.assert_array_equal(get_coordinates(adata), XY)
    np.testing.assert_array_equal(read_slice(adata)[0].coordinates, XY)
    pd.testing.assert_frame_equal(table, before)


@given(st.permutations(["x", "y", "z"]), st.booleans())
def test_three_dimensions_in_any_order(order, upper):
    xyz = np.column_stack([XY, [7.0, 8, 9]])
    table = pd.DataFrame(xyz, columns=["x", "y", "z"])[order]
    table.columns = table.columns.str.upper() if upper else table.columns
    np.testing.assert_array_equal(check_coordinates(table, where="c"), xyz)


@pytest.mark.parametrize("z", ["z", "Z", "global_z", "depth", "z_centroid", "section"])
def test_a_third_column_stays_the_third(z):
    table = pd.DataFrame({z: [7.0, 8, 9], "y_centroid": XY[:, 1], "x_centroid": XY[:, 0]})
    np.testing.assert_array_equal(check_coordinates(table, where="c"), np.column_stack([XY, [7.0, 8, 9]]))


def test_columns_of_other_things_are_passed_over():
    table = pd.DataFrame({"barcode": list("abc"), "y": XY[:, 1], "x": XY[:, 0]})
    np.testing.assert_array_equal(check_coordinates(table, where="c"), XY)
    visium = pd.DataFrame(
        {
            "array_row": [0, 1, 2],
            "array_col": [0, 1, 2],
            "pxl_row_in_fullres": XY[:, 1],
            "pxl_col_in_fullres": XY[:, 0],
        }
    )
    np.testing.assert_array_equal(check_coordinates(visium, where="c"), XY)


@pytest.mark.parametrize("names", [["a", "b"], [0, 1], ["spatial1", "spatial2"], ["x", "x"], ["x", "b"]])
def test_other_names_leave_the_order(names):
    np.testing.assert_array_equal(check_coordinates(pd.DataFrame(XY, columns=names), where="c"), XY)


def test_too_many_columns_without_names_are_an_error():
    with pytest.raises(SemSTError, match=r"^c has the shape \(3, 4\)"):
        check_coordinates(pd.DataFrame(np.ones((3, 4))), where="c")


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_missing_coordinates_point_to_columns_of_every_platform(x, y):
    obs = pd.DataFrame({"n": 1, y: XY[:, 1], x: XY[:, 0]}, index=list("abc"))
    adata = ad.AnnData(np.ones((3, 2)), obs=obs)
    with pytest.raises(MissingKeyError) as error:
        get_coordinates(adata)
    exec(str(error.value).split("are meant: ")[1].removesuffix("."), {"adata": adata})
    np.testing.assert_array_equal(get_coordinates(adata), XY)


def test_missing_coordinates_point_to_another_slot():
    adata = ad.AnnData(np.ones((3, 2)), obsm={"X_pca": XY, "X_spatial": XY})
    with pytest.raises(MissingKeyError, match=r'name another one: spatial_key="X_spatial"'):
        get_coordinates(adata)


def test_the_names_of_the_platforms_are_listed():
    with pytest.raises(MissingKeyError) as error:
        get_coordinates(ad.AnnData(np.ones((3, 2))))
    for name in ("x_centroid", "CenterX_global_px", "center_x", "xcoord", "Stereo-seq", "pxl_col_in_fullres"):
        assert name in str(error.value)
    assert 'adata.obsm["spatial"], or name another slot (spatial_key=...)' in str(error.value)
