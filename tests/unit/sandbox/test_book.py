"""The file that the exchange lives in: what is in it, who shares it, and what ends halfway."""

from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from smartplan.errors import ServiceError
from smartplan.sandbox.book import FileShelf
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.rejection import Rejection

DATA = Path(__file__).parents[2] / "data"


def test_state_outlives_the_process(tmp_path, clock, limit_trade):
    path = tmp_path / "state" / "sandbox.json"
    created = Exchange(path, clock=clock).create(limit_trade)
    clock.advance(1)
    again = Exchange(path, clock=clock).get(created["id"])
    assert again["status"]["type"] == "waiting_position"
    assert again["position"]["price"]["value"] == "60000.0"
    assert again["take_profit"]["steps"][1]["trailing"]["enabled"] is True


def test_a_corrupt_state_file_is_named_with_the_way_out(tmp_path):
    path = tmp_path / "sandbox.json"
    path.write_text('{"format": 1, "trades": [{}]}')
    with pytest.raises(ServiceError, match=r"sandbox\.json") as caught:
        Exchange(path)
    assert "smartplan sandbox reset" in caught.value.hint


def test_reset_forgets_everything(tmp_path, clock, limit_trade):
    path = tmp_path / "sandbox.json"
    exchange = Exchange(path, clock=clock)
    created = exchange.create(limit_trade)
    exchange.reset()
    with pytest.raises(Rejection) as caught:
        exchange.get(created["id"])
    assert caught.value.status == 404
    assert not path.exists()


def test_a_corrupt_state_file_can_be_cleared(tmp_path):
    path = tmp_path / "sandbox.json"
    path.write_text("not json")
    FileShelf(path).clear()
    assert Exchange(path).list_trades({}) == []


def _create_several(path, body, count):
    exchange = Exchange(path)
    for _ in range(count):
        exchange.create(body)


def test_two_processes_never_lose_each_others_trades(tmp_path, limit_trade):
    path = tmp_path / "sandbox.json"
    context = get_context("spawn")
    workers = [
        context.Process(target=_create_several, args=(path, limit_trade, 10)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    found = Exchange(path).list_trades({"per_page": "100"})
    assert len({trade["id"] for trade in found}) == 20


def _create_and_say(path, body, said):
    exchange = Exchange(path)
    while True:
        said.send(exchange.create(body)["id"])


def test_whatever_was_answered_outlives_a_process_that_is_killed(tmp_path, limit_trade):
    path = tmp_path / "sandbox.json"
    context = get_context("spawn")
    told = []
    for _ in range(3):
        heard, said = context.Pipe(duplex=False)
        worker = context.Process(target=_create_and_say, args=(path, limit_trade, said))
        worker.start()
        said.close()
        told += [heard.recv() for _ in range(20)]
        worker.kill()
        worker.join(60)
        with suppress(EOFError):
            while True:
                told.append(heard.recv())
    found = [t["id"] for page in (1, 2, 3, 4, 5) for t in _page(Exchange(path), page)]
    assert set(told) <= set(found)
    assert len(told) == len(set(told)) >= 60
    assert len(found) == len(set(found)) <= len(told) + 3


def _page(exchange, page):
    return exchange.list_trades({"per_page": "100", "page": str(page)})


def test_a_line_that_was_not_finished_is_as_if_it_had_never_been(tmp_path, limit_trade):
    path = tmp_path / "sandbox.json"
    watching, exchange = Exchange(path), Exchange(path)
    first = exchange.create(limit_trade)["id"]
    line = path.read_bytes()
    second = exchange.create(limit_trade)["id"]
    half = path.read_bytes()[: len(line) + 200]
    path.write_bytes(half)
    assert [t["id"] for t in watching.list_trades({})] == [first]
    again = Exchange(path)
    assert again.create(limit_trade)["id"] == second
    for each in (watching, exchange, Exchange(path)):
        assert {t["id"] for t in each.list_trades({})} == {first, second}


def test_an_open_exchange_sees_what_others_do_and_that_they_begin_anew(tmp_path, limit_trade):
    path = tmp_path / "sandbox.json"
    watching, other = Exchange(path), Exchange(path)
    trade = other.create(limit_trade)
    assert watching.get(trade["id"])["note_raw"] == trade["note_raw"]
    other.set_note(trade["id"], {"note": "moved"})
    assert watching.get(trade["id"])["note_raw"] == "moved"
    other.reset()
    for _ in range(3):
        other.create({**limit_trade, "note": "a longer file than the one before"})
    assert {t["note_raw"] for t in watching.list_trades({})} == {
        "a longer file than the one before"
    }


def test_however_often_a_trade_changes_its_file_stays_small(tmp_path, limit_trade):
    path = tmp_path / "sandbox.json"
    exchange = Exchange(path)
    trade = exchange.create(limit_trade)["id"]
    for number in range(200):
        exchange.set_note(trade, {"note": f"{number} " + "x" * 200})
    assert path.stat().st_size < 100_000
    assert Exchange(path).get(trade)["note_raw"].startswith("199 ")


def test_a_state_file_of_the_version_before_is_read_and_goes_on(tmp_path, clock, limit_trade):
    path = tmp_path / "sandbox.json"
    path.write_bytes((DATA / "sandbox-format-1.json").read_bytes())
    exchange = Exchange(path, clock=clock)
    open_, young = (exchange.get(number) for number in (31000001, 31000002))
    assert (open_["note_raw"], open_["data"]["entered_amount"]) == ("kept", "0.00999")
    assert [s["status"]["type"] for s in open_["take_profit"]["steps"]] == [
        "finished",
        "to_process",
    ]
    assert young["status"]["type"] == "waiting_targets"
    assert exchange.create(limit_trade)["id"] == 31000003
    found = Exchange(path, clock=clock).list_trades({"status": "all"})
    assert {t["id"] for t in found} == {31000001, 31000002, 31000003}


@pytest.mark.parametrize(
    "text", ['{"format": 3}', '{"format": 2, "trades": []}\n', "", '{"format": 1}\nnot json\n']
)
def test_a_state_file_that_is_not_understood_is_refused_with_the_way_out(tmp_path, text):
    path = tmp_path / "sandbox.json"
    path.write_text(text)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"sandbox\.json cannot be read") as caught:
            Exchange(path)
        assert "smartplan sandbox reset" in caught.value.hint
