"""The session of a command: its options for the network, and its waits told on stderr."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import click

from smartplan.api.client import SmartTradeClient
from smartplan.cli.waits import Waiting
from smartplan.settings import Settings
from smartplan.workflow import connecting
from smartplan.workflow.connecting import Network, Pace
from smartplan.workflow.session import Session


def connect(settings: Settings, pace: Pace | None = None) -> Session:
    """A session that ends with the command. Raises ``UsageError``."""
    session = connecting.open_session(settings, network(), pace or paced())
    return click.get_current_context().with_resource(session)


def open_client(settings: Settings) -> AbstractContextManager[SmartTradeClient]:
    """The client alone, for what cannot wait. Raises ``UsageError``."""
    return connecting.open_client(settings, network(), paced(urgent=True))


def paced(
    max_wait: float = 0.0,
    *,
    urgent: bool = False,
    pause: Callable[[float], None] = time.sleep,
    hold: Callable[[float], None] = time.sleep,
) -> Pace:
    """The pace of a command, whose waits people can follow."""
    waiting = Waiting(hold)
    return Pace(max_wait, urgent, pause=pause, hold=waiting.sleep, progress=waiting)


def network() -> Network:
    """``--proxy`` and ``--ca-bundle``: asked for on the command line, never by the environment."""
    context = click.get_current_context(silent=True)
    asked = (context.find_root().obj if context is not None else None) or {}
    bundle = asked.get("ca_bundle")
    return Network(proxy=asked.get("proxy"), ca_bundle=Path(bundle) if bundle else None)
