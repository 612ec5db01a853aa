"""The same command line in a child that can do little harm: for plans from strangers."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

import click
from msgspec import Struct
from msgspec.structs import replace

from smartplan.errors import UsageError

CPU_SECONDS = 60
MEMORY = 1 << 30
FILE_SIZE = 64 << 20
OPEN_FILES = 64
SHOWING = ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR")
"""The only variables that are passed on: how findings are shown, nothing secret."""

_AT = "SMARTPLAN_ISOLATED_AT"
"""The number of an open file: where the child says what it is at, should it be killed there."""

_FLAG = "--isolate"
_ARGUMENTS = "smartplan.arguments"


class Isolatable(click.Command):
    """A command that remembers its arguments, to hand them to a child."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Click's parsing, which uses its list up."""
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)


def as_given() -> tuple[str, ...]:
    """The arguments of the running command, without ``--isolate``; one process, for the limits."""
    given: tuple[str, ...] = click.get_current_context().meta[_ARGUMENTS]
    return ("--jobs=1", *(argument for argument in given if argument != _FLAG))


class ChildEnd(Struct, frozen=True):
    """How the child ended; ``cause`` says what killed it, ``at`` which file it was at, if any."""

    code: int
    cause: str | None = None
    at: str | None = None


def run_isolated(arguments: Sequence[str], *, stdin: bool = False) -> ChildEnd:
    """Run ``smartplan`` with ``arguments`` in the child.

    Isolated mode (``-I``) keeps a ``smartplan`` folder beside the plans from being imported.
    """
    from tempfile import TemporaryFile

    command = [sys.executable, "-I", "-X", "utf8", "-m", "smartplan", *arguments]
    with TemporaryFile() as at:
        ended = run_limited(command, stdin=stdin, at=at.fileno())
        at.seek(0)
        file = os.fsdecode(at.read()) if ended.cause else ""
    return replace(ended, at=file or None)


def run_limited(command: Sequence[str], *, stdin: bool = False, at: int | None = None) -> ChildEnd:
    """Run a command with next to no environment, no files but the standard streams, and limits.

    Its output is ours, and so is its exit code; 1 if it was killed. Into the file ``at`` it writes
    what it is at.
    """
    if sys.platform == "win32":
        raise UsageError("--isolate needs an operating system with resource limits")
    import subprocess

    environment = {name: os.environ[name] for name in SHOWING if name in os.environ}
    code = subprocess.run(  # noqa: S603  # our own interpreter and our own arguments
        list(command),
        check=False,
        env=environment if at is None else {**environment, _AT: str(at)},
        stdin=None if stdin else subprocess.DEVNULL,
        pass_fds=() if at is None else (at,),
        preexec_fn=_limit,  # safe here: we run no threads
    ).returncode
    if code >= 0:
        return ChildEnd(code)
    return ChildEnd(1, _causes().get(-code, f"was killed by signal {-code}"))


def teller() -> Callable[[str], None]:
    """What to call with the name of each file that is begun; it matters in the child alone."""
    given = os.environ.get(_AT, "")
    return partial(_tell, int(given)) if given.isdecimal() else lambda _: None


def _tell(at: int, file: str) -> None:
    os.ftruncate(at, 0)
    os.pwrite(at, os.fsencode(file), 0)


def _causes() -> dict[int | None, str]:
    return {
        getattr(signal, "SIGXCPU", None): f"used more than {CPU_SECONDS} s of CPU time",
        getattr(signal, "SIGXFSZ", None): f"wrote more than {FILE_SIZE >> 20} MiB",
    }


def _limit() -> None:
    import resource

    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (allowed, hard))
