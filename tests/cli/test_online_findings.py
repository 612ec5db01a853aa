"""What the exchange says of a plan, in ``lint --online`` and in every diff and apply."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.catalog import ACCOUNTS, PAIRS
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import smartplan
from tests.workspace import Ran, Workspace

TOML = """\
workspace = "desk"

[environments.sandbox.accounts]
main = 1
futures = 2

[environments.paper.accounts]
savings = 7
"""
PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 90}
    - {order_type: limit, price: {value: 72000, type: bid}, volume: 10}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
FUTURES = PLAN.replace("main", "futures") + "leverage: {enabled: true, type: isolated, value: 5}\n"
REAL = replace(ACCOUNTS[0], id=7, name="savings", type="binance", market_code="binance")
REAL_PAIR = replace(PAIRS[0], market_code="binance")


def without_columns(text: str) -> str:
    """``plans/btc.yaml:3:79: error`` as ``plans/btc.yaml:3:error``."""
    return re.sub(r"(\.yaml(?: \(as saved\))?:\d+):\d+: ", r"\1:", text)


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    workspace.toml.write_text(TOML)
    return workspace


def run(workspace: Workspace, *arguments: str, plan: str) -> Ran:
    """Run a command on this one plan."""
    workspace.plan("btc", plan)
    return workspace.run(*arguments)


def open_trades(workspace: Workspace) -> int:
    return len(workspace.at(minutes=1).list_trades({"status": "all"}))


REFUSED = {
    "off the tick": (
        PLAN.replace("60000", "60000.005"),
        "plans/btc.yaml:3:error SP702: the price 60000.005 is no multiple of the tick 0.01",
    ),
    "unknown pair": (
        PLAN.replace("USDT_BTC", "USDT_BTCC"),
        "plans/btc.yaml:2:error SP701: USDT_BTCC is not traded on the market of this account",
    ),
    "units below the lot": (
        PLAN.replace("0.01", "0.000001"),
        "plans/btc.yaml:3:error SP703: the amount 0.000001 is below the exchange's minimum",
    ),
    "a step that is too small": (
        # 0.0005 less 0.1 % is 49 lots; 10 % are 4 of them: 0.00004 × 72000 = 2.88.
        PLAN.replace("0.01", "0.0005"),
        "plans/btc.yaml:8:error SP704: the total of 0.00004 at 72000, 2.88 is below the",
    ),
    "leverage that is not offered": (
        FUTURES.replace("isolated, value: 5", "cross, value: 200"),
        "plans/btc.yaml:10:error SP707: the leverage 200 is above the exchange's maximum 125",
    ),
}


@pytest.mark.parametrize("command", [("lint", "--online"), ("diff",), ("apply", "--yes")])
@pytest.mark.parametrize(("plan", "message"), REFUSED.values(), ids=REFUSED)
def test_what_the_exchange_would_refuse_is_never_sent(
    workspace: Workspace, command: tuple[str, ...], plan: str, message: str
) -> None:
    ran = run(workspace, *command, plan=plan)
    assert ran.code == 1
    shown = ran.out if "lint" in command else ran.err
    assert message in without_columns(shown)
    line = plan.splitlines()[int(message.split(":")[1]) - 1]
    assert line.strip()[-30:] in shown, "the line is shown"
    assert open_trades(workspace) == 0
    assert ("Nothing is sent" in ran.err) is ("lint" not in command)


def test_nothing_is_said_of_a_sound_plan(workspace: Workspace) -> None:
    assert run(workspace, "lint", "--online", plan=PLAN).code == 0
    assert workspace.run("diff").err == ""
    applied = workspace.run("apply", "--yes")
    assert (applied.code, applied.err) == (0, "[1/1] btc: done\n")


def test_a_refused_diff_is_not_saved(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "changes.json"
    ran = run(workspace, "diff", "--out", str(file), plan=PLAN.replace("60000", "60000.005"))
    assert ran.code == 1
    assert not file.exists()


def test_leverage_on_spot_is_a_warning(workspace: Workspace) -> None:
    ran = run(workspace, "apply", "--yes", plan=FUTURES.replace("futures", "main"))
    assert ran.code == 0
    assert "plans/btc.yaml:10:warning SP802: leverage on an account without" in without_columns(
        ran.err
    )
    assert open_trades(workspace) == 1


def test_offline_lint_asks_nobody_and_leaves_online_comments_alone(workspace: Workspace) -> None:
    plan = PLAN.replace("value: 60000}}", "value: 40000}}  # smartplan: ignore[SP706] the crash")
    assert "SP005" not in run(workspace, "lint", plan=plan).out
    assert not (workspace.folder / ".smartplan").exists()
    assert "SP005" not in workspace.run("lint", "--online").out
    unused = plan.replace("40000", "60000")
    assert "plans/btc.yaml:3:warning SP005" in without_columns(
        run(workspace, "lint", "--online", plan=unused).out
    )
    assert "SP005" not in workspace.run("diff").err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("66000", "59000", "the take profit 1 at 59000 would fire at once"),
        ("55000", "5500", "5500 is 11.1 times below the market"),
    ],
)
def test_what_a_guard_rail_says_is_said_once(
    workspace: Workspace, old: str, new: str, message: str
) -> None:
    plan = PLAN.replace("order_type: limit, units", "order_type: market, units")
    plan = plan.replace(", price: {value: 60000}}", "}").replace(old, new)
    assert message in run(workspace, "lint", "--online", plan=plan).out
    ran = workspace.run("diff")
    assert (ran.out + ran.err).count(message) == 1
    assert message in ran.out


def test_a_stop_moved_into_profit_is_fine_and_one_past_the_market_is_not(
    workspace: Workspace,
) -> None:
    assert run(workspace, "apply", "--yes", plan=PLAN).code == 0
    workspace.at(minutes=1).tick("USDT_BTC", Decimal(60000))
    workspace.at(minutes=1).tick("USDT_BTC", Decimal(65000))
    locked = PLAN.replace("55000", "62000").rstrip() + "  # smartplan: ignore[SP402] profit\n"
    moved = run(workspace, "diff", plan=locked)
    assert "→ 62000" in moved.out
    assert (moved.code, moved.err) == (0, "")
    past = run(workspace, "diff", plan=locked.replace("62000", "65500"))
    assert "⚠ btc: the stop loss at 65500 would fire at once: the market is at" in past.out
    assert "(fires_at_once: asked about" in past.out
    assert past.err == "", "the guard rail says it, so lint does not"


def test_what_an_update_leaves_alone_is_not_judged_again(workspace: Workspace) -> None:
    """The exchange has taken the entry; how far the market has gone since is no typo."""
    assert run(workspace, "apply", "--yes", plan=PLAN).code == 0
    workspace.at(minutes=1).tick("USDT_BTC", Decimal(60000))
    workspace.at(minutes=1).tick("USDT_BTC", Decimal(400_000))
    run(workspace, "apply", "--yes", plan=PLAN)
    workspace.at(minutes=1).tick("USDT_BTC", Decimal(65000))
    shown = run(workspace, "diff", plan=PLAN.replace("55000", "56000.005"))
    assert [line for line in shown.err.splitlines() if " SP" in line] == []


def test_an_open_trade_on_the_other_side_is_told_of_the_new_one(workspace: Workspace) -> None:
    assert run(workspace, "apply", "--yes", plan=FUTURES).code == 0
    short = FUTURES.replace("type: buy", "type: sell").replace("value: 60000}", "value: 62000}")
    short = short.replace("66000", "58000").replace("72000", "57000").replace("55000", "65000")
    Path("plans/a-short.yaml").write_text(short.replace("type: bid", "type: ask"))
    ran = workspace.run("diff")
    assert (
        "plans/a-short.yaml:3:warning SP803: short on USDT_BTC, where btc is long"
        in without_columns(ran.err)
    )
    assert ran.err.count("SP803") == 1


def test_a_saved_changeset_is_judged_as_it_was_saved(workspace: Workspace, tmp_path: Path) -> None:
    file = str(tmp_path / "changes.json")
    marketable = PLAN.replace("value: 60000}", "value: 61500}")
    assert run(workspace, "diff", "--out", file, plan=marketable).code == 0
    applied = workspace.run("apply", file)
    assert applied.code == 0
    assert (
        "plans/btc.yaml (as saved):3:warning SP705: the limit entry would fill"
        in without_columns(applied.err)
    )


def test_a_saved_changeset_keeps_its_ignore_comments(workspace: Workspace, tmp_path: Path) -> None:
    file = str(tmp_path / "changes.json")
    meant = PLAN.replace("value: 60000}}", "value: 61500}}  # smartplan: ignore[SP705] meant")
    assert run(workspace, "diff", "--out", file, plan=meant).code == 0
    assert "SP705" not in workspace.run("apply", file).err


@contextmanager
def served(folder: Path, plan: str) -> Iterator[tuple[Exchange, dict[str, str]]]:
    """The workspace beside an exchange on loopback that remembers what it was asked."""
    workspace = Workspace(folder)
    workspace.toml.write_text(TOML)
    workspace.plan("btc", plan)
    exchange = Exchange(accounts=[*ACCOUNTS, REAL], pairs=[*PAIRS, REAL_PAIR], settle_delay=0)
    with Server(create_app(exchange), port=0) as server:
        yield (
            exchange,
            {
                "SMARTPLAN_BASE_URL": f"{server.url}/public/api",
                "SMARTPLAN_API_KEY": SANDBOX_KEY,
                "SMARTPLAN_API_SECRET": SANDBOX_SECRET,
                "XDG_STATE_HOME": str(folder / "home"),
            },
        )


def asked(exchange: Exchange) -> list[str]:
    paths = (one.path.removeprefix("/public/api").partition("?")[0] for one in exchange.log)
    return [f"{one.method} {path}" for one, path in zip(exchange.log, paths, strict=True)]


def test_no_request_changes_anything_once_the_exchange_would_refuse(tmp_path: Path) -> None:
    with served(tmp_path, PLAN.replace("60000", "60000.005")) as (exchange, environment):
        assert smartplan(tmp_path, "apply", "--yes", **environment).returncode == 1
        assert asked(exchange) == [
            "GET /ver1/accounts",
            "GET /v2/smart_trades",
            "GET /v2/smart_trades",
            "GET /ver1/accounts/currency_rates",
            "POST /ver1/accounts/1/account_table_data",
        ]


def test_the_leverage_offered_is_asked_for_where_it_is_used(tmp_path: Path) -> None:
    with served(tmp_path, FUTURES) as (exchange, environment):
        assert smartplan(tmp_path, "lint", "--online", **environment).returncode == 0
        assert asked(exchange) == [
            "GET /ver1/accounts",
            "GET /ver1/accounts/currency_rates_with_leverage_data",
        ]


def test_real_money_in_the_paper_environment_is_refused(tmp_path: Path) -> None:
    with served(tmp_path, PLAN.replace("main", "savings")) as (exchange, environment):
        linted = smartplan(tmp_path, "lint", "--online", "--env", "paper", **environment)
        assert linted.returncode == 1
        assert "btc.yaml:1:error SP801: account 7 is real money" in without_columns(linted.stdout)
        refused = smartplan(tmp_path, "apply", "--yes", "--env", "paper", **environment)
        assert refused.returncode == 5
        assert "savings (7) is real money" in refused.stderr
        assert [one for one in asked(exchange) if not one.startswith("GET")] == []


def test_plans_of_strangers_are_kept_away_from_the_exchange(workspace: Workspace) -> None:
    ran = run(workspace, "lint", "--online", "--isolate", plan=PLAN)
    assert (ran.code, ran.out) == (2, "")
    assert "--isolate keeps plans away from keys and network" in ran.err
