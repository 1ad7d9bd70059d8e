import gzip
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from semst import MissingKeyError, SemSTError
from semst.semantics import DescribedGenes, LanguageModel, Run, embed_spots
from semst.semantics._embed_texts import embed_texts

FRAME = pd.DataFrame(
    {
        "species": ["human", "human", "mouse", "mouse", "human", "human"],
        "symbol": ["MBP", "GFAP", "Mbp", "Gfap", "A1BG-AS1", "EMPTY"],
        "description": [
            "myelin basic protein",
            "glial protein",
            "mouse myelin",
            "mouse glia",
            "antisense",
            "",
        ],
    }
)


def test_texts_of_the_genes_that_are_described() -> None:
    texts, columns = DescribedGenes(FRAME).texts(["XYZ", "GFAP", "A1BG.AS1", "EMPTY", "MBP"])
    assert texts == ["GFAP: glial protein", "A1BG-AS1: antisense", "MBP: myelin basic protein"]
    assert columns.tolist() == [1, 2, 4]


def test_the_species_is_found_or_given() -> None:
    assert DescribedGenes(FRAME).texts(["Mbp", "Gfap"])[0] == ["Mbp: mouse myelin", "Gfap: mouse glia"]
    crossed = DescribedGenes(FRAME, species="human", across_species=True).texts(["Mbp", "Gfap"])[0]
    assert crossed == ["MBP: myelin basic protein", "GFAP: glial protein"]
    with pytest.raises(SemSTError, match="across_species=True"):
        DescribedGenes(FRAME, species="human").texts(["Mbp", "Gfap"])
    with pytest.raises(SemSTError, match='has no species "rat". It has: human, mouse'):
        DescribedGenes(FRAME, species="rat").texts(["MBP"])
    with pytest.raises(MissingKeyError, match='no column "species", so the species "human" cannot be chosen'):
        DescribedGenes(FRAME.drop(columns="species"), species="human").texts(["MBP"])


def test_vectors_are_averaged_by_expression(qwen: Path) -> None:
    source = DescribedGenes(FRAME, model=LanguageModel(str(qwen)), weights="counts", species="human")
    counts = sparse.csr_matrix([[3, 1, 9], [0, 5, 0], [0, 0, 9]])
    result = embed_spots(
        counts, ["MBP", "GFAP", "XYZ"], source=source, cache_dir=False, device="cpu", progress=False
    )
    run = Run(cache_dir=False, device="cpu", progress=False)
    texts = ["MBP: myelin basic protein", "GFAP: glial protein"]
    vectors, _ = embed_texts(LanguageModel(str(qwen)), texts, run=run)
    expected = np.array([0.75 * vectors[0] + 0.25 * vectors[1], vectors[1]])
    np.testing.assert_allclose(result.vectors[:2], expected, atol=1e-6)
    np.testing.assert_allclose(result.vectors[2], expected.mean(axis=0), atol=1e-6)
    assert result.info["coverage"] == pytest.approx(2 / 3)
    assert result.info["n_texts"] == 2


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz", "t.csv", "t.csv.gz", "t.txt", "t.parquet"])
def test_formats(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if "parquet" in name:
        FRAME.to_parquet(path)
    else:
        FRAME.to_csv(path, sep="," if "csv" in name else "\t", index=False)
    assert DescribedGenes(path).texts(["MBP", "NA"])[0] == ["MBP: myelin basic protein"]


def test_column_names_and_template(tmp_path: Path) -> None:
    frame = pd.DataFrame({"gene": ["NA", "CNP"], "summary": ["a gene called {x}", None]})
    source = DescribedGenes(
        frame, symbol_column="gene", description_column="summary", template="{description} ({symbol})"
    )
    assert source.texts(["NA", "CNP"])[0] == ["a gene called {x} (NA)"]
    with pytest.raises(
        MissingKeyError,
        match='no column "symbol". It has: "gene", "summary". Name the columns .symbol_column=... and',
    ):
        DescribedGenes(frame).texts(["NA"])


def test_bad_tables_are_explained(tmp_path: Path) -> None:
    with pytest.raises(SemSTError, match="There is no file .*absent.tsv"):
        DescribedGenes(tmp_path / "absent.tsv").texts(["MBP"])
    (tmp_path / "t.xlsx").write_text("")
    with pytest.raises(
        SemSTError, match=r"of no known kind. Accepted: .tsv, .txt, .csv \(also .gz\) and .parquet"
    ):
        DescribedGenes(tmp_path / "t.xlsx").texts(["MBP"])
    (tmp_path / "torn.tsv.gz").write_bytes(gzip.compress(FRAME.to_csv().encode())[:30])
    with pytest.raises(SemSTError, match="cannot be read"):
        DescribedGenes(tmp_path / "torn.tsv.gz").texts(["MBP"])
    with pytest.raises(SemSTError, match="coverage is 0 %.*e.g. FOO.*e.g. MBP, GFAP"):
        DescribedGenes(FRAME, species="human").texts(["FOO"])
    with pytest.raises(SemSTError, match=r"lacks \{description\}"):
        DescribedGenes(FRAME, template="{symbol}")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("slice_name", "species", "least"),
    [("dlpfc_151673", "human", 0.85), ("starmap_mvc_BY3_1k", "mouse", 0.9), ("st_pdac_A", "human", 0.78)],
)
def test_real_descriptions_cover_real_slices(
    shared_data: Path, slice_name: str, species: str, least: float, log: pytest.LogCaptureFixture
) -> None:
    symbols = ad.read_h5ad(shared_data / f"{slice_name}.h5ad", backed="r").var_names.tolist()
    texts, columns = DescribedGenes(shared_data / "gene_descriptions.tsv.gz").texts(symbols)
    assert f"taking the rows of {species}" in log.text
    assert len(columns) / len(symbols) > least
    assert len(texts) == len(columns) == len(set(columns.tolist()))
