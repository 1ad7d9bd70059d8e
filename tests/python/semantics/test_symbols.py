import pytest
from hypothesis import given
from hypothesis import strategies as st

from semst import SemSTError
from semst.semantics import match_symbols
from semst.semantics._symbols import spelled_like


@pytest.mark.parametrize(
    ("symbol", "known", "found"),
    [
        ("MBP", ["PLP1", "MBP"], 1),
        ("mbp", ["PLP1", "MBP"], 1),
        ("C1ORF112", ["C1orf112"], 0),
        ("ENSG00000197971.15", ["ENSG00000197971"], 0),
        ("ENSG00000197971", ["ENSG00000197971.3"], 0),
        ("A1BG.AS1", ["A1BG", "A1BG-AS1"], 1),
        ("HLA.DRA", ["HLA-DRA"], 0),
        ("X5S_rRNA", ["5S_rRNA"], 0),
        ("X7SK", ["7SK"], 0),
        ("AC005841.1", ["AC005841.2"], -1),
        ("XIST", ["IST"], -1),
        ("ST5", ["STX5"], -1),
        ("ARMC4", ["ARMCX4"], -1),
        ("Eef1akmt1 ", ["Eef1akmt1"], 0),
        ("NOT", ["A", "B"], -1),
        ("MBP", ["mbp", "MBP"], 1),  # the same spelling goes before another case
        ("MBP", ["MBP", "MBP"], 0),
    ],
)
def test_spellings(symbol: str, known: list[str], found: int) -> None:
    assert match_symbols([symbol], known).tolist() == [found]


def test_a_hyphen_is_no_dot_where_both_exist() -> None:
    assert match_symbols(["A.B", "A-B"], ["A-B", "A.B"]).tolist() == [1, 0]


def test_mouse_and_human_match_only_when_asked() -> None:
    mouse, human = ["Actb", "Gfap", "Mbp"], ["MBP", "GFAP", "ACTB"]
    with pytest.raises(
        SemSTError, match=r"spelled like mouse \(e.g. Actb.*like human \(e.g. MBP.*across_species=True"
    ):
        match_symbols(mouse, human)
    with pytest.raises(SemSTError, match="data are spelled like human"):
        match_symbols(human, mouse)
    assert match_symbols(mouse, human, across_species=True).tolist() == [2, 1, 0]


def test_all_lower_case_is_no_species() -> None:
    assert spelled_like(["actb", "gfap"]) == "unclear"
    assert match_symbols(["ACTB"], ["gfap", "actb"]).tolist() == [1]


@given(st.lists(st.from_regex(r"[A-Z][A-Z0-9]{1,6}", fullmatch=True), unique=True, min_size=1), st.randoms())
def test_every_known_symbol_is_found_at_its_place(known: list[str], random) -> None:
    symbols = list(known)
    random.shuffle(symbols)
    assert [known[i] for i in match_symbols(symbols, known)] == symbols
