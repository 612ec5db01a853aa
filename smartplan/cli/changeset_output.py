"""--format and --report of the commands that show a changeset."""

import shlex
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from smartplan.changes.changeset import LONGEST_LIFE, Changeset
from smartplan.changes.identity import changes_id
from smartplan.cli.arguments import (
    ReportFile,
    gathered,
    report_option,
    risk_option,
    write_reports,
)
from smartplan.cli.output import document
from smartplan.cli.terminal import look
from smartplan.errors import UsageError
from smartplan.report import CHANGES
from smartplan.report.appearance import Look
from smartplan.report.changes import ChangesReport, Kind, ReportContext
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of

_SHARED = frozenset(
    {
        "paths", "environment", "values", "assignments", "target", "exclude", "overwrite_drift",
        "replace", "allow_lookalike", "prune", "confirm_close",
    }
)  # fmt: skip


class Output(Struct, frozen=True):
    """--format, --report and --risk."""

    format_: str
    reports: tuple[ReportFile, ...]
    full_risk: bool = False


output_argument = gathered(
    Output,
    "output",
    report_option(CHANGES.formats),
    click.option(
        "--format",
        "format_",
        type=click.Choice(CHANGES.formats),
        default="text",
        show_default=True,
        help="Output format.",
    ),
    risk_option,
)


class Reporting(Struct, frozen=True):
    """Where reports of one run go, and what they have in common."""

    kind: Kind
    settings: Settings
    output: Output
    colour: bool

    @property
    def for_people(self) -> bool:
        """Whether stdout is text that people read while the command runs."""
        return self.output.format_ == "text"

    def report(self, changeset: Changeset, **around: Any) -> ChangesReport:
        """A report of this run; ``around`` are further fields of ``ChangesReport``."""
        settings = self.settings
        return ChangesReport(
            kind=self.kind,
            changeset=changeset,
            setting=setting_of(settings),
            changes_id=changes_id(changeset),
            commit=commit(settings.root) if self._kept else None,
            **around,
        )

    @property
    def _kept(self) -> bool:
        """Whether it is read elsewhere and later, where it has to say what it was made from."""
        return not self.for_people or bool(self.output.reports)

    def write(self, report: ChangesReport) -> None:
        """Write each ``--report FORMAT=FILE``, with its folder. Raises ``UsageError``."""
        write_reports(self.output.reports, partial(CHANGES.render, report))

    def show(self, report: ChangesReport) -> None:
        """Print the report in its format."""
        document(CHANGES.render(report, self.output.format_, self.appearance))

    @property
    def appearance(self) -> Look:
        """How people see it."""
        return look(self.colour, full_risk=self.output.full_risk)


def setting_of(settings: Settings) -> ReportContext:
    """What surrounds a changeset in a report."""
    return ReportContext(service_of(settings), settings.risk.fee, settings.risk.equity)


def command_like_this(context: click.Context, name: str, *more: str) -> str:
    """The command line of another command for the same trades, to be pasted."""
    words = ["smartplan", name]
    given: Mapping[str, Any] = context.params
    for parameter in reversed(context.command.params):
        value = given.get(parameter.name or "")
        if parameter.name not in _SHARED or not value or parameter.name == "paths":
            continue
        option = parameter.opts[0]
        many = value if isinstance(value, tuple) else (value,)
        words += [option] if value is True else [w for one in many for w in (option, str(one))]
    return shlex.join([*words, *more, *given.get("paths", ())])


def commit(root: Path) -> str | None:
    """The Git commit of the workspace, where there is one."""
    import subprocess

    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  # fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def lifetime_of(text: str) -> timedelta:
    """How long a changeset is saved: ``15m``, ``4h``, at most a day. Raises ``UsageError``."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdecimal() and len(number) <= 4 and unit in _UNITS):
        raise UsageError(f"--expires {text}: not a time such as 30m or 4h")
    lifetime = int(number) * _UNITS[unit]
    if not timedelta(0) < lifetime <= LONGEST_LIFE:
        raise UsageError(f"--expires {text}: from 1m to 24h")
    return lifetime
