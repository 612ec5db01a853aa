"""``smartplan schema``."""

import click

from smartplan.cli.completion import schema_names
from smartplan.cli.output import document
from smartplan.errors import ExitCode


@click.command("schema")
@click.argument("name", default="plan", shell_complete=schema_names)
def command(name: str) -> ExitCode:
    """Print a JSON Schema.

    Of what people write: plan, settings, smart-trade-create or -update. Of what is written into a
    workspace: markets-lock. Of what is printed as JSON: findings, changeset, status, trades,
    history, report, simulation, study, stats, conformance, markets.
    """
    from smartplan.workflow import reference

    document(reference.schema(name))
    return ExitCode.FINE
