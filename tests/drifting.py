"""What somebody changes in the app about a trade of a plan, and what is kept of it."""

from collections.abc import Callable
from pathlib import Path

from smartplan import settings as settings_room
from smartplan.changes.changeset import Changeset, SetNote, Unchanged
from smartplan.sandbox.exchange import Exchange
from smartplan.workflow.keeping import Keeping, keep
from smartplan.workflow.lint_plans import LintResult, PlanSet, check, open_workspace
from smartplan.workflow.reconciliation import comparison
from smartplan.workflow.sources import Inputs
from tests.workspace import EXCHANGE, Workspace

FIRST = 31_000_001
"""The id of the exchange's first trade."""
VALUES = "# levels\nentry: 60000\nstop: 55000   # near\n"

Body = dict
Change = Callable[[Body], Body]
"""What somebody changes in the app: a trade as it is, to what is sent."""


def stop(**more: object) -> Change:
    def change(trade: Body) -> Body:
        old = trade["stop_loss"]
        return {"stop_loss": {key: old[key] for key in old if key != "editable"} | more}

    return change


def stop_at(price: str, **more: object) -> Change:
    return stop(conditional={"price": {"value": price, "type": "bid"}}, **more)


def targets(*steps: tuple[str, str], trailing: str = "") -> Change:
    """The targets in their order; the last one trails."""

    def change(trade: Body) -> Body:
        before = [step["id"] for step in trade["take_profit"]["steps"]]
        listed: list[Body] = [
            {"order_type": "limit", "price": {"value": price, "type": "bid"}, "volume": volume}
            for price, volume in steps
        ]
        if trailing:
            on = {"enabled": True, "percent": trailing}
            listed[-1] |= {"order_type": "market", "trailing": on}
        for step, number in zip(listed, before, strict=False):
            step["id"] = number
        return {"take_profit": {"enabled": bool(listed), "steps": listed}}

    return change


def entry(price: str, units: str = "0.01") -> Change:
    def change(trade: Body) -> Body:
        position = {key: trade["position"][key] for key in ("type", "order_type")}
        return {"position": position | {"units": {"value": units}, "price": {"value": price}}}

    return change


def conditional(watched: str, *, order_type: str = "market", price: str | None = None) -> Change:
    trigger = {"price": {"value": "70000", "type": watched}, "order_type": order_type}
    body = {"type": "buy", "order_type": "conditional", "units": {"value": "0.01"}}
    limit = {} if price is None else {"price": {"value": price}}
    return lambda _: {"position": body | limit | {"conditional": trigger}}


def leverage(**said: object) -> Change:
    return lambda _: {"leverage": said}


def prepared(folder: Path, text: str) -> tuple[Workspace, Path]:
    """A workspace whose plan was applied."""
    workspace = Workspace(folder)
    (folder / "values.yaml").write_text(VALUES)
    file = folder / "plans" / "btc.yaml"
    file.write_bytes(text.encode())
    workspace.apply()
    return workspace, file


def change_in_app(workspace: Workspace, change: Change) -> None:
    exchange = Exchange(workspace.state / EXCHANGE, clock=workspace.now)
    exchange.update(FIRST, change(exchange.get(FIRST)))
    workspace.pause(5)


def kept(workspace: Workspace, *names: str) -> Keeping:
    loaded = settings_room.load(workspace.folder, {})
    plans = open_workspace(Inputs(), loaded, workspace.folder)
    with workspace.session() as session:

        def read(seen: PlanSet) -> LintResult:
            return check(seen, workspace.now())

        keeping = keep(plans, names, read, comparison(read(plans), session))
        keeping.files.write()
    return keeping


def says_no_changes(found: Changeset) -> bool:
    """Nothing is left to do but to renew what marks the trade as ours."""
    renewed = [one for one in found.actions if isinstance(one, SetNote)]
    alike = all([c.path for c in one.changes] == [("marker",)] for one in renewed)
    return alike and all(isinstance(one, SetNote | Unchanged) for one in found.actions)
