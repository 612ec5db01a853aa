"""Options as values: a group is declared once, read once, and handed on as one frozen value."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

from smartplan import settings as settings_room
from smartplan.cli.completion import report_formats, trade_names
from smartplan.cli.files import write_file
from smartplan.cli.terminal import wants_colour
from smartplan.settings import Settings
from smartplan.text import MAX_BYTES
from smartplan.workflow.lint_plans import LintResult, PlanSet, narrowed, open_workspace
from smartplan.workflow.sources import Inputs, start_folder

F = TypeVar("F", bound=Callable[..., Any])
ReportFile = tuple[str, Path]
"""A format and the file it is written to."""


def gathered(
    kind: type[Struct], name: str, *options: Callable[[Any], Any]
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The options, whose parameters come as one argument of this name and kind."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def called(**given: Any) -> int:
            value = kind(**{field: given.pop(field) for field in kind.__struct_fields__})
            return command(**given, **{name: value})

        decorated: Callable[..., int] = called
        for option in options:
            decorated = option(decorated)
        return decorated

    return decorate


def load_settings(environment: str | None, start: Path | None = None) -> Settings:
    """``smartplan.toml`` around ``start``, here by default, with the process environment."""
    return settings_room.load(start or Path.cwd(), os.environ, environment=environment)


env_option = click.option(
    "--env", "environment", type=click.Choice(settings_room.ENVIRONMENTS), help="Environment."
)
settings_option = click.option(
    "--env",
    "settings",
    type=click.Choice(settings_room.ENVIRONMENTS),
    callback=lambda _context, _option, environment: load_settings(environment),
    help="Environment.",
)
"""The settings around the working folder, for what reads no plan."""

colour_option = click.option(
    "--color",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    callback=lambda _context, _option, choice: wants_colour(choice),
    help="Colours.",
)


risk_option = click.option(
    "--risk",
    "full_risk",
    type=click.Choice(["short", "full"]),
    default="short",
    callback=lambda _context, _option, choice: choice == "full",
    help="full: how each trade may end, and what all put at risk.",
)


class Plans(Struct, frozen=True):
    """PATH…, --env, --values and --set."""

    paths: tuple[str, ...]
    environment: str | None
    values: tuple[str, ...]
    assignments: tuple[str, ...]

    def workspace(
        self, began: Callable[[str], None] = lambda _: None, *, optional: bool = False
    ) -> PlanSet:
        """The workspace that they mean; ``began`` and ``optional`` as in ``Inputs``.

        Raises ``UsageError``.
        """
        working = Path.cwd()
        settings = load_settings(self.environment, start_folder(self.paths, working))
        inputs = Inputs(self.paths, self.values, self.assignments, _standard_input, began, optional)
        return open_workspace(inputs, settings, working)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def plans_of(metavar: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The plans of a command, by what it calls them."""
    return gathered(
        Plans,
        "plans",
        click.argument("paths", nargs=-1, metavar=metavar, type=click.Path()),
        env_option,
        click.option(
            "--values", multiple=True, metavar="FILE", help="Template values; repeatable."
        ),
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="A.B=VALUE",
            help="One template value; repeatable.",
        ),
    )


plans_argument = plans_of("[PATH]...")


class Targets(Struct, frozen=True):
    """--target and --exclude."""

    target: tuple[str, ...]
    exclude: tuple[str, ...]

    def of(self, checked: LintResult) -> LintResult:
        """The plans with these trades alone. Raises ``UsageError`` for a name of none."""
        return narrowed(checked, self.target, self.exclude)


def by_name(option: str, text: str) -> Callable[[F], F]:
    """An option that names trades."""
    text = f"{text.removesuffix('.')}; repeatable."
    return click.option(
        option, multiple=True, metavar="NAME", help=text, shell_complete=trade_names
    )


target_options = (
    by_name("--target", "Only this trade; globs like btc-*."),
    by_name("--exclude", "Not this trade; globs like btc-*."),
)
targets_argument = gathered(Targets, "targets", *target_options)


def report_option(formats: Sequence[str]) -> Callable[[F], F]:
    """--report FORMAT=FILE, judged before anything is read."""
    text = f"Also write a report, as {', '.join(formats)}; repeatable."

    def report_file(pair: str) -> ReportFile:
        name, separator, file = pair.partition("=")
        if not separator or name not in formats or not file:
            known = ", ".join(formats)
            raise click.BadParameter(f"{pair}: not FORMAT=FILE with a format of {known}")
        return name, Path(file)

    return click.option(
        "--report",
        "reports",
        type=report_file,
        multiple=True,
        metavar="FORMAT=FILE",
        help=text,
        shell_complete=report_formats(formats),
    )


def write_reports(wanted: Sequence[ReportFile], render: Callable[[str], str]) -> None:
    """Write each ``--report FORMAT=FILE``, with its folder. Raises ``UsageError``."""
    for name, file in wanted:
        write_file(f"--report {name}={file}", file, render(name))
