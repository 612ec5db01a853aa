"""What the shell completes beside commands and options: names of the workspace, codes, pairs.

A completion must be quick and can say nothing else: what goes wrong completes nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path

import click

from smartplan import settings as settings_room
from smartplan.settings import Settings

Complete = Callable[[click.Context, click.Parameter, str], list[str]]
_MOST_PLANS = 500
"""Plans that are read for their names: more take longer than anybody waits for a tab."""


def _quietly(find: Callable[[click.Context, str], Iterable[str]]) -> Complete:
    @wraps(find)
    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            return [found for found in find(context, incomplete) if found.startswith(incomplete)]
        except Exception:  # noqa: BLE001  # nobody reads a message in the middle of a word
            return []

    return complete


@_quietly
def trade_names(context: click.Context, _incomplete: str) -> Iterable[str]:
    """Trades of the plans, and those that the journal knows."""
    settings = _settings(context)
    return sorted({*_planned(settings), *_known(settings)})


@_quietly
def rule_codes(_context: click.Context, incomplete: str) -> Iterable[str]:
    """Codes of rules, in the case that was begun with."""
    from smartplan.workflow import reference

    lower = incomplete.islower()
    return [rule.code.lower() if lower else rule.code for rule in reference.rules()]


@_quietly
def schema_names(_context: click.Context, _incomplete: str) -> Iterable[str]:
    """Published schemas."""
    from smartplan.workflow import reference

    return reference.schema_names()


@_quietly
def topics(_context: click.Context, _incomplete: str) -> Iterable[str]:
    """Pages of the documentation."""
    from smartplan.workflow import reference

    return reference.topics()


@_quietly
def guard_rails(context: click.Context, incomplete: str) -> Iterable[str]:
    """Guard rails, and behind a colon the trades they are set aside for."""
    from smartplan.changes.guard_rails import RULES

    rule, separator, _ = incomplete.partition(":")
    if separator:
        settings = _settings(context)
        return [f"{rule}:{name}" for name in sorted({*_planned(settings), *_known(settings)})]
    return sorted(RULES)


@_quietly
def pairs(context: click.Context, _incomplete: str) -> Iterable[str]:
    """Pairs that are in ``markets.lock.json``."""
    from smartplan.workflow.market_lock import locked_accounts

    locked = locked_accounts(_settings(context))
    return sorted({pair for account in locked.values() for pair in account.pairs})


@_quietly
def aliases(context: click.Context, _incomplete: str) -> Iterable[str]:
    """Accounts of the environment."""
    return sorted(_settings(context).accounts)


def report_formats(formats: Iterable[str]) -> Complete:
    """``json=``, whose file comes behind it."""
    return _quietly(lambda _context, _incomplete: [f"{name}=" for name in formats])


def _settings(context: click.Context) -> Settings:
    given = context.params.get("settings")
    if isinstance(given, Settings):
        return given
    return settings_room.load(Path.cwd(), os.environ, environment=context.params.get("environment"))


def _planned(settings: Settings) -> Iterator[str]:
    from smartplan.trade.parse import entries
    from smartplan.workflow.lint_plans import open_workspace, read_plan
    from smartplan.workflow.sources import Inputs

    workspace = open_workspace(Inputs(optional=True), settings, Path.cwd())
    for file in workspace.files[:_MOST_PLANS]:
        document = read_plan(workspace, file).document
        if document is not None:
            yield from (entry.name for entry in entries(document))


def _known(settings: Settings) -> Iterator[str]:
    from smartplan.workflow.connecting import open_journal

    if settings.state_url.startswith("sqlite"):
        with open_journal(settings) as journal:
            yield from (known.identity.name for known in journal.known_trades())
