"""Files of our own and arrays of others, damaged or made to do harm: one line, and nothing that is used."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import semst
from semst import SemSTError
from semst._memory import memory_limit
from semst._numpy_files import DamagedError, load_npy, load_npz
from semst._sealed import BrokenSealError, sealed, unsealed
from semst.semantics._read_table import read_gene_table
from semst.train._adam import Adam
from semst.train._checkpoint import load_checkpoint, save_checkpoint

SPOTS = semst.semantics.Spots(sparse.csr_matrix(np.ones((2, 1))), ["MBP"])
CPU = torch.device("cpu")


def header(text: str) -> bytes:
    text += " " * (63 - (len(text) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin1")


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60), place=st.integers(0, 400), bit=st.integers(0, 7))
def test_no_flipped_bit_breaks_a_seal_unnoticed(tmp_path_factory, content, place, bit):
    file = tmp_path_factory.getbasetemp() / "sealed"
    file.write_bytes(sealed(content))
    assert unsealed(file) == content
    whole = bytearray(sealed(content))
    whole[place % len(whole)] ^= 1 << bit
    file.write_bytes(whole)
    with pytest.raises(BrokenSealError):
        unsealed(file)


def trained():
    torch.manual_seed(0)
    model = torch.nn.Linear(20, 5)
    optimiser = Adam(model.parameters(), learning_rate=0.01)
    model(torch.ones(3, 20)).sum().backward()
    optimiser.step()
    return model, optimiser


def test_a_checkpoint_comes_back_and_no_changed_bit_does(tmp_path):
    model, optimiser = trained()
    file = tmp_path / "train.ckpt"
    save_checkpoint(file, "fp", model, optimiser, 7, {"loss": [1.0]}, 1.5, CPU)
    other, again = trained()
    torch.nn.init.zeros_(other.weight)
    state = load_checkpoint(file, "fp", other, again, CPU)
    assert (state.epoch, state.losses, state.seconds) == (7, {"loss": [1.0]}, 1.5)
    assert torch.equal(other.weight, model.weight)
    whole = file.read_bytes()
    weights = whole.index(model.weight.detach().numpy().tobytes()[:32])
    draw = np.random.default_rng(0)
    for place in [weights + 7, 0, len(whole) - 1, *draw.integers(len(whole), size=60)]:
        torn = bytearray(whole)
        torn[place] ^= 0x40
        file.write_bytes(torn)
        with pytest.raises(SemSTError, match="not a readable checkpoint .* Move it away to start afresh"):
            load_checkpoint(file, "fp", other, again, CPU)
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(SemSTError, match="not a readable checkpoint"):
            load_checkpoint(file, "fp", other, again, CPU)
    assert torch.equal(other.weight, model.weight)


@pytest.mark.parametrize(
    "content",
    [
        {"fingerprint": "fp"},
        {"fingerprint": "fp", "model": {"weight": torch.ones(3, 3), "bias": torch.ones(3)}},
        {"fingerprint": "fp", "model": 3},
        [1, 2],
        "random",
    ],
    ids=["no model", "other shapes", "no weights", "a list", "a short state"],
)
def test_foreign_content_under_a_seal_is_one_line(tmp_path, content):
    model, optimiser = trained()
    if content == "random":
        content = {
            "fingerprint": "fp",
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "random_state": torch.get_rng_state()[:7],
        }
    bare = io.BytesIO()
    torch.save(content, bare)
    (tmp_path / "k.ckpt").write_bytes(sealed(bare.getvalue()))
    with pytest.raises(SemSTError, match="k.ckpt (does not fit the model|is not a readable)") as caught:
        load_checkpoint(tmp_path / "k.ckpt", "fp", model, optimiser, CPU)
    assert "\n" not in str(caught.value)


def test_arrays_come_back(tmp_path):
    values = np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "a.npy", values)
    np.savez_compressed(tmp_path / "a.npz", values=values, names=np.array(["x", "ü"]))
    np.testing.assert_array_equal(load_npy(tmp_path / "a.npy"), values)
    found = load_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(found["values"], values)
    assert found["names"].tolist() == ["x", "ü"]


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (30, 6",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (3,), }",
        "[" * 2000,
        "__import__('os').system('true')",
        "",
    ],
)
def test_headers_that_promise_what_is_not_there(tmp_path, text):
    (tmp_path / "a.npy").write_bytes(header(text) + b"\x00" * 64)
    with pytest.raises(DamagedError):
        load_npy(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", header(text) + b"\x00" * 64)
    with pytest.raises(DamagedError):
        load_npz(tmp_path / "a.npz")
    with pytest.raises(SemSTError, match=r"a\.npy cannot be read as a \.npy array"):
        semst.semantics.Precomputed(tmp_path / "a.npy").embed(SPOTS)
    with pytest.raises(SemSTError, match=r"a\.npz cannot be read"):
        read_gene_table(tmp_path / "a.npz")


class Forged:
    """A type whose field of objects lies over bytes of the file: following it ends the process."""

    def __reduce__(self):
        state = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)
        return np.dtype, ("V8", False, True), state


class Buffer:
    def __reduce__(self):
        from numpy._core.numeric import _frombuffer

        return _frombuffer, (b"\x41" * 80, Forged(), (10,), "C")


def doubled(times: int) -> list:
    content: list = []
    for _ in range(times):
        content = [content, content]
    return content


def aliased() -> dict:
    long = [1.0] * 50_000
    return {f"G{number}": long for number in range(50_000)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: {"G1": Buffer(), "G2": Buffer()}, "was refused"),
        (lambda: {"A": doubled(40)}, "no table of vectors: (it unpacks|lists in lists)"),
        (aliased, "unpacks to more numbers than its size allows"),
        (lambda: {"A": np.array([{}, {}], dtype=object)}, "was refused"),
        (lambda: {"A": np.zeros(3, dtype="M8[s]")}, "was refused"),
    ],
    ids=["forged type", "doubled lists", "one long list everywhere", "objects", "dates"],
)
def test_pickles_that_would_take_the_process_along(tmp_path, content, said):
    (tmp_path / "t.pkl").write_bytes(pickle.dumps(content(), protocol=4))
    with pytest.raises(SemSTError, match=said) as caught:
        read_gene_table(tmp_path / "t.pkl")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "program",
    [
        b"(dr\xff\xff\xff\x7f.",  # a place in the memo that needs 32 GB
        b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"x.",
        b"\x80\x04cnumpy\nndarray\n(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ftR.",
        b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\x00tC\x01btR.",
    ],
    ids=["memo", "long bytes", "huge array", "another class"],
)
def test_hand_written_pickles_are_one_line(tmp_path, program):
    (tmp_path / "t.pkl").write_bytes(program)
    with pytest.raises(SemSTError, match="was refused|cannot be read as a pickle"):
        read_gene_table(tmp_path / "t.pkl")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "<i8", "u1"])
def test_arrays_in_pickles_are_what_they_were(tmp_path, protocol, order, dtype):
    vectors = np.asarray(np.arange(12).reshape(4, 3), dtype=dtype, order=order)
    symbols = ["A", "B", "C", "D"]
    for number, content in enumerate(
        (
            {"genes": symbols, "vectors": vectors},
            dict(zip(symbols, vectors, strict=True)),
            {"genes": np.array(symbols, dtype=object).tolist(), "vectors": vectors},
        )
    ):
        (tmp_path / f"{number}.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
        names, found = read_gene_table(tmp_path / f"{number}.pkl")
        assert names == symbols
        np.testing.assert_array_equal(found, vectors.astype(np.float32))


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="this system does not say how much is taken"
)
def test_a_limit_of_memory_holds_and_goes():
    with memory_limit(1 << 28), pytest.raises(MemoryError):
        np.ones(1 << 30, dtype=np.uint8)
    assert np.ones(1 << 29, dtype=np.uint8).size == 1 << 29


@pytest.fixture(scope="module")
def estimator(tmp_path_factory):
    adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=60)
    folder = tmp_path_factory.mktemp("saved") / "model"
    semst.SemST(3, cluster="mixture", n_starts=4, explain=False, progress=False).fit(adata).save(folder)
    return folder


@pytest.mark.parametrize("name", ["settings.json", "arrays.safetensors"])
def test_no_changed_bit_of_a_saved_estimator_is_taken_up(estimator, tmp_path, name):
    for file in estimator.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (tmp_path / name).read_bytes()
    for place in np.random.default_rng(0).integers(len(whole), size=40):
        torn = bytearray(whole)
        torn[place] ^= 0x04
        (tmp_path / name).write_bytes(torn)
        with pytest.raises(SemSTError) as caught:
            semst.SemST.load(tmp_path)
        assert "\n" not in str(caught.value)
    for content in (b"", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, whole[: len(whole) // 2]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SemSTError, match="holds no saved SemST estimator|is damaged|format"):
            semst.SemST.load(tmp_path)
    (tmp_path / name).write_bytes(whole)
    assert semst.SemST.load(tmp_path).n_domains == 3
