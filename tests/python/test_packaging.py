"""What is given away: the wheel and the source archive, recipes for other installers, the citation."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import jinja2
import pytest
import yaml

import semst

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NF_CORE = ROOT / "packaging" / "nf-core" / "modules" / "semst"
# what the package reads at run time, besides code, and what tells type checkers that it has types
READ = ("py.typed", "cli/completions.json", "explain/data/go_genes.tsv.gz", "io/objects.R", "io/_rds.R")
# names in conda-forge that are not those of PyPI; matplotlib alone would bring a graphical toolkit
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Both archives, made without a network."""
    folder = tmp_path_factory.mktemp("dist")
    line = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(line, cwd=ROOT, check=True, capture_output=True)
    return folder


def code():
    return {str(file.relative_to(ROOT / "python")) for file in (ROOT / "python" / "semst").rglob("*.py")}


def test_the_wheel_is_whole(dist):
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        # the link to a file of the R package has become that file
        assert wheel.read("semst/io/objects.R") == (ROOT / "R" / "objects.R").read_bytes()
    assert code() <= names
    assert {f"semst/{name}" for name in READ} <= names
    assert not [name for name in names if not name.startswith(("semst/", "semst-"))]


def test_the_wheel_can_be_made_from_the_source_archive(dist, tmp_path):
    """A link in inst/ leads to the package: an archive once lacked it for that reason."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(tmp_path.iterdir())
    assert code() <= {str(file.relative_to(unpacked / "python")) for file in unpacked.rglob("*.py")}
    assert all((unpacked / "python" / "semst" / name).is_file() for name in READ)
    assert {"README.md", "LICENSE.md", "NEWS.md", "CITATION.cff"} <= {one.name for one in unpacked.iterdir()}
    assert not (unpacked / "benchmark").exists() and not (unpacked / "tests").exists()


def recipe():
    # the parts of conda-build's language that the recipe uses
    values = {"PYTHON": "python", "pin_subpackage": lambda name, max_pin: f"{name} {max_pin}"}
    text = (ROOT / "packaging" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(jinja2.Template(text, undefined=jinja2.StrictUndefined).render(values))


def test_the_conda_recipe_needs_what_the_package_needs():
    found = recipe()
    wanted = [f"python {PROJECT['requires-python']}"]
    for need in PROJECT["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)(>=[\d.]+)", need).groups()
        wanted.append(f"{CONDA.get(name, name)} {bound}")
    assert sorted(found["requirements"]["run"]) == sorted(wanted)
    assert found["package"] == {"name": "semst", "version": semst.__version__}
    assert found["build"]["entry_points"] == ["semst = semst.cli:main"]
    assert (ROOT / found["about"]["license_file"]).is_file()


@pytest.mark.parametrize("name", ["Dockerfile", "semst.def"])
def test_images_copy_what_is_there_and_install_extras_that_are(name):
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    if name == "Dockerfile":
        copied = [line.split()[1:-1] for line in text.splitlines() if re.match(r"COPY (?!--)", line)]
        allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        for place in sum(copied, []):
            assert f"!{place.split('/')[0]}" in allowed, f".dockerignore keeps {place} out"
    else:
        files = text.partition("%files\n")[2].partition("\n\n")[0]
        copied = [line.split()[:1] for line in files.splitlines()]
    places = sum(copied, [])
    assert "pyproject.toml" in places and "python" in places
    assert all((ROOT / place).exists() for place in places)
    extras = re.findall(r"extras=([\w,]+)", text, re.IGNORECASE)
    assert extras and {one for line in extras for one in line.split(",")} <= set(
        PROJECT["optional-dependencies"]
    )


@pytest.mark.parametrize("module", ["run", "demo"])
def test_the_nextflow_modules_call_options_that_are(module):
    from semst.cli._late import COMMANDS

    folder = NF_CORE / module
    text = (folder / "main.nf").read_text(encoding="utf-8")
    assert f'container "semst:{semst.__version__}"' in text
    environment = yaml.safe_load((folder / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"] == [f"bioconda::semst={semst.__version__}"]
    meta = yaml.safe_load((folder / "meta.yml").read_text(encoding="utf-8"))
    assert meta["name"] == f"semst_{module}"
    assert set(meta["output"]) == set(re.findall(r"emit: (\w+)", text))

    script = text.partition("script:")[2].partition("stub:")[0].replace("\\\\\n", " ")
    calls = re.findall(r"^\s*semst (\w+)(.*)$", script, re.MULTILINE)
    assert calls
    options = yaml.safe_load((ROOT / "python/semst/cli/completions.json").read_text(encoding="utf-8"))
    for command, rest in calls:
        assert command in COMMANDS
        typed = {name for option in options[command] for name in option["typed"]}
        assert set(re.findall(r"--[\w-]+", rest)) <= typed


def test_the_citation_is_that_of_the_r_package():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cff["version"] == semst.__version__ and cff["license"] == PROJECT["license"]
    paper = cff["preferred-citation"]
    in_r = (ROOT / "inst" / "CITATION").read_text(encoding="utf-8")
    people = [f'person("{one["given-names"]}", "{one["family-names"]}")' for one in paper["authors"]]
    assert re.findall(r"person\([^)]*\)", in_r) == people
    words = re.sub(r'"\s*,?\s*"', " ", re.sub(r"\s+", " ", in_r))
    assert paper["title"] in words and paper["collection-title"] in words
    assert f'year = "{paper["year"]}"' in in_r
