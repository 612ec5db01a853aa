"""The one way out: all that is printed passes here.

Names of files, notes, messages of the service, settings and variables are foreign text. None of it
can move a cursor, hide, turn the direction of a line, add a line, or begin one with ``::``, which
GitHub would obey as a command.
"""

import re

import click

from smartplan.cli.terminal import columns
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean

_STYLE = r"(\x1b\[(?:[0-9]|3[0-9])(?:;(?:[0-9]|3[0-9]))*m)"
"""What ``report.appearance`` paints with."""
_COMMAND = r"^((?:\s|\x1b\[[0-9;]*m)*):(?=:)"


def line(text: str = "", *, err: bool = False) -> None:
    """Print one line, whatever the text holds."""
    click.echo(_disarmed(clean(text)), err=err)


def block(text: str, *, err: bool = False) -> None:
    """Print lines that a renderer made, with its colours."""
    click.echo("\n".join(map(_shown, text.split("\n"))), nl=False, err=err, color=True)


def prose(text: str, *, err: bool = False) -> None:
    """The same, as wide as the terminal that it is for."""
    block(fold(text, columns(err=err)), err=err)


def document(text: str) -> None:
    """Print what programs read: JSON loses nothing, since whatever is odd is escaped in it."""
    if text[:1] not in {"{", "["}:
        block(text)
        return
    text = text.replace("##[", "\\u0023#[")
    click.echo("\n".join(map(_escaped, text.split("\n"))), nl=False)


def verbatim(text: str) -> None:
    """Print what GitHub is meant to obey, or what was looked at already."""
    click.echo(text, nl=False)


def over(text: str) -> None:
    """Print over the last line of a terminal."""
    click.echo(f"\r{clean(text)}", nl=False, err=True)


def redraw() -> None:
    """Begin anew at the top of a terminal."""
    click.echo("\x1b[H\x1b[2J", nl=False, color=True)


def is_command(text: str) -> bool:
    """Whether GitHub would obey a line of ``text``."""
    return any("##[" in line or re.match(_COMMAND, line) for line in text.split("\n"))


def _shown(text: str) -> str:
    pieces = re.split(_STYLE, text) if "\x1b" in text else [text]
    pieces[::2] = map(clean, pieces[::2])
    return _disarmed("".join(pieces))


def _disarmed(text: str) -> str:
    """The runner of GitHub skips white space before ``::``, and obeys ``##[`` anywhere."""
    spaced = re.sub(_COMMAND, r"\1: ", text) if "::" in text else text
    return spaced.replace("##[", "## [")


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
