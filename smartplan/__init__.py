"""smartplan: trade plans as code for 3Commas smart trades.

What a program needs of it, imported when it is used; docs/python.md shows how.
"""

TYPE_CHECKING = False  # as ``typing`` has it, which is not worth its import here

if TYPE_CHECKING:
    from smartplan.changes.changeset import Changeset
    from smartplan.changes.reconcile.inputs import Choices
    from smartplan.diagnostics import Finding
    from smartplan.errors import SmartplanError
    from smartplan.simulation.track_record_prices import read_prices
    from smartplan.workflow.connecting import Network, Pace
    from smartplan.workflow.diff_and_apply import Applied
    from smartplan.workflow.workspace import Workspace, open  # noqa: A004  # as ``smartplan.open``

__all__ = [
    "Applied",
    "Changeset",
    "Choices",
    "Finding",
    "Network",
    "Pace",
    "SmartplanError",
    "Workspace",
    "__version__",
    "open",
    "read_prices",
]

__version__ = "0.1.0"

_HOMES = {
    "Applied": "workflow.diff_and_apply",
    "Changeset": "changes.changeset",
    "Choices": "changes.reconcile.inputs",
    "Finding": "diagnostics",
    "Network": "workflow.connecting",
    "Pace": "workflow.connecting",
    "SmartplanError": "errors",
    "Workspace": "workflow.workspace",
    "open": "workflow.workspace",
    "read_prices": "simulation.track_record_prices",
}


def __getattr__(name: str) -> object:
    """PEP 562: `smartplan --version` and `import smartplan` import nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
