"""``smartplan drift``."""

from collections.abc import Callable

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
from smartplan.cli.output import line
from smartplan.errors import ExitCode
from smartplan.report.action_text import kept_text, unkept_text
from smartplan.times import utc_now
from smartplan.workflow.keeping import Keeping, keep
from smartplan.workflow.lint_plans import LintResult, PlanSet, check
from smartplan.workflow.reconciliation import compare, comparison, moved


@click.command("drift")
@plans_argument
@targets_argument
@click.option(
    "--keep",
    "names",
    multiple=True,
    metavar="NAME",
    help="Write what the exchange says of this trade into its plan; repeatable.",
)
@output_argument
@colour_option
def command(
    plans: Plans, targets: Targets, names: tuple[str, ...], output: Output, colour: bool
) -> ExitCode:
    """Show what moved on the exchange since the last apply; nothing is changed there.

    --keep writes it into the plan, at the place that really holds the value: the plan itself, a
    `set` of a template, or a values file. What the plan has no key for is added. A value that is
    computed stays, and is told.
    """
    workspace = plans.workspace()
    checked = findings.check_set(workspace, errors_only=True)
    if checked.errors:
        return ExitCode.FAILED
    session = connect(workspace.settings)
    if names:
        chosen = targets.of(checked)
        keeping = keep(workspace, names, _read_by(targets), comparison(chosen, session))
        keeping.files.write()
        return _show(keeping)
    found = compare(targets.of(checked), session)
    drifted = moved(found)
    reporting = Reporting("drift", workspace.settings, output, colour)
    report = reporting.report(found, moved=drifted)
    reporting.write(report)
    reporting.show(report)
    return ExitCode.PENDING if drifted else ExitCode.FINE


def _read_by(targets: Targets) -> Callable[[PlanSet], LintResult]:
    return lambda plans: targets.of(check(plans, utc_now()))


def _show(keeping: Keeping) -> ExitCode:
    """What the plans say now, and what could not be written into them."""
    for field in keeping.fields:
        if field.place is not None:
            line(kept_text(field.name, field.path, field.was, field.says, field.place))
        else:
            line(unkept_text(field.name, field.path, field.says, field.reason), err=True)
    left = any(field.place is None for field in keeping.fields)
    return ExitCode.PENDING if left else ExitCode.FINE
