"""Changesets for programs and for pull requests."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import structs
from msgspec.structs import replace

from smartplan import __version__
from smartplan.changes.changeset import (
    ActionTarget,
    Blocked,
    BrokenRail,
    Changeset,
    Create,
    Orphan,
    Update,
)
from smartplan.changes.diff.field_change import FieldChange
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.diagnostics import Location
from smartplan.report import CHANGES
from smartplan.report.changes import ChangesReport, ReportContext
from smartplan.report.markdown import COMMENT_LIMIT, code, escape, escape_html
from smartplan.trade.risk import Risk
from tests.schemas import validator
from tests.workspace import Workspace

TRADE = """\
trades:
  {name}:
    account: main
    pair: USDT_BTC
    position: {{type: buy, order_type: limit, units: {{value: 0.01}}, price: {{value: 60000}}}}
    take_profit: {{enabled: true, steps: [{{order_type: limit, price: {{value: 66000, type: bid}}, volume: 100}}]}}
    stop_loss: {{enabled: true, order_type: market, conditional: {{price: {{value: {stop}, type: bid}}}}}}
"""  # noqa: E501
SETTING = ReportContext("api.3commas.io", Decimal("0.001"))
GITHUB = MarkdownIt("commonmark", {"html": True}).enable("table")


def report_of(changeset: Changeset, **around) -> ChangesReport:
    around = {"kind": "diff", "changes_id": "0123456789abcdef", **around}
    return ChangesReport(changeset=changeset, setting=SETTING, **around)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """60 trades to create and 60 live ones whose stop goes down: 120 with something to do."""
    workspace = Workspace(tmp_path_factory.mktemp("desk"))
    for number in range(60):
        workspace.plan(f"live-{number}", TRADE.format(name=f"live-{number}", stop=55000))
    workspace.apply()
    for number in range(60):
        workspace.plan(f"live-{number}", TRADE.format(name=f"live-{number}", stop=54000))
        workspace.plan(f"new-{number}", TRADE.format(name=f"new-{number}", stop=55000))
    return workspace.diff()


def blocks(text: str) -> list[str]:
    return [token.type for token in GITHUB.parse(text)]


def html_of(text: str) -> str:
    return GITHUB.render(text)


def tags(text: str) -> set[str]:
    return set(re.findall(r"<(/?[a-z][a-z0-9]*)", html_of(text)))


OURS = {
    "h3", "h4", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code",
    "details", "summary", "pre",
}  # fmt: skip


def test_a_diff_of_120_trades_fits_a_comment_and_is_valid_markdown(many):
    text = CHANGES.render(report_of(many), "markdown")
    assert len(text) <= COMMENT_LIMIT
    assert {tag.removeprefix("/") for tag in tags(text)} <= OURS
    rows = [token for token in GITHUB.parse(text) if token.type == "tr_open"]
    assert "Changes: 60 to create, 60 to update, 0 to adopt" in html_of(text)
    assert len(rows) > 120
    assert text.count("<details>") == text.count("</details>") > 0
    left_out = re.search(r"Details of (\d+) trades are left out", text)
    assert int(left_out[1]) + text.count("<details>") == 120


def test_what_matters_stands_first_with_its_sums(many):
    text = CHANGES.render(report_of(many, commit="a" * 40, next_command="smartplan x"), "markdown")
    lines = text.splitlines()
    assert lines[0] == "<!-- smartplan:diff desk/sandbox -->"
    # A trade: 600 paid, 0.01 · 0.999 received, sold at 55000 · 0.999: 51.09945 lost. Times 60,
    # rounded up: 3065.97.
    assert "- **opens 60 trades**: notional 36000 USDT, loss at stop 3065.97 USDT" in text
    assert "- **changes 60 trades**: loss at stop 3065.97 → " in text
    assert "**⚠ widens risk**: live-0, " in text
    assert text.index("opens 60") < text.index("| | trade |") < text.index("<details>")
    assert lines[-1] == "Next: `smartplan x`"
    assert "changes id `0123456789abcdef` · commit `aaaaaaaaaaaa`" in text


def test_the_parts_stand_in_the_order_a_reviewer_needs_them(many):
    report = report_of(
        replace(many, actions=(*many.actions, blocked(1))),
        commit="a" * 40,
        expires=datetime(2026, 11, 22, 12, 15, tzinfo=UTC),
        next_command="smartplan apply changes.json",
    )
    text = CHANGES.render(report, "markdown")
    parts = (
        "<!-- smartplan:diff desk/sandbox -->", "account main", "Changes: 60 to create",
        "**opens 60 trades**", "**⚠ widens risk**", "1 trade blocked", "| | trade | live |",
        "<details>", "Details of", "changes id `0123456789abcdef`", "commit `aaaaaaaaaaaa`",
        "may be applied until 2026-11-22 12:15:00Z", "Next: `smartplan apply changes.json`",
    )  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def blocked(number: int, reason: str = "it was moved on the exchange") -> Blocked:
    of = ActionTarget(name=f"blocked-{number}", round=1, pair="USDT_BTC", account_id=1, trade_id=7)
    change = FieldChange(
        ("stop_loss", "conditional", "price", "value"),
        Decimal(1),
        Decimal(2),
        location=Location(f"plans/{number}.yaml", 3, 1),
    )
    return Blocked(of, reason, (change,), ("put 0.51 into plans/xrp.yaml:22",))


def test_blocked_trades_are_whole_while_there_is_room_and_all_named_when_not(many):
    few = replace(many, actions=(*many.actions, *map(blocked, range(20))))
    text = CHANGES.render(report_of(few), "markdown")
    assert text.count("put 0.51 into plans/xrp.yaml:22") == 20
    assert "#### ❗ 20 trades blocked" in text

    crowd = replace(many, actions=(*many.actions, *map(blocked, range(1_500))))
    text = CHANGES.render(report_of(crowd), "markdown")
    assert len(text) <= COMMENT_LIMIT
    assert all(f"blocked-{number}" in text for number in range(1_500))
    assert "opens 60 trades" in text


def test_nothing_is_longer_than_a_comment_may_be(many):
    huge = replace(
        many,
        actions=tuple(blocked(n, "x" * 2_000) for n in range(10_000)),
        broken_rails=tuple(
            BrokenRail(f"t{n}", "max_notional", "hard", "y" * 2_000) for n in range(500)
        ),
    )
    text = CHANGES.render(report_of(huge), "markdown")
    assert len(text) <= COMMENT_LIMIT
    assert "10000 trades blocked" in text
    assert "… and 480 more guard rails, 480 of them stopping" in text


@pytest.mark.parametrize("number", [2, 150, 200, 220, 400, 2_000])
def test_what_has_no_row_is_counted(many, number):
    create = next(a for a in many.actions if isinstance(a, Create))
    named = [
        replace(create, of=structs.replace(create.of, name=f"trade-{n}")) for n in range(number)
    ]
    text = CHANGES.render(report_of(replace(many, actions=tuple(named))), "markdown")
    assert len(text) <= COMMENT_LIMIT
    rows = text.count("| `+` |")
    more = re.search(r"… and (\d+) more trades?\n", text)
    assert rows + (int(more[1]) if more else 0) == number
    assert f"opens {number} trades" in text
    assert text.rstrip().endswith(f"smartplan {__version__}")


def test_an_open_position_in_no_plan_is_said_loudly(many):
    of = ActionTarget(
        name="gone", round=1, pair="USDT_BTC", account_id=1, trade_id=9, status="waiting"
    )
    text = CHANGES.render(
        report_of(replace(many, actions=(Orphan(of, entered=True, on_remove="keep"),))), "markdown"
    )
    assert "**in no plan, with an open position**: gone" in text
    assert "reverting the commit that added it, does not close its position" in text


def test_an_apply_says_what_is_open_before_anything_else(many):
    create = next(a for a in many.actions if isinstance(a, Create))
    update = next(a for a in many.actions if isinstance(a, Update))
    outcomes = (
        Outcome(create, Result.UNKNOWN, None, "no answer within 30 s", 6),
        Outcome(update, Result.DONE, 31000001),
    )
    text = CHANGES.render(report_of(many, kind="apply", outcomes=outcomes), "markdown")
    assert text.startswith("<!-- smartplan:apply desk/sandbox -->")
    assert "**1 done, 0 failed, 1 of unknown outcome, 0 not tried**" in text
    assert "**Not verified**" in text
    assert "OUTCOME UNKNOWN: no answer within 30 s" in text


# --- foreign text -------------------------------------------------------------------------------

HOSTILE = (
    "</summary></details><script>alert(1)</script> [x](http://evil.example) ![i](//e) @octocat "
    "#1 ```\n### heading\n| a | b |\x1b[31m <!-- --> &lt; www.evil.example \u202e"
)


@pytest.mark.parametrize("text", [HOSTILE, "`", "``` ` ``", "a|b", "\\", "\\|", "*_~"])
def test_foreign_text_stays_text(many, text):
    of = ActionTarget(name=text, round=1, pair=text, account_id=1, trade_id=9, status=text)
    change = FieldChange(("note",), text, f"{text}2", location=Location(text, 1, 1))
    create = next(a for a in many.actions if isinstance(a, Create))
    update = next(a for a in many.actions if isinstance(a, Update))
    hostile = replace(
        many,
        actions=(
            replace(create, of=of, body={"note": text}),
            replace(update, of=of, changes=(change,)),
            Blocked(of, text, (change,), (text,)),
            Orphan(of, entered=True, on_remove="keep"),
        ),
        broken_rails=(BrokenRail(text, "max_notional", "hard", text),),
    )
    report = report_of(hostile, next_command=f"smartplan apply {text}", commit=text)
    shown = html_of(CHANGES.render(report, "markdown"))
    found = {tag.removeprefix("/") for tag in re.findall(r"<(/?[a-z][a-z0-9]*)", shown)}
    assert found <= OURS
    # The overview, what the update changes, and how each of the two trades may end.
    assert shown.count("<table>") == 4
    assert shown.count("<h3>") == shown.count("<h4>") == 1
    assert "\x1b" not in shown
    assert "@octocat" not in re.sub(r"<(pre|code)>.*?</\1>", "", shown, flags=re.DOTALL)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_every_text_survives_in_a_cell_a_span_and_a_tag(text):
    page = f"| a | b |\n|---|---|\n| {escape(text)} | {code(text)} |\n"
    shown = GITHUB.render(page + f"\n<details><summary>{escape_html(text)}</summary>\n\nx\n")
    assert shown.count("<td>") == 2
    assert shown.count("<summary>") == shown.count("</summary>") == 1
    assert set(re.findall(r"<([a-z]+)", shown)) <= OURS


# --- for programs -------------------------------------------------------------------------------


def test_the_json_keeps_to_its_published_schema(many):
    create = next(a for a in many.actions if isinstance(a, Create))
    full = replace(
        many,
        actions=(*many.actions, blocked(1)),
        broken_rails=(BrokenRail(None, "max_creates", "soft", "60 in one apply"),),
    )
    report = report_of(
        full,
        kind="apply",
        expires=datetime(2026, 11, 22, tzinfo=UTC),
        outcomes=(Outcome(create, Result.FAILED, None, "no", 1, {"pair": ("is bad",)}),),
        after=full,
    )
    document = json.loads(CHANGES.render(report, "json"))
    validator("changeset").validate(document)
    assert document["summary"]["create"] == 60
    (told,) = [a for a in document["actions"] if a["action"] == "blocked"]
    assert told["changes"][0]["field"] == "stop_loss.conditional.price.value"
    assert (told["changes"][0]["before"], told["changes"][0]["after"]) == ("1", "2")
    assert document["outcomes"][0]["attributes"] == {"pair": ["is bad"]}


def test_amounts_are_exact_text(many):
    create = next(a for a in many.actions if isinstance(a, Create))
    risk = Risk(quote="USDT", notional=Decimal("0.1000000000000000000000000001"))
    changeset = replace(many, actions=(replace(create, risk=risk),))
    (action,) = json.loads(CHANGES.render(report_of(changeset), "json"))["actions"]
    assert action["risk"]["notional"] == "0.1000000000000000000000000001"
    assert action["risk"]["loss_at_stop"] is None
