"""What the user allows by name for diff and apply."""

import click
from msgspec import Struct

from smartplan.changes.permission import Permission, overrides_of
from smartplan.changes.reconcile.inputs import Choices
from smartplan.cli.arguments import gathered
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


class Picked(Struct, frozen=True):
    """What ``choice_options`` were given as."""

    target: tuple[str, ...]
    exclude: tuple[str, ...]
    overwrite_drift: tuple[str, ...]
    replace: tuple[str, ...]
    allow_lookalike: tuple[str, ...]
    prune: bool
    confirm_close: tuple[str, ...]


picked_argument = gathered(choice_options, Picked, "picked")


def choices_of(picked: Picked, paths: tuple[str, ...]) -> Choices:
    """The options of ``choice_options``. Raises ``UsageError`` for pruning a part."""
    if picked.prune and (paths or picked.target or picked.exclude):
        raise UsageError(
            "--prune looks at the whole workspace: what is in no plan is known only then",
            hint="run it without a path, --target or --exclude",
        )
    return Choices(
        overwrite_drift=frozenset(picked.overwrite_drift),
        replace=frozenset(picked.replace),
        allow_lookalike=frozenset(picked.allow_lookalike),
        prune=picked.prune,
        confirm_close=frozenset(picked.confirm_close),
    )


def permission_of(
    override: tuple[str, ...], widen: tuple[str, ...], reason: str, *, expected: str | None = None
) -> Permission:
    """What the options allow of a changeset that is still to be made. Raises ``UsageError``."""
    return Permission(
        None,
        expected=expected,
        overrides=overrides_of(override, reason),
        widen=frozenset(widen),
        reason=reason,
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
