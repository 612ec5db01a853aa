"""Mistakes in values and in what goes over them: told where they were made."""

import pytest

from tests.workspace import Workspace

PLAN = """\
{% set stop = 57600 %}
trades:
  btc:
    account: main
    pair: USDT_BTC
    position:
      {type: buy, order_type: limit, price: {value: 60000},
       units: {value: {{ size_by_risk(equity, risk, 60000, stop, 0.00001) }}}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: {{ stop }}, type: bid}}}
"""  # noqa: E501
VALUES = "equity: 10000\nrisk: 0.5\n"


@pytest.fixture
def desk(workspace: Workspace) -> Workspace:
    workspace.plan("btc", PLAN)
    return workspace


def said(desk: Workspace, values: str, *more: str) -> str:
    (desk.folder / "values.yaml").write_text(values, encoding="utf-8")
    ran = desk.run("lint", *more)
    assert "Traceback" not in ran.err
    return ran.out + ran.err


@pytest.mark.parametrize(
    ("wrong", "place", "message", "hint"),
    [
        ("0,5", "values.yaml:2:7", "risk_pct must be a decimal number, not '0,5'", "`0.5`"),
        ("0.5%", "values.yaml:2:7", "not '0.5%'", "write `0.5`"),
        ('"half"', "values.yaml:2:7", "not 'half'", "write a number alone"),
        ("[0.5]", "plans/btc.yaml:8:", "not a list", "write a number alone"),
        ("", "plans/btc.yaml:8:", "risk_pct must be a decimal number, not null", "a number alone"),
    ],
)
def test_a_value_that_is_no_number_is_shown_where_it_was_written(
    desk: Workspace, wrong: str, place: str, message: str, hint: str
) -> None:
    shown = said(desk, f"equity: 10000\nrisk: {wrong}\n")
    assert place in shown
    assert message in shown
    assert hint in shown


def test_of_values_that_nobody_can_read_the_cause_is_told_alone(desk: Workspace) -> None:
    shown = said(desk, "equity: 10000\nrisk 0.5\n")
    assert "values.yaml:2:1: error SP002" in shown
    assert "is undefined" not in shown
    assert "is undefined" in said(desk, "equity: 10000\n")


def test_a_file_of_no_environment_is_not_passed_over(desk: Workspace) -> None:
    stranger = desk.folder / "values.snadbox.yaml"
    stranger.write_text("risk: 5\n", encoding="utf-8")
    shown = said(desk, VALUES)
    assert "values.snadbox.yaml:1:1: error SP007: nothing reads this file" in shown
    assert "did you mean `values.sandbox.yaml`?" in shown
    stranger.rename(desk.folder / "values.paper.yaml")
    assert "SP007" not in said(desk, VALUES)


def test_a_hyphen_in_an_assignment_says_what_to_write(desk: Workspace) -> None:
    assert "names have no hyphens: my_risk=1" in said(desk, VALUES, "--set", "my-risk=1")


def test_a_file_of_decisions_that_is_not_there(desk: Workspace) -> None:
    said(desk, VALUES)
    ran = desk.run("diff", "--decisions", "nope.yaml")
    assert ran.code == 2
    assert "--decisions nope.yaml: No such file or directory" in ran.err
