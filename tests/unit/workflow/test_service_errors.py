"""What the service says against a body stands at the plan's line, with the nearest legal value."""

import pytest
from msgspec import structs
from msgspec.structs import replace

from smartplan.api.answers import error_attributes
from smartplan.changes.changeset import Create, Update
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.workflow.service_errors import complaints
from tests.changesets import changes
from tests.trades import FIRST_TARGET_HIT, SWING, changed, live, plan


def told(attributes, text=SWING, active=(), kind=Create):
    planned = plan(text)
    (action,) = changes(planned, active=active).actions
    assert isinstance(action, kind)
    said = {key: tuple(messages) for key, messages in attributes.items()}
    return list(complaints(Outcome(action, Result.FAILED, attributes=said), [planned]))


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("take_profit[steps][0][price][value]", "7 take_profit.steps[0].price.value"),
        ("take_profit.steps[1].trailing", "11 take_profit.steps[1].trailing"),
        ("position[units][value]", "3 position.units.value"),
        ("units_to_buy", "3 position.units.value"),
        ("position.total", "3 position.total"),
        ("stop_loss[conditional][price][value]", "16 stop_loss.conditional.price.value"),
    ],
)
def test_each_complaint_stands_at_the_line_that_was_written(key, line):
    assert told({key: ["is wrong"]}) == [f"plans/btc-swing.yaml:{line}: is wrong"]


def test_a_word_that_is_no_field_is_repeated_as_it_came():
    assert told({"entered_amount": ["is wrong"]}) == ["entered_amount: is wrong"]


@pytest.mark.parametrize(
    ("key", "message", "nearest"),
    [
        ("units_to_buy", "Should change with step 0.003", "0.009 or 0.012"),
        ("units_to_buy", "Should change with step 0.1", "0.1"),
        ("units_to_buy", "must be greater than or equal to 0.02", "0.02"),
        ("units_to_buy", "Min amount: 0.5 BTC", "0.5"),
        ("position[units][value]", "must be less than or equal to 0.005", "0.005"),
        ("take_profit[steps][1][volume]", "maximum is 40", "40"),
    ],
)
def test_a_limit_is_told_with_the_nearest_value_within_it(key, message, nearest):
    (line,) = told({key: [message]})
    assert line.endswith(f"; nearest: {nearest})")
    assert f": {message} (sent: " in line


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("units_to_buy", "Should change with step 0"),
        ("units_to_buy", "Should change with step 0.005"),
        ("units_to_buy", "must be greater than 0.001"),
        ("units_to_buy", "is invalid"),
        ("position.total", "must be greater than or equal to 5"),
        ("note", "too long. Max is 300 symbols"),
        ("pair", "step by step 7"),
        ("position[units][value]", "is missing (position[steps][3], position[units][value])"),
    ],
)
def test_nothing_is_guessed_where_no_number_was_sent_or_broken(key, message):
    (line,) = told({key: [message]})
    assert line.endswith(f": {message}")


def test_a_step_of_an_update_is_counted_as_the_plan_counts_it():
    """The first target is reached and left out of the PATCH: its step 0 is the plan's second."""
    text = changed("72000", "73000")
    (line,) = told(
        {"take_profit[steps][0][price][value]": ["Should change with step 7"]},
        text, active=[live(FIRST_TARGET_HIT)], kind=Update,
    )  # fmt: skip
    assert line == (
        "plans/btc-swing.yaml:9 take_profit.steps[1].price.value: Should change with step 7"
        " (sent: 73000; nearest: 72996 or 73003)"
    )


THREE = changed("volume: 50}", "volume: 30}", changed(
    "    - order_type: market\n",
    "    - {order_type: limit, price: {value: 69000, type: bid}, volume: 30}\n"
    "    - order_type: market\n",
).replace("volume: 50\n", "volume: 40\n"))  # fmt: skip


def three(over: int) -> dict:
    """The live trade with three targets, of which one is over."""
    first, last = live().raw["take_profit"]["steps"]
    middle = first | {"id": 103, "price": first["price"] | {"value": "69000.0"}}
    volumes = zip((first, middle, last), ("30.0", "30.0", "40.0"), strict=True)
    steps = [step | {"volume": volume} for step, volume in volumes]
    steps[over] = steps[over] | {"status": {"type": "finished"}}
    return {**FIRST_TARGET_HIT, "take_profit.steps": steps}


@pytest.mark.parametrize(
    ("over", "sent", "line"),
    [
        (0, 0, "8 take_profit.steps[1]"), (0, 1, "11 take_profit.steps[2]"),
        (1, 0, "7 take_profit.steps[0]"), (1, 1, "11 take_profit.steps[2]"),
        (2, 0, "7 take_profit.steps[0]"), (2, 1, "8 take_profit.steps[1]"),
    ],
)  # fmt: skip
def test_whichever_target_is_over_the_right_one_is_told(over, sent, line):
    text = changed("66000", "65000", changed("69000", "68000", changed("72000", "73000", THREE)))
    if over == 0:
        text = changed("65000", "66000", text)
    if over == 1:
        text = changed("68000", "69000", text)
    if over == 2:
        text = changed("73000", "72000", text)
    lived = live(three(over), applied=plan(THREE))
    (told_line,) = told(
        {f"take_profit[steps][{sent}][volume]": ["is wrong"]}, text, active=[lived], kind=Update
    )
    assert told_line.startswith(f"plans/btc-swing.yaml:{line}.volume: is wrong")


def test_a_new_target_is_told_as_the_plan_has_it_while_another_is_over():
    fourth = "    - {order_type: limit, price: {value: 75000, type: bid}, volume: 10}\n"
    text = changed("volume: 40", "volume: 30", changed("stop_loss:", f"{fourth}stop_loss:", THREE))
    lived = live(three(1), applied=plan(THREE))
    (line,) = told(
        {"take_profit[steps][2][volume]": ["is wrong"]}, text, active=[lived], kind=Update
    )
    assert "take_profit.steps[3].volume: is wrong" in line


def test_a_trade_of_no_plan_has_no_lines():
    (action,) = changes(plan()).actions
    orphaned = replace(action, of=structs.replace(action.of, name="another"))
    failed = Outcome(orphaned, Result.FAILED, attributes={"pair": ("is not traded",)})
    assert list(complaints(failed, [plan()])) == ["pair: is not traded"]


def test_keys_that_exclude_each_other_are_told_at_the_line_of_each():
    """As in the official error: one key for both, and the words of the service after the line."""
    both = "take_profit[steps][0][price][value],take_profit[steps][0][price][percent]"
    first, second = told(error_attributes({both: ["are mutually exclusive"]}))
    said = f"are mutually exclusive ({both.replace(',', ', ')})"
    assert first == f"plans/btc-swing.yaml:7 take_profit.steps[0].price.value: {said}"
    assert second == f"plans/btc-swing.yaml:7 take_profit.steps[0].price.percent: {said}"
