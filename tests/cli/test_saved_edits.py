"""A saved changeset that was edited and sealed again: shown as what it would send, or refused."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smartplan.changes.identity import digest_of_actions
from tests.cli.saved_changesets import FILE, MOVED, PLAN, mutations, opened, read, save, sealed
from tests.workspace import Ran, Workspace

Content = dict
Edit = Callable[[Content], None]


def edited(workspace: Workspace, edit: Edit) -> None:
    """The file with an edit, its ids made to fit."""
    content = copy.deepcopy(read(workspace))
    edit(content)
    content["changes"] = digest_of_actions(content["actions"])
    sealed(workspace, **content)


def everywhere(old: str, new: str) -> Edit:
    """In the plans and in the actions alike."""

    def edit(content: Content) -> None:
        for key in ("inputs", "actions"):
            text = json.dumps(content[key])
            assert old in text
            content[key] = json.loads(text.replace(old, new))

    return edit


def refused(workspace: Workspace) -> tuple[Ran, Ran]:
    """Neither shown nor applied, and nothing is sent."""
    before = mutations(workspace)
    shown, applied = workspace.run("show", FILE), workspace.run("apply", FILE)
    assert (shown.code, applied.code) in {(5, 5), (2, 2)}, shown.out + applied.out + applied.err
    assert mutations(workspace) == before
    return shown, applied


def test_what_is_shown_is_what_would_be_sent(workspace: Workspace) -> None:
    save(workspace)
    assert "long 0.01 @ 60000" in workspace.run("show", FILE).out
    edited(workspace, lambda content: content.update(
        inputs={k: v.replace("0.01", "0.99") for k, v in content["inputs"].items()}))  # fmt: skip
    shown, _ = refused(workspace)
    assert "what would be sent is not what its plan says" in shown.err


def test_a_file_that_was_edited_as_a_whole_shows_its_new_content(workspace: Workspace) -> None:
    """Digests of the marker and all: then it is another changeset, and is shown as one."""
    save(workspace, PLAN.replace("0.01", "0.99"))
    shown = workspace.run("show", FILE)
    assert "long 0.99 @ 60000" in shown.out
    assert "notional 59400 USDT" in shown.out
    assert "Changes: 1 to create, 0 to update" in shown.out


def test_an_old_text_is_no_part_of_it(workspace: Workspace) -> None:
    save(workspace)
    sealed(workspace, text="sandbox: nothing to see here")
    shown, _ = refused(workspace)
    assert "text" in shown.err


def test_good_for_longer_than_a_day(workspace: Workspace) -> None:
    save(workspace)
    sealed(workspace, expires="2099-01-01T00:00:00+00:00")
    shown, _ = refused(workspace)
    assert "24 hours are the most" in shown.err


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_made_in_the_future(workspace: Workspace, hours: int) -> None:
    save(workspace)
    created = datetime.now(UTC) + timedelta(hours=hours)
    expires = created + timedelta(minutes=15)
    sealed(workspace, created=created.isoformat(), expires=expires.isoformat())
    shown, _ = refused(workspace)
    assert "still to come" in shown.err


def test_over_before_it_was_made(workspace: Workspace) -> None:
    content = save(workspace)
    sealed(workspace, expires=content["created"])
    refused(workspace)


def _act(**fields: object) -> Edit:
    return lambda content: content["actions"][0].update(fields)


def _note(old: str, new: str) -> Edit:
    def edit(content: Content) -> None:
        note = content["actions"][0]["payload"]["note"]
        assert old in note
        content["actions"][0]["payload"]["note"] = note.replace(old, new)

    return edit


def _payload(*path: str, to: object) -> Edit:
    def edit(content: Content) -> None:
        at = content["actions"][0]["payload"]
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return edit


ANY: dict[str, Edit] = {
    "an unknown key": lambda content: content.update(extra=1),
    "a key less": lambda content: content["choices"].pop("prune"),
    "an unknown choice": lambda content: content["choices"].update(force=True),
    "an unknown field of an action": _act(urgent=True),
    "an action there is not": _act(action="open"),
    "another trade": _act(name="other"),
    "another round": _act(round=2),
    "another account": _act(account_id=2),
    "an account of nobody": _act(account_id=77),
    "another environment": lambda content: content.update(environment="testnet"),
    "the action twice": lambda content: content["actions"].append(content["actions"][0]),
    "the marker of another name": _note("/btc-swing#", "/eth-swing#"),
    "the marker of another round": _note("btc-swing#1", "btc-swing#2"),
    "the marker of another workspace": _note(":desk/", ":mine/"),
    "no marker": _note("[smartplan1:", "["),
    "another note": _note("weekly support", "monthly"),
    "no plan": lambda content: content.update(inputs={}),
    "a name too few": lambda content: content.update(known=[]),
    "no time": lambda content: content.update(created="yesterday"),
}  # fmt: skip


@pytest.mark.parametrize("edit", ANY.values(), ids=ANY)
@pytest.mark.parametrize("made", ["a create", "an update"])
def test_what_contradicts_itself(workspace: Workspace, made: str, edit: Edit) -> None:
    save(workspace) if made == "a create" else opened(workspace)
    edited(workspace, edit)
    refused(workspace)


@pytest.mark.parametrize(
    "edit",
    [
        _payload("position", "units", "value", to="0.99"),
        _payload("stop_loss", "enabled", to=False),
        _payload("pair", to="USDT_ETH"),
        _payload("account_id", to=2),
        everywhere("0.01", "0.99"),
    ],
    ids=["units", "no stop", "pair", "account", "the plan, too"],
)
def test_a_create_that_is_not_its_plan(workspace: Workspace, edit: Edit) -> None:
    save(workspace)
    edited(workspace, edit)
    refused(workspace)


def test_an_update_that_says_another_price_than_it_would_send(workspace: Workspace) -> None:
    opened(workspace)
    edited(workspace, _payload("patch", "stop_loss", "conditional", "price", "value", to="1"))
    shown, _ = refused(workspace)
    assert "stop_loss.conditional.price.value is shown as 56000, and 1 would be sent" in shown.err


@pytest.mark.parametrize(
    "edit",
    [_act(trade_id=31000099), _act(widens=[]), _act(fingerprint="0" * 16)],
    ids=["trade id", "the mark of a wider risk", "fingerprint"],
)
def test_what_only_the_exchange_can_tell_is_refused_by_apply(
    workspace: Workspace, edit: Edit
) -> None:
    opened(workspace)
    save(workspace, MOVED.replace("56000", "54000"))
    assert "54000   ⚠ widens risk" in workspace.run("show", FILE).out
    edited(workspace, edit)
    before = mutations(workspace)
    assert workspace.run("apply", FILE).code == 5
    assert mutations(workspace) == before


def test_actions_in_another_order(workspace: Workspace) -> None:
    """What reduces risk runs first: the stop before the create."""
    opened(workspace)
    more = (
        PLAN.partition("trades:\n")[2].replace("btc-swing", "eth").replace("USDT_BTC", "USDT_ETH")
    )
    more = more.replace("60000", "2400").replace("66000", "2600").replace("72000", "2800")
    save(workspace, MOVED + more.replace("55000", "2000").replace("0.01", "0.1"))
    assert [act["action"] for act in read(workspace)["actions"]] == ["update", "create"]
    assert workspace.run("show", FILE).code == 0
    edited(workspace, lambda content: content["actions"].reverse())
    refused(workspace)


def test_a_file_of_an_older_version_is_made_again(workspace: Workspace) -> None:
    save(workspace)
    sealed(workspace, format=1)
    shown, _ = refused(workspace)
    assert "another version" in shown.err
