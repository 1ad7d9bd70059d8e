"""A row's key follows what can change its numbers, and nothing else."""

from pathlib import Path

import pytest

import semst
from semst_benchmark import Arm, _fingerprint, _plan
from semst_benchmark._fingerprint import TEXT_LIBRARIES, code_hash, code_version, meaning

SOURCE = '''"""A model."""

WIDTH = 64


def width(n: int) -> int:
    """How wide it is."""
    return n * WIDTH  # per spot


class Config:
    """Its settings."""

    epochs: int = setting(60, "Steps of training.", panel="Training", least=1)
'''


@pytest.fixture
def package(tmp_path):
    for place in ("models/model.py", "pl/picture.py", "io/_read.py", "io/_write.py"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(SOURCE)
    return tmp_path


def _hash(package):
    return code_hash(package, without=("pl", "io/_write.py"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # per spot", ""),
        ("n * WIDTH", "(n *\n        WIDTH)"),
        ("A model.", "Another sentence."),
        ("How wide it is.", "Its width."),
        ('    """How wide it is."""\n', ""),
        ("Its settings.", "All of them."),
        ("Steps of training.", "How many steps."),
        ("least=1", "least=2"),
    ],
)
def test_words_change_no_key(package, old, new):
    before = _hash(package)
    path = package / "models" / "model.py"
    path.write_text(SOURCE.replace(old, new))
    assert path.read_text() != SOURCE
    assert _hash(package) == before


@pytest.mark.parametrize(("old", "new"), [("64", "65"), ("64", "64.0"), ("n * W", "n + W"), ("(60", "(61")])
def test_numbers_and_operations_change_it(package, old, new):
    before = _hash(package)
    (package / "models" / "model.py").write_text(SOURCE.replace(old, new))
    assert _hash(package) != before


def test_pictures_and_what_writes_files_have_no_part_but_what_reads_them(package):
    before = _hash(package)
    for place in ("pl/picture.py", "io/_write.py"):
        (package / place).write_text("x = 1")
    (package / "pl" / "another.py").write_text("y = 2")
    assert _hash(package) == before
    (package / "io" / "_read.py").write_text("x = 1")
    assert _hash(package) != before


def test_a_new_module_and_another_name_change_it(package):
    before = _hash(package)
    (package / "models" / "model.py").rename(package / "models" / "other.py")
    renamed = _hash(package)
    (package / "models" / "new.py").write_text("")
    assert len({before, renamed, _hash(package)}) == 3


def test_a_string_that_is_no_docstring_counts():
    assert meaning("x = 'a'") != meaning("x = 'b'")
    assert meaning("def f():\n    'doc'\n    return 'a'") != meaning("def f():\n    'doc'\n    return 'b'")


def test_another_model_has_no_part_unless_something_names_it(package):
    listing = (
        "from .model import Model\nfrom .other import Other\nMODELS = {'model': Model, 'other': Other}\n"
    )
    (package / "models" / "__init__.py").write_text(listing)
    other = package / "models" / "other.py"
    other.write_text("WIDTH = 1")

    def of_model():
        return code_hash(package, unless_named={"models/other.py": {"other", "Other"}})

    before, everything = of_model(), _hash(package)
    other.write_text("WIDTH = 2")
    (package / "models" / "__init__.py").write_text(listing.replace("other", "another"))
    assert of_model() == before  # neither what it says nor how it is listed
    assert _hash(package) != everything
    (package / "models" / "__init__.py").write_text(f"{listing}def get(): return 1")
    assert of_model() != before
    (package / "models" / "model.py").write_text(f"from .other import WIDTH as W\n{SOURCE}")
    named = of_model()
    other.write_text("WIDTH = 3")
    assert of_model() != named


def test_every_model_has_a_home_in_the_package_and_a_hash_of_its_own():
    root = Path(semst.__file__).parent
    names = semst.models.available()
    assert all((root / _fingerprint.home_of(semst.models.get(name))).exists() for name in names)
    others = [name for name in names if name != "semst"]
    assert len({_fingerprint.code_of(name) for name in others}) == len(others)


def test_another_version_of_a_library_changes_the_key(small, monkeypatch):
    before = [run.key for run in _plan.plan(small(), None).runs]
    found = _fingerprint.version
    with monkeypatch.context() as patch:
        patch.setattr(_fingerprint, "version", lambda name: "9.9" if name == "scipy" else found(name))
        after = [run.key for run in _plan.plan(small(), None).runs]
    assert not set(before) & set(after)
    assert [key.partition("-")[0] for key in before] == [key.partition("-")[0] for key in after]
    with monkeypatch.context() as patch:  # the same version, built for another device
        patch.setattr(_fingerprint, "version", lambda name: f"{found(name).partition('+')[0]}+cu130")
        assert [run.key for run in _plan.plan(small(), None).runs] == before


@pytest.mark.parametrize(
    ("arm", "texts"),
    [
        (Arm("a", "pca"), False),
        (Arm("a", "semst"), False),
        (Arm("a", "semst", semantics="random"), False),
        (Arm("a", "semst", semantics="minilm"), True),
        (Arm("a", "semst", settings=(("semantics", "minilm"),)), True),
        (Arm("a", "semst", settings=(("preset", "paper"),)), True),
        (Arm("a", "semst-paper"), True),
        (Arm("a", "semst-paper", semantics="none"), False),
        (Arm("a", "graphst", fsm=False), False),
        (Arm("a", "graphst", fsm=True), True),
        (Arm("a", "graphst", fsm=True, semantics="bias-only"), False),
        (Arm("a", "semantics-only"), True),
    ],
)
def test_language_models_libraries_count_where_texts_may_be_read(arm, texts):
    assert (set(TEXT_LIBRARIES) <= set(_plan.libraries_of(arm))) == texts
    assert "scipy" in _plan.libraries_of(arm)


def test_rows_say_what_they_were_made_with(finished):
    outcome, _ = finished
    assert outcome.rows["code"].unique().tolist() == [code_version()]
    assert outcome.rows["versions"].str.contains('"scipy": ').all()
