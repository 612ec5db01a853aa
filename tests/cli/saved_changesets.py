"""A saved changeset, and how somebody could change it."""

import hashlib
import json

from tests.workspace import Workspace

PLAN = """
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 72000, type: bid}, volume: 50}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
    note: weekly support
    lifecycle: {expect: {price: 60000, within: 5}}
"""
MOVED = PLAN.replace("value: 55000", "value: 56000")
FILE = "changes.json"


def save(workspace: Workspace, text: str = PLAN, *arguments: str) -> dict:
    workspace.plan("btc", text)
    workspace.tick("USDT_BTC", "61000")
    saved = workspace.run("diff", "--out", FILE, *arguments)
    assert saved.code == 0, saved.err
    return read(workspace)


def read(workspace: Workspace) -> dict:
    content: dict = json.loads((workspace.folder / FILE).read_text())
    return content


def sealed(workspace: Workspace, /, **edits: object) -> None:
    """The file with other content, whole again: its id is the SHA-256 of the rest."""
    content = {k: v for k, v in (read(workspace) | edits).items() if k != "id"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    content["id"] = hashlib.sha256(text.encode()).hexdigest()
    (workspace.folder / FILE).write_text(json.dumps(content, indent=1))


def mutations(workspace: Workspace) -> int:
    """How many intents the journal has: nothing is sent without one."""
    return workspace.run("history", "--format", "csv").out.count(",intent,")


def opened(workspace: Workspace) -> int:
    """A trade that the plan is going to change; a changeset is saved."""
    workspace.plan("btc", PLAN)
    workspace.tick("USDT_BTC", "61000")
    assert workspace.run("apply", "--yes").code == 0
    (trade,) = json.loads(workspace.run("trade", "list", "--format", "json").out)["trades"]
    save(workspace, MOVED)
    return int(trade["id"])
