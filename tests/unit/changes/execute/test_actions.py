"""Acting on a changeset: order, lost answers, refusals, the journal, and reading again."""

from datetime import date

import pytest
from msgspec import structs

from smartplan.changes import guards
from smartplan.changes.changeset import Changeset, Update
from smartplan.changes.execute.actions import apply
from smartplan.changes.execute.claims import settle_claims
from smartplan.changes.execute.outcomes import Doubt, Outcome, Result
from smartplan.changes.execute.verify import pauses_for, verify
from smartplan.changes.guards import judge
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.inputs import Choices, MarketView
from smartplan.errors import (
    AnswerLost,
    Interrupted,
    RateLimited,
    Rejected,
    SafetyRefusal,
    Unreachable,
    UsageError,
)
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.changesets import changes
from tests.trades import ENTERED, SWING, changed, live, plan

REPLACING = Choices(replace=frozenset({"btc-swing"}))


CREATE = changes(plan())
UPDATE = changes(plan(changed("66000", "67000")), active=[live()])
CANCEL = changes(plan(SWING + "lifecycle: {state: cancelled}\n"), active=[live()])
CLOSE = changes(plan(SWING + "lifecycle: {state: closed}\n"), active=[live(ENTERED)])
NOTE = changes(plan(changed("weekly", "daily")), active=[live()])
REPLACE = changes(plan(SWING + "lifecycle: {round: 2}\n"), active=[live()], choices=REPLACING)
DONE = changes(plan(), active=[live()])
TWO = changes(plan(), plan(name="other"))
CANCELLED = live({"status.type": "cancelled"})
HELD = live(ENTERED)


class Exchange:
    """A gateway that answers what the test says, and remembers what was asked."""

    def __init__(self, answers=None, found=None, *, watch=lambda call: None):
        self.answers = answers or {}
        self.found = list(found or [])
        self.asked = []
        self.watch = watch

    def _answer(self, call, body=None):
        self.watch(call)
        self.asked.append(call)
        answer = self.answers.get(call)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        note = body["note"] if isinstance(body, dict) else live().raw["note_raw"]
        return live({"note": note, "note_raw": note})

    def create(self, body):
        return self._answer("create", body)

    def get(self, trade_id):
        self.asked.append("get")
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]

    def update(self, trade_id, body):
        return self._answer("update")

    def set_note(self, trade_id, note):
        return self._answer("set_note")

    def cancel(self, trade_id):
        return self._answer("cancel")

    def close_by_market(self, trade_id):
        return self._answer("close")


@pytest.fixture
def store(tmp_path):
    opened = open_store("sqlite:///state.db", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def journal(store):
    return Journal(store, LockScope("desk", "sandbox"), "run-1")


@pytest.fixture
def run(journal):
    """Apply a changeset; answers its outcomes."""

    def act(todo: Changeset, exchange: Exchange, pauses=None, interrupted=lambda: False, seen=None):
        pause = [].append if pauses is None else pauses.append
        seen = seen or (HELD if todo is CLOSE else live())
        exchange.found = exchange.found or [seen]
        decided_on = {seen.id: seen}
        return list(
            apply(
                todo.mutations, decided_on, exchange, journal, pause=pause, interrupted=interrupted
            )
        )

    return act


LOST = AnswerLost("no answer came")
AWAY = Unreachable("connection refused")
SLOW = RateLimited("too many requests", status=429, error="rate", retry_after=300)


def refused():
    return Rejected(
        "Invalid parameters",
        status=400,
        error="record_invalid",
        attributes={"position[units][value]": ("is too small",)},
        hint="raise the units",
    )


@pytest.mark.parametrize(
    ("todo", "calls"),
    [
        (CREATE, ["create"]),
        (UPDATE, ["get", "update", "get", "set_note"]),
        (NOTE, ["get", "set_note"]),
        (CANCEL, ["get", "cancel"]),
        (CLOSE, ["get", "close"]),
        (DONE, []),
    ],
)
def test_each_write_to_an_open_trade_is_one_request_after_reading_it_again(
    run, journal, todo, calls
):
    exchange = Exchange()
    outcomes = run(todo, exchange)
    assert exchange.asked == calls
    assert [outcome.result for outcome in outcomes] == [Result.DONE] * len(todo.mutations)
    assert [outcome.exit_code for outcome in outcomes] == [0] * len(todo.mutations)
    assert journal.open_claims() == ()


def test_replacing_cancels_sees_it_cancelled_and_opens_the_new_round(run, journal):
    pending = live({"status.type": "cancellation_pending"})
    exchange = Exchange(found=[live(), pending, CANCELLED])
    (outcome,) = run(REPLACE, exchange)
    assert exchange.asked == ["get", "cancel", "get", "get", "create"]
    assert outcome.result is Result.DONE
    assert [(t.identity.name, t.identity.round) for t in journal.known_trades()] == [
        ("btc-swing", 2)
    ]


@pytest.mark.parametrize(
    "found",
    [
        live(ENTERED),
        live({"status.type": "cancelled", "data.entered_amount": "0.001"}),
        live({"status.type": "finished", "data.entered_amount": "0.01"}),
        live(),
    ],
)
def test_nothing_is_opened_when_the_earlier_round_did_not_give_way(run, found):
    exchange = Exchange(found=[live(), found])
    (outcome,) = run(REPLACE, exchange)
    assert "create" not in exchange.asked
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 1)
    assert "the new round was not opened" in outcome.message


