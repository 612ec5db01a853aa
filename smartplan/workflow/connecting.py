"""From settings to a session: the embedded exchange, a local sandbox, or the service."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct, field

from smartplan import settings as settings_room
from smartplan import times
from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.api.signing import fingerprint
from smartplan.api.transport import Transport
from smartplan.changes.execute.windows import LISTING_LAG
from smartplan.errors import UsageError
from smartplan.settings import SERVICE_URL, Credentials, Secret, Settings
from smartplan.state.budget import RateBudget, open_ledger
from smartplan.state.folder import make_private
from smartplan.state.journal import Journal
from smartplan.state.ledger import SqliteLedger
from smartplan.state.opening import open_store
from smartplan.state.private_files import refuse_shared
from smartplan.state.store import LockScope
from smartplan.workflow.session import Session

if TYPE_CHECKING:
    from smartplan.sandbox.exchange import Exchange

EMBEDDED_URL = "http://127.0.0.1/public/api"


class Network(Struct, frozen=True):
    """How the service is reached: credentials come from ``environ`` alone, a way round does not.

    ``ca_bundle`` is a file of certificate authorities that are trusted besides the usual ones.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    proxy: str | None = None
    ca_bundle: Path | None = None

    def __repr__(self) -> str:
        return "Network(…)"  # the environment holds the key, a proxy's URL may hold a password


class SessionListener(Protocol):
    """Who is told what a session meets on its way."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Nothing is sent for ``seconds``, for ``reason``; told before it begins."""
        ...

    def warning(self, message: str) -> None:
        """It goes on, but with less than was hoped for."""
        ...


class Silent:
    """Progress that nobody follows."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Say nothing."""

    def warning(self, message: str) -> None:
        """Say nothing."""


class Pace(Struct, frozen=True):
    """How a run waits, and who is told.

    ``max_wait`` is the longest wait for the end of a 429, in seconds; ``urgent`` runs may use the
    requests that are kept in reserve. ``pause`` waits for the exchange, ``hold`` for the rate
    budget: it may raise to give up.
    """

    max_wait: float = 0.0
    urgent: bool = False
    pause: Callable[[float], None] = times.sleep
    hold: Callable[[float], None] = times.sleep
    progress: SessionListener = field(default_factory=Silent)


@contextmanager
def open_session(settings: Settings, network: Network, pace: Pace) -> Iterator[Session]:
    """A session against the environment of the settings. Raises ``UsageError``."""
    with (
        open_client(settings, network, pace) as client,
        open_store(settings.state_url, settings.root) as store,
    ):
        if store.read_only is not None:
            pace.progress.warning(f"{store.read_only} Only reading is possible.")
        session = Session(
            settings,
            client,
            store,
            run=new_run(),
            now=times.utc_now,
            pause=pace.pause,
            settle_window=float(settings.settle_window),
            listing_lag=0.0 if is_embedded(settings) else LISTING_LAG,
        )
        session.adapt()
        yield session


@contextmanager
def open_client(settings: Settings, network: Network, pace: Pace) -> Iterator[SmartTradeClient]:
    """The client alone, without a store. Raises ``UsageError``."""
    with ExitStack() as opened:
        reach = _sandbox if settings.environment == "sandbox" else _service
        yield opened.enter_context(SmartTradeClient(reach(settings, network, pace, opened)))


@contextmanager
def open_journal(settings: Settings, run: str = "") -> Iterator[Journal]:
    """The journal alone; for reading, without a ``run``."""
    with open_store(settings.state_url, settings.root) as store:
        yield Journal(store, LockScope(settings.workspace, settings.environment), run)


def new_run() -> str:
    """What names a run in the journal."""
    return os.urandom(6).hex()


def is_embedded(settings: Settings) -> bool:
    """Whether the other side is the exchange in this process, whose lists never lag."""
    return settings.environment == "sandbox" and settings.base_url is None


def service_of(settings: Settings) -> str:
    """What the first line of every output calls the other side."""
    if is_embedded(settings):
        return "embedded exchange"
    return urlsplit(settings.base_url or SERVICE_URL).netloc


def embedded_exchange(settings: Settings) -> "Exchange":
    """The exchange whose state lies in the workspace's ``.smartplan/``."""
    from smartplan.sandbox.exchange import Exchange

    refuse_shared(settings.state_folder / "sandbox.json", settings.root, readable=True)
    make_private(settings.state_folder)
    return Exchange(settings.state_folder / "sandbox.json")


def sandbox_keys() -> tuple[str, str]:
    """The key and the secret of every sandbox; known to all."""
    from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET

    return SANDBOX_KEY, SANDBOX_SECRET


def _sandbox(settings: Settings, network: Network, pace: Pace, opened: ExitStack) -> Transport:
    key, secret = sandbox_keys()
    own = Credentials(Secret(key), Secret(secret))
    if settings.base_url is not None:
        given = settings_room.credentials(network.environ) or own
        return _reached(settings.base_url, given, settings, network, pace, opened)
    from smartplan.sandbox.app import create_app

    return build_client(EMBEDDED_URL, own, app=create_app(embedded_exchange(settings)))


def _service(settings: Settings, network: Network, pace: Pace, opened: ExitStack) -> Transport:
    credentials = settings_room.credentials(network.environ)
    if credentials is None:
        raise UsageError(
            f"no credentials for the environment {settings.environment}",
            hint="export SMARTPLAN_API_KEY and SMARTPLAN_API_SECRET, or use --env sandbox",
        )
    if not settings.accounts:
        raise UsageError(
            f"smartplan.toml lists no account for {settings.environment}",
            hint=f"add [environments.{settings.environment}.accounts]",
        )
    url = settings.base_url or SERVICE_URL
    return _reached(url, credentials, settings, network, pace, opened)


def _reached(
    url: str,
    credentials: Credentials,
    settings: Settings,
    network: Network,
    pace: Pace,
    opened: ExitStack,
) -> Transport:
    bundle = network.ca_bundle
    if bundle is not None and not bundle.is_file():
        raise UsageError(f"--ca-bundle {bundle}: there is no such file")
    modes: Mapping[str, Literal["paper", "real"]] = {"paper": "paper", "real": "real"}
    return build_client(
        url,
        credentials,
        forced_mode=modes.get(settings.environment),
        pace=opened.enter_context(_budget(settings, credentials, network, pace)),
        proxy=network.proxy,
        ca_file=bundle,
    )


def _budget(
    settings: Settings, credentials: Credentials, network: Network, pace: Pace
) -> RateBudget:
    """The budget that all runs share; of this run alone where nobody can write it."""
    ledger = open_ledger(settings.state_url, network.environ)
    if ledger.problem is not None:
        pace.progress.warning(f"{ledger.problem} Other runs cannot see this one's pace.")
        ledger.close()
        ledger = SqliteLedger(None)
    return RateBudget(
        ledger,
        fingerprint(credentials.key.reveal()),
        urgent=pace.urgent,
        max_wait=pace.max_wait,
        waiting=pace.progress.waiting,
        sleep=pace.hold,
    )
