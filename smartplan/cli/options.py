"""Options that commands share, and how they become settings, inputs and streams."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from smartplan import settings
from smartplan.document.text import MAX_BYTES
from smartplan.settings import Settings
from smartplan.workflow.lint_plans import PlanSet, open_workspace
from smartplan.workflow.sources import Inputs, start_folder

F = TypeVar("F", bound=Callable[..., Any])


env_option = click.option(
    "--env", "environment", type=click.Choice(settings.ENVIRONMENTS), help="Environment."
)


def plan_options(command: F) -> F:
    """PATH…, --env, --values and --set."""
    for decorate in (
        click.argument("paths", nargs=-1, metavar="[PATH]..."),
        env_option,
        click.option("--values", "values", multiple=True, metavar="FILE", help="Template values."),
        click.option("--set", "assignments", multiple=True, metavar="A.B=VALUE", help="One value."),
    ):
        command = decorate(command)
    return command


color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours."
)


def workspace_of(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    *,
    began: Callable[[str], None] = lambda _: None,
) -> PlanSet:
    """The workspace that the options of ``plan_options`` mean. Raises ``UsageError``.

    ``began`` is told the name of each file before it is read.
    """
    working = Path.cwd()
    loaded = load_settings(start_folder(paths, working), environment)
    inputs = Inputs(paths, values, assignments, _standard_input, began)
    return open_workspace(inputs, loaded, working)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def load_settings(start: Path, environment: str | None) -> Settings:
    """``smartplan.toml`` around ``start``, with the process environment."""
    return settings.load(start, os.environ, environment=environment)


def wants_colour(choice: str) -> bool:
    """Colour on a terminal unless NO_COLOR; ``--color`` decides over both."""
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