def test_an_intent_is_on_disk_before_its_request_leaves(run, journal):
    seen = []
    run(CREATE, Exchange(watch=lambda call: seen.append((call, journal.open_claims()))))
    ((call, (claim,)),) = seen
    assert call == "create"
    assert (claim.identity.name, claim.identity.round) == ("btc-swing", 1)
    assert claim.intent.data["body"]["note"] == CREATE.mutations[0].body["note"]


@pytest.mark.parametrize(
    ("todo", "call"),
    [(CREATE, "create"), (UPDATE, "update"), (UPDATE, "set_note"), (NOTE, "set_note"),
     (CANCEL, "cancel"), (CLOSE, "close")],
)  # fmt: skip
def test_a_lost_answer_is_unknown_keeps_its_claim_and_is_never_sent_again(run, journal, todo, call):
    exchange = Exchange({call: LOST})
    (outcome,) = run(todo, exchange)
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 6)
    assert exchange.asked.count(call) == 1
    (claim,) = journal.open_claims()
    assert claim.identity.name == "btc-swing"


@pytest.mark.parametrize(
    "note", ["", "weekly support", "x [smartplan1:desk/other#1 0000000000000000 k]",
             "x [smartplan1:desk/btc-swing#2 0000000000000000 k]"]
)  # fmt: skip
def test_an_answer_without_the_marker_we_sent_is_unknown(run, journal, note):
    (outcome,) = run(CREATE, Exchange({"create": live({"note": note, "note_raw": note})}))
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 6)
    assert len(journal.open_claims()) == 1


def test_a_second_run_does_not_send_what_is_still_unknown(run):
    run(CREATE, Exchange({"create": LOST}))
    exchange = Exchange()
    (outcome,) = run(CREATE, exchange)
    assert exchange.asked == []
    assert (outcome.result, outcome.exit_code) == (Result.SKIPPED, 6)


def test_a_refusal_fails_with_the_services_own_complaint_and_the_rest_goes_on(run, journal):
    exchange = Exchange({"create": refused()})
    first, second = run(TWO, exchange)
    assert (first.result, first.exit_code) == (Result.FAILED, 1)
    assert first.message == "Invalid parameters (raise the units)"
    assert first.attributes == {"position[units][value]": ("is too small",)}
    assert second.result is Result.FAILED
    assert exchange.asked == ["create", "create"]
    assert journal.open_claims() == ()


@pytest.mark.parametrize("error", [AWAY, SLOW])
def test_what_cannot_be_reached_stops_the_rest(run, error):
    exchange = Exchange({"create": error})
    first, second = run(TWO, exchange)
    assert exchange.asked == ["create"]
    assert (first.result, first.exit_code) == (Result.FAILED, 4)
    assert (second.result, second.exit_code) == (Result.SKIPPED, 4)
    assert second.message == f"not tried: {error}"


