"""May this changeset be applied? The one place that answers."""

from collections.abc import Mapping

from smartplan.api.entities import Account
from smartplan.changes.changeset import Changeset, Update
from smartplan.errors import SafetyRefusal


def unchanged_since(confirmed: Changeset, now: Changeset) -> None:
    """Refuse when what would be done is no longer what was confirmed.

    Risk figures and reasons may differ; requests and what they were decided on may not.
    """
    before = [(type(action), action.of) for action in confirmed.mutations]
    after = [(type(action), action.of) for action in now.mutations]
    if before != after or _bodies(confirmed) != _bodies(now):
        raise SafetyRefusal(
            "the exchange has changed since the diff was shown: nothing was done",
            hint="look at the new diff and apply again",
        )


def _bodies(changeset: Changeset) -> list[object]:
    return [getattr(action, "body", None) for action in changeset.mutations]


def widening(changeset: Changeset) -> tuple[str, ...]:
    """The names of live trades whose risk an update would widen."""
    return tuple(
        action.of.name
        for action in changeset.mutations
        if isinstance(action, Update) and any(change.widens_risk for change in action.changes)
    )


def accounts_fit(environment: str, listed: Mapping[str, int], known: Mapping[int, Account]) -> None:
    """Refuse an environment whose accounts do not exist or hold the other kind of money.

    The account's type is the guard against mixing paper and real money: a ``Forced-Mode`` header
    was once ignored on POST.
    """
    for alias, number in sorted(listed.items()):
        account = known.get(number)
        if account is None:
            raise SafetyRefusal(
                f"the account {alias} ({number}) is none of this API key's accounts",
                hint=f"correct [environments.{environment}.accounts] in smartplan.toml",
            )
        if environment == "paper" and not account.is_paper:
            raise SafetyRefusal(f"the environment is paper, but {alias} ({number}) is real money")
        if environment == "real" and account.is_paper:
            raise SafetyRefusal(f"the environment is real, but {alias} ({number}) is paper trading")
