"""What an entry of a plan has to say otherwise, so that it means what its live trade is; pure."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from smartplan.diagnostics import Path
from smartplan.document.scalars import Node, Scalar
from smartplan.trade.field_holders import node_at, says

STEPS: Path = ("take_profit", "steps")
_TIMEOUT: Path = ("stop_loss", "timeout", "value")


class Amendment(Struct, frozen=True, eq=False):
    """The entry says ``value`` at ``path`` from now on, or has no such item any more: ``gone``."""

    path: Path
    value: Node = None
    gone: bool = False


def amendments(
    body: Mapping[str, Node], shown: Mapping[str, Node], fields: Iterable[tuple[Path, Scalar]]
) -> list[tuple[Path, list[Amendment]]]:
    """What is to be amended for each of the live ``fields``; nothing for one no plan can say.

    ``shown`` is the live trade as a plan would say it. What the exchange has switched on is said as
    a whole, and a target with all that belongs to it.
    """
    found: dict[Path, list[Amendment]] = {}
    for path, value in fields:
        head = path[:3] if path[:2] == STEPS and _differ_in_number(body, shown, path) else path
        if head not in found:
            found[head] = list(_for(head, value, dict(body), dict(shown)))
    # Targets go from the last on, so that the others keep their places.
    ordered = sorted(found.items(), key=lambda one: _place_of_gone(one[1]))
    return [(path, amended) for path, amended in ordered]


def _place_of_gone(amended: list[Amendment]) -> int:
    gone = amended[0] if len(amended) == 1 and amended[0].gone else None
    return 0 if gone is None else 1 - int(str(gone.path[-1])) + _MOST


_MOST = 1_000_000
"""Far more than there are targets."""


def _differ_in_number(body: Mapping[str, Node], shown: Mapping[str, Node], path: Path) -> bool:
    """Whether the plan or the exchange alone has the target of a field."""
    have, want = (_length(node_at(dict(one), STEPS)) for one in (body, shown))
    return have <= int(str(path[2])) or want <= int(str(path[2]))


def _length(node: Node) -> int:
    return len(node) if isinstance(node, list) else 0


def _for(
    path: Path, value: Scalar, body: dict[str, Node], shown: dict[str, Node]
) -> Iterator[Amendment]:
    group = path[:-1]
    on = (*group, "enabled")
    if group == STEPS:
        index = int(str(path[2]))
        gone = index >= _length(node_at(shown, STEPS))
        yield Amendment(path, gone=True) if gone else Amendment(path, node_at(shown, path))
    elif node_at(shown, on) is True and not says(node_at(body, on), value=True):
        yield from unlike(group, node_at(body, group), node_at(shown, group))
    elif path == _TIMEOUT and value is None:
        yield Amendment(on, value=False)
    elif value is not None:
        yield Amendment(path, value)


def unlike(path: Path, have: Node, want: Node) -> Iterator[Amendment]:
    """What is missing in ``have``, or says something else than ``want``."""
    if isinstance(have, dict) and isinstance(want, dict):
        for key, value in want.items():
            yield from unlike((*path, key), have.get(key), value)
    elif isinstance(have, list) and isinstance(want, list):
        for index, value in enumerate(want):
            yield from unlike((*path, index), have[index] if index < len(have) else None, value)
        for index in range(len(have) - 1, len(want) - 1, -1):
            yield Amendment((*path, index), gone=True)
    elif isinstance(want, dict | list) or not says(have, want):
        yield Amendment(path, want)
