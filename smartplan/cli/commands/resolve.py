"""``smartplan resolve``."""

import click

from smartplan import diagnostics
from smartplan.cli.arguments import settings_option
from smartplan.cli.connection import connect
from smartplan.cli.output import line
from smartplan.errors import ExitCode, UsageError
from smartplan.settings import Settings


@click.command("resolve")
@click.argument("name")
@click.option("--wait", is_flag=True, help="Look for it on the exchange, through the window.")
@click.option("--adopt", type=int, metavar="ID", help="It is this live trade.")
@click.option("--not-created", is_flag=True, help="It was never opened; needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="How you know; it is journaled.")
@settings_option
def command(
    name: str,
    wait: bool,
    adopt: int | None,
    not_created: bool,
    reason: str,
    settings: Settings,
) -> ExitCode:
    """Settle a create whose outcome is unknown."""
    from smartplan.workflow import resolving

    if wait + (adopt is not None) + not_created != 1:
        raise UsageError("say one of --wait, --adopt ID and --not-created")
    if not_created and not reason.strip():
        raise UsageError(
            "--not-created needs --reason TEXT",
            hint="look at the exchange first: if it is there after all, it would be opened twice",
        )
    session = connect(settings)
    with session.store.lock(session.scope, session.run):
        if adopt is not None:
            resolving.adopt(name, adopt, session)
            look = diagnostics.command("diff", settings.environment)
            line(f"{name} is #{adopt}. {look} shows what differs from its plan.")
            return ExitCode.FINE
        if not_created:
            resolving.not_created(name, reason, session)
            line(f"{name} was not created; the next apply may open it.")
            return ExitCode.FINE
        found = resolving.wait_for(name, session)
    if found is None:
        line(f"{name} is still not on the exchange; its outcome stays unknown.")
        return ExitCode.UNKNOWN
    line(f"{name} is #{found.id} ({found.status}).")
    return ExitCode.FINE
