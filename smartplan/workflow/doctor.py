"""Doctor: everything a run needs, asked for one by one, nothing changed."""

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from smartplan import __version__
from smartplan.api.client import SmartTradeClient
from smartplan.api.entities import Account
from smartplan.api.health import (
    Health,
    account_health,
    ailing,
    known_accounts,
    service_health,
)
from smartplan.changes import guards
from smartplan.errors import ExitCode, SafetyRefusal, SmartplanError
from smartplan.settings import Credentials, Settings
from smartplan.state.opening import open_store
from smartplan.state.url import shown

_SHOWN = ("click", "httpx", "jinja2", "jsonschema", "pyyaml")


def about_here(settings: Settings) -> Iterator[Health]:
    """What can be told without the service."""
    yield Health("versions", ", ".join(_versions()))
    where = settings.file or "no smartplan.toml: the sandbox alone is possible"
    yield Health("workspace", f"{settings.workspace}, environment {settings.environment} ({where})")
    yield store_health(settings)


def _versions() -> Iterator[str]:
    yield f"smartplan {__version__}"
    yield f"Python {platform.python_version()}"
    for name in _SHOWN:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} missing"


def store_health(settings: Settings) -> Health:
    """Whether the journal can be read and written."""
    try:
        with open_store(settings.state_url, settings.root) as store:
            problems = [store.read_only, *store.problems()]
    except SmartplanError as error:
        return ailing("store", error)
    wrong = [problem for problem in problems if problem]
    if not wrong:
        return Health("store", shown(settings.state_url))
    way_out = "nothing can be applied until it can be written"
    return Health(
        "store", f"{shown(settings.state_url)}: {'; '.join(wrong)}", way_out, ExitCode.REFUSED
    )


def credentials_health(given: Credentials | None, settings: Settings) -> Health:
    """Which credentials the run has, never their text."""
    if given is not None:
        how = "an RSA key file" if given.private_key_file is not None else "HMAC"
        return Health("credentials", f"SMARTPLAN_API_KEY, signed with {how}")
    if settings.environment == "sandbox":
        return Health("credentials", "the sandbox's own, worth nothing")
    return Health(
        "credentials",
        f"none for {settings.environment}",
        "export SMARTPLAN_API_KEY and SMARTPLAN_API_SECRET",
        ExitCode.USAGE,
    )


def budget_health(
    settings: Settings, given: Credentials | None, environ: Mapping[str, str]
) -> Health:
    """How much of the rate limit is left, for every process of this user together."""
    if settings.environment == "sandbox" or given is None:
        return Health("rate budget", "the sandbox has no limit")
    from smartplan.api.signing import fingerprint
    from smartplan.state.budget import REQUESTS, RateBudget, open_ledger

    try:
        with open_ledger(settings.state_url, environ) as ledger:
            used = RateBudget(ledger, fingerprint(given.key.reveal())).used()[REQUESTS]
    except SmartplanError as error:
        return ailing("rate budget", error)
    left = max(REQUESTS.limit - used, 0)
    return Health("rate budget", f"{left} of {REQUESTS.limit} requests left in this minute")


def about_service(
    client: SmartTradeClient, environments: Sequence[Settings], now: Callable[[], datetime]
) -> Iterator[Health]:
    """What the service says of the key and of the accounts of these environments."""
    reached = True
    for health in service_health(client, now):
        reached = reached and (health.ok or health.what not in {"service", "API key"})
        yield health
    if not reached:
        return
    read, known = known_accounts(client)
    yield read
    if not read.ok:
        return
    for settings in environments:
        for alias, number in sorted(settings.accounts.items()):
            yield _account(settings.environment, alias, number, known)


def _account(environment: str, alias: str, number: int, known: Mapping[int, Account]) -> Health:
    place = f"{environment} {alias} ({number})"
    try:
        guards.accounts_fit(environment, {alias: number}, known)
    except SafetyRefusal as error:
        way_out = error.hint or "correct smartplan.toml"
        return Health(place, str(error), way_out, ExitCode.USAGE)
    return account_health(place, known[number])
