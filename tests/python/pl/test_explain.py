"""Tissue and rows: whose text is where, and that it never leaves its place."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from semst import MissingKeyError, SemSTError, pl
from semst.pl._text import ELLIPSIS, shorten, text_width, wrap

WORDS = "no name of a tissue is so long that a table could not hold the first few of its words "


def texts_of(figure):
    return [text for text in figure.axes[-1].texts if text.get_text()]


def written(figure):
    return [text.get_text() for text in texts_of(figure)]


def names_of(domains, names, status="named"):
    """Names as :func:`semst.tl.name_domains` keeps them."""
    return {
        "names": pd.DataFrame({"domain": domains, "name": names, "reason": "", "genes": "", "status": status})
    }


def check_places(figure):
    """No text on another, none outside of the figure, and the rows beside the tissue."""
    figure.canvas.draw()
    boxes = [text.get_window_extent().padded(-0.5) for text in texts_of(figure)]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    whole = figure.bbox
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= whole.x1 and b.y1 <= whole.y1 for b in boxes)
    table = figure.axes[-1].get_window_extent()
    assert all(table.x0 - 1 <= b.x0 and b.x1 <= table.x1 + 1 for b in boxes)
    assert all(panel.get_window_extent().x1 <= table.x0 for panel in figure.axes[:-1])


@pytest.mark.parametrize("n_domains", [1, 4, 7, 15])
def test_rows_stay_in_their_places(make_blocks, n_domains):
    figure = pl.explain(make_blocks(n_domains), n_terms=3)
    check_places(figure)
    assert len(figure.axes[-1].patches) == n_domains


def test_long_names_of_everything_stay_in_their_places(make_blocks):
    adata = make_blocks(15, labels=[f"{i} {WORDS}" for i in range(15)], per_domain=8)
    kept = adata.uns["semst_explain"]
    adata.var_names = [f"{name}{'X' * 40}" for name in adata.var_names]
    kept["markers"]["gene"] = list(adata.var_names)
    kept["terms"]["term"] = WORDS.replace(" ", "") + " " + WORDS * 2
    kept["domains"]["note"] = WORDS * 5
    adata.uns["semst_names"] = names_of(adata.obs["semst"].cat.categories, WORDS * 2)
    figure = pl.explain(adata, n_terms=4, n_markers=8)
    check_places(figure)
    assert sum(ELLIPSIS in text for text in written(figure)) > 15


def test_a_row_says_what_is_kept(make_blocks):
    adata = make_blocks(3)
    adata.uns["semst_names"] = names_of(["1", "3"], ["white matter", "not seen"], ["named", "unclear"])
    figure = pl.explain(adata, n_terms=1, n_markers=2)
    text = written(figure)
    assert text[:3] == ["domain", "markers", "terms"]
    assert text.count("36 spots, 33.3%") == 3
    assert text[3:5] == ["1", "white matter"]
    assert "G1a, G1b" in text and "G2a, G2b" in text
    assert text.count("q 1e-07") == 2 and "ensheathment of neurons" not in text
    assert text.count("no term has 3 markers of it") == 1
    chips = [to_hex(patch.get_facecolor()).upper() for patch in figure.axes[-1].patches]
    assert chips == pl.palette(3)


def test_no_terms_and_no_markers_on_request(make_blocks):
    text = written(pl.explain(make_blocks(3), n_terms=0, n_markers=0))
    assert "none" in text and not any(part.startswith("q ") for part in text)
    assert "no term has 3 markers of it" in text


def test_a_domain_that_is_not_in_the_explanation_is_told(make_blocks):
    adata = make_blocks(2)
    adata.obs["semst"] = np.where(np.arange(adata.n_obs) < 5, "new", adata.obs["semst"].astype(str))
    text = " ".join(written(pl.explain(adata)))
    assert "new 5 spots, 6.9% none not explained: explain the domains again" in text


def test_dollars_are_no_mathematics(make_blocks):
    adata = make_blocks(2, labels=["$x", "a$\\frac"])
    adata.obs["slide"] = "$\\bad$"
    figure = pl.explain(adata, sample_key="slide")
    figure.canvas.draw()
    assert "a$\\frac" in written(figure)


def test_a_panel_for_every_slice(make_blocks):
    adata = make_blocks(4)
    adata.obs["slide"] = np.where(np.arange(adata.n_obs) < 72, "first", "second")
    figure = pl.explain(adata, sample_key="slide")
    assert [ax.get_title() for ax in figure.axes[:-1]] == ["first", "second"]
    check_places(figure)


def test_the_object_is_left_as_it_is(make_blocks):
    adata = make_blocks(3)
    before = adata.copy()
    pl.explain(adata)
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    assert list(adata.uns) == list(before.uns)
    for table in ("domains", "markers", "terms"):
        pd.testing.assert_frame_equal(adata.uns["semst_explain"][table], before.uns["semst_explain"][table])


def test_what_is_missing_is_told(make_blocks, tmp_path):
    adata = make_blocks(2)
    with pytest.raises(SemSTError, match="n_terms is -1"):
        pl.explain(adata, n_terms=-1)
    with pytest.raises(MissingKeyError, match='adata.obs has no "other"'):
        pl.explain(adata, "other")
    with pytest.raises(SemSTError, match="does not end in a picture format"):
        pl.explain(adata, save=tmp_path / "picture.html")
    del adata.uns["semst_explain"]
    with pytest.raises(MissingKeyError, match="tl.explain"):
        pl.explain(adata)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.floats(0.4, 3), st.integers(1, 4))
def test_wrapped_lines_are_few_and_narrow_and_lose_no_word_unsaid(text, width, most):
    lines = wrap(text, width, 9, most=most)
    assert len(lines) <= most
    assert all(text_width(line, 9) <= width for line in lines)
    if not any(line.endswith(ELLIPSIS) for line in lines):
        assert " ".join(lines).split() == text.split()


def test_shortened_text_keeps_as_many_letters_as_fit():
    text = "oxidative phosphorylation"
    short = shorten(text, 1.0, 9)
    kept = len(short) - 1
    assert text.startswith(short[:-1]) and text_width(short, 9) <= 1.0
    assert text_width(text[: kept + 1] + ELLIPSIS, 9) > 1.0
