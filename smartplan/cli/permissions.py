"""What the user allows by name: blocks that are lifted, guard rails that are set aside."""

import click
from msgspec import Struct

from smartplan.changes.permission import Permission, overrides_of
from smartplan.changes.reconcile.inputs import Choices
from smartplan.cli.arguments import Targets, by_name, gathered, target_options
from smartplan.errors import UsageError


class LiftOptions(Targets, frozen=True):
    """What lifts one block for one trade, by name, and which trades are meant."""

    overwrite_drift: tuple[str, ...]
    replace: tuple[str, ...]
    allow_lookalike: tuple[str, ...]
    prune: bool
    confirm_close: tuple[str, ...]

    def choices(self, paths: tuple[str, ...]) -> Choices:
        """What it allows. Raises ``UsageError`` for pruning a part."""
        if self.prune and (paths or self.target or self.exclude):
            raise UsageError(
                "--prune looks at the whole workspace: what is in no plan is known only then",
                hint="run it without a path, --target or --exclude",
            )
        return Choices(
            overwrite_drift=frozenset(self.overwrite_drift),
            replace=frozenset(self.replace),
            allow_lookalike=frozenset(self.allow_lookalike),
            prune=self.prune,
            confirm_close=frozenset(self.confirm_close),
        )


picked_argument = gathered(
    LiftOptions,
    "picked",
    by_name("--overwrite-drift", "Put back what was moved on the exchange."),
    by_name("--replace", "Give up its open round, while nothing is filled."),
    by_name("--allow-lookalike", "Open it beside a trade that looks the same."),
    by_name("--confirm-close", "Prune closes it."),
    click.option("--prune", is_flag=True, help="Act on on_remove of trades in no plan."),
    *target_options,
)


class OverrideOptions(Struct, frozen=True):
    """--override and --reason: the guard rails that are to be set aside, and why."""

    override: tuple[str, ...] = ()
    reason: str = ""

    def permission(self, command: str, *, unseen: bool) -> Permission:
        """What they allow of what is still to be made. Raises ``UsageError``."""
        return Permission(
            None,
            command=command,
            overrides=overrides_of(self.override, self.reason),
            unseen=unseen,
            reason=self.reason,
        )


excused_argument = gathered(
    OverrideOptions,
    "excused",
    click.option("--reason", default="", metavar="TEXT", help="Why; it is journaled."),
    click.option(
        "--override",
        multiple=True,
        metavar="RULE[:NAME]",
        help="Set a soft guard rail aside, for a trade.",
    ),
)
