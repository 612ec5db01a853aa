"""--format and --report of the commands that show a changeset."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from smartplan.changes.changeset import Changeset
from smartplan.changes.saved import changes_id
from smartplan.cli.files import write_file
from smartplan.cli.options import F
from smartplan.cli.output import document
from smartplan.report import CHANGES
from smartplan.report.appearance import Look
from smartplan.report.changes import ChangesReport, Kind, Setting
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of

_SHARED = frozenset(
    {
        "paths", "environment", "values", "assignments", "target", "exclude", "overwrite_drift",
        "replace", "allow_lookalike", "prune", "confirm_close",
    }
)  # fmt: skip


def _report_file(pair: str) -> tuple[str, Path]:
    name, separator, file = pair.partition("=")
    if not separator or name not in CHANGES.formats or not file:
        known = ", ".join(CHANGES.formats)
        raise click.BadParameter(f"{pair}: not FORMAT=FILE with a format of {known}")
    return name, Path(file)


def report_options(command: F) -> F:
    """--format and --report."""
    chosen = click.option(
        "--format",
        "format_",
        type=click.Choice(CHANGES.formats),
        default="text",
        show_default=True,
        help="Output format.",
    )
    files = click.option(
        "--report",
        "reports",
        metavar="FORMAT=FILE",
        callback=lambda _ctx, _option, pairs: tuple(map(_report_file, pairs)),
        multiple=True,
        help="Also write a report to a file; repeatable.",
    )
    return chosen(files(command))


@dataclass(frozen=True, slots=True)
class Reporting:
    """Where reports of one run go, and what they have in common."""

    kind: Kind
    settings: Settings
    format_: str
    files: tuple[tuple[str, Path], ...]
    colour: bool

    @property
    def for_people(self) -> bool:
        """Whether stdout is text that people read while the command runs."""
        return self.format_ == "text"

    def report(self, changeset: Changeset, **around: Any) -> ChangesReport:
        """A report of this run; ``around`` are further fields of ``ChangesReport``."""
        settings = self.settings
        return ChangesReport(
            kind=self.kind,
            changeset=changeset,
            setting=setting_of(settings),
            changes_id=changes_id(changeset),
            commit=commit(settings.root),
            **around,
        )

    def write(self, report: ChangesReport) -> None:
        """Write each ``--report FORMAT=FILE``, with its folder. Raises ``UsageError``."""
        for name, file in self.files:
            write_file(f"--report {name}={file}", file, CHANGES.render(report, name))

    def show(self, report: ChangesReport) -> None:
        """Print the report in its format."""
        document(CHANGES.render(report, self.format_, Look(self.colour)))


def setting_of(settings: Settings) -> Setting:
    """What surrounds a changeset in a report."""
    return Setting(service_of(settings), settings.risk.fee, settings.risk.equity)


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
