"""``smartplan lsp``."""

import click

from smartplan.diagnostics import with_extra
from smartplan.errors import ExitCode, UsageError


@click.command("lsp")
def command() -> ExitCode:
    """Speak the language server protocol on stdin and stdout, for an editor that starts this.

    Needs the extra `lsp`.
    """
    try:
        from smartplan.editor.stdio import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol", "cattrs", "attrs"}:
            raise
        raise UsageError(
            f"the language server needs {error.name}", hint=with_extra("lsp")
        ) from None
    serve()
    return ExitCode.FINE