@pytest.mark.parametrize("todo", [UPDATE, CANCEL, CLOSE, NOTE, REPLACE])
def test_an_action_whose_trade_was_not_read_is_not_tried_and_stops_nothing(journal, todo):
    exchange = Exchange()
    actions = [*todo.mutations, *changes(plan(name="other")).mutations]
    first, second = apply(actions, {}, exchange, journal, pause=lambda _: None)
    assert (first.result, first.exit_code) == (Result.SKIPPED, 5)
    assert "was not read" in first.message
    assert second.result is Result.DONE
    assert exchange.asked == ["create"]


def test_a_lost_answer_does_not_stop_the_rest(run):
    exchange = Exchange({"create": LOST})
    assert [outcome.result for outcome in run(TWO, exchange)] == [Result.UNKNOWN] * 2


def test_an_interrupt_stops_before_the_next_request(run):
    asked = Exchange()
    first, second = run(TWO, asked, interrupted=lambda: bool(asked.asked))
    assert first.result is Result.DONE
    assert (second.result, second.exit_code) == (Result.SKIPPED, 130)
    assert asked.asked == ["create"]


@pytest.mark.parametrize(("error", "code"), [(refused(), 1), (Unreachable("gone"), 4)])
def test_a_change_whose_note_was_not_taken_says_both(run, error, code):
    (outcome,) = run(UPDATE, Exchange({"set_note": error}))
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, code)
    assert outcome.message.startswith("its fields were changed, its marker not: apply again")


def test_a_young_trade_is_waited_for_before_it_is_changed(run):
    young = live({"status.type": "created", "data.editable": False})
    todo = changes(plan(changed("66000", "67000")), active=[young])
    pauses = []
    exchange = Exchange(found=[young, young, live()])
    (outcome,) = run(todo, exchange, pauses, seen=young)
    assert outcome.result is Result.DONE
    assert exchange.asked == ["get", "get", "get", "update", "get", "set_note"]
    assert len(pauses) == 2


def test_a_trade_that_filled_meanwhile_is_not_cancelled(run):
    """DELETE would drop its exits and leave a naked position."""
    exchange = Exchange(found=[live(ENTERED)])
    (outcome,) = run(CANCEL, exchange)
    assert exchange.asked == ["get"]
    assert (outcome.result, outcome.exit_code) == (Result.SKIPPED, 5)
    assert "drop its exits" in outcome.message


MOVED_STOP = {"stop_loss.conditional.price.value": "56500"}


@pytest.mark.parametrize(
    ("todo", "found", "said"),
    [
        (UPDATE, live(MOVED_STOP), "stop_loss.conditional.price.value 55000 → 56500"),
        (UPDATE, live({"data.entered_amount": "0.004"}), "its entry has filled"),
        (UPDATE, live({"take_profit.steps.0.status.type": "finished"}), "take_profit.steps[0]"),
        (UPDATE, live({"position.price.editable": False}), "what can be edited has changed"),
        (UPDATE, live({"note": "mine now", "note_raw": "mine now"}), "its note was edited"),
        (UPDATE, CANCELLED, "it is over (cancelled)"),
        (NOTE, live({"note": "mine now", "note_raw": "mine now"}), "its note was edited"),
        (CANCEL, live({"note": "mine now", "note_raw": "mine now"}), "its note was edited"),
        (CLOSE, live({**ENTERED, "note": "mine", "note_raw": "mine"}), "its note was edited"),
        (CLOSE, live({**ENTERED, "status.type": "stop_loss_finished"}), "it is over"),
    ],
)
def test_what_has_moved_since_it_was_read_is_not_written_to(run, journal, todo, found, said):
    exchange = Exchange(found=[found])
    (outcome,) = run(todo, exchange)
    assert exchange.asked == ["get"]
    assert (outcome.result, outcome.exit_code) == (Result.SKIPPED, 5)
    assert said in outcome.message
    assert journal.history() == ()


