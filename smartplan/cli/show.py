"""``smartplan show``."""

from pathlib import Path

import click

from smartplan.changes.saved import load
from smartplan.cli.output import block, line


@click.command("show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(file: Path) -> int:
    """Show a saved changeset, at any time; whether it still may be applied is apply's to say."""
    saved = load(file.read_text(encoding="utf-8", errors="replace"), str(file))
    block(f"{saved.text}\n")
    commit = f" at commit {saved.commit[:12]}" if saved.commit else ""
    line(f"changes id {saved.changes}, saved {saved.created:%Y-%m-%d %H:%M:%SZ}{commit}")
    line(f"may be applied once, until {saved.expires:%Y-%m-%d %H:%M:%SZ}")
    return 0
