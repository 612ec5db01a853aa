"""``smartplan init``."""

from pathlib import Path

import click

from smartplan import __version__
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode
from smartplan.times import utc_now


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--keep-existing", is_flag=True, help="Leave what is there, write only the rest.")
def command(folder: Path, keep_existing: bool) -> ExitCode:
    """Write a workspace to start from, into DIR or the working folder.

    Settings with guard rails, two plans, a template macro, schemas for the editor, a pre-commit
    hook and a CI workflow. No existing file is ever changed: without --keep-existing one file in
    the way refuses the whole (exit 5).
    """
    from smartplan.workflow.scaffold import scaffold

    today = utc_now().date()
    done = scaffold(folder, today=today, version=__version__, keep_existing=keep_existing)
    for file in done.written:
        line(f"wrote {file.as_posix()}")
    for file in done.kept:
        line(f"kept {file.as_posix()}: it was there before", err=True)
    line()
    line("Now:")
    if folder != Path():
        line(f"  cd {folder.as_posix()}")
    block("  smartplan lint\n  smartplan diff\n  smartplan apply\n")
    return ExitCode.FINE