def test_a_position_is_closed_whatever_of_it_a_target_has_sold_meanwhile(run):
    exchange = Exchange(found=[live({**ENTERED, "data.closed_amount": "0.005"})])
    (outcome,) = run(CLOSE, exchange)
    assert outcome.result is Result.DONE


def test_a_trade_that_cannot_be_read_again_is_not_written_to_and_ends_the_run(run, journal):
    class Unreadable(Exchange):
        def get(self, trade_id):
            self.asked.append("get")
            raise LOST

    exchange = Unreadable()
    (outcome,) = run(UPDATE, exchange)
    assert exchange.asked == ["get"]
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 4)
    assert outcome.message == "not sent: no answer came"
    assert journal.history() == ()


def test_a_lost_answer_is_looked_for_at_the_trade_itself(run, journal):
    """The PATCH was executed: the marker follows in the same run."""
    patched = live({"take_profit.steps.0.price.value": "67000"})
    exchange = Exchange({"update": LOST}, found=[live(), patched])
    (outcome,) = run(UPDATE, exchange)
    assert outcome.result is Result.DONE
    assert exchange.asked == ["get", "update", "get", "get", "set_note"]
    assert journal.open_claims() == ()


def test_an_interrupt_between_two_steps_says_which_one_was_sent(run):
    between = Interrupted("interrupted while waiting: the request was not sent")
    (outcome,) = run(UPDATE, Exchange({"set_note": between}))
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 130)
    assert outcome.message == (
        "its fields were changed, its marker not: apply again"
        " (set_note: interrupted while waiting: the request was not sent)"
    )


def test_the_answer_to_each_step_is_journaled(run, journal):
    run(UPDATE, Exchange())
    told = [(event.kind, event.data.get("action") or event.data.get("step"))
            for event in journal.history()]  # fmt: skip
    assert told == [
        ("intent", "update"), ("answer", "update"),
        ("intent", "set_note"), ("answer", "set_note"), ("outcome", None),
    ]  # fmt: skip


def test_the_first_create_that_comes_back_without_our_marker_ends_the_creates(run):
    exchange = Exchange({"create": live({"note": "weekly", "note_raw": "weekly"})})
    first, second = run(TWO, exchange)
    assert exchange.asked == ["create"]
    assert (first.result, first.exit_code) == (Result.UNKNOWN, 6)
    assert first.message == "#31000001 was answered, without the marker we sent"
    assert (second.result, second.exit_code) == (Result.SKIPPED, 6)
    assert "did not keep the marker" in second.message


def test_nothing_is_opened_until_the_trade_without_our_marker_is_resolved(run, journal):
    run(CREATE, Exchange({"create": live({"note": "weekly", "note_raw": "weekly"})}))
    exchange = Exchange()
    (outcome,) = run(changes(plan(name="other")), exchange)
    assert (exchange.asked, outcome.result, outcome.exit_code) == ([], Result.SKIPPED, 6)
    journal.resolved(journal.identity("btc-swing", 1), "adopt", "#31000001")
    (outcome,) = run(changes(plan(name="other")), exchange)
    assert exchange.asked == ["create"]


def rejected(status, **attributes):
    return Rejected("no", status=status, error="e", attributes=attributes)


@pytest.mark.parametrize(
    ("refusal", "result"),
    [
        (rejected(400, note=("is too long",)), Result.FAILED),
        (rejected(401), Result.FAILED),
        (rejected(400), Result.UNKNOWN),
        (rejected(403), Result.UNKNOWN),
        (rejected(404), Result.UNKNOWN),
        (rejected(409), Result.UNKNOWN),
        (rejected(422, total=("is too small",)), Result.UNKNOWN),
    ],
)
def test_only_a_refusal_before_acting_proves_that_nothing_was_opened(run, journal, refusal, result):
    first, second = run(TWO, Exchange({"create": refusal}))
    assert (first.result, second.result) == (result, result)
    assert len(journal.open_claims()) == (2 if result is Result.UNKNOWN else 0)


def test_what_is_done_is_remembered_with_its_fields(run, journal):
    run(CREATE, Exchange())
    (known,) = journal.known_trades()
    assert (known.trade_id, known.ended) == (31000001, None)
    assert known.applied["stop_loss"]["stop_loss.conditional.price.value"] == "55000"


