"""Asking before anything changes."""

import sys

from smartplan.cli.output import block, line
from smartplan.errors import Interrupted, SafetyRefusal


def confirm(environment: str, *, yes: bool) -> None:
    """Exactly ``yes``, or ``real`` for real money. Raises ``SafetyRefusal``."""
    if not yes:
        word = "real" if environment == "real" else "yes"
        confirm_word(word, f"Do this on {environment}?", option="--yes")


def confirm_word(word: str, question: str, *, option: str) -> None:
    """Exactly that word, typed on a terminal; ``option`` says it where there is none.

    Raises ``SafetyRefusal``.
    """
    if not sys.stdin.isatty():
        raise SafetyRefusal(
            "nothing was done: there is no terminal to confirm on",
            hint=f"read what is shown above, then run it again with {option}",
        )
    if _answer(f"{question} Only `{word}` is taken: ") != word:
        raise SafetyRefusal("nothing was done: not confirmed")


def _answer(question: str) -> str:
    try:
        block(question, err=True)
        return sys.stdin.readline().strip("\n")
    except KeyboardInterrupt:
        line(err=True)
        raise Interrupted("interrupted: nothing was done") from None
