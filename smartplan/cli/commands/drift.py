"""``smartplan drift``."""

import click

from smartplan.cli import findings
from smartplan.cli.arguments import (
    Plans,
    Targets,
    colour_option,
    plans_argument,
    targets_argument,
)
from smartplan.cli.changeset_output import Output, Reporting, output_argument
from smartplan.cli.connection import connect
from smartplan.errors import ExitCode
from smartplan.workflow.reconciliation import compare, moved


@click.command("drift")
@plans_argument
@targets_argument
@output_argument
@colour_option
def command(plans: Plans, targets: Targets, output: Output, colour: bool) -> ExitCode:
    """Show what moved on the exchange since the last apply. Nothing is changed."""
    settings, checked = findings.check(plans, errors_only=True)
    if checked.errors:
        return ExitCode.FAILED
    found = compare(targets.of(checked), connect(settings))
    drifted = moved(found)
    reporting = Reporting("drift", settings, output, colour)
    report = reporting.report(found, moved=drifted)
    reporting.write(report)
    reporting.show(report)
    return ExitCode.PENDING if drifted else ExitCode.FINE
