"""docs/commands.md: every endpoint is there, and every command it names exists."""

import re
from pathlib import Path

import click

from smartplan.cli.app import main
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
PREFIX = "/public/api"
GROUPS = {"trade", "sandbox", "state", "markets"}


def served() -> set[str]:
    """Every call the embedded exchange answers as the service does."""
    rules = create_app(Exchange()).url_map.iter_rules()
    calls = set()
    for rule in rules:
        if rule.rule.startswith(PREFIX):
            path = re.sub(r"<[^>]*>", "{id}", rule.rule.removeprefix(PREFIX))
            calls |= {f"{method} {path}" for method in rule.methods - {"HEAD", "OPTIONS"}}
    return calls


def commands() -> set[str]:
    """Every command line's first words."""
    context = click.Context(main)
    found = set()
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}" for inner in command.commands}
        else:
            found.add(name)
    return found


def named_on_the_page() -> set[str]:
    words = re.findall(r"`smartplan ([a-z-]+)(?: ([a-z-]+))?", PAGE.read_text(encoding="utf-8"))
    return {f"{first} {second}" if first in GROUPS else first for first, second in words}


def test_every_call_of_the_service_is_in_the_table() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Endpoint by endpoint")[2]
    listed = re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) [^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert {call for call, _ in listed} == served()
    trades = [by for call, by in listed if "smart_trades" in call]
    assert all("`smartplan " in by for by in trades)


def test_every_command_is_on_the_page_and_every_named_one_exists() -> None:
    assert named_on_the_page() == commands()
