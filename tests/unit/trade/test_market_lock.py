"""The lock of the markets: written, read again, and held against a newer one."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from smartplan.trade.lock_reading import read_lock
from smartplan.trade.market_lock import (
    LockedAccount,
    MarketLock,
    PairTerms,
    TermChange,
    new_pairs,
    term_changes,
    written_lock,
)
from tests.schemas import validator

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BTC = PairTerms(tick=Decimal("0.01"), lot=Decimal("0.00001"), min_total=Decimal(5))


def account(**pairs: PairTerms) -> LockedAccount:
    return LockedAccount("binance", AT, pairs)


def test_what_was_written_is_read_again_and_fits_its_schema() -> None:
    import json

    lock = MarketLock().with_accounts("real", {"main": account(USDT_BTC=BTC)})
    text = written_lock(lock)
    assert read_lock(text.encode(), Path("markets.lock.json")) == lock
    validator("markets-lock").validate(json.loads(text))
    assert '"tick": "0.01"' in text
    assert "maintenance" not in text


def test_the_order_of_what_is_asked_changes_nothing_in_the_file() -> None:
    one = {"main": account(USDT_BTC=BTC, USDT_ADA=BTC), "futures": account(USDT_BTC=BTC)}
    other = {"futures": account(USDT_BTC=BTC), "main": account(USDT_ADA=BTC, USDT_BTC=BTC)}
    lock = MarketLock().with_accounts
    assert written_lock(lock("real", one)) == written_lock(lock("real", other))


def test_what_moved_and_what_is_new() -> None:
    before = {"main": account(USDT_BTC=BTC)}
    moved = PairTerms(tick=Decimal("0.1"), lot=Decimal("0.00001"), contract_size=Decimal(1))
    after = {"main": account(USDT_BTC=moved, USDT_ADA=BTC)}
    assert term_changes(before, after) == (
        TermChange("main", "USDT_BTC", "tick", Decimal("0.01"), Decimal("0.1")),
        TermChange("main", "USDT_BTC", "min_total", Decimal(5), None),
        TermChange("main", "USDT_BTC", "contract_size", None, Decimal(1)),
    )
    assert new_pairs(before, after) == (("main", "USDT_ADA"),)
