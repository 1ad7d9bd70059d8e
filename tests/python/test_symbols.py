"""Names of genes with a genome in front, as bytes, as identifiers, and names of what is no gene."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from semst import SemSTError
from semst._validate import bare_names, check_gene_symbols, control_probes, find_symbols
from semst.data import read_slice
from semst.pp import mitochondrial_genes, semst_features
from semst.semantics import embed_spots

HUMAN = ["MBP", "SNAP25", "MT-CO1", "GFAP", "HLA-A"]
DRESSES = {
    "GRCh38": "GRCh38_{}",
    "GRCh38 of Seurat": "GRCh38-{}",
    "three": "GRCh38___{}",
    "hg19": "hg19_{}",
    "mm10": "mm10___{}",
    "mm10 of Seurat": "mm10---{}",
    "mm39": "mm39_{}",
    "GRCm39": "GRCm39_{}",
    "nuclei": "GRCh38_premrna_{}",
    "release": "GRCh38-2020-A_{}",
    "rat": "mRatBN7.2_{}",
    "species": "human_{}",
    "bytes": "b'{}'",
    "bytes, other quotes": 'b"{}"',
    "bytes and genome": "b'GRCh38_{}'",
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_what_programs_put_around_symbols(dress):
    names = [dress.format(gene) for gene in HUMAN]
    assert bare_names(names) == HUMAN
    assert find_symbols(names, None) == HUMAN
    assert mitochondrial_genes(pd.Index(names)).tolist() == [False, False, True, False, False]
    with pytest.raises(
        SemSTError, match=r"^5 of 5 gene names are symbols (with a genome in front|in b'\.\.\.')"
    ):
        check_gene_symbols(names)


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_the_advice_works(dress):
    adata = ad.AnnData(np.ones((2, 5)), var=pd.DataFrame(index=[dress.format(gene) for gene in HUMAN]))
    with pytest.raises(SemSTError) as caught:
        check_gene_symbols(adata.var_names)
    exec(str(caught.value).split("Take that off: ")[1].removesuffix("."), {"adata": adata})
    check_gene_symbols(adata.var_names)
    assert adata.var_names.str.endswith(tuple(HUMAN)).all()


@pytest.mark.parametrize(
    "name",
    [
        "HS3ST1",
        "RN7SL1",
        "MM1",
        "HGS",
        "MOUSE",
        "HUMANIN",
        "NEGR1",
        "BLNK",
        "B'",
        "b",
        "RNR1",
        "MT1X",
        "mt-Nd1",
        "HLA-DRA",
        "AC005841.1",
        "BRCA1",
        "GRCH",
        "RN18S",
        "H2-K1",
        "5S_rRNA",
        "Mmulx",
        "C5orf'",
        "DEPDC1",
        "BLANK",
    ],
)
def test_symbols_that_look_alike_stay(name):
    assert bare_names([name]) == [name]
    assert mitochondrial_genes(pd.Index([name])).tolist() == [name == "mt-Nd1"]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_other_names_keep_their_number_and_stay_different(names):
    bare = bare_names(names)
    assert len(bare) == len(names)
    assert len(set(bare)) == len(set(names))
    assert bare_names(names) == bare


@given(st.lists(st.from_regex(r"\A[Mm][Tt][-.]?[A-Za-z0-9]{0,5}\Z"), max_size=8))
def test_mitochondrial_genes_of_before_stay_so(names):
    before = [name[:3].lower() in ("mt-", "mt.") for name in names]
    assert mitochondrial_genes(pd.Index(names)).tolist() == before


def test_two_genomes_lose_theirs_only_where_no_genes_meet():
    assert bare_names(["GRCh38_MBP", "mm10___Mbp"]) == ["MBP", "Mbp"]
    clash = ["GRCh38_MBP", "GRCh38_TTN", "mm10___TTN"]
    assert bare_names(clash) == clash
    assert find_symbols(clash, None) == clash
    with pytest.raises(SemSTError, match=r'two genomes.*keep those of one first, .*startswith\("GRCh38"\)'):
        check_gene_symbols(clash)


def test_genes_that_were_named_twice_before_lose_their_genome_too():
    assert bare_names(["hg19_TBCE", "hg19_TBCE"]) == ["TBCE", "TBCE"]


@pytest.mark.parametrize(
    "column",
    [
        "gene_symbols",
        "Gene Symbol",
        "gene.name",
        "gene_name",
        "GeneName",
        "external_gene_name",
        "SYMBOL",
        "feature_name",
    ],
)
@pytest.mark.parametrize("version", ["", ".15"])
@pytest.mark.parametrize("dress", ["{}", "GRCh38_{}", "b'{}'"])
def test_identifiers_with_a_column_of_symbols(column, version, dress):
    ids = [dress.format(f"ENSG0000019797{i}{version}") for i in range(5)]
    var = pd.DataFrame({"n": range(5), column: [dress.format(gene) for gene in HUMAN]}, index=ids)
    before = var.copy()
    assert find_symbols(var.index, var) == HUMAN
    with pytest.raises(SemSTError, match=r"5 of 5 gene names are (Ensembl IDs|symbols)"):
        check_gene_symbols(var.index, var=var)
    pd.testing.assert_frame_equal(var, before)


def test_a_missing_symbol_leaves_the_identifier():
    var = pd.DataFrame(
        {"symbol": ["MBP", None, "", "nan", "GFAP", "SNAP25", "TTN"]},
        index=[f"ENSG0000000000{i}" for i in range(7)],
    )
    found = find_symbols(var.index, var)
    assert found == ["MBP", *var.index[1:4], "GFAP", "SNAP25", "TTN"]


CONTROLS = [
    "antisense_PROKR2",
    "BLANK_0006",
    "Blank-12",
    "blank_3",
    "NegControlProbe_00042",
    "NegControlCodeword_0500",
    "UnassignedCodeword_0001",
    "Unassigned_codeword_12",
    "DeprecatedCodeword_0321",
    "Intergenic_Region_7",
    "IntergenicRegion-1",
    "NegPrb3",
    "Negative01",
    "SystemControl17",
    "FalseCode9",
    "GenomicControl_1",
    "DEPRECATED_ENSG00000000001",
    "b'BLANK_0006'",
    "NegativeControl_1",
]
GENES = [
    "NEGR1",
    "BLNK",
    "SYS1",
    "CNTRL",
    "DEPDC5",
    "INTS1",
    "NELFA",
    "FAL1",
    "GEN1",
    "ANTXR1",
    "MBP",
    "UNC5A",
]


def test_control_probes_of_every_platform():
    assert control_probes(CONTROLS).all()
    assert not control_probes(GENES).any()


@pytest.mark.parametrize("control", CONTROLS)
def test_controls_stay_out_of_the_model_and_are_counted(control, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    counts = sp.csr_matrix(np.random.default_rng(0).poisson(2.0, (40, 13)).astype(np.float32))
    with caplog.at_level("INFO"):
        features = semst_features(counts, pd.Index([*GENES, control]))
    assert features.genes.tolist() == GENES
    assert f"1 control probes are no genes: left out of the model ({control}, ...)" in caplog.text


def test_a_panel_of_controls_alone_is_still_used():
    counts = sp.csr_matrix(np.random.default_rng(0).poisson(2.0, (40, 2)).astype(np.float32))
    assert len(semst_features(counts, pd.Index(["Blank-1", "Blank-2"])).genes) == 2


@pytest.fixture
def with_antibodies():
    counts = sp.csr_matrix(np.arange(1.0, 13).reshape(3, 4))
    kinds = ["Gene Expression", "Antibody Capture", "Gene Expression", "Antibody Capture"]
    var = pd.DataFrame({"feature_types": pd.Categorical(kinds)}, index=["MBP", "CD3", "GFAP", "CD4"])
    return ad.AnnData(counts, var=var, obsm={"spatial": np.array([[0, 0], [1, 0], [0, 1]])})


def test_antibodies_are_no_genes_of_a_slice(with_antibodies, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    before = with_antibodies.X.toarray()
    with caplog.at_level("INFO"):
        data, _ = read_slice(with_antibodies)
    assert data.genes.tolist() == ["MBP", "GFAP"]
    np.testing.assert_array_equal(data.counts.toarray(), before[:, [0, 2]])
    assert "features that are no genes are left out: 2 of the kind Antibody Capture" in caplog.text
    assert with_antibodies.shape == (3, 4)
    np.testing.assert_array_equal(with_antibodies.X.toarray(), before)


@pytest.mark.parametrize("kind", ["Gene Expression", "Antibody Capture"])
def test_one_kind_of_features_is_taken_whole(with_antibodies, kind):
    with_antibodies.var["feature_types"] = kind
    assert len(read_slice(with_antibodies)[0].genes) == 4


def test_features_of_other_kinds_on_disk_are_reported(with_antibodies, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    with_antibodies.write_h5ad(tmp_path / "a.h5ad")
    backed = ad.read_h5ad(tmp_path / "a.h5ad", backed="r")
    assert len(read_slice(backed)[0].genes) == 4
    assert "features that are no genes with them: 2 of the kind Antibody Capture" in caplog.text
    backed.file.close()


def test_semantics_take_symbols_without_what_is_around_them(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    counts = sp.csr_matrix([[3, 0, 1], [1, 2, 0]])
    plain = embed_spots(counts, ["MBP", "GFAP", "TTN"], source="random")
    with caplog.at_level("INFO"):
        dressed = embed_spots(counts, ["GRCh38_MBP", "GRCh38_GFAP", "GRCh38_TTN"], source="random")
    np.testing.assert_array_equal(plain.vectors, dressed.vectors)
    assert (
        "3 gene names have a genome in front or b'...' around them: taken without (GRCh38_MBP -> MBP)"
        in caplog.text
    )
