"""Tables, pictures and the page hold the numbers of the rows."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from semst import SemSTError
from semst_benchmark import published, run_suite, summarise, write_all, write_report
from semst_benchmark._figures import _scaling
from semst_benchmark._findings import _pair_sentences, findings, on_semantics
from semst_benchmark._report import check_report
from semst_benchmark._store import Store
from semst_benchmark._summary import MEAN, differences
from semst_benchmark._tables import latex, score_table


def test_summary_holds_mean_and_spread_of_slices_and_of_their_mean(finished):
    outcome, _ = finished
    summary = summarise(outcome).set_index(["dataset", "arm"])
    assert list(summary.index) == [(d, a) for d in ("one", "two", MEAN) for a in ("SemST", "PCA")]
    rows = outcome.rows[(outcome.rows["arm"] == "SemST")]
    one = rows.loc[rows["dataset"] == "one", "own.vote.ari"]
    assert summary.loc[("one", "SemST"), "own.vote.ari"] == pytest.approx(one.mean())
    assert summary.loc[("one", "SemST"), "own.vote.ari.sd"] == pytest.approx(one.std(ddof=1))
    by_seed = rows.groupby("seed")["own.vote.ari"].mean()
    assert summary.loc[(MEAN, "SemST"), "own.vote.ari"] == pytest.approx(by_seed.mean())
    assert summary.loc[(MEAN, "SemST"), "own.vote.ari.sd"] == pytest.approx(by_seed.std(ddof=1))
    assert summary["reference"].tolist() == [False, True] * 3


def test_the_spread_of_a_mean_over_slices_is_that_of_seeds_every_slice_has(finished):
    outcome, _ = finished
    rows = outcome.rows[outcome.rows["arm"] == "PCA"].copy()
    more = rows[rows["dataset"] == "one"].copy()
    more["seed"] += 10
    more["own.vote.ari"] = 1.0  # slice "one" has two seeds more, which say nothing of the mean over slices
    both = replace(outcome, rows=pd.concat([rows, more]))
    spread = summarise(both).set_index("dataset").loc[MEAN, "own.vote.ari.sd"]
    assert spread == pytest.approx(rows.groupby("seed")["own.vote.ari"].mean().std(ddof=1))


def test_a_suite_without_annotation_has_no_bars_and_no_crash(small, tmp_path):
    slices = [
        {"name": "bare", "simulate": {"n_spots": 80, "n_genes": 60}, "truth": "nowhere", "n_domains": 3}
    ]
    suite = small(datasets=slices, arms=[{"model": "pca"}], pairs=[], seeds=1, figures=["bars"])
    outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert {path.name for path in write_all(outcome, None, tmp_path)} == {
        "small.csv",
        "small.md",
        "small.tex",
    }


def test_differences_are_paired_by_slice_and_seed(finished):
    outcome, _ = finished
    table = outcome.rows.pivot(index=["dataset", "seed"], columns="arm", values="own.vote.ari")
    gap = differences(outcome).iloc[0]
    assert gap["mean"] == pytest.approx((table["SemST"] - table["PCA"]).mean())
    assert gap["on one"] == pytest.approx((table["SemST"] - table["PCA"]).loc["one"].mean())


def test_tables_and_sentences_say_the_same_numbers(finished):
    outcome, _ = finished
    summary = summarise(outcome)
    text = score_table(outcome, summary)
    line = summary.iloc[0]
    assert f"{line['own.vote.ari']:.3f} ± {line['own.vote.ari.sd']:.3f}" in text
    assert "PCA °" in text
    assert latex(outcome, summary).count(r"\\") == 1 + len(summary)
    gap = differences(outcome).iloc[0]
    sentences = findings(outcome)
    assert any(f"{gap['mean']:+.3f} ARI" in sentence for sentence in sentences)
    assert any("SemST against PCA" in sentence for sentence in on_semantics([outcome]))


def test_models_that_share_a_question_share_a_sentence():
    one = {"against": "b", "t_low": -1.0, "t_high": 1.0, "low": -1.0, "high": 1.0, "clear": False}
    one |= {"n_slices": 2, "n_seeds": 2}
    shared = [
        {**one, "arm": f"m{k}", "about": "after", "mean": gain} for k, gain in enumerate((0.1, 0.2, -0.1))
    ]
    alone = {**one, "arm": "x", "about": "another question", "mean": 0.5}
    over, single = _pair_sentences(pd.DataFrame([*shared, alone]))
    # mean 0.0667, sd 0.1528: 4.303 * 0.1528 / sqrt(3) = 0.3795 to each side
    assert "Over 3 models, after: +0.067 ARI (95 % over models -0.313 to +0.446; 2 of 3 gain)" in over
    assert single.startswith("x against b, another question: +0.500")


def test_everything_is_written(finished, tmp_path):
    outcome, out = finished
    written = write_all(outcome, None, out)
    names = {path.name for path in written}
    assert {"small.csv", "small.md", "small.tex", "small_differences.csv"} <= names
    assert {"small_ari.png", "small_differences.png", "small_one.png", "small_two.png"} <= names
    for path in written:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert picture.width <= 1750  # savefig adds a little room around the drawing
                assert picture.mode == "P"
    page = tmp_path / "docs" / "page.md"
    write_report([outcome], None, out, page)
    text = page.read_text()
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(pictures) == 4
    assert all((page.parent / picture).is_file() for picture in pictures)
    assert "What semantics adds" in text
    summary = summarise(outcome)
    line = summary[summary["arm"] == "SemST"].set_index("dataset")["own.vote.ari"]
    row = next(row for row in text.splitlines() if row.startswith("| SemST | "))
    assert all(f"{line[name]:.3f} ± " in row for name in ("one", "two"))
    scores = pd.read_csv(page.parent / "page" / "small.csv")
    assert len(scores) == len(summary) and "[small.csv](page/small.csv)" in text
    assert str(out) not in text
    write_report([outcome], None, out, page)  # an old page is replaced


def test_seconds_and_memory_are_drawn_at_the_sizes_of_the_slices(finished):
    outcome, _ = finished
    ((name, figure),) = _scaling(outcome, Store(Path("unused")), None)
    assert name == "scaling"
    seconds, memory = figure.axes
    sizes = sorted(outcome.done["n_spots"].unique())
    assert [label.get_text() for label in seconds.get_xticklabels()] == [f"{size:,}" for size in sizes]
    for ax, column in ((seconds, "seconds"), (memory, "peak_gb")):
        lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
        for arm, rows in outcome.done.groupby("arm"):
            assert lines[arm] == pytest.approx(rows.groupby("n_spots")[column].median().to_numpy())


def test_the_page_must_be_markdown(tmp_path):
    with pytest.raises(SemSTError, match="written as Markdown"):
        check_report(tmp_path / "page.html")
    (tmp_path / "file").touch()
    check_report(tmp_path / "new" / "page.md")


def test_published_figures_carry_source_protocol_and_the_rule_of_their_epoch():
    table = published()
    assert table[["dataset", "method", "metric", "value", "source", "protocol"]].notna().all().all()
    assert table["value"].between(0, 1).all()
    assert set(table["metric"]) == {"ari", "nmi", "accuracy", "f1"}
    # what the paper reports of its own model was chosen by the score against the labels
    own = table[(table["method"] == "SemST") & table["source"].str.contains("AAAI")]
    assert (own["epoch_rule"] == "oracle").all()
    twelve = table[(table["dataset"] == "dlpfc_12_slices") & (table["method"] == "SemanticST")]
    assert twelve["value"].iloc[0] == pytest.approx(0.5177, abs=1e-4)
    slices = table[table["method"].eq("SemanticST") & table["n_runs"].eq(5)]
    slices = slices[slices["dataset"] != "dlpfc_12_slices"]
    assert len(slices) == 12
    assert np.isclose(slices["value"].mean(), 0.5177, atol=1e-4)


def test_the_protocol_explains_what_stands_on_the_page_and_nothing_else(finished, tmp_path):
    outcome, _ = finished
    write_report([outcome], None, tmp_path / "out", tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "- PCA: 20 principal components" in page
    assert "° simple reference" in page
    assert "BANKSY" not in page
    used = {name for name in ("own", "mclust", "kmeans", "leiden") if f"*{name}*:" in page}
    assert used == set(outcome.suite.clusterers) - {"mixture"}
    no_references = replace(outcome, suite=replace(outcome.suite, arms=outcome.suite.arms[:1]))
    no_references = replace(no_references, rows=outcome.rows[outcome.rows["arm"] == "SemST"])
    write_report([no_references], None, tmp_path / "out", tmp_path / "page.md")
    assert "imple reference" not in (tmp_path / "page.md").read_text()
