"""The page of a run: what it says, that foreign text stays text, and that it needs nothing but itself."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from semst import MissingKeyError, SemSTError, datasets, pl, tl

EVIL = "<script>alert(1)</script>\"'&"
_VOID = {"meta", "img", "link", "br"}


class Page(HTMLParser):
    """Elements with their attributes, text by element, headings, and whether all that opens is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.headings = [], [], "", []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings[-1] += data
        if not {"style", "title"} & set(self.open):
            self.text += f"{data} "

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def run(make_blocks):
    """Three domains with all that a run can leave behind."""
    adata = make_blocks(3)
    adata.obs["truth"] = pd.Categorical(np.where(adata.obs["semst"] == "1", "left", "right"))
    adata.obs["semst_uncertainty"] = np.linspace(0, 0.5, adata.n_obs)
    curve = np.array([0.2, 0.9])
    adata.uns["semst"] = {
        "params": {"model": "semst", "n_domains": 3, "scales": np.array([4, 8]), "lr": 0.001},
        "reference": "Long et al. (2026) When Genes Speak, AAAI",
        "history": {"loss": np.array([2.0, 1.0])},
        "clustering": {"method": "mclust"},
        "quality": {"stability": 0.93, "chaos": 0.125},
        "versions": {"semst": "9.8.7", "torch": "2.10"},
        "timings": {"training": 12.5},
        "choice": {"k": np.array([2, 3]), "n_domains": 3, "choices": {"stability": 3}}
        | {"criterion": "stability", "stability_se": np.array([0.1, 0.1])}
        | {"peaks": {"n_domains": [], "stability": [], "stability_se": []}}
        | dict.fromkeys(["stability", "silhouette", "bic", "icl"], curve),
    }
    return adata


def written(adata, folder, **options):
    path = folder / "report.html"
    pl.report(adata, path, overwrite=True, **options)
    text = path.read_text(encoding="utf-8")
    assert [part.name for part in folder.iterdir()] == ["report.html"]
    return text


def words(text):
    return " ".join(Page(text).text.split())


def test_all_that_is_known_is_said(run, tmp_path):
    table = {"domain": ["1"], "name": ["white matter"], "reason": ["myelin"], "status": ["named"]}
    run.uns["semst_names"] = {"names": pd.DataFrame(table)}
    text = written(run, tmp_path, truth="truth", title="slice.h5ad")
    assert Page(text).headings == [
        "Domains on the tissue",
        "What marks every domain",
        "Marker genes",
        "How sure the domains are",
        "Quality without an annotation",
        "The number of domains",
        "Training",
        "How it was made",
        "How to cite",
    ]
    said = words(text)
    for part in (
        "slice.h5ad model semst spots 108 genes 9 domains 3 semst 9.8.7",
        "semst against truth score value ari",
        "1 white matter myelin 36 spots, 33.3% beside 2 G1a , G1b , G1c",
        "ensheathment of neurons GO:01: 3 of 20 genes, q 0.04; G1a , G1b , G1c",
        "q 1.0e-07",
        "no term has 3 markers of it",
        "Names are proposals of a language model",
        "spots that lie side by side are not independent",
        "Gene sets: Gene Ontology, 2025-07-22, CC BY 4.0, here.",
        "Of 9 measured genes they know 4; 3 are in a set",
        "chaos 0.125 stability 0.93",
        "3 domains by stability, 0.900 +- 0.100 (2 to 3 tried)",
        "no optimum in this range: bic, icl, silhouette",
        "lr 0.001 model semst n_domains 3 scales 4, 8",
        "torch 2.10",
        "training 12.5",
        "Long et al. (2026) When Genes Speak, AAAI",
        "Using mclust in R",
    ):
        assert part in said, part


def test_parts_without_data_are_left_out(run, tmp_path):
    run.uns["semst"] = {"params": {"model": "graphst"}, "history": {"loss": np.array([])}}
    run.obs["semst_uncertainty"] = np.nan
    del run.uns["semst_explain"]
    text = written(run, tmp_path)
    assert Page(text).headings == ["Domains on the tissue", "Domains", "How it was made"]
    assert "not independent" not in text and "markers" not in words(text)
    assert words(text).count("36 spots, 33.3%") == 3


def test_labels_of_others_that_were_explained_have_a_page(run, tmp_path):
    del run.uns["semst"]
    headings = Page(written(run, tmp_path)).headings
    assert "What marks every domain" in headings and "Training" not in headings


def effect(**more):
    """As a run with semantic vectors keeps it."""
    moved = {"domain": ["1", "2"], "n_spots": [36, 36], "off": [12, 3], "same": [1, 0], "permuted": [9, 0]}
    return {"moved": {name: np.array(values) for name, values in moved.items()}, "permuted": "genes"} | more


