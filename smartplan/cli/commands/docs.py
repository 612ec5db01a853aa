"""``smartplan docs``."""

import click

from smartplan.cli.completion import topics
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode


@click.command("docs")
@click.argument("topic", required=False, shell_complete=topics)
def command(topic: str | None) -> ExitCode:
    """List the pages of the documentation, or print one.

    They are those of this version, and need no network.
    """
    from smartplan.workflow import reference

    if topic is not None:
        block(reference.page(topic))
        return ExitCode.FINE
    for name in reference.topics():
        line(f"{name:<14}{_title(reference.page(name))}")
    return ExitCode.FINE


def _title(page: str) -> str:
    """The first heading."""
    return next((line[2:] for line in page.splitlines() if line.startswith("# ")), "")
