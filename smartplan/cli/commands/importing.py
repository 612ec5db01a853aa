"""``smartplan import``."""

from pathlib import Path

import click
from msgspec import Struct

from smartplan import diagnostics
from smartplan.cli.arguments import env_option, gathered, load_settings
from smartplan.cli.connection import connect, max_wait_option, paced
from smartplan.cli.files import write_new_file
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode, UsageError
from smartplan.report.words import counted
from smartplan.workflow.importing import Imported, import_active, import_trades


class ImportOptions(Struct, frozen=True):
    """[ID]…, --all-active and --out: which live trades, and into which file."""

    ids: tuple[int, ...]
    all_active: bool
    out: Path | None

    def refuse_unclear(self) -> None:
        """Refuse no trade, ids beside all, and a file that exists. Raises ``UsageError``."""
        if bool(self.ids) == self.all_active:
            raise UsageError("name the ids of live trades, or say --all-active")
        if self.out is not None and self.out.exists():
            raise UsageError(f"--out {self.out}: the file exists", hint="name a new file")


@click.command("import")
@gathered(
    ImportOptions,
    "wanted",
    click.argument("ids", nargs=-1, type=click.IntRange(1), metavar="[ID]..."),
    click.option("--all-active", is_flag=True, help="Every open trade that nobody manages yet."),
    click.option(
        "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write a new file."
    ),
)
@max_wait_option
@env_option
def command(wanted: ImportOptions, max_wait: float, environment: str | None) -> ExitCode:
    """Write live trades as a plan whose diff shows adoptions and not one field change.

    Nothing is changed on the exchange; `smartplan apply` then puts our marker on the trades.
    """
    wanted.refuse_unclear()
    out = wanted.out
    working = Path.cwd()
    settings = load_settings(environment, out.parent if out is not None else working)
    session = connect(settings, paced(max_wait))
    if wanted.all_active:
        plan = import_active(session, working)
    else:
        plan = import_trades(wanted.ids, session, working)
    if plan.names:
        _write(plan, out)
    _explain(plan, out, settings.environment)
    return ExitCode.FAILED if plan.left_out or plan.remaining else ExitCode.FINE


def _write(plan: Imported, out: Path | None) -> None:
    if out is None:
        block(plan.text)
        return
    write_new_file(f"--out {out}", out, plan.text)


def _explain(plan: Imported, out: Path | None, environment: str) -> None:
    for left in plan.left_out:
        which = f"#{left.trade_id}" if left.trade_id is not None else "a trade without an id"
        line(f"left out: {which}: {left.reason}", err=True)
    for finding in plan.excused:
        line(
            f"ignored in the plan: {finding.trade}: {finding.code} {finding.message}",
            err=True,
        )
    for finding in plan.remaining:
        line(f"still wrong: {finding.trade}: {finding.code} {finding.message}", err=True)
    trades = counted(len(plan.names), "trade")
    if not plan.names:
        line("nothing to import", err=True)
    elif out is not None:
        look = diagnostics.command(f"diff {out}", environment)
        line(f"{trades} in {out}; {look} shows the adoptions", err=True)