def test_what_the_text_moved_is_told_in_words_and_tables(run, tmp_path):
    genes = {"domain": ["1"], "gene": ["MBP"], "log_odds": [0.25]}
    run.uns["semst"]["semantic_effect"] = effect(genes=genes, rule_agreement=0.5)
    said = words(written(run, tmp_path))
    assert "What the text moved domain 1: 12 of 36 spots change without the text" in said
    assert "moved domain n spots off same permuted 1 36 12 1 9 2 36 3 0 0" in said
    assert "genes domain gene log odds 1 MBP 0.25" in said and "rule_agreement 0.5" in said


def test_why_it_is_not_known_what_the_text_moved(run, tmp_path):
    run.uns["semst"]["semantic_effect"] = {"reason": "too many spots"}
    assert "What the text moved what the text moved is not known: too many spots" in words(
        written(run, tmp_path)
    )


def test_foreign_text_is_text(run, tmp_path):
    run.obs = run.obs.rename(columns={"truth": EVIL})
    run.obs["semst"] = run.obs["semst"].cat.rename_categories({"1": EVIL})
    run.var_names = [EVIL, *run.var_names[1:]]
    explanation = run.uns["semst_explain"]
    for table in ("domains", "markers", "terms"):
        explanation[table] = explanation[table].replace({"domain": {"1": EVIL}, "gene": {"G1a": EVIL}})
    explanation["terms"]["term"] = EVIL
    explanation["domains"]["note"] = EVIL
    explanation["gene_sets"]["source"] = EVIL
    run.uns["semst"]["params"][EVIL] = EVIL
    run.uns["semst"]["reference"] = EVIL
    genes = {"domain": ["1"], "gene": [EVIL], "log_odds": [0.25]}
    run.uns["semst"]["semantic_effect"] = effect(genes=genes, **{EVIL: {EVIL: [EVIL]}})
    table = pd.DataFrame({"domain": [EVIL], "name": [EVIL], "reason": [EVIL], "status": ["named"]})
    run.uns["semst_names"] = {"names": table}
    text = written(run, tmp_path, truth=EVIL, title=EVIL)
    page = Page(text)
    assert "script" not in {tag for tag, _ in page.elements}
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.text.count(EVIL) > 12
    assert any(EVIL in attributes["alt"] for attributes in page.all("img"))


def test_a_colour_cannot_carry_style(run, tmp_path):
    run.uns["semst_colors"] = ["red;background-image:url(http://x)", "blue", "green"]
    text = written(run, tmp_path)
    assert "url(" not in text
    chips = [a["style"] for a in Page(text).all("span") if a.get("class") == "chip"]
    assert len(chips) == 3 and all(re.fullmatch(r"background:#[0-9A-F]{6}", style) for style in chips)


def test_nothing_is_loaded_and_nothing_runs(run, tmp_path):
    text = written(run, tmp_path, truth="truth")
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    sources = [attributes["src"] for _, attributes in page.elements if "src" in attributes]
    assert len(sources) == 5 and all(source.startswith("data:image/png;base64,") for source in sources)
    links = [attributes["href"] for _, attributes in page.elements if "href" in attributes]
    anchors = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert links and all(link[0] == "#" and link[1:] in anchors for link in links)
    assert "@import" not in text and "url(" not in text
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv")]
    assert policy.startswith("default-src 'none'")


def test_pictures_are_whole_and_told_in_words(run, tmp_path):
    for picture in Page(written(run, tmp_path)).all("img"):
        pixels = matplotlib.image.imread(
            io.BytesIO(base64.b64decode(picture["src"].partition(",")[2], validate=True)), format="png"
        )
        high, wide = pixels.shape[:2]
        assert int(picture["width"]) / int(picture["height"]) == pytest.approx(wide / high, rel=0.02)
        assert len(picture["alt"]) > 20
    assert plt.get_fignums() == []


def test_tables_have_captions_and_heads_with_their_scope(run, tmp_path):
    page = Page(written(run, tmp_path, truth="truth"))
    assert len(page.all("caption")) == len(page.all("table")) >= 7
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}
    assert page.all("html")[0]["lang"] == "en"


def test_colours_are_those_of_the_picture_of_the_domains(run, tmp_path):
    run.uns["semst_colors"] = ["#AA0000", "#00BB00", "#0000CC"]
    text = written(run, tmp_path, truth="truth")
    assert re.findall(r"background:(#\w+)", text)[-3:] == run.uns["semst_colors"]


def test_the_slice_is_read_where_the_run_has_read_it(run, tmp_path):
    expected = words(written(run, tmp_path))
    moved = run.copy()
    moved.layers["counts"], moved.X = run.X, run.X / 3
    moved.obsm["places"] = moved.obsm.pop("spatial")
    assert words(written(moved, tmp_path, layer="counts", spatial_key="places")) == expected
    with pytest.raises(SemSTError, match="Did you mean 'layer'"):
        written(moved, tmp_path, layers="counts")


