"""Asking before anything changes."""

import sys

import click

from smartplan.errors import SafetyRefusal


def confirm(environment: str, *, yes: bool) -> None:
    """Exactly ``yes``, or ``real`` for real money. Raises ``SafetyRefusal``."""
    if not yes:
        confirm_word("real" if environment == "real" else "yes", f"Do this on {environment}?")


def confirm_word(word: str, question: str) -> None:
    """Exactly that word, typed on a terminal. Raises ``SafetyRefusal``."""
    if not sys.stdin.isatty():
        raise SafetyRefusal(
            "nothing was done: there is no terminal to confirm on",
            hint="read what is shown above, then confirm it on the command line (--help says how)",
        )
    click.echo(f"{question} Only `{word}` is taken: ", nl=False, err=True)
    if sys.stdin.readline().strip("\n") != word:
        raise SafetyRefusal("nothing was done: not confirmed")
