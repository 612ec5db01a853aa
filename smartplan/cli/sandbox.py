"""``smartplan sandbox``."""

from pathlib import Path

import click

from smartplan.cli.connection import embedded_exchange
from smartplan.cli.options import load_settings


@click.group("sandbox")
def command() -> None:
    """The embedded exchange: no money, the service's own answers."""


@command.command("serve")
@click.option("--port", default=8331, show_default=True, help="Port on 127.0.0.1; 0 for any.")
@click.option("--strict", is_flag=True, help="Take only the official form of a signature.")
@click.option("--rate-limit", is_flag=True, help="Answer 429 after 100 requests in a minute.")
@click.option("--log", type=click.Path(path_type=Path), help="One JSON line per request.")
def serve(port: int, strict: bool, rate_limit: bool, log: Path | None) -> int:
    """Serve it over HTTP on loopback, until interrupted."""
    from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
    from smartplan.sandbox.app import create_app
    from smartplan.sandbox.server import Server

    settings = load_settings(Path.cwd(), "sandbox")
    app = create_app(embedded_exchange(settings), strict=strict, rate_limit=rate_limit, log=log)
    server = Server(app, port=port)
    click.echo(f"export SMARTPLAN_BASE_URL={server.url}/public/api")
    click.echo(f"export SMARTPLAN_API_KEY={SANDBOX_KEY} SMARTPLAN_API_SECRET={SANDBOX_SECRET}")
    click.echo("serving until interrupted", err=True)
    server.serve_forever()
    return 0


@command.command("reset")
def reset() -> int:
    """Forget every trade of the embedded exchange, and its journal."""
    from smartplan.sandbox.book import FileShelf

    settings = load_settings(Path.cwd(), "sandbox")
    file = settings.state_folder / "sandbox.json"
    if file.exists():
        FileShelf(file).clear()
    for name in ("sandbox.db", "sandbox.db-wal", "sandbox.db-shm"):
        (settings.state_folder / name).unlink(missing_ok=True)
    click.echo(f"the embedded exchange of {settings.root} is empty")
    return 0