def test_every_slice_has_its_picture(run, tmp_path):
    run.obs["slide"] = np.where(np.arange(run.n_obs) < 50, "<first>", "second")
    run.obs.loc[run.obs["slide"] == "second", "semst_uncertainty"] = np.nan
    alts = [a["alt"] for a in Page(written(run, tmp_path, sample_key="slide")).all("img")]
    assert [alt for alt in alts if "less sure" in alt] == [
        "The slice <first>, every spot darker the less sure its domain is."
    ]


def test_long_tables_are_cut_and_say_so(run, tmp_path, make_blocks):
    assert "All markers" in written(run, tmp_path)
    long = make_blocks(2)
    table = long.uns["semst_explain"]["markers"]
    long.uns["semst_explain"]["markers"] = pd.concat([table] * 5, ignore_index=True)
    assert "The first 10 markers of every domain" in written(long, tmp_path)


def test_shares_of_regions_and_genes_behind_a_term_are_short(run, tmp_path):
    assert "p of regions is" in words(written(run, tmp_path))  # the markers have shares
    explanation = run.uns["semst_explain"]
    explanation["domains"]["p_regions"] = [1 / 21, 0.5, np.nan]
    explanation["terms"]["p_regions"] = 4 / 21
    explanation["terms"]["genes"] = ", ".join(f"T{i}" for i in range(9))
    said = words(written(run, tmp_path))
    assert "36 spots, 33.3% p of regions 0.048 beside 2" in said
    assert "p of regions 0.19; T0 , T1 , T2 , T3 , T4 , T5 and 3 more" in said
    explanation["terms"] = explanation["terms"].head(0)
    for table in ("domains", "markers"):
        explanation[table]["p_regions"] = np.nan
    said = words(written(run, tmp_path))
    assert "p of regions" not in said and "All terms" not in said and "All markers" in said


class Parrot:
    """A language model that names every domain by the first marker it is told."""

    def answer(self, prompts):
        genes = [next(g for g in ("MBP", "PCP4", "RELN", "CUX2") if g in prompt) for prompt in prompts]
        return [json.dumps({"name": f"rich in {g}", "reason": f"{g} is high", "genes": [g]}) for g in genes]


def test_what_tl_writes_is_read(tmp_path):
    adata = datasets.simulated_cortex(400, 600, random_state=0)
    key = "ground_truth"
    myelin = adata.var_names[adata.var["marker_of"] == "WM"].tolist()
    sets = {"myelin": myelin} | {f"set {i}": adata.var_names[i::20].tolist() for i in range(20)}
    adata.obs[key] = adata.obs[key].cat.set_categories(["L5", "WM"])
    tl.explain(adata, key, gene_sets=sets, n_null=3, progress=False)
    said = words(written(adata, tmp_path, key=key))
    assert (
        "myelin myelin: " in said
        and "p of regions 0.25" in said
        and "Gene sets: the given gene sets." in said
    )
    tl.name_domains(adata, key, model=Parrot())
    said = words(written(adata, tmp_path, key=key))
    assert "WM rich in MBP MBP is high " in said and "Names are proposals of a language model" in said


def test_it_is_the_same_after_a_file(run, tmp_path):
    import anndata as ad

    (tmp_path / "page").mkdir()
    run.write_h5ad(tmp_path / "slice.h5ad")
    before = words(written(run, tmp_path / "page"))
    assert words(written(ad.read_h5ad(tmp_path / "slice.h5ad"), tmp_path / "page")) == before


def test_what_cannot_be_is_told_before_anything_is_drawn(run, tmp_path, monkeypatch):
    monkeypatch.setattr(plt, "subplots", lambda *a, **k: pytest.fail("a figure was made"))
    with pytest.raises(SemSTError, match=r'"report.pdf" does not end in .html'):
        pl.report(run, tmp_path / "report.pdf")
    there = tmp_path / "report.html"
    there.write_text("precious")
    with pytest.raises(SemSTError, match="report.html exists already"):
        pl.report(run, there)
    assert there.read_text() == "precious"
    other = tmp_path / "other.html"
    with pytest.raises(MissingKeyError, match='adata.obs has no "graphst"'):
        pl.report(run, other, "graphst")
    with pytest.raises(MissingKeyError, match='There is no run under "truth".*tl.explain'):
        pl.report(run, other, "truth")
    with pytest.raises(MissingKeyError, match='adata.obs has no "nowhere"'):
        pl.report(run, other, truth="nowhere")
    assert not other.exists()


def test_the_template_is_part_of_the_package():
    assert files("semst.pl._report").joinpath("page.html.j2").is_file()
