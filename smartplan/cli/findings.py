"""Findings to the formats the user asked for."""

import os
import sys
from pathlib import Path

import click

from smartplan import __version__
from smartplan.diagnostics import Severity
from smartplan.errors import UsageError
from smartplan.report import FORMATS
from smartplan.report.findings import LintReport, lint_report
from smartplan.workflow.checking import Checked

NAMES = tuple(FORMATS)


def default_format() -> str:
    """Annotations where GitHub runs us, text elsewhere."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def report_of(checked: Checked, *, colour: bool) -> LintReport:
    """The report every format is made from."""
    return lint_report(
        checked.findings,
        files=checked.plans,
        trades=len(checked.trades),
        version=__version__,
        sources=checked.texts,
        colour=colour,
    )


def write_reports(report: LintReport, wanted: tuple[str, ...]) -> None:
    """Write each ``--report FORMAT=FILE``. Raises ``UsageError``."""
    for pair in wanted:
        name, separator, file = pair.partition("=")
        if not separator or name not in FORMATS or not file:
            formats = ", ".join(FORMATS)
            raise UsageError(f"--report {pair}: not FORMAT=FILE with a format of {formats}")
        try:
            Path(file).write_text(FORMATS[name](report), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--report {pair}: {error.strerror}") from None


def show_problems(checked: Checked) -> None:
    """Errors and warnings on stderr, before a command goes on or refuses."""
    if any(finding.severity is not Severity.INFO for finding in checked.findings):
        report = report_of(checked, colour=sys.stderr.isatty() and not os.environ.get("NO_COLOR"))
        click.echo(FORMATS["text"](report), nl=False, err=True)
