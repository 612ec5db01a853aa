"""``smartplan markets``: what is traded on which terms, and the lock that lint works with."""

import json
from pathlib import Path

import pytest

from smartplan.sandbox.faults import Fault
from tests.plans import TWO_TARGETS
from tests.process import finish
from tests.schemas import validator
from tests.workspace import Workspace

BY_PAIR = """
{% set entry, stop = 60000, 57600 %}
trades:
  by-pair:
    account: main
    pair: USDT_BTC
    position:
      type: buy
      order_type: limit
      units: {value: {{ size_by_risk(10000, 1, entry, stop, pair='USDT_BTC') }}}
      price: {value: {{ 60000.123 | tick('USDT_BTC', 'entry') }}}
    take_profit: {{ tp([66000], [100]) }}
    stop_loss: {{ sl(stop) }}
"""


@pytest.fixture
def desk(workspace: Workspace) -> Workspace:
    workspace.plan("btc", TWO_TARGETS)
    return workspace


def lock_of(desk: Workspace) -> dict:
    return json.loads((desk.folder / "markets.lock.json").read_text(encoding="utf-8"))


def test_pairs_are_listed_with_what_they_take(desk: Workspace) -> None:
    shown = desk.run("markets", "link")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        "sandbox · embedded exchange",
        "",
        "ACCOUNT  PAIR       LAST  TICK   LOT  MINIMUM",
        "main     USDT_LINK  12.5  0.01  0.01   5 USDT",
    ]
    few = desk.run("markets", "--account", "main", "--limit", "2").out
    assert "12 more: narrow it (`smartplan markets BTC`), or raise --limit" in few
    assert desk.run("markets", "list", "NOPE").out.endswith("no pair has NOPE in its name\n")
    assert desk.run("markets", "--account", "savings").code == 2


def test_the_list_for_programs_fits_its_schema(desk: Workspace) -> None:
    listed = json.loads(desk.run("markets", "USDT_BTC", "--format", "json").out)
    validator("markets").validate(listed)
    spot = {row["account"]: row for row in listed["pairs"] if row["pair"] == "USDT_BTC"}["main"]
    assert (spot["tick"], spot["lot"], spot["min_total"]) == ("0.01", "0.00001", "5")


def test_the_lock_holds_the_pairs_of_the_plans_and_those_named(desk: Workspace) -> None:
    locked = desk.run("markets", "lock", "USDT_SOL", "--account", "main")
    assert locked.code == 0, locked.err
    assert locked.out == ("+ main  USDT_BTC\n+ main  USDT_SOL\nwrote markets.lock.json: 2 pairs\n")
    content = lock_of(desk)
    validator("markets-lock").validate(content)
    pairs = content["environments"]["sandbox"]["main"]["pairs"]
    assert pairs["USDT_SOL"] == {
        "tick": "0.01", "lot": "0.001", "min_lot": "0.001", "min_total": "5",
        "min_market_total": "5",
    }  # fmt: skip
    assert "nothing moved" in desk.run("markets", "lock").out


def test_refreshing_shows_what_moved(desk: Workspace) -> None:
    desk.run("markets", "lock")
    file = desk.folder / "markets.lock.json"
    old = file.read_text(encoding="utf-8").replace('"tick": "0.01"', '"tick": "0.1"')
    file.write_text(old.replace('"USDT_BTC"', '"USDT_GONE": {}, "USDT_BTC"'), encoding="utf-8")
    assert desk.run("markets", "lock").out == (
        "~ main  USDT_BTC  tick  0.1 → 0.01\n"
        "- main  USDT_GONE  is traded no more\n"
        "wrote markets.lock.json: 1 pair\n"
    )


def test_a_slip_in_a_pair_is_named_and_nothing_is_written(desk: Workspace) -> None:
    refused = desk.run("markets", "lock", "BTC")
    assert refused.code == 2
    assert "did you mean `USDT_BTC`?" in refused.err
    assert not (desk.folder / "markets.lock.json").exists()


def test_a_service_that_fails_halfway_leaves_the_lock_as_it_was(desk: Workspace) -> None:
    desk.run("markets", "lock")
    before = lock_of(desk)
    fault = Fault(
        status=503, method="GET", path="/ver1/accounts/currency_rates", skip=1, times=None
    )
    with desk.served(fault):
        assert desk.run("markets", "lock", "USDT_SOL").code == 4
    assert lock_of(desk) == before


def test_lint_judges_steps_and_minima_offline_by_the_lock(desk: Workspace) -> None:
    plan = TWO_TARGETS.replace("60000", "60000.005").replace("0.01}", "0.010001}")
    desk.plan("btc", plan)
    assert desk.run("lint").code == 0
    desk.plan("dust", TWO_TARGETS.replace("btc-swing", "dust").replace("0.01}", "0.00002}"))
    desk.run("markets", "lock")
    found = json.loads(desk.run("lint", "--format", "json").out)["findings"]
    said = {(one["trade"], one["code"]) for one in found if one["severity"] == "error"}
    assert said == {("btc-swing", "SP702"), ("dust", "SP703")}
    steps = [one["message"] for one in found if one["code"] == "SP702"]
    assert steps == [
        "the amount 0.010001 is no multiple of the lot 0.00001",
        "the price 60000.005 is no multiple of the tick 0.01",
    ]


def test_online_nothing_is_said_twice(desk: Workspace) -> None:
    desk.plan("btc", TWO_TARGETS.replace("60000", "60000.005"))
    desk.run("markets", "lock")
    online = desk.run("lint", "--online").out
    assert online.count("SP702") == 1


def test_an_ignore_comment_for_it_is_heeded_and_never_called_unused(desk: Workspace) -> None:
    comment = "  # smartplan: ignore[SP702] the venue rounds"
    plan = TWO_TARGETS.replace("60000", "60000.005")
    named = next(line for line in plan.splitlines() if "btc-swing" in line)
    desk.plan("btc", plan.replace(named, named + comment))
    desk.run("markets", "lock")
    assert "SP702" not in desk.run("lint").out
    (desk.folder / "markets.lock.json").unlink()
    assert "SP005" not in desk.run("lint").out


def test_templates_take_steps_by_pair(desk: Workspace) -> None:
    desk.plan("by-pair", BY_PAIR)
    missing = desk.run("lint")
    assert missing.code == 1
    assert "`smartplan markets lock USDT_BTC` writes it down" in missing.out
    assert desk.run("markets", "lock", "USDT_BTC", "--account", "main").code == 0
    assert desk.run("lint").code == 0
    rendered = desk.run("render", "plans/by-pair.yaml").out
    # 100 USDT over what a coin loses: 60000 · 1.001 − 57600 · 0.999 = 2517.6, in whole lots
    assert "units: {value: 0.03972}" in rendered
    assert "price: {value: 60000.12}" in rendered


def test_a_lock_that_nobody_can_read_says_what_to_do(desk: Workspace) -> None:
    (desk.folder / "markets.lock.json").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    for command in ("lint", "diff"):
        refused = desk.run(command)
        assert refused.code == 2
        assert "markets.lock.json: cannot be read" in refused.err
        assert "delete it; `smartplan markets lock` writes it anew" in refused.err


def test_a_lock_is_written_for_a_workspace_alone(tmp_path: Path) -> None:
    done = finish(["smartplan", "markets", "lock", "USDT_BTC"], tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
