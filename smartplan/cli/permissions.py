"""What the user allows by name: blocks that are lifted, guard rails that are set aside."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from smartplan.boundary import leads_out
from smartplan.changes.changeset import Changeset
from smartplan.changes.decisions import FILE_NAME, Decisions, needed, read_decisions
from smartplan.changes.permission import Permission, overrides_of
from smartplan.changes.reconcile.inputs import Choices
from smartplan.cli.arguments import Targets, by_name, gathered, target_options
from smartplan.cli.completion import guard_rails
from smartplan.cli.output import line
from smartplan.errors import UsageError
from smartplan.settings.reading import meant
from smartplan.times import utc_now, utc_text


class LiftOptions(Targets, frozen=True):
    """What lifts one block for one trade, by name, and which trades are meant."""

    overwrite_drift: tuple[str, ...]
    replace: tuple[str, ...]
    allow_lookalike: tuple[str, ...]
    prune: bool
    confirm_close: tuple[str, ...]

    def with_decisions(self, decided: Decisions) -> "LiftOptions":
        """The same with what the file says."""
        return replace(
            self,
            overwrite_drift=(*self.overwrite_drift, *decided.overwrite_drift),
            replace=(*self.replace, *decided.replace),
            allow_lookalike=(*self.allow_lookalike, *decided.allow_lookalike),
        )

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

    def with_decisions(self, decided: Decisions) -> "OverrideOptions":
        """The same with what the file says; a reason of the command line comes first."""
        return OverrideOptions(
            override=(*self.override, *decided.override), reason=self.reason or decided.reason
        )

    def permission(self, command: str, *, unseen: bool) -> Permission:
        """What they allow of what is still to be made. Raises ``UsageError``."""
        return Permission(
            None,
            command=command,
            overrides=overrides_of(self.override, self.reason),
            unseen=unseen,
            reason=self.reason,
        )


def warn_of_strangers(
    changeset: Changeset, picked: LiftOptions, overrides: Iterable[str], widen: Iterable[str] = ()
) -> None:
    """Say of names that are given for trades that there are not: nothing comes of them."""
    given = {
        "--overwrite-drift": picked.overwrite_drift,
        "--replace": picked.replace,
        "--allow-lookalike": picked.allow_lookalike,
        "--confirm-close": picked.confirm_close,
        "--allow-widen": widen,
        "--override": [rail.partition(":")[2] for rail in overrides if ":" in rail],
    }
    known = {action.of.name for action in changeset.actions}
    for option, names in given.items():
        for name in sorted({*names} - known):
            said = f"no trade of this run is called that: {meant(name, sorted(known))}"
            line(f"warning: {option} {name}: {said}", err=True)


excused_argument = gathered(
    OverrideOptions,
    "excused",
    click.option("--reason", default="", metavar="TEXT", help="Why; it is journaled."),
    click.option(
        "--override",
        multiple=True,
        metavar="RULE[:NAME]",
        help="Set a soft guard rail aside, for a trade; repeatable.",
        shell_complete=guard_rails,
    ),
)


def _read(_context: click.Context, _option: click.Parameter, file: Path | None) -> Decisions:
    """What the file says. Raises ``UsageError``."""
    if file is None:
        return Decisions()
    now = utc_now()
    if leads_out(Path.cwd() / file, Path.cwd()):
        raise UsageError(f"--decisions {file}: a link out of the working folder")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--decisions {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--decisions {file}: not UTF-8 text") from None
    decided = read_decisions(text, str(file), now)
    if decided.until is not None and decided.until <= now:
        over = f"{utc_text(decided.until)} UTC is over: nothing of it counts"
        line(f"warning: {file}: {over}", err=True)
    return decided


def reviewed_with(decided: Decisions, changeset: Changeset, now: datetime) -> dict[str, Decisions]:
    """For a report of CI: what was decided, and what would have to be. Nobody types there."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return {}
    return {"decided": decided, "open_decisions": needed(changeset, decided.override, now)}


decisions_option = click.option(
    "--decisions",
    "decided",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=_read,
    help=f"What was decided of single trades, such as {FILE_NAME}.",
)
"""What the options for single trades say, from a file that was reviewed."""
