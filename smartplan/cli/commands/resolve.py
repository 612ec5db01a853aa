"""``smartplan resolve``."""

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from smartplan import diagnostics
from smartplan.cli.arguments import gathered, settings_option
from smartplan.cli.completion import trade_names
from smartplan.cli.connection import connect
from smartplan.cli.output import line
from smartplan.errors import ExitCode, UsageError
from smartplan.settings import Settings

if TYPE_CHECKING:
    from smartplan.workflow.resolving import Waited


class ResolveOptions(Struct, frozen=True):
    """--wait, --adopt, --not-created and --reason: how it is settled, by one of the three."""

    wait: bool
    adopt: int | None
    not_created: bool
    reason: str

    def refuse_unclear(self) -> None:
        """Refuse none or several, and a word without its reason. Raises ``UsageError``."""
        if self.wait + (self.adopt is not None) + self.not_created != 1:
            raise UsageError("say one of --wait, --adopt ID and --not-created")
        if self.not_created and not self.reason.strip():
            raise UsageError(
                "--not-created needs --reason TEXT",
                hint="look at the exchange first: if it is there after all, it would be opened"
                " twice",
            )


@click.command("resolve")
@click.argument("name", shell_complete=trade_names)
@gathered(
    ResolveOptions,
    "how",
    click.option("--wait", is_flag=True, help="Look for it on the exchange, through the window."),
    click.option("--adopt", type=int, metavar="ID", help="It is this live trade."),
    click.option("--not-created", is_flag=True, help="It was never opened; needs --reason."),
    click.option("--reason", default="", metavar="TEXT", help="How you know; it is journaled."),
)
@settings_option
def command(name: str, how: ResolveOptions, settings: Settings) -> ExitCode:
    """Settle a request of apply whose outcome is unknown."""
    from smartplan.workflow import resolving

    how.refuse_unclear()
    session = connect(settings)
    with session.store.lock(session.scope, session.run):
        if how.adopt is not None:
            resolving.adopt(name, how.adopt, session)
            look = diagnostics.command("diff", settings.environment)
            line(f"{name} is #{how.adopt}. {look} shows what differs from its plan.")
            return ExitCode.FINE
        if how.not_created:
            resolving.not_created(name, how.reason, session)
            line(f"{name} was not created; the next apply may open it.")
            return ExitCode.FINE
        found = resolving.wait_for(name, session)
    if found is None:
        line(f"{name} is still not on the exchange; its outcome stays unknown.")
        return ExitCode.UNKNOWN
    return _tell(name, found, settings)


def _tell(name: str, found: "Waited", settings: Settings) -> ExitCode:
    """What became of the request, in the words of what was asked."""
    live = found.live
    diff = diagnostics.command("diff", settings.environment)
    if found.executed is False:
        line(f"the {found.action} of {name} was not executed: #{live.id} is {live.status}.")
        line(f"{diff} shows what is to be done still, then apply again.", err=True)
        return ExitCode.PENDING
    if found.executed is None:
        line(f"{name} is #{live.id} ({live.status}). {diff} shows whether the {found.action} did.")
        return ExitCode.FINE
    line(f"{name} is #{live.id} ({live.status}).")
    if found.without_exits:
        line("what it holds is not sold: a position is open without exits", err=True)
        return ExitCode.FAILED
    return ExitCode.FINE
