"""``smartplan init``."""

from pathlib import Path

import click

from smartplan import __version__
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode, UsageError
from smartplan.times import utc_now


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--workspace", metavar="NAME", help="Its name; that of the folder unless given.")
@click.option("--keep-existing", is_flag=True, help="Leave what is there, write only the rest.")
def command(folder: Path, workspace: str | None, keep_existing: bool) -> ExitCode:
    """Write a workspace to start from, into DIR or the working folder.

    Settings with guard rails, two plans, a template macro, schemas for the editor, a pre-commit
    hook and a CI workflow. No existing file is ever changed: without --keep-existing one file in
    the way refuses the whole (exit 5).
    """
    from smartplan.workflow.installation import pin
    from smartplan.workflow.scaffold import scaffold, workspace_name

    today, pinned = utc_now().date(), pin(__version__)
    if workspace is not None and workspace_name(Path("/", workspace)) != workspace:
        raise UsageError(
            f"--workspace {workspace}: not a name that markers can hold",
            hint=f"such as {workspace_name(Path('/', workspace))}",
        )
    done = scaffold(
        folder, today=today, pin=pinned, workspace=workspace, keep_existing=keep_existing
    )
    for file in done.written:
        line(f"wrote {file.as_posix()}")
    for file in done.kept:
        line(f"kept {file.as_posix()}: it was there before", err=True)
    if any(file.name == ".gitignore" for file in done.kept):
        line("see that .gitignore has .smartplan/ and .env", err=True)
    line()
    if pinned.known:
        line(f"CI installs {pinned.requirement}")
    else:
        line("CI does not know yet where smartplan comes from: put its repository and commit into")
        line("SMARTPLAN_PIN of the three workflows. Everything else works at once.")
    line()
    line("Now:")
    if folder != Path():
        line(f"  cd {folder.as_posix()}")
    block("  smartplan lint\n  smartplan diff\n  smartplan apply\n")
    return ExitCode.FINE
