"""What the plan has no key for is put where an author would look for it, or told with the lines."""

from pathlib import Path

import pytest

from smartplan.errors import UsageError
from tests.drifting import (
    FIRST,
    Change,
    change_in_app,
    kept,
    prepared,
    says_no_changes,
    stop,
    stop_at,
    targets,
)
from tests.plans import PLAN, TWO_TRADES
from tests.workspace import Workspace

STOPPED: Change = lambda _: {  # noqa: E731
    "stop_loss": {
        "enabled": True,
        "order_type": "market",
        "conditional": {"price": {"value": "57000", "type": "bid"}},
    }
}
WAITS = stop(timeout={"enabled": True, "value": 60})
BARE = """\
trades:
  btc:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss:
      enabled: false   # none yet

    # and so on
    lifecycle: {on_remove: cancel}
"""
LOOP = """\
trades:
  {% for name, size in [('btc', 0.01), ('other', 0.02)] %}
  {{ name }}:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: {{ size }}}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
  {% endfor %}
"""
MACRO = "{% macro far() %}{enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}{% endmacro %}\n"  # noqa: E501


def test_a_stop_that_the_plan_has_no_keys_for_is_added(tmp_path: Path) -> None:
    workspace, file = prepared(tmp_path, BARE)
    change_in_app(workspace, STOPPED)
    fields = kept(workspace, "btc").fields
    assert file.read_text() == BARE.replace(
        "      enabled: false   # none yet\n",
        "      enabled: true   # none yet\n"
        "      order_type: market\n"
        "      conditional: {price: {value: 57000, type: bid}}\n",
    )
    assert [(field.place, field.was, field.says) for field in fields] == [
        ("plans/btc.yaml:8", "false", "true"),
        ("plans/btc.yaml:9", "", "market"),
        ("plans/btc.yaml:10", "", "{price: {value: 57000, type: bid}}"),
    ]
    assert says_no_changes(workspace.diff())


def test_a_target_is_added_where_the_others_are(tmp_path: Path) -> None:
    text = PLAN.replace(
        "take_profit: {enabled: false}\n",
        "take_profit:\n  enabled: true\n  steps:\n"
        "  - {order_type: limit, price: {value: 66000, type: bid}, volume: 100}  # far\n",
    )
    workspace, file = prepared(tmp_path, text)
    change_in_app(workspace, targets(("66000", "50"), ("72000", "50")))
    kept(workspace, "btc")
    added = "  - {order_type: limit, price: {value: 72000, type: bid}, volume: 50}\n"
    assert file.read_text() == text.replace("100}  # far\n", f"50}}  # far\n{added}")


def test_what_a_loop_writes_is_told_with_the_lines(tmp_path: Path) -> None:
    workspace, file = prepared(tmp_path, LOOP)
    change_in_app(workspace, WAITS)
    (field,) = kept(workspace, "btc").fields
    assert field.place is None
    assert field.reason == (
        "plans/btc.yaml:8: something else would change with it: other; "
        "write there: `timeout: {enabled: true, value: 60}`"
    )
    assert file.read_text() == LOOP


def test_a_macro_that_one_trade_calls_says_it(tmp_path: Path) -> None:
    text = MACRO + PLAN.replace(PLAN[PLAN.index("stop_loss: ") + 11 :], "{{ far() }}\n")
    workspace, file = prepared(tmp_path, text)
    change_in_app(workspace, WAITS)
    (field,) = kept(workspace, "btc").fields
    assert field.place == "plans/btc.yaml:1"
    assert file.read_text() == text.replace(
        "bid}}}{%", "bid}}, timeout: {enabled: true, value: 60}}{%"
    )


def test_a_macro_that_two_trades_call_is_told_with_the_lines(tmp_path: Path) -> None:
    text = MACRO + "".join(
        line[: line.index("{enabled: true")] + "{{ far() }}\n" if "stop_loss" in line else line
        for line in TWO_TRADES.splitlines(keepends=True)
    )
    workspace, file = prepared(tmp_path, text)
    change_in_app(workspace, WAITS)
    (field,) = kept(workspace, "one").fields
    assert field.reason == (
        "plans/btc.yaml:6: something else would change with it: two; "
        f"write there: `{'timeout: {enabled: true, value: 60}'}`"
    )
    assert file.read_text() == text


def test_a_value_of_two_trades_stays(tmp_path: Path) -> None:
    text = "{% set stop = 55000 %}\n" + TWO_TRADES.replace("55000", "{{ stop }}")
    workspace, file = prepared(tmp_path, text)
    change_in_app(workspace, stop_at("57000"))
    (field,) = kept(workspace, "one").fields
    assert field.reason == "plans/btc.yaml:1 also says something else: two"
    assert file.read_text() == text


@pytest.mark.parametrize("text", ["by hand", 'a "quoted" \\ one', "it's {{ 7 * 7 }} # so", "no"])
@pytest.mark.parametrize("before", ["", "note: weekly\n", "note: 'weekly'\n", 'note: "weekly"\n'])
def test_a_note_is_kept_as_it_reads(tmp_path: Path, before: str, text: str) -> None:
    workspace, file = prepared(tmp_path, PLAN + before)
    noted(workspace, text)
    (field,) = kept(workspace, "btc").fields
    assert field.path == ("note",)
    assert says_no_changes(workspace.diff()), file.read_text()
    assert file.read_text().startswith(PLAN)


def noted(workspace: Workspace, text: str) -> None:
    """Somebody writes another note, and leaves our marker in it."""
    exchange = workspace.at(seconds=1)
    marker = exchange.get(FIRST)["note"]
    exchange.set_note(FIRST, {"note": f"{text} {marker[marker.index('[smartplan') :]}"})
    workspace.pause(5)


def test_a_note_of_several_lines_is_told_with_the_lines(tmp_path: Path) -> None:
    plan = PLAN + "note: weekly\n  support\n"
    workspace, file = prepared(tmp_path, plan)
    noted(workspace, "by hand")
    (field,) = kept(workspace, "btc").fields
    assert field.reason == (
        "plans/btc.yaml:6: it takes several lines; write there: `note: by hand`"
    )
    assert file.read_text() == plan


def test_what_would_be_an_error_is_not_written(tmp_path: Path) -> None:
    workspace, file = prepared(tmp_path, PLAN)
    workspace.configure('[lint.severity]\nSP207 = "error"\n')
    change_in_app(workspace, lambda _: {"stop_loss": {"enabled": False}})
    (field,) = kept(workspace, "btc").fields
    assert field.place is None
    assert field.reason.startswith("the plan would have an error (SP207: ")
    assert file.read_text() == PLAN


def test_what_is_no_drift_is_told_as_what_it_is(tmp_path: Path) -> None:
    workspace, _ = prepared(tmp_path, PLAN)
    with pytest.raises(UsageError, match="btc did not move on the exchange"):
        kept(workspace, "btc")
    workspace.lose_exchange()
    workspace = Workspace(tmp_path)
    with pytest.raises(UsageError, match="btc: missing: #31000001 was opened by us"):
        kept(workspace, "btc")
