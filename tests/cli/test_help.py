"""Help that can be read on 80 columns, and says what there is."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from smartplan.cli.app import ELSEWHERE, main, run
from smartplan.workflow.reference import TOPICS

ROOT = Path(__file__).parents[2]


def commands() -> Iterator[tuple[str, click.Command]]:
    top = click.Context(main, info_name="smartplan")
    for name in main.list_commands(top):
        command = main.get_command(top, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())


def help_of(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"smartplan {name}", terminal_width=80)
    return command.get_help(context)


def test_help_fits_80_columns_and_cuts_no_sentence() -> None:
    top = main.get_help(click.Context(main, info_name="smartplan", terminal_width=80))
    for name, text in (("", top), *((name, help_of(name, one)) for name, one in commands())):
        for line in text.splitlines():
            assert len(line) <= 80, (name, line)
            assert not re.search(r"\w\.\.\.$", line), (name, line)


def test_every_option_says_what_it_is_for() -> None:
    silent = [
        (name, option.opts[0])
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
        if option.opts[0] != "--format"  # its choices say it
    ]
    assert silent == []


def test_options_that_may_be_given_again_say_so() -> None:
    silent = [
        (name, option.opts[0])
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and option.multiple
        if "repeatable" not in (option.help or "")
    ]
    assert silent == []


def test_reports_and_formats_are_listed() -> None:
    for name, command in commands():
        for option in command.params:
            if "--report" in option.opts:
                assert "json" in (option.help or ""), name
            if "--format" in option.opts:
                assert isinstance(option.type, click.Choice), name


def test_apply_takes_a_changeset_and_says_so() -> None:
    shown = help_of("apply", dict(commands())["apply"])
    assert "[PATH... | CHANGESET]" in shown
    assert "CHANGESET is a file that `smartplan diff --out` wrote" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("word", "meant"),
    [("plan", "diff"), ("validate", "lint"), ("ls", "status"), ("statuss", "status")],
)
def test_a_word_of_other_tools_leads_to_ours(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word]) == 2
    assert f"Did you mean `{meant}`?" in capsys.readouterr().err


def test_what_it_leads_to_exists() -> None:
    known = {name for name, _ in commands()} | {"--version", "--help"}
    assert {ours.removesuffix(" --watch") for ours in ELSEWHERE.values()} <= known
    assert not set(ELSEWHERE) & {name for name, _ in commands()}


def test_the_documentation_can_be_read_here_and_is_in_the_wheel(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["docs"]) == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert listed == set(TOPICS)
    assert run(["docs", "plan-format"]) == 0
    assert "size_by_risk" in capsys.readouterr().out
    assert run(["docs", "plan-fromat"]) == 2
    assert "did you mean `plan-format`?" in capsys.readouterr().err
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    pages = {name: f"smartplan/{name}" for name in (f"docs/{topic}.md" for topic in TOPICS)}
    assert {k: v for k, v in shipped.items() if k.startswith("docs/")} == pages
    of_the_repository = {"architecture", "index", "modules"}
    assert set(TOPICS) == {page.stem for page in (ROOT / "docs").glob("*.md")} - of_the_repository


def test_every_page_that_a_message_names_can_be_read_here() -> None:
    source = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "smartplan").rglob("*.py")
    )
    named = set(re.findall(r"smartplan docs ([a-z-]+)", source))
    assert named <= set(TOPICS)
    assert "plan-format" in named
