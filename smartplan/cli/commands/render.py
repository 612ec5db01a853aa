"""``smartplan render``."""

import os
from typing import TYPE_CHECKING

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, plans_argument
from smartplan.cli.output import block, document, is_command, verbatim
from smartplan.errors import ExitCode, SafetyRefusal
from smartplan.times import utc_now

if TYPE_CHECKING:
    from smartplan.document.template import Rendered


@click.command("render")
@plans_argument
@click.option("--body", is_flag=True, help="The JSON request bodies instead of the plan.")
@click.option("--map", "map_", is_flag=True, help="Put the template line before each line.")
def command(plans: Plans, body: bool, map_: bool) -> ExitCode:
    """Show rendered plans, or the JSON that would be sent."""
    return _bodies(plans) if body else _plans(plans, map_)


def _plans(plans: Plans, map_: bool) -> ExitCode:
    from smartplan.workflow.lint_plans import check, read_plans

    workspace = plans.workspace()
    reads = read_plans(workspace)
    shown = [(read.plan.name, rendered) for read in reads if (rendered := read.shown) is not None]
    for name, rendered in shown:
        block(_mapped(rendered)) if map_ else _show(name, rendered.text)
    if len(shown) == len(reads):
        return ExitCode.FINE
    findings.show_problems(check(workspace, utc_now()))
    return ExitCode.FAILED


def _show(name: str, text: str) -> None:
    if os.environ.get("GITHUB_ACTIONS") == "true" and is_command(text):
        raise SafetyRefusal(
            f"{name} is not printed: GitHub would obey a line of it as a command",
            hint="`render --map` shows it",
        )
    verbatim(text)


def _mapped(rendered: "Rendered") -> str:
    lines = rendered.text.removesuffix("\n").split("\n")
    places = [
        str(rendered.locate(number, len(line) - len(line.lstrip()) + 1))
        for number, line in enumerate(lines, 1)
    ]
    widest = max(map(len, places), default=0)
    rows = (f"{p.ljust(widest)} | {line}" for p, line in zip(places, lines, strict=True))
    return "\n".join(rows) + "\n"


def _bodies(plans: Plans) -> ExitCode:
    import json

    from smartplan.workflow.lint_plans import check
    from smartplan.workflow.reconciliation import create_bodies

    workspace = plans.workspace()
    checked = check(workspace, utc_now())
    if checked.errors:
        findings.show_problems(checked)
        return ExitCode.FAILED
    for body in create_bodies(checked, workspace.settings):
        document(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
    return ExitCode.FINE
