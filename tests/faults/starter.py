"""Starts smartplan in processes of its own, hundreds of them, and ends them where it is told to.

Run as a script: one JSON order a line on stdin, one exit code a line on stdout. Every order is
carried out by a forked process that has smartplan imported already; what it does from there on is
what ``python -m smartplan`` does. A process can be told to send itself signals around the n-th call
that leaves Python for the database, the lock or the network: the hook sits in the interpreter's
profiler, so that nothing of smartplan knows of it.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

WATCHED = frozenset({"execute", "send", "sendall", "recv", "connect", "flock"})
PRELOADED = (
    "smartplan.cli.app", "smartplan.cli.commands.apply", "smartplan.cli.commands.diff",
    "smartplan.cli.commands.resolve", "smartplan.cli.commands.drift", "smartplan.lint.run",
    "smartplan.lint.schema", "smartplan.state.sqlite", "smartplan.sandbox.app",
    "smartplan.trade.template_functions", "filelock", "jsonschema_rs", "idna",
)  # fmt: skip


class Watch:
    """Counts the calls that matter and acts before the chosen one.

    Before one call is after the one before it: nothing else leaves the process in between.
    """

    def __init__(self, at: int, signals: tuple[int, ...], tally: str | None) -> None:
        self.at = at
        self.signals = signals
        self.tally = tally
        self.seen = 0

    def __call__(self, _frame: object, event: str, call: Any) -> None:
        if event != "c_call" or call.__name__ not in WATCHED:
            return
        self.seen += 1
        if self.seen == self.at:
            for number in self.signals:
                os.kill(os.getpid(), number)

    def report(self) -> None:
        if self.tally is not None:
            Path(self.tally).write_text(str(self.seen), encoding="ascii")


def become(order: Mapping[str, Any]) -> int:
    """Be smartplan, from the inside of a fresh process, and return its exit code."""
    from smartplan.cli.app import run

    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    streams = ((0, os.devnull, os.O_RDONLY), (1, order["out"], os.O_WRONLY | os.O_CREAT),
               (2, order["err"], os.O_WRONLY | os.O_CREAT))  # fmt: skip
    for number, file, flags in streams:
        os.dup2(os.open(file, flags | os.O_TRUNC if number else flags, 0o600), number)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    watch = Watch(order.get("at", 0), tuple(order.get("signals", ())), order.get("tally"))
    if watch.at or watch.tally:
        sys.setprofile(watch)
    code = run(order["arguments"])
    sys.setprofile(None)
    watch.report()
    return code


def main() -> None:
    """Carry out orders until there are no more."""
    for name in PRELOADED:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = become(order)
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
