"""``markets.lock.json`` of a workspace: read for lint and templates, and written anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from smartplan.boundary import leads_out
from smartplan.errors import FileError, SafetyRefusal
from smartplan.settings import Settings

if TYPE_CHECKING:
    from smartplan.api.entities import Rates
    from smartplan.trade.market_lock import LockedAccount, MarketLock, PairTerms

_NAME = "markets.lock.json"


def lock_file(settings: Settings) -> Path:
    """Where the lock of a workspace lies, whether there is one or not."""
    return settings.root / _NAME


def workspace_lock(settings: Settings) -> "MarketLock | None":
    """The lock of the workspace, if it has one. Raises ``UsageError`` for one nobody can read."""
    file = lock_file(settings)
    if not file.is_file():
        return None
    from smartplan.trade.lock_reading import WAY_OUT, read_lock

    if leads_out(file, settings.root):
        raise FileError(file, "a link out of the workspace", hint=WAY_OUT)
    try:
        return read_lock(file.read_bytes(), file)
    except OSError as error:
        raise FileError(file, str(error.strerror)) from None


def locked_accounts(settings: Settings) -> "Mapping[str, LockedAccount]":
    """What is locked of the accounts of the environment, by alias."""
    lock = workspace_lock(settings)
    return {} if lock is None else lock.of(settings.environment)


def locked_rates(settings: Settings) -> "dict[tuple[int, str], Rates | None]":
    """The limits that are locked, by account id and pair; prices are never locked."""
    return {
        (settings.accounts[alias], pair): _rates(account.market, terms)
        for alias, account in locked_accounts(settings).items()
        if alias in settings.accounts
        for pair, terms in account.pairs.items()
    }


def write_lock(settings: Settings, lock: "MarketLock") -> Path:
    """Write it, whole or not at all. Raises ``UsageError``."""
    from smartplan.trade.market_lock import written_lock

    file = lock_file(settings)
    if settings.file is None:
        raise SafetyRefusal(
            "there is no workspace to lock the markets of", hint="`smartplan init` writes one"
        )
    if leads_out(file, settings.root):
        raise FileError(file, "a link out of the workspace", hint="delete the link")
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(written_lock(lock))
        part.replace(file)
    except OSError as error:
        raise FileError(file, str(error.strerror)) from None
    return file


def _rates(market: str, terms: "PairTerms") -> "Rates":
    from smartplan.api.entities import PairLimits, Rates

    limits = PairLimits(
        price_step=terms.tick,
        min_price=None,
        max_price=None,
        min_lot_size=terms.min_lot,
        max_lot_size=None,
        lot_step=terms.lot,
        min_total=terms.min_total,
        max_total=None,
        min_market_total=terms.min_market_total,
        max_market_buy_amount=None,
        max_market_sell_amount=None,
        bid_multiplier_up=None,
        bid_multiplier_down=None,
        ask_multiplier_up=None,
        ask_multiplier_down=None,
    )
    return Rates(
        last=None,
        bid=None,
        ask=None,
        limits=limits,
        leverage=(),
        contract_size=terms.contract_size,
        market=market,
        maintenance=terms.maintenance,
    )
