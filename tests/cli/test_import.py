"""``smartplan import`` against the embedded exchange: the plan it writes is at home at once."""

from tests.bodies import LONG, NAKED
from tests.workspace import Workspace

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


def test_every_open_trade_is_adopted_and_then_unchanged(workspace: Workspace) -> None:
    for body in (LONG, TRAILING, FUTURES, INSTANT, HELD):
        workspace.open(body)
    half_done = workspace.open(LONG, filled=True)
    workspace.tick("USDT_BTC", "66000")
    workspace.open(NAKED, filled=True)
    imported = workspace.run("import", "--all-active", "--out", "plans/imported.yaml")
    assert imported.code == 0
    assert "7 trades in plans/imported.yaml" in imported.err
    assert f"btc-usdt-{half_done}:" in (workspace.folder / "plans" / "imported.yaml").read_text()

    assert workspace.run("lint").code == 0
    summary = workspace.run("diff").out.strip().splitlines()[-1]
    assert summary == (
        "Changes: 0 to create, 0 to update, 7 to adopt, 0 to cancel, 0 to close. "
        "0 unchanged, 0 finished, 0 blocked."
    )
    before = workspace.exchange.list_trades({"per_page": "100"})
    assert workspace.run("apply", "--yes").code == 0
    summary = workspace.run("diff", "--exit-code")
    assert summary.code == 0
    assert "0 to adopt, 0 to cancel, 0 to close. 7 unchanged" in summary.out
    for then, now in zip(before, workspace.exchange.list_trades({"per_page": "100"}), strict=True):
        marked = {"note", "note_raw", "data"}
        assert {k: v for k, v in now.items() if k not in marked} == {
            k: v for k, v in then.items() if k not in marked
        }
        assert now["note_raw"].startswith(f"{then['note_raw']} [smartplan1:desk/")


def test_a_stop_in_profit_is_written_with_its_excuse(workspace: Workspace) -> None:
    number = workspace.open(LONG, filled=True)
    workspace.tick("USDT_BTC", "65000")
    workspace.run("trade", "move-stop", number, "62000", "--yes")
    imported = workspace.run("import", number, "--out", "plans/locked.yaml")
    assert imported.code == 0
    text = (workspace.folder / "plans" / "locked.yaml").read_text()
    assert "# smartplan: ignore[SP402] locks in profit" in text
    assert "SP402" in imported.err
    linted = workspace.run("lint")
    assert linted.code == 0
    assert "SP005" not in linted.out
    assert "1 to adopt" in workspace.run("diff").out


def test_a_trailing_stop_needs_no_percent_and_no_excuse(workspace: Workspace) -> None:
    trailing = {"price": {"value": "55000", "type": "bid"}, "trailing": {"enabled": True}}
    stop = {"enabled": True, "order_type": "market", "conditional": trailing}
    number = workspace.open(LONG | {"stop_loss": stop}, filled=True)
    assert workspace.run("import", number, "--out", "plans/trailing.yaml").code == 0
    text = (workspace.folder / "plans" / "trailing.yaml").read_text()
    assert "trailing: {enabled: true}" in text
    assert "ignore[" not in text
    linted = workspace.run("lint")
    assert (linted.code, "SP3" in linted.out) == (0, False)
    assert workspace.run("apply", "--yes").code == 0
    assert "1 unchanged" in workspace.run("diff").out
    assert workspace.run("trade", "move-stop", number, "56000", "--yes").code == 0
    shown = workspace.exchange.get(number)["stop_loss"]["conditional"]
    assert (shown["price"]["value"], shown["trailing"]["enabled"]) == ("56000.0", True)


def test_a_cancelled_step_is_written_with_its_excuse(workspace: Workspace) -> None:
    number = workspace.open(LONG, filled=True)
    order = workspace.exchange.get(number)["take_profit"]["steps"][0]["id"]
    workspace.run("trade", "cancel-order", number, order, "--yes")
    assert workspace.run("import", number, "--out", "plans/partly.yaml").code == 0
    text = (workspace.folder / "plans" / "partly.yaml").read_text()
    assert "steps:  # smartplan: ignore[SP301] a step has gone from the live trade" in text
    assert workspace.run("lint").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert "1 unchanged" in workspace.run("diff").out


def test_without_out_the_plan_goes_to_stdout_alone(workspace: Workspace) -> None:
    number = workspace.open(LONG)
    imported = workspace.run("import", number)
    assert imported.code == 0
    workspace.plan("piped", imported.out)
    assert workspace.run("lint").code == 0


def test_what_cannot_be_imported_is_left_out_with_its_reason(workspace: Workspace) -> None:
    managed = workspace.open(LONG | {"note": "x [smartplan1:other/a#1 0000000000000000 k]"})
    long_note = workspace.open(LONG | {"note": "n" * 290})
    fine = workspace.open(LONG)
    imported = workspace.run("import", managed, long_note, fine, 4711)
    assert imported.code == 1
    assert f"#{managed}: it belongs to other/a" in imported.err
    assert f"#{long_note}: its note leaves no room for our marker" in imported.err
    assert "#4711: GET" in imported.err
    assert imported.out.count("adopt:") == 1


def test_what_is_still_wrong_is_told_with_its_name(workspace: Workspace) -> None:
    workspace.open(LONG)
    wrong = workspace.open(LONG | {"note": "token: 123e4567-e89b-12d3-a456-426614174000"})
    imported = workspace.run("import", "--all-active")
    assert f"still wrong: btc-usdt-{wrong}: SP106 this looks like a credential" in imported.err


def test_managed_trades_are_no_business_of_all_active(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    nothing = workspace.run("import", "--all-active")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing to import" in nothing.err


def test_an_orphan_comes_back_under_its_own_name(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    imported = workspace.run("import", number, "--out", "plans/back.yaml")
    assert imported.code == 0
    assert "adopt" not in (workspace.folder / "plans" / "back.yaml").read_text()
    assert "1 unchanged" in workspace.run("diff").out or "marker" in workspace.run("diff").out
    twice = workspace.run("import", number)
    assert twice.code == 1
    assert "has the name btc-swing already" in twice.err


def test_a_file_is_never_overwritten(workspace: Workspace) -> None:
    number = workspace.open(LONG)
    file = workspace.plan("mine", "trades: {}\n")
    assert workspace.run("import", number, "--out", "plans/mine.yaml").code == 2
    assert file.read_text() == "trades: {}\n"


def test_it_wants_ids_or_all(workspace: Workspace) -> None:
    assert workspace.run("import").code == 2
    assert workspace.run("import", "1", "--all-active").code == 2
