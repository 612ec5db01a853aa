"""SP1: identity and hygiene."""

from collections.abc import Iterator

from smartplan.diagnostics import Severity
from smartplan.lint.context import Context
from smartplan.lint.currencies import QUOTES
from smartplan.lint.registry import Problem, rule, structural
from smartplan.trade.parse import PlannedTrade


@rule("SP104", Severity.ERROR, "project", firm=True)
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


@rule("SP107", Severity.ERROR, "documented", firm=True)
def pair_order(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """The pair is not written QUOTE_BASE, or (warning) looks reversed or is in lower case.

    Why:
        The service names pairs with the quote currency first and an underscore between, unlike
        most exchanges.

    Bad:
        pair: BTC_USDT

    Good:
        pair: USDT_BTC
    """
    pair, quote, base = trade.trade.pair, trade.trade.quote, trade.trade.base
    if pair == pair.lower() != pair.upper():
        yield Problem(
            ("pair",),
            f"`{pair}` is in lower case; the service names pairs in capitals",
            f"write `{pair.upper()}`",
            Severity.WARNING,
        )
    elif base in QUOTES and (quote not in QUOTES or QUOTES.index(base) < QUOTES.index(quote)):
        yield Problem(
            ("pair",),
            f"`{pair}` looks reversed: it would buy {base} and pay in {quote}",
            f"the quote currency comes first: `{base}_{quote}`",
            Severity.WARNING,
        )
