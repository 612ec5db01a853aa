"""Every plan that ships with the project renders, parses and means what its story says."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from smartplan import settings
from smartplan.document.template import Source, render
from smartplan.document.tree import Node, parse
from smartplan.sandbox.catalog import ACCOUNTS, PAIRS
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade, entries, planned
from smartplan.trade.risk import assess, reference_price
from smartplan.trade.template_functions import HELPERS

D = Decimal
ROOT = Path(__file__).parents[2]
WORKSPACES = [*sorted(file.parent for file in ROOT.glob("examples/*/smartplan.toml")), ROOT]
PLANS = [plan for workspace in WORKSPACES for plan in sorted(workspace.glob("plans/*.yaml"))]
MODELINE = "# yaml-language-server: $schema="


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def values_of(workspace: Path) -> dict[str, Node]:
    file = workspace / "values.yaml"
    if not file.exists():
        return {}
    rendered, _ = render(Source(file.read_text(encoding="utf-8"), file.name))
    assert rendered is not None
    document = parse(rendered.text, file.name, rendered.locate).document
    assert document is not None
    assert isinstance(document.data, dict)
    return document.data


def trades_in(plan: Path) -> list[PlannedTrade]:
    workspace = plan.parents[1]
    source = Source(
        plan.read_text(encoding="utf-8"),
        named(plan),
        root=workspace,
        templates=workspace / "templates",
        values=values_of(workspace),
        helpers=lambda: HELPERS,
    )
    rendered, findings = render(source)
    assert findings == ()
    assert rendered is not None
    parsed = parse(rendered.text, source.file, rendered.locate)
    assert parsed.findings == ()
    assert parsed.document is not None
    accounts = settings.load(workspace, {}).accounts
    return [planned(entry, accounts) for entry in entries(parsed.document)]


def trades_of(workspace: Path) -> dict[str, PlannedTrade]:
    plans = sorted(workspace.glob("plans/*.yaml"))
    return {trade.name: trade for plan in plans for trade in trades_in(plan)}


@pytest.mark.parametrize("plan", PLANS, ids=named)
def test_a_plan_holds_trades_and_names_its_schema_unless_it_is_a_template(plan: Path) -> None:
    assert trades_in(plan)
    text = plan.read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    # What knows the schema and not Jinja would underline a template from end to end.
    assert first.startswith(MODELINE) is ("{%" not in text and "{{" not in text)
    if not first.startswith(MODELINE):
        return
    schema = (plan.parent / first.removeprefix(MODELINE)).resolve()
    assert schema == ROOT / "schemas" / "plan.schema.json"


@pytest.mark.parametrize("workspace", WORKSPACES, ids=named)
def test_names_are_unique_in_a_workspace(workspace: Path) -> None:
    plans = workspace.glob("plans/*.yaml")
    names = Counter(trade.name for plan in plans for trade in trades_in(plan))
    assert set(names.values()) == {1}


@pytest.mark.parametrize("workspace", WORKSPACES[:-1], ids=named)
def test_a_story_says_what_it_is(workspace: Path) -> None:
    assert (workspace / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_all_example_bodies_of_the_documentation_are_there() -> None:
    bodies = trades_of(ROOT / "examples" / "bodies")
    assert len(bodies) == 24
    kinds = Counter(
        (body.trade.instant, body.trade.skip_enter_step, body.trade.position.order_type)
        for body in bodies.values()
    )
    assert kinds == {
        (True, False, "market"): 3,
        (True, False, "limit"): 2,
        (False, False, "conditional"): 7,
        (False, False, "market"): 10,
        (False, False, "limit"): 1,
        (False, True, "market"): 1,
    }


def test_a_pasted_json_body_is_a_plan() -> None:
    pasted = ROOT / "examples" / "bodies" / "plans" / "smart-sell-tp-1-limit-sl-market.yaml"
    assert '"account_id": 1,' in pasted.read_text(encoding="utf-8")
    (body,) = trades_in(pasted)
    assert body.trade.skip_enter_step
    assert body.trade.position.price == 8000


def test_each_coin_of_the_basket_risks_half_a_percent() -> None:
    basket = trades_of(ROOT / "examples" / "coin-basket")
    assert sorted(basket) == [f"basket-{coin}" for coin in ("ada", "btc", "eth", "sol", "xrp")]
    for coin in basket.values():
        risk = assess(coin.trade, fee=D("0.001"))
        assert risk.loss_at_stop is not None
        assert D("49.9") < risk.loss_at_stop <= 50
        assert risk.reward_risk is not None
        assert risk.reward_risk > 1


def test_the_units_of_the_basket_by_hand() -> None:
    eth = trades_of(ROOT / "examples" / "coin-basket")["basket-eth"].trade
    # Stop 2450 × 0.93 = 2278.5; at risk 2450 - 2278.5 × 0.998001 = 176.0547215 per ETH.
    assert eth.stop_loss is not None
    assert eth.stop_loss.trigger == D("2278.5")
    assert eth.position.units == D("0.284")
    assert [step.price for step in eth.take_profit] == [D("2707.25"), D("2878.75"), D("3136")]


def test_the_short_loses_above_its_entry() -> None:
    short = trades_of(ROOT / "examples" / "futures-short")["btc-short"].trade
    risk = assess(short, fee=D("0.0005"), fee_model="quote")
    # 0.02 × (63800 × 1.0005 - 62500 × 0.9995) = 0.02 × (63831.9 - 62468.75)
    assert risk.loss_at_stop == D("27.263")
    assert (risk.notional, risk.margin) == (1250, 250)


def steps_off(trade: Trade) -> list[Decimal]:
    """The prices and units that the embedded exchange would refuse for their step."""
    account = next(known for known in ACCOUNTS if known.id == trade.account_id)
    market = next(
        known
        for known in PAIRS
        if (known.market_code, known.name) == (account.market_code, trade.pair)
    )
    position, stop = trade.position, trade.stop_loss
    prices = [position.price, *(step.price for step in trade.take_profit)]
    if position.conditional is not None:
        prices.append(position.conditional.price)
    if stop is not None:
        prices += [stop.price, stop.trigger]
    off = [price for price in prices if price is not None and price % market.price_step]
    return [*off, position.units] if position.units % market.lot_step else off


@pytest.mark.parametrize("workspace", WORKSPACES, ids=named)
def test_the_embedded_exchange_takes_every_price_and_amount(workspace: Path) -> None:
    for name, plan in trades_of(workspace).items():
        assert steps_off(plan.trade) == [], name


def test_every_story_of_our_own_workspace_pays_for_its_risk() -> None:
    for plan in trades_of(ROOT).values():
        reference = reference_price(plan.trade, plan.lifecycle.expect)
        risk = assess(plan.trade, fee=D("0.001"), reference=reference)
        assert risk.reward_risk is not None
        assert risk.reward_risk > 1
