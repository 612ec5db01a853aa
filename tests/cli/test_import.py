"""``smartplan import`` against the embedded exchange: the plan it writes is at home at once."""

from tests.desk import LONG, NAKED, Desk

TRAILING = {
    "account_id": 1,
    "pair": "USDT_ETH",
    "position": {
        "type": "buy",
        "order_type": "conditional",
        "units": {"value": "0.2"},
        "conditional": {
            "price": {"value": "2400"},
            "order_type": "market",
            "trailing": {"enabled": True, "percent": "1.5"},
        },
    },
    "take_profit": {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"percent": "10", "type": "bid"}, "volume": "40"},
            {
                "order_type": "market",
                "price": {"percent": "15", "type": "bid"},
                "volume": "60",
                "trailing": {"enabled": True, "percent": "2"},
            },
        ],
    },
    "stop_loss": {
        "enabled": True,
        "order_type": "market",
        "conditional": {
            "price": {"percent": "6", "type": "bid"},
            "trailing": {"enabled": True, "percent": "3"},
        },
    },
}
FUTURES = LONG | {
    "account_id": 2,
    "leverage": {"enabled": True, "type": "cross", "value": "5"},
    "note": "it's {{ not }} a template: #1",
}
INSTANT = {
    "account_id": 1,
    "pair": "USDT_SOL",
    "instant": True,
    "position": {
        "type": "buy", "order_type": "limit", "units": {"value": "1"}, "price": {"value": "100"},
    },
}  # fmt: skip
HELD = LONG | {
    "skip_enter_step": True,
    "position": {
        "type": "buy", "order_type": "market", "units": {"value": "0.01"},
        "price": {"value": "58000"},
    },
}  # fmt: skip


def test_every_open_trade_is_adopted_and_then_unchanged(desk: Desk) -> None:
    for body in (LONG, TRAILING, FUTURES, INSTANT, HELD):
        desk.open(body)
    half_done = desk.open(LONG, filled=True)
    desk.tick("USDT_BTC", "66000")
    desk.open(NAKED, filled=True)
    imported = desk.run("import", "--all-active", "--out", "plans/imported.yaml")
    assert imported.code == 0
    assert "7 trades in plans/imported.yaml" in imported.err
    assert f"btc-usdt-{half_done}:" in (desk.folder / "plans" / "imported.yaml").read_text()

    assert desk.run("lint").code == 0
    summary = desk.run("diff").out.strip().splitlines()[-1]
    assert summary == (
        "Changes: 0 to create, 0 to update, 7 to adopt, 0 to cancel, 0 to close. "
        "0 unchanged, 0 finished, 0 blocked."
    )
    before = desk.exchange().list_trades({"per_page": "100"})
    assert desk.run("apply", "--yes").code == 0
    summary = desk.run("diff", "--exit-code")
    assert summary.code == 0
    assert "0 to adopt, 0 to cancel, 0 to close. 7 unchanged" in summary.out
    for then, now in zip(before, desk.exchange().list_trades({"per_page": "100"}), strict=True):
        marked = {"note", "note_raw", "data"}
        assert {k: v for k, v in now.items() if k not in marked} == {
            k: v for k, v in then.items() if k not in marked
        }
        assert now["note_raw"].startswith(f"{then['note_raw']} [smartplan1:desk/")


def test_a_stop_in_profit_is_written_with_its_excuse(desk: Desk) -> None:
    number = desk.open(LONG, filled=True)
    desk.tick("USDT_BTC", "65000")
    desk.run("trade", "move-stop", number, "62000", "--yes")
    imported = desk.run("import", number, "--out", "plans/locked.yaml")
    assert imported.code == 0
    text = (desk.folder / "plans" / "locked.yaml").read_text()
    assert "# smartplan: ignore[SP402] locks in profit" in text
    assert "SP402" in imported.err
    linted = desk.run("lint")
    assert linted.code == 0
    assert "SP005" not in linted.out
    assert "1 to adopt" in desk.run("diff").out


def test_a_cancelled_step_is_written_with_its_excuse(desk: Desk) -> None:
    number = desk.open(LONG, filled=True)
    order = desk.exchange().get(number)["take_profit"]["steps"][0]["id"]
    desk.run("trade", "cancel-order", number, order, "--yes")
    assert desk.run("import", number, "--out", "plans/partly.yaml").code == 0
    text = (desk.folder / "plans" / "partly.yaml").read_text()
    assert "steps:  # smartplan: ignore[SP301] a step has gone from the live trade" in text
    assert desk.run("lint").code == 0
    assert desk.run("apply", "--yes").code == 0
    assert "1 unchanged" in desk.run("diff").out


def test_without_out_the_plan_goes_to_stdout_alone(desk: Desk) -> None:
    number = desk.open(LONG)
    imported = desk.run("import", number)
    assert imported.code == 0
    desk.plan("piped", imported.out)
    assert desk.run("lint").code == 0


def test_what_cannot_be_imported_is_left_out_with_its_reason(desk: Desk) -> None:
    managed = desk.open(LONG | {"note": "x [smartplan1:other/a#1 0000000000000000 k]"})
    long_note = desk.open(LONG | {"note": "n" * 290})
    fine = desk.open(LONG)
    imported = desk.run("import", managed, long_note, fine, 4711)
    assert imported.code == 1
    assert f"#{managed}: it belongs to other/a" in imported.err
    assert f"#{long_note}: its note leaves no room for our marker" in imported.err
    assert "#4711: GET" in imported.err
    assert imported.out.count("adopt:") == 1


def test_managed_trades_are_no_business_of_all_active(desk: Desk) -> None:
    desk.open(LONG, name="btc-swing")
    nothing = desk.run("import", "--all-active")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing to import" in nothing.err


def test_an_orphan_comes_back_under_its_own_name(desk: Desk) -> None:
    number = desk.open(LONG, name="btc-swing")
    imported = desk.run("import", number, "--out", "plans/back.yaml")
    assert imported.code == 0
    assert "adopt" not in (desk.folder / "plans" / "back.yaml").read_text()
    assert "1 unchanged" in desk.run("diff").out or "marker" in desk.run("diff").out
    twice = desk.run("import", number)
    assert twice.code == 1
    assert "has the name btc-swing already" in twice.err


def test_a_file_is_never_overwritten(desk: Desk) -> None:
    number = desk.open(LONG)
    file = desk.plan("mine", "trades: {}\n")
    assert desk.run("import", number, "--out", "plans/mine.yaml").code == 2
    assert file.read_text() == "trades: {}\n"


def test_it_wants_ids_or_all(desk: Desk) -> None:
    assert desk.run("import").code == 2
    assert desk.run("import", "1", "--all-active").code == 2
