"""The workspace's own ``templates/``, worth copying: what they render, by hand; and lint's view."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from smartplan.document.template import Source, render
from smartplan.document.tree import Node, parse
from smartplan.trade.template_functions import HELPERS

D = Decimal
ROOT = Path(__file__).parents[2]


def value_of(expression: str) -> Node:
    head = "{% import 'exits.yaml' as exits %}{% import 'entries.yaml' as entries %}"
    text = f"{head}\nx:\n  {{{{ {expression} | indent(2) }}}}\n"
    source = Source(
        text, "plan.yaml", ROOT, ROOT / "templates", shown=lambda p: p.name, helpers=lambda: HELPERS
    )
    rendered, findings = render(source)
    assert rendered is not None, findings
    document = parse(rendered.text, "plan.yaml", rendered.locate).document
    assert document is not None
    assert isinstance(document.data, dict)
    return document.data["x"]


def test_a_ladder_sells_equal_parts_at_equal_distances() -> None:
    assert value_of("exits.ladder_out(66000, 72000, 3)") == {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"value": 66000, "type": "bid"}, "volume": D("33.34")},
            {"order_type": "limit", "price": {"value": 69000, "type": "bid"}, "volume": D("33.33")},
            {"order_type": "limit", "price": {"value": 72000, "type": "bid"}, "volume": D("33.33")},
        ],
    }


def test_targets_stand_at_multiples_of_the_risk() -> None:
    # At risk: 60000 - 55000 = 5000. Weights 3:2 are 60 % and 40 %.
    assert value_of(
        "exits.at_multiples(60000, 55000, [1.5, 3], volumes=[3, 2], last_trailing=2)"
    ) == {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"value": 67500, "type": "bid"}, "volume": 60},
            {
                "order_type": "market",
                "price": {"value": 75000, "type": "bid"},
                "volume": 40,
                "trailing": {"enabled": True, "percent": 2},
            },
        ],
    }


def test_a_stop_above_the_entry_makes_a_short() -> None:
    # At risk: 51000 - 50000 = 1000; equal weights.
    assert value_of("exits.at_multiples(50000, 51000, [1, 2])") == {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"value": 49000, "type": "ask"}, "volume": 50},
            {"order_type": "limit", "price": {"value": 48000, "type": "ask"}, "volume": 50},
        ],
    }


@pytest.mark.parametrize(
    ("stop", "units", "side", "watched"),
    [
        # 100 / (50000 - 49000 × 0.999²) = 100 / 1097.951 = 0.091078…
        (49000, D("0.09107"), "buy", "bid"),
        # 100 / (51000 × 1.001 - 50000 × 0.999) = 100 / 1101 = 0.090826…
        (51000, D("0.09082"), "sell", "ask"),
    ],
)
def test_an_entry_is_sized_by_what_its_stop_loses(
    stop: int, units: Decimal, side: str, watched: str
) -> None:
    sized = f"entries.risk_sized(50000, {stop}, equity=10000, risk_percent=1, lot=0.00001)"
    assert value_of(sized) == {
        "position": {
            "type": side,
            "order_type": "limit",
            "units": {"value": units},
            "price": {"value": 50000},
        },
        "stop_loss": {
            "enabled": True,
            "breakeven": True,
            "order_type": "market",
            "conditional": {"price": {"value": stop, "type": watched}},
        },
    }


def smartplan(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_our_own_plans_have_no_findings() -> None:
    done = smartplan("lint", "--format", "text")
    assert done.stdout.startswith("No findings in ")
    assert done.returncode == 0


def test_the_map_names_the_line_of_the_library_that_was_written() -> None:
    lines = smartplan("render", "plans/ada-pullback.yaml", "--map").stdout.splitlines()
    places = {line.partition("|")[2].strip(): line.partition("|")[0].strip() for line in lines}
    entries = (ROOT / "templates" / "entries.yaml").read_text().splitlines()
    type_line = entries.index("  type: {{ side }}") + 1
    assert places["position:"] == f"templates/entries.yaml:{type_line - 1}:1"
    assert places["type: buy"] == f"templates/entries.yaml:{type_line}:3"
    assert places["pair: USDT_ADA"] == "plans/ada-pullback.yaml:9:5"
