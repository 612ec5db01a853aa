"""May it be done: one answer, in one order, from a changeset and a permission that is data."""

import pytest
from msgspec.structs import replace

from smartplan.changes.changeset import BrokenRail
from smartplan.changes.guards import judge, refuse
from smartplan.changes.identity import changes_id
from smartplan.changes.permission import Override, Permission
from smartplan.errors import SafetyRefusal, UsageError
from tests.changesets import changes
from tests.trades import changed, live, plan

CREATE = changes(plan())
DONE = changes(plan(), active=[live()])
TWO = changes(plan(), plan(name="other"))

WIDER = changes(plan(changed("55000", "54000")), active=[live()])


def rail(name: str | None, level: str = "soft", rule: str = "max_notional") -> BrokenRail:
    return BrokenRail(name, rule, level, "too much")


def broken(*rails: BrokenRail):
    return replace(TWO, broken_rails=rails)


def rules(changes, **permission: object) -> list[tuple[str, str | None]]:
    asked = Permission(changes, **permission)  # type: ignore[arg-type]  # a test's shorthand
    return [(refusal.rule, refusal.name) for refusal in judge(changes, asked)]


def overriding(*texts: str) -> frozenset[Override]:
    return frozenset(map(Override.read, texts))


def test_what_breaks_nothing_may_be_done():
    assert rules(TWO) == []


def test_every_reason_is_given_and_hard_ones_come_first():
    found = broken(rail("other"), rail(None, "hard", "freeze"), rail("btc-swing", "warn"))
    assert rules(found) == [("freeze", None), ("max_notional", "other")]
    with pytest.raises(SafetyRefusal) as refused:
        refuse(judge(found, Permission(found)))
    assert refused.value.reasons == ("too much", "other: too much")
    assert refused.value.exit_code == 5


def test_an_override_with_a_name_is_for_that_trade_alone():
    found = broken(rail("btc-swing"), rail("other"))
    assert rules(found, overrides=overriding("max_notional:other")) == [
        ("max_notional", "btc-swing")
    ]
    both = overriding("max_notional:other", "max_notional:btc-swing")
    assert rules(found, overrides=both) == []


def test_an_override_without_a_name_covers_one_trade_never_two():
    plain = overriding("max_notional")
    assert rules(broken(rail("other")), overrides=plain) == []
    two = broken(rail("btc-swing"), rail("other"))
    assert rules(two, overrides=plain) == [("max_notional", "btc-swing"), ("max_notional", "other")]
    with pytest.raises(SafetyRefusal) as refused:
        refuse(judge(two, Permission(two, overrides=plain)))
    assert "--override max_notional:btc-swing --override max_notional:other --reason TEXT" in (
        refused.value.hint or ""
    )


def test_an_override_without_a_name_covers_a_rule_over_all_trades():
    together = broken(rail(None, rule="max_creates"))
    assert rules(together, overrides=overriding("max_creates")) == []


def test_an_override_does_not_slide_to_a_trade_that_nobody_was_shown():
    """While somebody was asked the market moved: another trade breaks the rule now."""
    confirmed, now = broken(rail("other")), broken(rail("btc-swing"))
    permission = Permission(confirmed, overrides=overriding("max_notional"))
    assert [r.name for r in judge(now, permission)] == ["btc-swing"]


def test_no_override_lifts_a_hard_rail():
    hard = broken(rail("other", "hard"))
    assert rules(hard, overrides=overriding("max_notional:other")) == [("max_notional", "other")]


def test_what_is_asked_about_stops_only_where_nobody_looks():
    found = broken(rail("other", "ask", "fires_at_once"))
    assert rules(found) == []
    assert rules(found, unseen=True) == [("fires_at_once", "other")]
    named = overriding("fires_at_once:other")
    assert rules(found, unseen=True, overrides=named) == []


def test_widening_is_refused_where_nobody_looks():
    assert rules(WIDER) == []
    assert rules(WIDER, unseen=True) == [("widen_risk", None)]
    assert rules(WIDER, unseen=True, widen=frozenset({"btc-swing"})) == []
    assert rules(WIDER, unseen=True, widen=frozenset({"other"})) == [("widen_risk", None)]


def test_another_set_of_actions_than_the_reviewed_one_is_refused():
    assert rules(CREATE, expected=changes_id(CREATE)) == []
    assert rules(CREATE, expected=changes_id(WIDER)) == [("expected", None)]
    assert rules(DONE, expected=changes_id(CREATE)) == [("expected", None)]


def test_guard_rails_hold_nothing_up_where_nothing_is_to_be_done():
    assert rules(replace(DONE, broken_rails=(rail(None, rule="max_open_trades"),))) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("max_notionals", "no such guard rail"),
        ("max_notionals:btc", "no such guard rail"),
        ("max_creates:btc", "about all trades together"),
        ("freeze:btc", "about all trades together"),
        ("max_notional:", "names no trade"),
        ("", "no such guard rail"),
    ],
)
def test_a_slip_of_the_pen_sets_nothing_aside(text, why):
    with pytest.raises(UsageError, match=why):
        Override.read(text)
