"""Whatever a file holds, lint answers with findings: nothing is ever raised."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartplan.document.template import Source, render
from smartplan.document.tree import parse
from smartplan.settings import Settings
from smartplan.workflow.lint_plans import LintResult, check, open_workspace
from smartplan.workflow.sources import Inputs

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PIECES = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", ":", ": ", "\n", "\n  ", "\t", "[", "]", "{", "}",
        ",", "&a ", "*a", "<<", "!x ", "|", ">", "'", '"', "\\", "?", "%", "@", "`", "~", "---\n",
        "...\n", "#", "if ", "else", "endif", "for i in ", "endfor", "set x = ", "macro m() ",
        "endmacro", "include 'a'", "0.1", "1e9", "017", "yes", "null", "x", "é", "\u202e", "\x00",
        "\ufeff", "\r", "\r\n", "\u2028", "trades", "pair", "position", "price", "value",
        "take_profit", "steps", "lifecycle",
    ]
)  # fmt: skip


@cache
def plans() -> tuple[str, ...]:
    files = sorted([*ROOT.glob("plans/*.yaml"), *ROOT.glob("examples/*/plans/*.yaml")])
    return tuple(file.read_text(encoding="utf-8") for file in files)


@st.composite
def mutated_plans(draw: st.DrawFn) -> str:
    """A plan with a few slips: something cut, doubled, moved or put in."""
    text = draw(st.sampled_from(plans()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.sampled_from(["", text[start:end] * 2]) | PIECES)
        text = text[:start] + piece + text[end:]
    return text


def linted(text: str) -> LintResult:
    settings_here = Settings(root=ROOT)
    inputs = Inputs(("-",), stdin=lambda: text.encode("utf-8", "surrogatepass"))
    return check(open_workspace(inputs, settings_here, ROOT), NOW)


@given(st.text() | st.lists(PIECES, max_size=40).map("".join))
@THOROUGH
def test_any_text_is_read_or_refused(text: str) -> None:
    output, findings = render(Source(text, "plan.yaml"))
    if output is None:
        (finding,) = findings
        assert finding.code == "SP001"
        assert finding.message
        return
    parsed = parse(output.text, "plan.yaml", output.locate)
    assert (parsed.document is None) == bool(parsed.findings)
    for finding in parsed.findings:
        assert finding.code == "SP002"
        assert finding.location.line >= 1
        assert finding.location.column >= 1


@given(mutated_plans())
@THOROUGH
def test_a_plan_with_slips_gets_findings_inside_the_file(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in linted(text).findings:
        assert finding.message
        assert 1 <= finding.location.line <= len(lines)
