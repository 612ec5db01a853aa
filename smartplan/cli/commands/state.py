"""``smartplan state``."""

import click

from smartplan import diagnostics
from smartplan.cli.arguments import settings_option
from smartplan.cli.output import line
from smartplan.errors import ExitCode
from smartplan.settings import Settings
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope, Store
from smartplan.state.url import shown


@click.group("state")
def command() -> None:
    """The store: journal, open claims, known trades, used changesets."""


@command.command("check")
@settings_option
def check(settings: Settings) -> ExitCode:
    """Say where the store is and whether it is sound; changes nothing. Exit 1 if it is not."""
    with open_store(settings.state_url, settings.root) as store:
        return _tell(settings, store)


def _tell(settings: Settings, store: Store) -> ExitCode:
    scope = LockScope(settings.workspace, settings.environment)
    events, claims, trades = store.events(scope), store.claims(scope), store.trades(scope)
    line(f"{shown(settings.state_url)}, version {store.version}")
    counts = f"{len(events)} events, {len(trades)} known trades, {len(claims)} open claims"
    line(f"{scope.workspace} ({scope.environment}): {counts}")
    for claim in claims:
        name = claim.identity.name
        line(
            f"  {name}, round {claim.identity.round}: its outcome is unknown;"
            f" {diagnostics.command(f'resolve {name} --wait', scope.environment)}"
        )
    found = [store.read_only] if store.read_only is not None else []
    found += store.problems()
    for problem in found:
        line(f"wrong: {problem}")
    if not found:
        line("sound, and can be written")
    return ExitCode.FAILED if found else ExitCode.FINE


@command.command("migrate")
@settings_option
def migrate(settings: Settings) -> ExitCode:
    """Bring the store of an older smartplan up to date. Nobody else may be using it."""
    with open_store(settings.state_url, settings.root, migrate=True) as store:
        line(f"{shown(settings.state_url)} is up to date: version {store.version}")
    return ExitCode.FINE
