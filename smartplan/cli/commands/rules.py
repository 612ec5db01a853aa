"""``smartplan rules``."""

import click

from smartplan.cli.completion import rule_codes
from smartplan.cli.output import block, line
from smartplan.errors import ExitCode


@click.command("rules")
@click.argument("code", required=False, shell_complete=rule_codes)
def command(code: str | None) -> ExitCode:
    """List the rules, or explain one: what, why, bad, good."""
    from smartplan.workflow import reference

    if code is None:
        for known in reference.rules():
            first = known.documentation.what.splitlines()[0]
            line(f"{known.code}  {known.severity:<7}  {first}")
        return ExitCode.FINE
    found = reference.rule(code)
    text = found.documentation
    block(f"{found.code} ({found.severity}, {found.basis})\n\n{text.what}\n\n{text.why}\n\n")
    for title, example in (("Bad", text.bad), ("Good", text.good)):
        line(f"{title}:")
        block("".join(f"    {written}\n" for written in example.splitlines()) + "\n")
    return ExitCode.FINE
