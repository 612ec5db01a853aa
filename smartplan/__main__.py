"""``smartplan`` and ``python -m smartplan``."""

import atexit
import gc
import os
import sys

_MANY = 100_000
"""Objects; more than a start makes. They live to the end, and the collector would find nothing."""


def main() -> None:
    """The entry point. ``--version`` answers before anything else is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from smartplan import __version__

        print(f"smartplan {__version__}")  # noqa: T201  # click is not worth its import here
        return
    _import_what_is_installed()
    import signal

    codes: list[int] = []
    if not atexit._ncallbacks():  # who came before us is called after us
        atexit.register(_end, codes)
    gc.set_threshold(_MANY)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from smartplan.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        from smartplan.errors import ExitCode

        code = ExitCode.INTERRUPTED
    codes.append(code)
    sys.exit(code)


def _import_what_is_installed() -> None:
    """Import nothing that lies beside the plans or the script, however Python was started.

    ``python -m smartplan`` and an empty part of ``PYTHONPATH`` put the working folder on the path,
    the script puts its own. Where smartplan itself lies there, it is our own. What is not there
    would be looked for again with every import.
    """
    here, script = os.path.realpath(os.curdir), os.path.realpath(os.path.dirname(sys.argv[0]))  # noqa: PTH120  # pathlib is not imported yet
    own = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))  # noqa: PTH118, PTH120
    searched = [(folder, os.path.realpath(folder)) for folder in sys.path]
    sys.path[:] = [
        folder
        for folder, path in searched
        if path == own or (path not in {here, script} and os.path.exists(path))  # noqa: PTH110
    ]


def _end(codes: list[int]) -> None:
    """Be gone, now that threads, other processes and files have come to their own end.

    Taking all modules apart would take its time, and change nothing.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    if codes:
        os._exit(codes[0])


if __name__ == "__main__":
    main()
