"""``smartplan`` and ``python -m smartplan``."""

import sys


def main() -> None:
    """The entry point. ``--version`` answers before anything else is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from smartplan import __version__

        print(f"smartplan {__version__}")  # noqa: T201  # click is not worth its import here
        return
    from smartplan.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
