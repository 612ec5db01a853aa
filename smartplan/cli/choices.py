"""What the user allows by name for diff and apply."""

from collections.abc import Mapping
from typing import Any

import click

from smartplan.changes.inputs import Choices
from smartplan.cli.options import F
from smartplan.errors import UsageError


def target_options(command: F) -> F:
    """--target and --exclude."""
    for name, text in (
        ("--target", "Only this trade; globs like btc-*."),
        ("--exclude", "Not this trade; globs like btc-*."),
    ):
        command = click.option(name, multiple=True, metavar="NAME", help=text)(command)
    return command


def choice_options(command: F) -> F:
    """What lifts one block for one trade, by name."""
    for name, text in (
        ("--overwrite-drift", "Put back what was moved on the exchange."),
        ("--replace", "Give up its open round, while nothing is filled."),
        ("--allow-lookalike", "Open it beside a trade that looks the same."),
    ):
        command = click.option(name, multiple=True, metavar="NAME", help=text)(command)
    prune = click.option("--prune", is_flag=True, help="Act on on_remove of trades in no plan.")
    confirm = click.option(
        "--confirm-close", multiple=True, metavar="NAME", help="Prune closes it."
    )
    return target_options(prune(confirm(command)))


def choices_of(options: Mapping[str, Any], paths: tuple[str, ...]) -> Choices:
    """The options of ``choice_options``. Raises ``UsageError`` for pruning a part."""
    if options["prune"] and (paths or options["target"] or options["exclude"]):
        raise UsageError(
            "--prune looks at the whole workspace: what is in no plan is known only then",
            hint="run it without a path, --target or --exclude",
        )
    return Choices(
        overwrite_drift=frozenset(options["overwrite_drift"]),
        replace=frozenset(options["replace"]),
        allow_lookalike=frozenset(options["allow_lookalike"]),
        prune=options["prune"],
        confirm_close=frozenset(options["confirm_close"]),
    )


def override_options(command: F) -> F:
    """--override and --reason."""
    reason = click.option("--reason", default="", metavar="TEXT", help="Why; it is journaled.")
    override = click.option(
        "--override",
        multiple=True,
        metavar="RULE[:NAME]",
        help="Set a soft guard rail aside, for a trade.",
    )
    return override(reason(command))
