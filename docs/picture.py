"""The picture of the house on the page about the architecture, drawn from the import graph."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp

PAGE = Path(__file__).parent / "architecture.md"
GROUND = (
    *("boundary", "origins", "redaction", "diagnostics", "errors", "resource", "times", "text"),
    *("currencies", "lazy"),
)
"""Single modules that every room stands on; one box in the picture."""
INNER = ("changes",)
"""Rooms that are drawn with the rooms in them."""

_BLOCK = re.compile(
    r"(?<=<!-- drawn by `make docs` -->\n).*?(?=<!-- end of the picture -->)", re.DOTALL
)

Graph = Mapping[str, set[str]]


def page() -> str:
    """The page as it stands, with the picture as the imports are now."""
    text = PAGE.read_text(encoding="utf-8")
    return _BLOCK.sub(lambda _: f"```mermaid\n{picture()}```\n", text)


def picture() -> str:
    """A Mermaid flowchart: an arrow points to what is imported, where no longer way says so too."""
    graph = rooms(grimp.build_graph("smartplan", exclude_type_checking_imports=True))
    lines = ["flowchart TD"]
    for room in INNER:
        inside = sorted(box for box in graph if box.startswith(f"{room}."))
        lines += [f"  subgraph {room}", *(f"    {_box(box)}" for box in inside), "  end"]
    lines += [f"  {_box(box)}" for box in sorted(graph) if "." not in box]
    lines += [f"  {_id(box)} --> {_id(below)}" for box, below in sorted(_arrows(graph))]
    return "\n".join(lines) + "\n"


def rooms(modules: grimp.ImportGraph) -> dict[str, set[str]]:
    """Which box imports which directly."""
    graph: dict[str, set[str]] = {}
    for module in modules.modules:
        if (box := _home(module)) is None:
            continue
        others = map(_home, modules.find_modules_directly_imported_by(module))
        graph.setdefault(box, set()).update(other for other in others if other not in (None, box))
    return graph


def _home(module: str) -> str | None:
    """The box a module is in; None for the entrances and for what is not ours."""
    package, *parts = module.split(".")
    if package != "smartplan" or not parts or parts[0] == "__main__":
        return None
    if parts[0] in INNER:
        return ".".join(parts[:2]) if len(parts) > 1 else None
    return "ground" if parts[0] in GROUND else parts[0]


def _arrows(graph: Graph) -> Iterator[tuple[str, str]]:
    """The imports that do not follow from others."""
    for box, below in graph.items():
        for other in below:
            if not any(other in _reach(graph, way, {box}) for way in below - {other}):
                yield box, other


def _reach(graph: Graph, start: str, seen: set[str]) -> set[str]:
    ahead, found = [start], set(seen)
    while ahead:
        for other in graph[ahead.pop()] - found:
            found.add(other)
            ahead.append(other)
    return found - seen


def _id(box: str) -> str:
    return box.replace(".", "_")


def _box(box: str) -> str:
    if box == "ground":
        return f"ground[{', '.join(GROUND)}]"
    return f"{_id(box)}[{box.rpartition('.')[2]}]"
