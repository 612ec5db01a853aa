"""A saved changeset: written, and opened again if its actions are what follows from its plans."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from smartplan.changes import guards
from smartplan.changes.changeset import Changeset
from smartplan.changes.reconcile.inputs import Choices
from smartplan.changes.saved import SavedChangeset, dump, load, looks_saved
from smartplan.changes.saved_actions import SavedAct, read_acts
from smartplan.diagnostics import Location
from smartplan.document.tree import parse
from smartplan.errors import SafetyRefusal
from smartplan.settings import Settings
from smartplan.trade.parse import PlannedTrade, planned
from smartplan.workflow.lint_plans import LintResult


def saved_text(
    checked: LintResult,
    changeset: Changeset,
    choices: Choices,
    *,
    commit: str | None,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """The file of a changeset, with all that it follows from."""
    return dump(
        changeset,
        inputs=checked.rendered,
        trades=frozenset(trade.name for trade in checked.trades),
        known=checked.known,
        choices=choices,
        commit=commit,
        now=now,
        lifetime=lifetime,
    )


def read_saved(file: Path, now: datetime) -> SavedChangeset:
    """What such a file says. Raises ``UsageError`` or ``SafetyRefusal``."""
    return load(file.read_text(encoding="utf-8", errors="replace"), str(file), now)


def saved_changeset(paths: tuple[str, ...], now: datetime) -> SavedChangeset | None:
    """The saved changeset that the only path names, if it is one rather than a plan."""
    if len(paths) != 1 or not Path(paths[0]).is_file():
        return None
    text = Path(paths[0]).read_text(encoding="utf-8", errors="replace")
    return load(text, paths[0], now) if looks_saved(text) else None


def applicable(saved: SavedChangeset, settings: Settings, now: datetime) -> LintResult:
    """Its plans. Raises ``SafetyRefusal`` for one of another place, or that is too old."""
    guards.saved_fits(saved, settings, now)
    return plans_of(saved)[0]


def plans_of(saved: SavedChangeset) -> tuple[LintResult, tuple[SavedAct, ...]]:
    """Its plans and actions. Raises ``SafetyRefusal`` where they contradict each other."""
    checked = as_saved(saved.inputs, saved.trades, saved.known, saved.accounts)
    try:
        return checked, read_acts(saved, checked.trades)
    except ValueError as error:
        raise SafetyRefusal(
            f"the changeset was changed after it was saved: {error}",
            hint="make it again: `smartplan diff --out FILE`",
        ) from None


def as_saved(
    rendered: Mapping[str, str],
    names: frozenset[str],
    known: frozenset[str],
    accounts: Mapping[str, int],
) -> LintResult:
    """The trades of these names, from plans that were checked before and saved as rendered.

    Raises ``SafetyRefusal`` where this version cannot read them as it did.
    """
    from smartplan.lint import engine
    from smartplan.lint.registry import is_binding

    trades: list[PlannedTrade] = []
    for name, text in rendered.items():
        place = partial(_saved_place, name)
        document = parse(text, name, place).document
        examined = engine.examine(document) if document is not None else None
        if examined is None or any(map(is_binding, examined.findings)):
            raise SafetyRefusal(f"{name} can no longer be read as it was saved")
        wanted = [entry for entry in examined.fit if entry.name in names]
        trades += [planned(entry, accounts) for entry in wanted]

    def text_of(name: str) -> str:
        return rendered.get(name.removesuffix(_AS_SAVED), "")

    return LintResult((), tuple(trades), tuple(rendered), known, {}, rendered, text_of)


_AS_SAVED = " (as saved)"


def _saved_place(name: str, line: int, column: int) -> Location:
    return Location(name + _AS_SAVED, line, column)
