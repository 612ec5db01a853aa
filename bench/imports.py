"""``python -m bench.imports``: what importing each dependency costs, beside ``import click``.

Whole processes in turn, medians; the figures of docs/decisions.
"""

import sys
from pathlib import Path

from bench.timing import Command, in_turn

ROUNDS = 9
RSA = "cryptography.hazmat.primitives.asymmetric.padding"
IMPORTED = (
    "yaml",
    RSA,
    "jsonschema_rs",
    "filelock",
    "jinja2",
    "jsonschema",
    "httpx",
    "flask",
    "waitress",
    "psycopg",
    "pygls.lsp.server",
)


def importing(module: str) -> Command:
    """A process that imports a module and ends."""
    return Command([sys.executable, "-c", f"import {module}"], Path.cwd())


def main() -> None:
    """Print a line for each."""
    for module in IMPORTED:
        ratio = in_turn(importing(module), importing("click"), ROUNDS).ratio
        print(f"{module.partition('.')[0]:14} {ratio:.1f} × import click")


if __name__ == "__main__":
    main()
