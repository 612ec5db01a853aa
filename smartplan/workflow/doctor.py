"""Doctor: everything a run needs, asked for one by one, nothing changed."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from smartplan import __version__
from smartplan import settings as settings_room
from smartplan.api.assumptions import ASSUMPTIONS
from smartplan.api.client import SmartTradeClient
from smartplan.api.conformance import Verdict
from smartplan.api.entities import Account
from smartplan.api.health import (
    Health,
    account_health,
    ailing,
    known_accounts,
    service_health,
)
from smartplan.changes import guards
from smartplan.errors import ExitCode, SafetyRefusal, SmartplanError, UsageError
from smartplan.settings import Credentials, Settings
from smartplan.state.opening import open_store
from smartplan.state.url import shown
from smartplan.times import utc_now, utc_text
from smartplan.workflow.connecting import Network, Pace, open_client, open_journal

_SHOWN = ("click", "httpx", "jinja2", "jsonschema", "pyyaml")


def examined(settings: Settings, network: Network, pace: Pace) -> Iterator[Health]:
    """One answer after the other, as far as the next can be asked for."""
    yield Health("versions", ", ".join(_versions()))
    where = settings.file or "no smartplan.toml: the sandbox alone is possible"
    yield Health("workspace", f"{settings.workspace}, environment {settings.environment} ({where})")
    yield _store(settings)
    yield from _checked(settings)
    try:
        given = settings_room.credentials(network.environ)
    except UsageError as error:
        yield ailing("credentials", error)
        return
    found = _credentials(given, settings)
    yield found
    if not found.ok:
        return
    yield _budget(settings, given, network.environ)
    with ExitStack() as opened:
        try:
            client = opened.enter_context(open_client(settings, network, pace))
        except SmartplanError as error:
            yield ailing("credentials", error)
            return
        yield from _service(client, _environments(settings, network.environ))


def _environments(settings: Settings, environ: Mapping[str, str]) -> Sequence[Settings]:
    """One key reads the paper and the real accounts of its user; the sandbox has its own."""
    if settings.environment == "sandbox":
        return (settings,)
    load = partial(settings_room.load, settings.root, environ)
    return [other for name in ("paper", "real") if (other := load(environment=name)).accounts]


def _versions() -> Iterator[str]:
    yield f"smartplan {__version__}"
    yield f"Python {platform.python_version()}"
    for name in _SHOWN:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} missing"


def _store(settings: Settings) -> Health:
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


def _checked(settings: Settings) -> Iterator[Health]:
    """What is known of the service where money is real, or as good as."""
    if settings.environment == "sandbox":
        return
    try:
        with open_journal(settings) as journal:
            checks, verdicts = journal.checks(), journal.verdicts
    except SmartplanError:
        return  # said already
    real = settings.environment == "real"
    if not checks:
        told = "untested on real: " if real else ""
        try_it = "smartplan doctor --conformance --env paper tries the service out"
        yield Health("assumptions", f"{told}no check of the service was made", try_it)
        return
    false = sorted(number for number, word in verdicts.items() if word == Verdict.FALSE)
    unknown = sorted(ASSUMPTIONS.keys() - verdicts.keys())
    last = checks[-1]
    told = f"checked on {last.scope.environment} at {utc_text(last.at)} UTC"
    told += ", untested on real" if real else ""
    told += f": false is {', '.join(false)}" if false else ": none is known to be false"
    yield Health("assumptions", f"{told}; not tested at all: {', '.join(unknown) or 'none'}")


def _credentials(given: Credentials | None, settings: Settings) -> Health:
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


def _budget(settings: Settings, given: Credentials | None, environ: Mapping[str, str]) -> Health:
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


def _service(client: SmartTradeClient, environments: Sequence[Settings]) -> Iterator[Health]:
    """What the service says of the key and of the accounts of these environments."""
    reached = True
    for health in service_health(client, utc_now):
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
