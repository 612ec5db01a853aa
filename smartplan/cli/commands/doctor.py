"""``smartplan doctor``."""

import sys

import click

from smartplan.cli.arguments import settings_option
from smartplan.cli.connection import network, paced
from smartplan.cli.output import block
from smartplan.cli.terminal import palette
from smartplan.errors import ExitCode, worst
from smartplan.report.health_text import health_text
from smartplan.settings import Settings
from smartplan.workflow.doctor import examined


@click.command("doctor")
@settings_option
def command(settings: Settings) -> ExitCode:
    """Check versions, store, credentials, permissions, accounts and the rate budget."""
    troubles = set()
    for health in examined(settings, network(), paced(urgent=True)):
        troubles.add(health.trouble)
        block(health_text(health, palette()))
        sys.stdout.flush()
    return worst(*troubles)
