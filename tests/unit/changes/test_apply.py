"""Acting on a changeset: order, lost answers, refusals, and reading the exchange again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from smartplan.changes import guards
from smartplan.changes.apply import Outcome, Result, apply, verify
from smartplan.changes.changeset import Changeset, Update
from smartplan.changes.reconcile import Desired, Scope, View, reconcile
from smartplan.errors import (
    AnswerLost,
    RateLimited,
    Rejected,
    SafetyRefusal,
    Unreachable,
    UsageError,
)
from smartplan.trade.risk import assess
from tests.trades import ACCOUNTS, ENTERED, SWING, changed, live, plan

SCOPE = Scope(
    workspace="desk",
    environment="sandbox",
    accounts=ACCOUNTS,
    now=datetime(2026, 11, 22, 12, tzinfo=UTC),
    assess=lambda trade, planned: assess(trade, fee=Decimal("0.001")),
)


def changeset(*plans, active=()):
    return reconcile(Desired(plans, len(plans)), View(active, active), SCOPE)


CREATE = changeset(plan())
UPDATE = changeset(plan(changed("66000", "67000")), active=[live()])
CANCEL = changeset(plan(SWING + "lifecycle: {state: cancelled}\n"), active=[live()])
CLOSE = changeset(plan(SWING + "lifecycle: {state: closed}\n"), active=[live(ENTERED)])
NOTE = changeset(plan(changed("weekly", "daily")), active=[live()])
DONE = changeset(plan(), active=[live()])


class Exchange:
    """A gateway that answers what the test says, and remembers what was asked."""

    def __init__(self, answers=None, found=None):
        self.answers = answers or {}
        self.found = list(found or [live()])
        self.asked = []

    def _answer(self, call, *arguments):
        self.asked.append(call)
        answer = self.answers.get(call)
        if isinstance(answer, Exception):
            raise answer
        return answer or live()

    def create(self, body):
        return self._answer("create", body)

    def get(self, trade_id):
        self.asked.append("get")
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]

    def update(self, trade_id, body):
        return self._answer("update", body)

    def set_note(self, trade_id, note):
        return self._answer("set_note", note)

    def cancel(self, trade_id):
        return self._answer("cancel")

    def close_by_market(self, trade_id):
        return self._answer("close")


def run(todo: Changeset, exchange: Exchange, pauses=None):
    return list(apply(todo.mutations, exchange, pause=([] if pauses is None else pauses).append))


LOST = AnswerLost("no answer came")
AWAY = Unreachable("connection refused")
REFUSED = Rejected(
    "Invalid parameters",
    status=400,
    error="record_invalid",
    attributes={"position[units][value]": ("is too small",)},
    hint="raise the units",
)
SLOW = RateLimited("too many requests", status=429, error="rate", retry_after=300)


@pytest.mark.parametrize(
    ("todo", "calls"),
    [
        (CREATE, ["create"]),
        (UPDATE, ["update", "set_note"]),
        (NOTE, ["set_note"]),
        (CANCEL, ["get", "cancel"]),
        (CLOSE, ["close"]),
        (DONE, []),
    ],
)
def test_each_action_is_one_request_and_what_goes_with_it(todo, calls):
    exchange = Exchange()
    outcomes = run(todo, exchange)
    assert exchange.asked == calls
    assert [outcome.result for outcome in outcomes] == [Result.DONE] * len(todo.mutations)
    assert [outcome.exit_code for outcome in outcomes] == [0] * len(todo.mutations)


@pytest.mark.parametrize(
    ("todo", "call"),
    [(CREATE, "create"), (UPDATE, "update"), (UPDATE, "set_note"), (NOTE, "set_note"),
     (CANCEL, "cancel"), (CLOSE, "close")],
)  # fmt: skip
def test_a_lost_answer_is_unknown_and_never_sent_again(todo, call):
    exchange = Exchange({call: LOST})
    (outcome,) = run(todo, exchange)
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 6)
    assert exchange.asked.count(call) == 1


def test_a_refusal_fails_with_the_services_own_complaint_and_the_rest_goes_on():
    two = changeset(plan(), plan(name="other"))
    exchange = Exchange({"create": REFUSED})
    first, second = run(two, exchange)
    assert (first.result, first.exit_code, first.unreachable) == (Result.FAILED, 1, False)
    assert first.message == "Invalid parameters (raise the units)"
    assert first.attributes == {"position[units][value]": ("is too small",)}
    assert second.result is Result.FAILED
    assert exchange.asked == ["create", "create"]


@pytest.mark.parametrize("error", [AWAY, SLOW])
def test_what_cannot_be_reached_stops_the_rest(error):
    two = changeset(plan(), plan(name="other"))
    exchange = Exchange({"create": error})
    first, second = run(two, exchange)
    assert exchange.asked == ["create"]
    assert (first.result, first.exit_code) == (Result.FAILED, 4)
    assert (second.result, second.exit_code) == (Result.SKIPPED, 4)
    assert second.message == f"not tried: {error}"


@pytest.mark.parametrize(("error", "code"), [(REFUSED, 1), (AWAY, 4)])
def test_a_change_whose_note_was_not_taken_says_both(error, code):
    (outcome,) = run(UPDATE, Exchange({"set_note": error}))
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, code)
    assert outcome.message.startswith("its fields were changed, its marker not: apply again")


def test_a_young_trade_is_waited_for_before_it_is_changed():
    young = live({"status.type": "created", "data.editable": False})
    todo = changeset(plan(changed("66000", "67000")), active=[young])
    pauses = []
    exchange = Exchange(found=[young, young, live()])
    (outcome,) = run(todo, exchange, pauses)
    assert outcome.result is Result.DONE
    assert exchange.asked == ["get", "get", "get", "update", "set_note"]
    assert len(pauses) == 3


def test_a_trade_that_filled_meanwhile_is_not_cancelled():
    """DELETE would drop its exits and leave a naked position."""
    exchange = Exchange(found=[live(ENTERED)])
    (outcome,) = run(CANCEL, exchange)
    assert exchange.asked == ["get"]
    assert outcome.result is Result.FAILED
    assert "drop its exits" in outcome.message


# --- reading again ------------------------------------------------------------------------------


def judged(todo, results, *seen):
    """Verify these results against what the exchange shows, look after look."""
    outcomes = [
        Outcome(action, result, action.of.trade_id)
        for action, result in zip(todo.mutations, results, strict=True)
    ]
    looks = iter(seen)
    last = [seen[-1]]
    pauses = []
    settled, after = verify(
        outcomes, lambda: next(looks, last[0]), pause=pauses.append, pauses=(1, 2)
    )
    return [(outcome.result, outcome.exit_code) for outcome in settled], pauses, after


def test_what_the_exchange_shows_is_done_at_the_first_look():
    assert judged(CREATE, [Result.DONE], DONE) == ([(Result.DONE, 0)], [], DONE)


def test_a_lost_create_that_the_exchange_shows_is_done_under_its_number():
    outcome = Outcome(CREATE.mutations[0], Result.UNKNOWN)
    (settled,), _ = verify([outcome], lambda: DONE, pause=lambda _: None)
    assert (settled.result, settled.trade_id) == (Result.DONE, 31000001)


def test_a_lost_create_that_shows_up_late_is_waited_for():
    results, pauses, _ = judged(CREATE, [Result.UNKNOWN], CREATE, CREATE, DONE)
    assert (results, pauses) == ([(Result.DONE, 0)], [1, 2])


def test_a_lost_create_that_never_shows_stays_unknown():
    results, pauses, _ = judged(CREATE, [Result.UNKNOWN], CREATE)
    assert (results, pauses) == ([(Result.UNKNOWN, 6)], [1, 2])


def test_a_create_that_was_answered_but_is_not_listed_is_unknown():
    results, *_ = judged(CREATE, [Result.DONE], CREATE)
    assert results == [(Result.UNKNOWN, 6)]


@pytest.mark.parametrize("todo", [UPDATE, NOTE, CANCEL])
def test_what_can_be_repeated_safely_is_failed_not_unknown(todo):
    assert judged(todo, [Result.UNKNOWN], todo)[0] == [(Result.FAILED, 1)]


def test_a_lost_close_that_does_not_show_stays_unknown():
    assert judged(CLOSE, [Result.UNKNOWN], CLOSE)[0] == [(Result.UNKNOWN, 6)]


def test_a_change_that_the_exchange_took_and_does_not_show_is_failed():
    assert judged(UPDATE, [Result.DONE], UPDATE)[0] == [(Result.FAILED, 1)]


def test_a_failure_is_not_waited_for():
    results, pauses, _ = judged(CREATE, [Result.FAILED], CREATE)
    assert (results, pauses) == ([(Result.FAILED, 1)], [])


# --- guards -------------------------------------------------------------------------------------


def test_what_was_confirmed_may_be_done():
    guards.unchanged_since(UPDATE, changeset(plan(changed("66000", "67000")), active=[live()]))


@pytest.mark.parametrize(
    "now",
    [
        DONE,
        CREATE,
        CANCEL,
        changeset(plan(changed("66000", "68000")), active=[live()]),
        changeset(plan(changed("66000", "67000")), active=[live({"id": 9})]),
        changeset(plan(changed("66000", "67000")), active=[live(ENTERED)]),
        changeset(plan(changed("66000", "67000")),
                  active=[live({"stop_loss.conditional.price.value": "56000"})]),
        changeset(plan(changed("66000", "67000")), plan(name="b"), active=[live()]),
    ],
)  # fmt: skip
def test_what_has_changed_since_is_refused(now):
    with pytest.raises(SafetyRefusal, match="has changed since the diff was shown"):
        guards.unchanged_since(UPDATE, now)


def test_another_note_is_another_thing_to_do():
    other = changeset(plan(changed("weekly", "monthly")), active=[live()])
    with pytest.raises(SafetyRefusal):
        guards.unchanged_since(NOTE, other)


def test_a_trade_that_settled_meanwhile_is_what_was_confirmed():
    young = live({"status.type": "created", "data.editable": False})
    text = changed("66000", "67000")
    guards.unchanged_since(
        changeset(plan(text), active=[young]), changeset(plan(text), active=[live()])
    )


def test_changes_that_widen_risk_are_named():
    (update,) = changeset(plan(changed("55000", "54000")), active=[live()]).mutations
    assert isinstance(update, Update)
    assert guards.widening(changeset(plan(changed("55000", "54000")), active=[live()])) == (
        "btc-swing",
    )
    assert guards.widening(changeset(plan(changed("55000", "56000")), active=[live()])) == ()


class Account:
    def __init__(self, *, paper):
        self.is_paper = paper


@pytest.mark.parametrize(
    ("environment", "paper", "refused"),
    [("paper", True, False), ("paper", False, True), ("real", False, False), ("real", True, True),
     ("sandbox", True, False), ("sandbox", False, False)],
)  # fmt: skip
def test_paper_and_real_money_never_mix(environment, paper, refused):
    known = {1: Account(paper=paper)}
    if not refused:
        guards.accounts_fit(environment, {"main": 1}, known)
        return
    with pytest.raises(SafetyRefusal, match=environment):
        guards.accounts_fit(environment, {"main": 1}, known)


def test_an_account_of_somebody_else_is_refused():
    with pytest.raises(SafetyRefusal, match=r"main \(1\) is none of this API key's accounts"):
        guards.accounts_fit("real", {"main": 1}, {})


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("since", [None, TODAY, date(2026, 1, 1)])
def test_a_since_that_covers_all_of_ours_is_fine(since):
    guards.since_covers(since, TODAY, [live()])


def test_a_since_that_is_still_to_come_is_refused():
    with pytest.raises(UsageError, match="still to come"):
        guards.since_covers(date(2026, 11, 23), TODAY, [])


def test_a_since_that_would_hide_one_of_ours_is_refused():
    older = replace(live(), created_at="2026-11-20T23:59:59.000Z")
    with pytest.raises(UsageError, match=r"#31000001 .* opened on 2026-11-20") as caught:
        guards.since_covers(date(2026, 11, 21), TODAY, [older])
    assert caught.value.hint == "set `since = 2026-11-20` or earlier"