@pytest.mark.parametrize(
    ("todo", "call", "executed"),
    [
        (NOTE, "set_note", live({"note_raw": NOTE.mutations[0].note})),
        (CANCEL, "cancel", CANCELLED),
        (CLOSE, "close", live({**ENTERED, "status.type": "panic_sell_pending"})),
    ],
)
def test_an_error_answer_about_an_open_trade_is_settled_by_reading_it(
    run, journal, todo, call, executed
):
    before = HELD if todo is CLOSE else live()
    (done,) = run(todo, Exchange({call: rejected(409)}, found=[before, executed]))
    assert (done.result, done.exit_code) == (Result.DONE, 0)
    pauses = []
    (refused,) = run(todo, Exchange({call: rejected(409)}, found=[before]), pauses)
    assert (refused.result, refused.exit_code, refused.message) == (Result.FAILED, 1, "no")
    assert sum(pauses) == 8
    assert journal.open_claims() == ()


def test_an_error_answer_about_a_trade_that_moved_otherwise_is_unknown(run, journal):
    fuller = live({**ENTERED, "data.closed_amount": "0.001"})
    (outcome,) = run(CLOSE, Exchange({"close": rejected(403)}, found=[HELD, fuller]))
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 6)
    assert outcome.doubt is Doubt.REFUSED
    assert len(journal.open_claims()) == 1


def test_what_an_interrupt_keeps_from_being_looked_at_again_is_unknown(run, journal):
    exchange = Exchange({"close": rejected(403)}, found=[HELD])
    (outcome,) = run(CLOSE, exchange, interrupted=lambda: "close" in exchange.asked)
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 6)


@pytest.mark.parametrize("sure", [rejected(400, note=("is too long",)), rejected(401)])
def test_a_refusal_before_acting_costs_no_look(run, sure):
    exchange = Exchange({"cancel": sure})
    (outcome,) = run(CANCEL, exchange)
    assert outcome.result is Result.FAILED
    assert exchange.asked == ["get", "cancel"]


# --- reading again ------------------------------------------------------------------------------


@pytest.fixture
def judged(journal):
    """Verify a lost or done action against what the exchange shows, look after look."""

    def verified(todo, result, *seen):
        (action,) = todo.mutations
        code = 6 if result is Result.UNKNOWN else 1 if result is Result.FAILED else 0
        outcome = Outcome(action, result, action.of.trade_id, exit_code=code)
        identity = journal.identity(action.of.name, action.of.round)
        journal.intended(identity, "create", {})
        if result is not Result.UNKNOWN:
            journal.settled(identity, "done")
        looks, pauses = iter(seen), []
        (settled,), _ = verify(
            [outcome], lambda: next(looks, seen[-1]), journal, todo, pause=pauses.append, window=7
        )
        return settled.result, settled.exit_code, pauses

    return verified


def test_what_the_exchange_shows_is_done_at_the_first_look(judged):
    assert judged(CREATE, Result.DONE, DONE) == (Result.DONE, 0, [])


def test_a_lost_create_that_shows_up_late_is_waited_for(judged, journal):
    assert judged(CREATE, Result.UNKNOWN, CREATE, CREATE, DONE) == (Result.DONE, 0, [1, 2])
    assert journal.open_claims() == ()
    assert [known.trade_id for known in journal.known_trades()] == [31000001]


def test_a_lost_create_that_never_shows_stays_unknown(judged, journal):
    assert judged(CREATE, Result.UNKNOWN, CREATE) == (Result.UNKNOWN, 6, [1, 2, 4])
    assert len(journal.open_claims()) == 1


@pytest.mark.parametrize("todo", [UPDATE, NOTE, CANCEL])
def test_what_can_be_repeated_safely_is_failed_not_unknown(judged, journal, todo):
    assert judged(todo, Result.UNKNOWN, todo)[:2] == (Result.FAILED, 1)
    assert journal.open_claims() == ()


