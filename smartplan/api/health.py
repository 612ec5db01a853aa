"""Whether the service takes us: a question, its answer, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from smartplan.api.answers import Answered
from smartplan.api.client import SmartTradeClient
from smartplan.api.entities import Account
from smartplan.errors import ExitCode, RateLimited, Rejected, ServiceError, SmartplanError

NO_TRADE = 0
"""An id no trade can have."""


class Health(Struct, frozen=True):
    """One line of ``smartplan doctor``; ``trouble`` is the exit code of what is wrong, 0 if not."""

    what: str
    found: str
    way_out: str = ""
    trouble: ExitCode = ExitCode.FINE

    @property
    def ok(self) -> bool:
        """Whether nothing is to be done."""
        return self.trouble is ExitCode.FINE


def ailing(what: str, error: SmartplanError) -> Health:
    """What an error says, and its way out."""
    return Health(what, str(error), error.hint or "", error.exit_code)


def service_health(client: SmartTradeClient, now: Callable[[], datetime]) -> Iterator[Health]:
    """Reachable, clock, key, permissions. Stops at what makes the rest pointless."""
    reached = _reached(client)
    yield reached
    if not reached.ok:
        return
    yield _clock(client, now)
    valid = _asked("API key", client.validate, "the service knows it")
    yield valid
    if not valid.ok:
        return
    yield _asked("read trades", lambda: client.list_trades(per_page=1), "allowed")
    yield write_permission(client)


def _reached(client: SmartTradeClient) -> Health:
    """Whatever is answered, even that there is no such call: it is in no documentation any more."""
    try:
        client.ping()
    except RateLimited as error:
        return ailing("service", error)
    except (Answered, Rejected):
        pass
    except ServiceError as error:
        return ailing("service", error)
    return Health("service", "it answers")


def _asked(what: str, ask: Callable[[], object], fine: str) -> Health:
    try:
        answer = ask()
    except ServiceError as error:
        return ailing(what, error)
    if answer is False:
        return Health(what, "the service says it is not valid", "make a new key", ExitCode.SERVICE)
    return Health(what, fine)


def _clock(client: SmartTradeClient, now: Callable[[], datetime]) -> Health:
    """For information: signatures carry no time, so no clock can make them fail."""
    try:
        seconds = (now() - client.server_time()).total_seconds()
    except ServiceError:
        return Health("clock", "the service does not tell its time; nothing depends on it")
    apart = "in step with the service's" if abs(seconds) < 2 else f"{seconds:+.0f} s beside it"
    return Health("clock", f"{apart}; nothing depends on it")


def write_permission(client: SmartTradeClient) -> Health:
    """Whether the key may write, without writing.

    The one request that can only be refused: an empty note (the service takes 1 to 300 characters)
    for a trade whose id cannot exist. A key without permission to write is refused with 403 before
    anybody looks for the trade; any other refusal has passed that gate.
    """
    what = "write trades"
    try:
        client.set_note(NO_TRADE, "")
    except Rejected as error:
        if error.status in {401, 403, 418, 429}:
            return ailing(what, error)
        return Health(what, "allowed")
    except ServiceError as error:
        return ailing(what, error)
    return Health(
        what, "cannot be told: the service took a request it should refuse", "", ExitCode.SERVICE
    )


def account_health(place: str, account: Account) -> Health:
    """Whether trades can be opened on an account; ``place`` says whose it is."""
    kind = "paper trading" if account.is_paper else "real money"
    if account.is_locked:
        return Health(
            place, "it is locked", "unlock it in the service's account settings", ExitCode.SERVICE
        )
    if not account.keys_work:
        state = account.api_keys_state
        return Health(
            place, f"its exchange keys are {state}", "renew them in the service", ExitCode.SERVICE
        )
    if account.smart_trading_supported is False:
        return Health(
            place, "it does not support smart trades", "use another account", ExitCode.USAGE
        )
    return Health(place, f"{kind}, {account.exchange_name or 'exchange not named'}")


def known_accounts(client: SmartTradeClient) -> tuple[Health, Mapping[int, Account]]:
    """The accounts of the key, by id, and whether they could be read."""
    try:
        found = {account.id: account for account in client.accounts()}
    except ServiceError as error:
        return ailing("read accounts", error), {}
    return Health("read accounts", f"allowed, {len(found)} found"), found
