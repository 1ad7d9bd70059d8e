"""The workflows call what is there: they run elsewhere, their steps are the scripts of the local gate."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FIELDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def named(command):
    """Scripts, paths and targets that a line of shell names."""
    scripts = re.findall(r"(?<!\S)(?:scripts|packaging|\.ci)/[\w./-]+", command)
    tests = re.findall(r"(?<!\S)(?:tests|benchmark)/[\w./-]+", command)
    targets = re.findall(r"(?<!\S)make ([\w -]+)", command)
    return scripts, tests, [target for line in targets for target in line.split()]


def targets():
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_of_a_workflow_is_there(path):
    workflow = load(path)
    assert workflow["name"] and workflow[True], "yaml reads the key `on` as true"
    assert workflow["permissions"] == {"contents": "read"}
    found = 0
    for step in steps(workflow):
        assert ("run" in step) != ("uses" in step), step
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w./-]+@v\d+", step["uses"]), step
            continue
        scripts, tests, make = named(step["run"])
        for script in scripts:
            place = ROOT / script
            assert place.is_file(), f"{path.name} names {script}"
            assert place.parent.name != "scripts" or os.access(place, os.X_OK), script
        assert all((ROOT / test).exists() for test in tests), step
        assert set(make) <= targets(), step
        found += len(scripts) + len(tests) + len(make)
    assert found, f"{path.name} calls none of the project's scripts"


def test_the_workflows_do_what_the_gate_does():
    """All of `make test` (scripts/test.sh) stands in a workflow, too."""
    everything = "\n".join(step.get("run", "") for path in WORKFLOWS for step in steps(load(path)))
    scripts = ("scripts/setup.sh", "scripts/check-r.sh", "scripts/smoke-newest.sh", "scripts/smoke-lowest.sh")
    for part in (*scripts, "make lint", "-m pytest\n"):
        assert part in everything + "\n", part


def test_every_supported_python_is_tested():
    jobs = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    tested = jobs["python"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={tested[0]}" and len(set(tested)) == len(tested) >= 4


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").glob("*.sh")), ids=lambda path: path.name)
def test_shell_scripts_can_be_run(path):
    assert os.access(path, os.X_OK)
    first, *_ = text = path.read_text(encoding="utf-8").splitlines()
    assert first == "#!/usr/bin/env bash" and "set -euo pipefail" in text


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_issue_forms_are_forms(path):
    form = load(path)
    if path.name == "config.yml":
        assert set(form) <= {"blank_issues_enabled", "contact_links"}
        return
    assert form["name"] and form["description"] and isinstance(form["labels"], list)
    names = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert names and len(set(names)) == len(names)
    for field in form["body"]:
        assert field["type"] in FIELDS
        assert field["attributes"]["value" if field["type"] == "markdown" else "label"]


DEVELOPERS = ROOT / "docs" / "developers"
PAGES = (
    ROOT / "CONTRIBUTING.md",
    DEVELOPERS / "architecture.md",
    DEVELOPERS / "releasing.md",
    ROOT / "packaging" / "README.md",
)
PLACE = re.compile(r"(?<![\w/.])(?:scripts|docs|python/semst|tests|packaging|inst|R)/[\w./-]*\w")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_for_developers_name_what_is_there(page):
    text = page.read_text(encoding="utf-8")
    named = set(PLACE.findall(text))
    assert named
    assert not [place for place in named if not (ROOT / place).exists()]
    asked = set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE))
    assert asked <= targets()
