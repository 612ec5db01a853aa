"""The language server on stdin and stdout."""

from smartplan.editor.features import register
from smartplan.editor.server import PlanServer


def serve() -> None:
    """Answer an editor until it says good-bye."""
    server = PlanServer()
    register(server)
    server.start_io()
