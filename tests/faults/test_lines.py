"""F2 to F8: the line to the service breaks, and what comes over it cannot be trusted."""

import random
import re
from itertools import count
from threading import Event

import pytest

from smartplan.sandbox.faults import Fault
from tests.faults.experiments import broken
from tests.faults.proxy import BREAKS, FAILED, LOST, MANGLED, Break
from tests.faults.stories import BTC, ETH, ONE_OF_EACH, OPEN_TWO
from tests.faults.world import world_in

SEED = 20261122
CREATE = 8
"""The number of the first create among the requests of ``OPEN_TWO``."""
SAMPLE = [LOST[0], LOST[3], FAILED[1], *random.Random(SEED).sample(MANGLED, 2)]


def test_every_break_has_a_name_of_its_own():
    assert len({how.name for how in BREAKS}) == len(BREAKS) == 21


@pytest.mark.parametrize("how", SAMPLE, ids=lambda how: how.name)
def test_a_create_whose_answer_is_lost_is_sent_once(lab, how):
    assert lab.requests(OPEN_TWO)[CREATE - 1] == "POST"
    assert broken(lab, OPEN_TWO, CREATE, how) == []


@pytest.mark.parametrize("seed", [2])
def test_no_other_request_does_harm_when_it_breaks(lab, seed):
    dice = random.Random(seed)
    writes = [
        number
        for number, method in enumerate(lab.requests(ONE_OF_EACH), start=1)
        if method != "GET"
    ]
    forwarded = [how for how in BREAKS if how.forwarded]
    assert broken(lab, ONE_OF_EACH, dice.choice(writes), dice.choice(forwarded)) == []


def test_a_create_that_arrives_after_the_window_is_found_and_never_doubled(world):
    """F8, the honest limit: nobody can keep a late create from happening, only from a second."""
    world.plan(btc=BTC)
    late = Break("processed late", held=Event())
    world.breaking(lambda _, method, __: late if method == "POST" else None)
    ran = world.apply()
    assert ran.code == 6
    assert "smartplan resolve btc --wait" in ran.err
    world.breaking(None)
    assert world.apply().code == 6
    late.held.set()
    while not world.entities():
        world.run("resolve", "btc", "--wait")
    assert world.converge() == []
    assert world.violations() == []
    assert len(world.mutations) == 1


def test_after_a_persons_wrong_word_the_late_create_is_shown_as_a_duplicate(world):
    world.plan(btc=BTC)
    late = Break("processed late", held=Event())
    world.breaking(lambda _, method, __: late if method == "POST" else None)
    assert world.apply().code == 6
    world.breaking(None)
    said = world.run("resolve", "btc", "--not-created", "--reason", "not on the exchange")
    assert said.code == 0
    assert world.apply().code == 0
    late.held.set()
    while len(world.entities()) < 2:
        world.run("drift")
    before = len(world.mutations)
    ran = world.apply()
    assert ran.code == 5
    assert "#31000001" in ran.out
    assert "#31000002" in ran.out
    assert "duplicate" in ran.out
    assert len(world.mutations) == before == 2


def test_a_list_that_lags_behind_its_creates_opens_nothing_twice(tmp_path, starter):
    lag = Fault(method="GET", path="/v2/smart_trades", lag=2.0, times=None)
    lost = Break("dropped after", forwarded=True)
    with world_in(tmp_path, starter, faults=[lag], window=8.0) as world:
        world.plan(btc=BTC, eth=ETH)
        world.breaking(lambda number, *_: lost if number == CREATE else None)
        ran = world.apply()
        assert ran.code == 0, ran.text
        assert OPEN_TWO.unfulfilled(world) == []
        assert world.violations() == []
        assert len(world.mutations) == 2


def test_a_partial_apply_says_what_was_done_what_was_not_and_the_command_that_goes_on(world):
    """btc is opened, nobody knows of eth; the command is pasted as it is printed."""
    world.plan(btc=BTC, eth=ETH)
    creates = count()
    world.breaking(
        lambda _, method, __: LOST[0] if method == "POST" and next(creates) == 1 else None
    )
    elsewhere = world.folder / "elsewhere"
    elsewhere.mkdir()
    process = world.process("apply", "--yes", "--env", "sandbox", "../plans", cwd=elsewhere)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 6, err
    assert "✓ btc  #31000001 created" in out
    assert "? eth  OUTCOME UNKNOWN" in out
    (way,) = re.findall(r"Do not open eth by hand: `(.*)`", err)
    assert way == "smartplan resolve eth --wait --env sandbox"
    world.breaking(None)
    asked = world.process(*way.split()[1:], cwd=elsewhere)
    assert "still not on the exchange" in asked.communicate(timeout=60)[0]
    assert asked.returncode == 6


def test_from_another_folder_the_next_command_goes_to_the_workspace_first(world, tmp_path_factory):
    world.plan(btc=BTC)
    world.breaking(lambda _, method, __: LOST[0] if method == "POST" else None)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    process = world.process("apply", "--yes", str(world.folder / "plans"), cwd=elsewhere)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6, err
    assert f"`cd {world.folder} && smartplan resolve btc --wait`" in err
