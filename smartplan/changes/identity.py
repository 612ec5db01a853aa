"""What a changeset would do, as JSON: what makes it the same as another."""

import hashlib
import json
from collections.abc import Sequence

from smartplan.changes.changeset import KINDS, Changeset, Mutation, SetNote, Update, payload
from smartplan.diagnostics import format_path
from smartplan.trade.fields import value_text


def acts(changeset: Changeset) -> list[dict[str, object]]:
    """What is to be done, in the order of acting, as JSON: the identity of a changeset."""
    return [_act(action) for action in changeset.mutations]


def _act(action: Mutation) -> dict[str, object]:
    of = action.of
    changes = action.changes if isinstance(action, Update | SetNote) else ()
    return {
        "action": KINDS[type(action)],
        "name": of.name,
        "round": of.round,
        "account_id": of.account_id,
        "pair": of.pair,
        "trade_id": of.trade_id,
        "fingerprint": of.fingerprint,
        "payload": payload(action),
        "changes": [
            [format_path(c.path), value_text(c.before), value_text(c.after)] for c in changes
        ],
        "widens": [format_path(c.path) for c in changes if c.widens_risk],
    }


def changes_id(changeset: Changeset) -> str:
    """The action set alone: the same as long as the same things are to be done to the same trades.

    Fingerprints are left out, so that it survives a longer review.
    """
    return digest_of_actions(acts(changeset))


def digest_of_actions(actions: Sequence[object]) -> str:
    """The changes id of actions as ``acts`` gives them, whatever their order: it is that of a set.

    In which order they come depends on the names of the files that the plans are in.
    """
    listed = [
        {**{key: act[key] for key in act if key != "widens"}, "fingerprint": None}
        for act in actions
        if isinstance(act, dict)
    ]
    return digest(sorted(listed, key=_canonical))[:16]


def as_json(content: object) -> object:
    """What it is once it was written to a file and read again."""
    return json.loads(json.dumps(content))


def digest(content: object) -> str:
    """The SHA-256 of JSON, however it is laid out and in whatever order its keys come."""
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
