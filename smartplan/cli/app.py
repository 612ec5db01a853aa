"""The command group, and the one place where errors become a message and an exit code."""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from smartplan.errors import ExitCode, SmartplanError
from smartplan.lazy import left_out

COMMANDS = {
    "init": ("commands.init", "Write a workspace to start from."),
    "lint": ("commands.lint", "Check plans offline: template, YAML, schema, rules."),
    "render": ("commands.render", "Show rendered plans, or the JSON that would be sent."),
    "diff": ("commands.diff", "Show what apply would do, and at what risk."),
    "apply": ("commands.apply", "Do it: show the diff, ask, act, verify."),
    "show": ("commands.show", "Show a saved changeset."),
    "drift": ("commands.drift", "Show what moved on the exchange since the last apply."),
    "resolve": ("commands.resolve", "Settle a request of apply whose outcome is unknown."),
    "history": ("commands.history", "Show the journal."),
    "state": ("commands.state", "The store: check, migrate."),
    "status": ("commands.status", "Show the plans beside their live trades, worst first."),
    "stats": ("commands.stats", "What became of trades that are over, in R and in money."),
    "import": ("commands.importing", "Write live trades as a plan."),
    "trade": ("commands.trade", "See and act on one live trade, by name or id."),
    "close-all": ("commands.close_all", "Close and cancel everything of this workspace."),
    "forget": ("commands.forget", "Stop managing a trade without touching it."),
    "doctor": ("commands.doctor", "Check credentials, permissions, accounts and the store."),
    "report": ("commands.report", "Risk and price ladders, as text or as a page."),
    "simulate": ("commands.simulate", "Run plans through a history of prices."),
    "markets": ("commands.markets", "Pairs with tick, lot and minimum; lock them for lint."),
    "rules": ("commands.rules", "List the rules, or explain one."),
    "schema": ("commands.schema", "Print a JSON Schema."),
    "docs": ("commands.docs", "Read the documentation here."),
    "lsp": ("commands.lsp", "Speak to an editor, as its language server."),
    "sandbox": ("commands.sandbox", "The embedded exchange: serve, reset, tick, fill."),
}
"""Command → (module in ``smartplan.cli``, one line of help): help imports no command."""

ELSEWHERE = {
    "plan": "diff",
    "preview": "diff",
    "validate": "lint",
    "check": "lint",
    "fmt": "lint",
    "ls": "status",
    "list": "trade list",
    "get": "trade show",
    "watch": "status --watch",
    "up": "apply",
    "deploy": "apply",
    "run": "apply",
    "new": "init",
    "log": "history",
    "logs": "history",
    "destroy": "close-all",
    "delete": "trade cancel",
    "cancel": "trade cancel",
    "close": "trade close",
    "move-stop": "trade move-stop",
    "pairs": "markets",
    "backtest": "simulate",
    "tick": "sandbox tick",
    "explain": "rules",
    "man": "docs",
    "help": "--help",
    "version": "--version",
}
"""What other tools call it, and what it is called here."""

_OUTPUT_LOST = frozenset({errno.EPIPE, errno.ENOSPC, errno.EIO})


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        # What msgspec looks for in there is in `typing`, in every Python that we run on.
        with left_out("typing_extensions"):
            import_module("msgspec")
        module = import_module(f"smartplan.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = [
                *filter(None, [ELSEWHERE.get(name)]),
                *difflib.get_close_matches(name, COMMANDS, 1),
            ]
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"No such command `{name}`.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    "smartplan",
    cls=_Lazy,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 findings or a failed action, 2 usage, 3 something pending or "
    "unprotected, 4 service unreachable or refusing, 5 refused for safety, 6 outcome unknown, "
    "130 interrupted.",
)
@click.option("-V", "--version", is_flag=True, expose_value=False, help="Show the version.")
@click.option("--proxy", metavar="URL", help="Reach the service through this HTTP proxy.")
@click.option("--ca-bundle", metavar="FILE", help="Also trust these certificate authorities.")
@click.pass_context
def main(context: click.Context, proxy: str | None, ca_bundle: str | None) -> None:
    """Trade plans as code, for 3Commas smart trades."""
    context.obj = {"proxy": proxy, "ca_bundle": ca_bundle}


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; nothing is ever raised to the user."""
    _ready_streams()
    try:
        code = main.main(list(arguments), prog_name="smartplan", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _explain(error)
        return ExitCode.USAGE
    except SmartplanError as error:
        _say(str(error), _pasteable(error.hint, arguments), getattr(error, "reasons", ()))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted", None)
        return ExitCode.INTERRUPTED
    except SystemExit as end:
        # click ends a completion script with 0, and its answer to a closed pipe is 1.
        return _output_lost(os.strerror(errno.EPIPE)) if end.code else ExitCode.FINE
    except OSError as error:
        return _output_lost(error.strerror) if error.errno in _OUTPUT_LOST else _failed(error)
    except MemoryError:
        _say("out of memory", None)
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001  # the last wall: users never see a traceback
        return _failed(error)
    return code if isinstance(code, int) else ExitCode.FINE


def _ready_streams() -> None:
    """Streams that were closed before we began lead nowhere; what cannot be encoded is replaced."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            from pathlib import Path

            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115  # to the end
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _explain(error: click.ClickException) -> None:
    """What click says of a command line, which may hold anything."""
    from io import StringIO

    from smartplan.cli.output import block

    said = StringIO()
    error.show(said)
    with suppress(OSError):
        block(said.getvalue(), err=True)


def _say(message: str, hint: str | None, reasons: Sequence[str] = ()) -> None:
    from smartplan.cli.output import prose
    from smartplan.report.foreign_text import clean

    if len(reasons) > 1:
        message = f"nothing was done, for {len(reasons)} reasons:"
    told = [f"smartplan: {message}"]
    told += [f"  - {reason}" for reason in reasons] if len(reasons) > 1 else []
    told += [f"  {hint}"] if hint else []
    with suppress(OSError):  # nobody listens on stderr either: the exit code still tells
        prose("".join(f"{clean(text)}\n" for text in told), err=True)


def _pasteable(hint: str | None, arguments: Sequence[str]) -> str | None:
    from smartplan.cli.next_commands import pasteable

    return hint and pasteable(hint, arguments, main)


def _output_lost(why: str | None) -> ExitCode:
    """Whoever read our output has gone; flushing at exit would complain a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _say(f"interrupted: the output cannot be written ({why})", None)
    return ExitCode.INTERRUPTED


def _failed(error: Exception) -> ExitCode:
    _say(_internal(error), "please report it, with the command and the plan")
    return ExitCode.FAILED


def _internal(error: Exception) -> str:
    """Name and place of the defect, never values: they may hold what must not be shown."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return f"internal error: {type(error).__name__}{place}"
