"""``smartplan render``."""

import os

import click

from smartplan.cli import findings
from smartplan.cli.options import plan_options, workspace_of
from smartplan.cli.output import block, document, is_command, verbatim
from smartplan.document.text import unshown
from smartplan.errors import ExitCode, SafetyRefusal
from smartplan.workflow.connecting import utc_now
from smartplan.workflow.lint_plans import PlanSet, Read


@click.command("render")
@plan_options
@click.option("--body", is_flag=True, help="The JSON request bodies instead of the plan.")
@click.option("--map", "map_", is_flag=True, help="Put the template line before each line.")
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    body: bool,
    map_: bool,
) -> ExitCode:
    """Show rendered plans, or the JSON that would be sent."""
    workspace = workspace_of(paths, environment, values, assignments)
    return _bodies(workspace) if body else _plans(workspace, map_)


def _plans(workspace: PlanSet, map_: bool) -> ExitCode:
    from smartplan.workflow.lint_plans import check, read_plans

    reads = read_plans(workspace)
    shown = [read for read in reads if read.rendered and unshown(read.rendered.text) is None]
    for read in shown:
        _show(read, map_)
    if len(shown) == len(reads):
        return ExitCode.FINE
    findings.show_problems(check(workspace, utc_now()))
    return ExitCode.FAILED


def _show(read: Read, map_: bool) -> None:
    assert read.rendered is not None  # noqa: S101  # the caller looked
    if map_:
        block(_mapped(read))
        return
    if os.environ.get("GITHUB_ACTIONS") == "true" and is_command(read.rendered.text):
        raise SafetyRefusal(
            f"{read.plan.name} is not printed: GitHub would obey a line of it as a command",
            hint="`render --map` shows it",
        )
    verbatim(read.rendered.text)


def _mapped(read: Read) -> str:
    assert read.rendered is not None  # noqa: S101  # the caller looked
    lines = read.rendered.text.removesuffix("\n").split("\n")
    places = [
        str(read.rendered.locate(number, len(line) - len(line.lstrip()) + 1))
        for number, line in enumerate(lines, 1)
    ]
    widest = max(map(len, places), default=0)
    rows = (f"{p.ljust(widest)} | {line}" for p, line in zip(places, lines, strict=True))
    return "\n".join(rows) + "\n"


def _bodies(workspace: PlanSet) -> ExitCode:
    import json

    from smartplan.changes.reconcile.update import note_for
    from smartplan.trade.bodies import create_body
    from smartplan.trade.fields import digests
    from smartplan.workflow.lint_plans import check

    checked = check(workspace, utc_now())
    if checked.errors:
        findings.show_problems(checked)
        return ExitCode.FAILED
    for planned in checked.trades:
        note = note_for(planned, workspace.settings.workspace, digests(planned.trade))
        body = create_body(planned.trade, note)
        document(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
    return ExitCode.FINE
