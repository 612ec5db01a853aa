"""``smartplan show``."""

from functools import partial
from pathlib import Path

import click

from smartplan.cli.arguments import load_settings, risk_option
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode, SmartplanError
from smartplan.settings import Settings
from smartplan.times import utc_now, utc_text


@click.command("show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@risk_option
def command(file: Path, full_risk: bool) -> ExitCode:
    """Show a saved changeset, at any time; whether it still may be applied is apply's to say.

    What is shown follows from what would be sent.
    """
    from smartplan.report.changes.saved import saved_text
    from smartplan.workflow.reconciliation import risk_as_planned
    from smartplan.workflow.saved_plans import plans_of, read_saved

    saved = read_saved(file, utc_now())
    checked, acts = plans_of(saved)
    settings = _settings(saved.environment)
    assess, equity = partial(risk_as_planned, settings), settings.risk.equity
    shown = saved_text(saved, acts, checked.trades, assess, equity if full_risk else None)
    block(f"{shown}\n")
    commit = f" at commit {saved.commit[:12]}" if saved.commit else ""
    line(f"changes id {saved.changes}, saved {utc_text(saved.created)}Z{commit}")
    line(f"may be applied once, until {utc_text(saved.expires)}Z")
    return ExitCode.FINE


def _settings(environment: str) -> Settings:
    """Those of the workspace around us, for fees; the usual ones where it is not the one."""
    try:
        return load_settings(environment)
    except SmartplanError:
        return Settings(root=Path.cwd())
