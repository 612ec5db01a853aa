"""``drift --keep`` and ``lint --fix``, as they are typed."""

from smartplan.sandbox.exchange import Exchange
from tests.plans import PLAN, TWO_TARGETS
from tests.workspace import Workspace

FIRST = 31_000_001
"""The id of the exchange's first trade."""
STOP = "stop_loss.conditional.price.value"


def move_stop(exchange: Exchange, price: str) -> None:
    stop = exchange.get(FIRST)["stop_loss"]
    stop["conditional"]["price"]["value"] = price
    exchange.update(FIRST, {"stop_loss": stop})


def moved(workspace: Workspace, text: str, values: str = "") -> None:
    """A plan that was applied, and whose stop somebody moved then."""
    if values:
        (workspace.folder / "values.yaml").write_text(values)
    workspace.plan("btc", text)
    assert workspace.run("apply", "--yes").code == 0
    move_stop(workspace.settled(), "57000")
    workspace.pause(0.6)


def test_what_the_exchange_says_is_kept_where_the_value_is_held(workspace: Workspace) -> None:
    moved(workspace, PLAN.replace("55000", "{{ stop }}"), "# mine\nstop: 55000   # near\n")
    shown = workspace.run("drift")
    assert shown.code == 3
    assert "keep it: put 57000 into values.yaml:2" in shown.out
    kept = workspace.run("drift", "--keep", "btc")
    assert (kept.code, kept.out) == (0, f"btc: {STOP} 55000 → 57000 in values.yaml:2\n")
    assert (workspace.folder / "values.yaml").read_text() == "# mine\nstop: 57000   # near\n"
    assert workspace.run("drift").code == 0


def test_what_the_plan_has_no_key_for_is_added(workspace: Workspace) -> None:
    file = workspace.plan("btc", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    exchange = workspace.settled()
    stop = exchange.get(FIRST)["stop_loss"]
    exchange.update(FIRST, {"stop_loss": stop | {"timeout": {"enabled": True, "value": 60}}})
    workspace.pause(0.6)
    kept = workspace.run("drift", "--keep", "btc")
    added = "timeout: {enabled: true, value: 60}"
    said = "btc: stop_loss.timeout (nothing) → {enabled: true, value: 60} in plans/btc.yaml:5\n"
    assert (kept.code, kept.out) == (0, said)
    assert file.read_text() == PLAN.replace("bid}}}\n", f"bid}}}}, {added}}}\n")
    assert workspace.run("drift").code == 0
    assert "renewed: the plan and the exchange agree" in workspace.run("diff").out


def test_a_value_of_the_command_line_is_told(workspace: Workspace) -> None:
    file = workspace.plan("btc", PLAN.replace("55000", "{{ stop }}"))
    assert workspace.run("apply", "--yes", "--set", "stop=55000").code == 0
    move_stop(workspace.settled(), "57000")
    workspace.pause(0.6)
    kept = workspace.run("drift", "--set", "stop=55000", "--keep", "btc")
    assert kept.code == 3
    assert kept.err.endswith("it is computed at plans/btc.yaml:5: stop, stop = 55000 (--set)\n")
    assert "{{ stop }}" in file.read_text()


def test_a_computed_value_is_told_and_stays(workspace: Workspace) -> None:
    moved(workspace, PLAN.replace("55000", "{{ entry - 5000 }}"), "entry: 60000\n")
    kept = workspace.run("drift", "--keep", "btc")
    assert (kept.code, kept.out) == (3, "")
    assert "it is computed at plans/btc.yaml:5: entry - 5000, entry = 60000 (values.yaml:1)" in (
        kept.err
    )
    assert (workspace.folder / "values.yaml").read_text() == "entry: 60000\n"


def test_a_name_that_did_not_move_is_refused(workspace: Workspace) -> None:
    moved(workspace, PLAN)
    refused = workspace.run("drift", "--keep", "eth")
    assert refused.code == 2
    assert "those that did: btc" in refused.err


def test_lint_fixes_and_says_what(workspace: Workspace) -> None:
    file = workspace.plan("btc", TWO_TARGETS.replace("stop_loss:", "stop_los:"))
    looked = workspace.run("lint", "--fix", "--diff")
    assert looked.code == 3
    assert "+    stop_loss: {enabled" in looked.out
    assert "stop_los:" in file.read_text()
    done = workspace.run("lint", "--fix")
    assert (done.code, file.read_text()) == (0, TWO_TARGETS)
    assert "fixed: `stop_los` is no key of the trade" in done.err
    assert workspace.run("lint", "--diff").code == 2


def test_ticks_and_lots_are_rounded_to_the_safe_side(workspace: Workspace) -> None:
    text = PLAN.replace("60000}", "60000.0051}").replace("55000,", "55000.001,")
    file = workspace.plan("btc", text.replace("0.01}", "0.0100004}"))
    done = workspace.run("lint", "--online", "--fix")
    assert done.code == 0, done.out
    assert file.read_text() == PLAN.replace("55000,", "55000.01,")
