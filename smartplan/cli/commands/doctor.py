"""``smartplan doctor``."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from smartplan import settings as settings_room
from smartplan.api.health import Health, ailing
from smartplan.cli.connection import open_client
from smartplan.cli.options import env_option, load_settings
from smartplan.cli.output import block
from smartplan.cli.trade_session import palette
from smartplan.errors import ExitCode, SmartplanError, UsageError, worst
from smartplan.report.health_text import health_text
from smartplan.settings import Settings
from smartplan.workflow.connecting import utc_now
from smartplan.workflow.doctor import (
    about_here,
    about_service,
    budget_health,
    credentials_health,
)


@click.command("doctor")
@env_option
def command(environment: str | None) -> ExitCode:
    """Check versions, store, credentials, permissions, accounts and the rate budget."""
    settings = load_settings(Path.cwd(), environment)
    troubles = set()
    for health in _examined(settings):
        troubles.add(health.trouble)
        block(health_text(health, palette()))
        sys.stdout.flush()
    return worst(*troubles)


def _examined(settings: Settings) -> Iterator[Health]:
    yield from about_here(settings)
    try:
        given = settings_room.credentials(os.environ)
    except UsageError as error:
        yield ailing("credentials", error)
        return
    found = credentials_health(given, settings)
    yield found
    if not found.ok:
        return
    yield budget_health(settings, given, os.environ)
    yield from _service(settings)


def _service(settings: Settings) -> Iterator[Health]:
    with ExitStack() as opened:
        try:
            client = opened.enter_context(open_client(settings))
        except SmartplanError as error:
            yield ailing("credentials", error)
            return
        yield from about_service(client, _environments(settings), utc_now)


def _environments(settings: Settings) -> tuple[Settings, ...]:
    """One key reads the paper and the real accounts of its user; the sandbox has its own."""
    if settings.environment == "sandbox":
        return (settings,)
    others = (load_settings(settings.root, name) for name in ("paper", "real"))
    return tuple(other for other in others if other.accounts)
