"""A release: one version, tried out before it is published, published without a stored token."""

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml

from smartplan import __version__
from tests.process import finish

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))


def script(name: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return finish([sys.executable, str(ROOT / "scripts" / name), *words], ROOT)


def used(job: str) -> list[str]:
    return [step.get("uses", "").partition("@")[0] for step in WORKFLOW["jobs"][job]["steps"]]


def test_a_tag_is_built_tried_out_attested_and_kept_before_anything_is_published() -> None:
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` so
    build, publish = WORKFLOW["jobs"]["build"], WORKFLOW["jobs"]["publish"]
    (made,) = (step for step in build["steps"] if "run" in step)
    assert made["run"] == "make release PYTHON=python"
    assert used("build")[-3:] == [
        "actions/attest-build-provenance", "actions/attest-sbom", "actions/upload-artifact",
    ]  # fmt: skip
    assert publish["needs"] == "build"


def test_it_is_published_by_trust_in_the_workflow_and_by_no_token() -> None:
    publish = WORKFLOW["jobs"]["publish"]
    assert used("publish")[-1] == "pypa/gh-action-pypi-publish"
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"] == "release"
    assert publish["if"] == "vars.PYPI_PROJECT == 'smartplan'"
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert not re.search(r"password|secrets\.|repository-url", text)


def test_the_parts_of_a_release_are_made_in_their_order() -> None:
    done = finish(["make", "--dry-run", "release", "TAG=v1.2.3"], ROOT)
    said = done.stdout
    parts = ["scripts/release", "-m build", "-m venv .venv-smoke", "scripts/demo", "scripts/sbom"]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)


def test_a_tag_that_says_another_version_is_refused() -> None:
    refused = script("release", "v9.9.9")
    assert refused.returncode == 1
    assert f"the tag is v9.9.9, smartplan.__version__ is {__version__}" in refused.stderr


def test_a_version_without_its_section_in_the_changelog_is_refused() -> None:
    said = script("release", f"v{__version__}").stderr
    has_section = f"## [{__version__}] - " in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert ("has no section" in said) is not has_section


def test_the_version_stands_in_one_place() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    assert 'path = "smartplan/__init__.py"' in project
    named = [
        file.relative_to(ROOT).as_posix()
        for file in [
            ROOT / "action.yml",
            *(ROOT / "smartplan").rglob("*"),
            *(ROOT / "scripts").iterdir(),
        ]
        if file.is_file() and file.suffix not in {".pyc", ".json"}
        if f'"{__version__}"' in file.read_text("utf-8")
    ]
    assert named == ["smartplan/__init__.py"]


def test_the_bill_of_materials_names_what_is_installed_and_what_needs_what() -> None:
    bill = json.loads(script("sbom", "smartplan").stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["component"]["purl"] == f"pkg:pypi/smartplan@{__version__}"
    names = {part["name"].lower() for part in bill["components"]}
    assert {"click", "httpx", "jinja2", "msgspec", "pyyaml"} <= names
    needed = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    ours = needed[f"pkg:pypi/smartplan@{__version__}"]
    assert any(ref.startswith("pkg:pypi/httpx@") for ref in ours)
    assert not any(ref.startswith("pkg:pypi/pytest@") for ref in ours)
    refs = {part["bom-ref"] for part in bill["components"]}
    assert all(set(wanted) <= refs for wanted in needed.values())
    assert script("sbom", "smartplan").stdout == json.dumps(bill, indent=2) + "\n"


def test_nothing_installs_the_name_from_an_index_until_it_is_ours() -> None:
    texts = {
        file: file.read_text("utf-8")
        for file in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"),
                     *(ROOT / "smartplan" / "scaffold").rglob("*")]
        if file.is_file()
    }  # fmt: skip
    by_name = re.compile(
        r"pip install (?:--\S+ )*'?smartplan(?:\[\w+\])?'?(?:==|\s*$)", re.MULTILINE
    )
    assert [str(file) for file, text in texts.items() if by_name.search(text)] == []
    assert "on no package index yet" in texts[ROOT / "README.md"]
