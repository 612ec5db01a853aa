"""Commands in a way out, completed so that they can be pasted: they name the environment."""

import re
from collections.abc import Sequence

import click

_COMMAND = re.compile(r"`smartplan ([^`]+)`")
_OPTION = "--env"


def pasteable(hint: str, arguments: Sequence[str], main: click.Group) -> str:
    """The hint, its commands for the environment that ``arguments`` name; as it is without one."""
    chosen = _chosen(arguments)
    if chosen is None:
        return hint

    def complete(found: re.Match[str]) -> str:
        words = found[1]
        if _OPTION in words or not _takes_environment(words.split(), main):
            return found[0]
        return f"`smartplan {words} {_OPTION} {chosen}`"

    return _COMMAND.sub(complete, hint)


def _chosen(arguments: Sequence[str]) -> str | None:
    chosen = None
    for word, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == _OPTION:
            chosen = after
        elif word.startswith(f"{_OPTION}="):
            chosen = word.removeprefix(f"{_OPTION}=")
    return chosen or None


def _takes_environment(words: Sequence[str], main: click.Group) -> bool:
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
    return command is not None and any(_OPTION in option.opts for option in command.params)
