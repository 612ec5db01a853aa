"""``smartplan state``."""

import click

from smartplan import diagnostics
from smartplan.cli.arguments import settings_option
from smartplan.cli.output import line
from smartplan.errors import ExitCode
from smartplan.settings import Settings
from smartplan.workflow.store_health import StoreHealth, examined_store, migrated_store


@click.group("state")
def command() -> None:
    """The store: journal, open claims, known trades, used changesets."""


@command.command("check")
@settings_option
def check(settings: Settings) -> ExitCode:
    """Say where the store is and whether it is sound; changes nothing. Exit 1 if it is not."""
    found = examined_store(settings)
    _tell(found)
    return ExitCode.FAILED if found.problems else ExitCode.FINE


def _tell(found: StoreHealth) -> None:
    scope = found.scope
    line(f"{found.at}, version {found.version}")
    counts = f"{found.events} events, {found.trades} known trades, {len(found.claims)} open claims"
    line(f"{scope.workspace} ({scope.environment}): {counts}")
    for claim in found.claims:
        name = claim.identity.name
        line(
            f"  {name}, round {claim.identity.round}: its outcome is unknown;"
            f" {diagnostics.command(f'resolve {name} --wait', scope.environment)}"
        )
    for problem in found.problems:
        line(f"wrong: {problem}")
    if not found.problems:
        line("sound, and can be written")


@command.command("migrate")
@settings_option
def migrate(settings: Settings) -> ExitCode:
    """Bring the store of an older smartplan up to date. Nobody else may be using it."""
    at, version = migrated_store(settings)
    line(f"{at} is up to date: version {version}")
    return ExitCode.FINE
