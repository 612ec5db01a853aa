"""``smartplan schema``."""

import click

from smartplan.cli.output import document
from smartplan.errors import ExitCode, UsageError

_SUFFIX = ".schema.json"


@click.command("schema")
@click.argument("name", default="plan")
def command(name: str) -> ExitCode:
    """Print a JSON Schema.

    Of what people write: plan, settings, smart-trade-create or -update. Of what is printed as JSON:
    findings, changeset, status, trades, history, report, simulation, conformance.
    """
    from smartplan.lint import schema

    file = name if name.endswith(_SUFFIX) else name + _SUFFIX
    if file not in schema.NAMES:
        known = ", ".join(known.removesuffix(_SUFFIX) for known in schema.NAMES)
        raise UsageError(f"there is no schema {name}", hint=f"known: {known}")
    document(schema.read(file))
    return ExitCode.FINE
