"""From settings to a session: the embedded exchange, a local sandbox, or the service."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict
from urllib.parse import urlsplit

import click

from smartplan import settings as settings_room
from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.api.signing import fingerprint
from smartplan.api.transport import Transport
from smartplan.changes.execute.verify import LISTING_LAG
from smartplan.cli.output import line
from smartplan.cli.waiting import Waiting
from smartplan.errors import UsageError
from smartplan.settings import SERVICE_URL, Credentials, Secret, Settings
from smartplan.state.budget import RateBudget, open_ledger
from smartplan.state.journal import Journal
from smartplan.state.ledger import SqliteLedger
from smartplan.state.opening import open_store
from smartplan.state.private_files import refuse_shared
from smartplan.state.store import Scope
from smartplan.workflow.session import Session

if TYPE_CHECKING:
    from smartplan.report.changes import Setting
    from smartplan.sandbox.exchange import Exchange

EMBEDDED_URL = "http://127.0.0.1/public/api"


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How a run waits.

    ``max_wait`` is the longest wait for the end of a 429, in seconds; ``urgent`` runs may use the
    requests that are kept in reserve. ``pause`` waits for the exchange, ``hold`` for the rate
    budget: it may raise to give up.
    """

    max_wait: float = 0.0
    urgent: bool = False
    pause: Callable[[float], None] = time.sleep
    hold: Callable[[float], None] = time.sleep


def connect(settings: Settings, patience: Patience | None = None) -> Session:
    """A session that ends with the command. Raises ``UsageError``."""
    session = open_session(settings, patience or Patience())
    return click.get_current_context().with_resource(session)


@contextmanager
def open_session(settings: Settings, patience: Patience) -> Iterator[Session]:
    """A session against the environment of the settings. Raises ``UsageError``."""
    with (
        open_client(settings, patience) as client,
        open_store(settings.state_url, settings.root) as store,
    ):
        if store.read_only is not None:
            line(f"warning: {store.read_only} Only reading is possible.", err=True)
        yield Session(
            settings,
            client,
            store,
            run=new_run(),
            now=utc_now,
            pause=patience.pause,
            settle_window=float(settings.settle_window),
            listing_lag=0.0 if is_embedded(settings) else LISTING_LAG,
        )


@contextmanager
def open_client(settings: Settings, patience: Patience) -> Iterator[SmartTradeClient]:
    """The client alone, without a store. Raises ``UsageError``."""
    with ExitStack() as opened:
        reach = _sandbox if settings.environment == "sandbox" else _service
        yield opened.enter_context(SmartTradeClient(reach(settings, patience, opened)))


def new_run() -> str:
    """What names a run in the journal."""
    return uuid.uuid4().hex[:12]


@contextmanager
def open_journal(settings: Settings, run: str = "") -> Iterator[Journal]:
    """The journal alone; for reading, without a ``run``."""
    with open_store(settings.state_url, settings.root) as store:
        yield Journal(store, Scope(settings.workspace, settings.environment), run)


def is_embedded(settings: Settings) -> bool:
    """Whether the other side is the exchange in this process, whose lists never lag."""
    return settings.environment == "sandbox" and settings.base_url is None


def service_of(settings: Settings) -> str:
    """What the first line of every output calls the other side."""
    if is_embedded(settings):
        return "embedded exchange"
    return urlsplit(settings.base_url or SERVICE_URL).netloc


def setting_of(settings: Settings) -> "Setting":
    """What surrounds a changeset in a report."""
    from smartplan.report.changes import Setting

    return Setting(service_of(settings), settings.risk.fee, settings.risk.equity)


def _sandbox(settings: Settings, patience: Patience, opened: ExitStack) -> Transport:
    from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
    from smartplan.sandbox.app import create_app

    own = Credentials(Secret(SANDBOX_KEY), Secret(SANDBOX_SECRET))
    if settings.base_url is not None:
        given = settings_room.credentials(os.environ) or own
        pace = opened.enter_context(_budget(settings, given, patience))
        return build_client(settings.base_url, given, pace=pace, **_route())
    app = create_app(embedded_exchange(settings))
    return build_client(EMBEDDED_URL, own, app=app)


def _service(settings: Settings, patience: Patience, opened: ExitStack) -> Transport:
    credentials = settings_room.credentials(os.environ)
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
    mode: Literal["paper", "real"] = "paper" if settings.environment == "paper" else "real"
    pace = opened.enter_context(_budget(settings, credentials, patience))
    return build_client(url, credentials, forced_mode=mode, pace=pace, **_route())


class _Route(TypedDict):
    proxy: str | None
    ca_file: Path | None


def _route() -> _Route:
    """``--proxy`` and ``--ca-bundle``: asked for on the command line, never by the environment."""
    context = click.get_current_context(silent=True)
    asked = (context.find_root().obj if context is not None else None) or {}
    bundle = asked.get("ca_bundle")
    if bundle is not None and not Path(bundle).is_file():
        raise UsageError(f"--ca-bundle {bundle}: there is no such file")
    return {"proxy": asked.get("proxy"), "ca_file": Path(bundle) if bundle else None}


def _budget(settings: Settings, credentials: Credentials, patience: Patience) -> RateBudget:
    """The budget that all runs share; of this run alone where nobody can write it."""
    ledger = open_ledger(settings.state_url, os.environ)
    if ledger.problem is not None:
        line(f"warning: {ledger.problem} Other runs cannot see this one's pace.", err=True)
        ledger.close()
        ledger = SqliteLedger(None)
    waiting = Waiting(patience.hold)
    return RateBudget(
        ledger,
        fingerprint(credentials.key.reveal()),
        urgent=patience.urgent,
        max_wait=patience.max_wait,
        progress=waiting,
        sleep=waiting.sleep,
    )


def embedded_exchange(settings: Settings) -> "Exchange":
    """The exchange whose state lies in the workspace's ``.smartplan/``."""
    from smartplan.sandbox.exchange import Exchange

    refuse_shared(settings.state_folder / "sandbox.json", settings.root, readable=True)
    settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Exchange(settings.state_folder / "sandbox.json")
