"""SP1: identity and hygiene."""

import re
from collections.abc import Iterator, Sequence

from smartplan.currencies import is_reversed
from smartplan.diagnostics import Severity
from smartplan.document.tree import Document
from smartplan.lint.context import Context
from smartplan.lint.registry import (
    Problem,
    Remark,
    rule,
    structural,
    text_rule,
    workspace_rule,
)
from smartplan.trade.marker import mentions_marker, room_for_note
from smartplan.trade.parse import Entry, PlannedTrade


@rule("SP104", Severity.ERROR, "project", binding=True)
def expiry(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """`valid_until` is no moment: no time zone, no such date. In the past: for information.

    Why:
        A time without a zone means another moment on every machine. A trade that should have
        expired would then still be opened in CI.

    Bad:
        lifecycle: {valid_until: 2026-12-31T00:00:00}

    Good:
        lifecycle: {valid_until: 2026-12-31T00:00:00Z}
    """
    valid_until = trade.lifecycle.valid_until
    if valid_until is not None and valid_until <= context.now:
        yield Problem(
            ("lifecycle", "valid_until"),
            "this moment has passed: the trade is not created any more",
            "raise it, or drop the trade once its live trade has ended",
            Severity.INFO,
        )


structural(
    "SP105",
    "project",
    """The account is not listed for this environment in `smartplan.toml`.

    Why:
        Environments never share an account: an alias that resolves nowhere could otherwise end up
        on the wrong one, with real money.

    Bad:
        account: mian

    Good:
        account: main
    """,
)


@rule("SP107", Severity.ERROR, "documented", binding=True)
def pair_order(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """The pair is not written QUOTE_BASE, or (warning) looks reversed or is not in capitals.

    Why:
        The service names pairs with the quote currency first and an underscore between, unlike
        most exchanges.

    Bad:
        pair: BTC_USDT

    Good:
        pair: USDT_BTC
    """
    pair, quote, base = trade.trade.pair, trade.trade.quote, trade.trade.base
    capitals = _in_capitals(quote, base)
    if pair != capitals:
        said = "in lower case" if pair == pair.lower() else "not all in capitals"
        yield Problem(
            ("pair",),
            f"`{pair}` is {said}; the service names pairs in capitals",
            f"write `{_right_way_round(*capitals.split('_', 1))}`",
            Severity.WARNING,
        )
    elif is_reversed(quote, base):
        yield Problem(
            ("pair",),
            f"`{pair}` looks reversed: it would buy {base} and pay in {quote}",
            f"the quote currency comes first: `{base}_{quote}`",
            Severity.WARNING,
        )


_THOUSANDS = "k[A-Z]+"
"""Some exchanges trade a thousand of a cheap coin: kPEPE."""


def _in_capitals(quote: str, base: str) -> str:
    thousands = base[:1] == "k" and re.fullmatch(_THOUSANDS, base)
    return f"{quote.upper()}_{base if thousands else base.upper()}"


def _right_way_round(quote: str, base: str) -> str:
    return f"{base}_{quote}" if is_reversed(quote, base) else f"{quote}_{base}"


@workspace_rule(
    "SP101", Severity.ERROR, "project", grouped_by=lambda trade, _: trade.name, binding=True
)
def one_name_one_trade(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """A name used twice in the workspace, in whichever files.

    Why:
        The name is what ties a plan to its live trade. Two plans of one name would take turns
        changing the same position.

    Bad:
        # plans/a.yaml and plans/b.yaml
        trades: {btc-swing: {…}}

    Good:
        # plans/b.yaml
        trades: {btc-swing-2: {…}}
    """
    named: dict[str, list[Entry]] = {}
    for entry in (*trades, *context.neighbours):
        named.setdefault(entry.name, []).append(entry)
    for trade in trades:
        for other in named[trade.name]:
            if other is not trade:
                place = other.locate((), key=True)
                message = f"the name `{trade.name}` is also used at {place.file}:{place.line}"
                hint = "names are unique in a workspace: rename one of them"
                yield trade, Problem((), message, hint, key=True)
                break


def _what_it_says(trade: PlannedTrade, _: Context) -> object:
    plan = trade.trade
    what = (plan.account_id, plan.pair, plan.position, plan.leverage, plan.instant)
    return (*what, plan.skip_enter_step, plan.take_profit, plan.stop_loss)


@workspace_rule("SP102", Severity.WARNING, "practice", grouped_by=_what_it_says)
def same_body_twice(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """Two trades that say the same: account, pair, entry, exits.

    Why:
        A copied trade that was not changed doubles the position.

    Bad:
        trades:
          btc-1: {pair: USDT_BTC, …}
          btc-2: {pair: USDT_BTC, …}

    Good:
        trades:
          btc-1: {pair: USDT_BTC, …}
          eth-1: {pair: USDT_ETH, …}
    """
    first: dict[object, PlannedTrade] = {}
    for trade in trades:
        twin = first.setdefault(_what_it_says(trade, context), trade)
        if twin is not trade:
            place = twin.locate((), key=True)
            message = f"the same trade as `{twin.name}` ({place.file}:{place.line})"
            yield trade, Problem((), message, "change or delete one of them", key=True)


@rule("SP103", Severity.ERROR, "documented", binding=True)
def note(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A note that leaves no room for the marker, holds one, or has a line break in it.

    Why:
        The service stores 300 characters. The runner's marker stands at the end of them, and by it
        the live trade is known to be yours.

    Bad:
        note: "weekly support [smartplan1:desk/btc-swing#1 3f9a2c4177b0e1d2 k]"

    Good:
        note: weekly support
    """
    text = trade.trade.note
    room = room_for_note(context.workspace, trade.name, trade.lifecycle.round)
    if len(text) > room:
        yield Problem(
            ("note",),
            f"the note has {len(text)} characters; the marker leaves room for {room}",
            f"shorten it by {len(text) - room}",
        )
    if mentions_marker(text):
        yield Problem(
            ("note",), "the note holds a marker", "the runner writes the marker itself: delete it"
        )
    if not text.isprintable():
        yield Problem(
            ("note",),
            "the note has a line break or another character that does not show",
            "write it on one line",
        )


_SHORTEST = 16
_CREDENTIAL = r"""(?ax)
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
    |\b[0-9a-fA-F]{64,}\b
    |\b(?i:api[_-]?key|api[_-]?secret|secret|signature|token|password)\b["']?[ \t]*[:=][ \t]*
      ["']?(?!WORD(?:[+/_-]+WORD)*[+/_-]*(?![A-Za-z0-9+/_-]))[A-Za-z0-9+/_-]{16,}
    |\b(?=\w*[a-z])(?=\w*[A-Z])(?=\w*[0-9])[A-Za-z0-9]{40,}\b
""".replace("WORD", "(?:[a-z]+|[A-Z]+|[A-Z][a-z]+|[0-9]{1,12})")


@text_rule("SP106", Severity.ERROR, "practice")
def credential(document: Document) -> Iterator[Remark]:
    """Something that looks like a credential, in a value or in a comment.

    After `token:` and the like it takes more than words and numbers joined by hyphens.

    Why:
        Plans are committed and shown in pull requests. A key that stood in Git once must be
        replaced.

    Bad:
        note: "api_key=…"

    Good:
        export SMARTPLAN_API_KEY=…   # in the shell or the CI's secrets, never in a plan
    """
    if max(map(len, document.text.split()), default=0) < _SHORTEST:
        return
    for number, line in enumerate(document.text.split("\n"), 1):
        match = re.search(_CREDENTIAL, line) if len(line) >= _SHORTEST else None
        if match:
            yield Remark(
                number,
                match.start() + 1,
                "this looks like a credential",
                "take it out, and replace the key: credentials come from the environment only",
            )