@pytest.mark.parametrize("todo", [UPDATE, NOTE])
def test_a_lost_change_that_shows_is_done(judged, todo):
    assert judged(todo, Result.UNKNOWN, DONE)[:2] == (Result.DONE, 0)


def test_a_lost_cancel_of_what_has_filled_meanwhile_is_not_done(judged, journal):
    filled = changes(plan(SWING + "lifecycle: {state: cancelled}\n"), active=[live(ENTERED)])
    assert filled.blocked
    assert judged(CANCEL, Result.UNKNOWN, filled)[:2] == (Result.FAILED, 1)
    assert journal.open_claims() == ()


def test_a_lost_close_in_a_status_that_nobody_knows_stays_unknown(judged, journal):
    text, status = SWING + "lifecycle: {state: closed}\n", {"status.type": "on_hold"}
    odd = changes(plan(text), active=[live({**ENTERED, **status})])
    assert odd.blocked
    assert judged(CLOSE, Result.UNKNOWN, odd)[:2] == (Result.UNKNOWN, 6)
    assert len(journal.open_claims()) == 1


def test_a_lost_change_of_a_trade_that_takes_none_now_is_not_done(judged):
    odd = changes(plan(changed("66000", "67000")), active=[live({"status.type": "on_hold"})])
    assert odd.blocked
    assert judged(UPDATE, Result.UNKNOWN, odd)[:2] == (Result.FAILED, 1)


@pytest.mark.parametrize("result", [Result.DONE, Result.UNKNOWN])
@pytest.mark.parametrize("todo", [CREATE, UPDATE, CLOSE])
def test_what_the_exchange_took_and_then_failed_at_is_no_success(judged, journal, todo, result):
    failed = live({"status.type": "failed", "status.error": "Not enough USDT"})
    over = changes(plan(), active=[failed])
    assert judged(todo, result, over) == (Result.FAILED, 1, [])
    assert journal.open_claims() == ()


def test_a_lost_close_that_does_not_show_stays_unknown(judged):
    assert judged(CLOSE, Result.UNKNOWN, CLOSE)[:2] == (Result.UNKNOWN, 6)


def test_a_change_that_the_exchange_took_and_does_not_show_is_failed(judged):
    assert judged(UPDATE, Result.DONE, UPDATE)[:2] == (Result.FAILED, 1)


def test_a_create_that_was_refused_is_looked_for_once_more_before_its_claim_is_closed(journal):
    (action,) = CREATE.mutations
    for seen, result, code in ((DONE, Result.DONE, 0), (CREATE, Result.FAILED, 1)):
        identity = journal.identity(action.of.name, action.of.round)
        journal.intended(identity, "create", {})
        refused_ = Outcome(action, Result.UNKNOWN, None, "no room", 6, doubt=Doubt.REFUSED)
        pauses, looks = [], []
        (settled,), _ = verify(
            [refused_],
            lambda seen=seen, looks=looks: looks.append(seen) or seen,
            journal,
            CREATE,
            pause=pauses.append,
        )
        assert (settled.result, settled.exit_code) == (result, code)
        assert (pauses, len(looks)) == ([10.0], 1 if seen is DONE else 2)
        assert "no room" in settled.message
        assert journal.open_claims() == ()


def test_a_create_that_came_back_without_our_marker_is_not_waited_for(journal):
    (action,) = CREATE.mutations
    journal.intended(journal.identity(action.of.name, action.of.round), "create", {})
    unmarked = Outcome(action, Result.UNKNOWN, 31, "no marker", 6, doubt=Doubt.UNMARKED)
    pauses = []
    (settled,), _ = verify([unmarked], lambda: CREATE, journal, CREATE, pause=pauses.append)
    assert (settled.result, settled.exit_code, pauses) == (Result.UNKNOWN, 6, [])
    assert len(journal.open_claims()) == 1


def test_a_refused_create_that_could_not_be_looked_for_stays_unknown(journal):
    (action,) = CREATE.mutations
    journal.intended(journal.identity(action.of.name, action.of.round), "create", {})
    refused_ = Outcome(action, Result.UNKNOWN, None, "no room", 6, doubt=Doubt.REFUSED)
    (settled,), _ = verify(
        [refused_], lambda: CREATE, journal, CREATE,
        pause=lambda _: None, interrupted=lambda: True,
    )  # fmt: skip
    assert (settled.result, settled.exit_code) == (Result.UNKNOWN, 6)
    assert len(journal.open_claims()) == 1


def test_a_lost_change_whose_fields_show_is_told_as_changed(judged, journal):
    """Only the marker has to follow: nobody may read in the journal that it was not executed."""
    note_only = NOTE
    result, code, _ = judged(UPDATE, Result.UNKNOWN, note_only)
    assert (result, code) == (Result.FAILED, 1)
    assert journal.history()[-1].data == {"result": "done"}


def test_a_failure_is_not_waited_for(judged):
    assert judged(CREATE, Result.FAILED, CREATE)[2] == []


@pytest.mark.parametrize("window", [0.5, 1.0, 7.0, 120.0])
def test_the_pauses_fill_the_window(window):
    pauses = list(pauses_for(window))
    assert sum(pauses) == window
    assert max(pauses) <= 30


def test_an_open_intent_is_settled_by_its_marker_alone(run, journal):
    run(CREATE, Exchange({"create": LOST}))
    settle_claims(journal, MarketView([live(name="other")]))
    assert len(journal.open_claims()) == 1
    settle_claims(journal, MarketView([live()]))
    assert journal.open_claims() == ()
    assert [known.trade_id for known in journal.known_trades()] == [31000001]


# --- guards -------------------------------------------------------------------------------------


def test_what_was_confirmed_may_be_done():
    now = changes(plan(changed("66000", "67000")), active=[live()])
    assert judge(now, Permission(UPDATE)) == ()


@pytest.mark.parametrize(
    "now",
    [
        DONE,
        CREATE,
        CANCEL,
        changes(plan(changed("66000", "68000")), active=[live()]),
        changes(plan(changed("66000", "67000")), active=[live({"id": 9})]),
        changes(plan(changed("66000", "67000")), active=[live(ENTERED)]),
        changes(plan(changed("66000", "67000")),
                  active=[live({"stop_loss.conditional.price.value": "56000"})]),
        changes(plan(changed("66000", "67000")), plan(name="b"), active=[live()]),
    ],
)  # fmt: skip
def test_what_has_changed_since_is_refused(now):
    (refusal,) = judge(now, Permission(UPDATE))
    assert "has changed since the diff was shown" in refusal.message
    with pytest.raises(SafetyRefusal, match="nothing was done: the exchange has changed"):
        guards.refuse((refusal,))


def test_another_note_is_another_thing_to_do():
    other = changes(plan(changed("weekly", "monthly")), active=[live()])
    assert [refusal.rule for refusal in judge(other, Permission(NOTE))] == ["changed"]


def test_a_trade_that_settled_meanwhile_is_what_was_confirmed():
    young = live({"status.type": "created", "data.editable": False})
    text = changed("66000", "67000")
    shown, now = (changes(plan(text), active=[trade]) for trade in (young, live()))
    assert judge(now, Permission(shown)) == ()


def test_changes_that_widen_risk_are_named():
    (update,) = changes(plan(changed("55000", "54000")), active=[live()]).mutations
    assert isinstance(update, Update)
    assert guards.widening(changes(plan(changed("55000", "54000")), active=[live()])) == (
        "btc-swing",
    )
    assert guards.widening(changes(plan(changed("55000", "56000")), active=[live()])) == ()


def test_pruning_for_no_plan_at_all_is_refused():
    with pytest.raises(SafetyRefusal, match="would end every trade"):
        guards.pruning_fits(Choices(prune=True), [])
    guards.pruning_fits(Choices(prune=True), [plan()])
    guards.pruning_fits(Choices(), [])


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
    older = structs.replace(live(), created_at="2026-11-20T23:59:59.000Z")
    with pytest.raises(UsageError, match=r"#31000001 .* opened on 2026-11-20") as caught:
        guards.since_covers(date(2026, 11, 21), TODAY, [older])
    assert caught.value.hint == "set `since = 2026-11-20` or earlier"
