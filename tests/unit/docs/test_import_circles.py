"""No modules import each other in a circle, wherever in them the imports stand."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "smartplan"
KNOWN = frozenset({
    "smartplan.report.simulation", "smartplan.report.simulation_data",
    "smartplan.report.simulation_text",
    "smartplan.state.database", "smartplan.state.lease", "smartplan.state.lock",
    "smartplan.state.postgres", "smartplan.state.private_files", "smartplan.state.server",
    "smartplan.state.sqlite", "smartplan.state.store", "smartplan.state.tables",
})  # fmt: skip
"""Modules that still stand in a circle: this list only ever gets shorter."""


def modules(package: Path) -> dict[str, Path]:
    """The files of a package by their dotted names."""
    found = {}
    for file in package.rglob("*.py"):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


def that_run(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node but what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from that_run(other)
        else:
            yield child
            yield from that_run(child)


def imported(file: Path, known: Mapping[str, Path]) -> set[str]:
    """The modules among ``known`` that a file imports, inside of functions too."""
    names: set[str] = set()
    for node in that_run(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= below & known.keys() or {str(node.module)}
    return names & known.keys()


def circles(package: Path) -> set[frozenset[str]]:
    """Modules that reach each other by their imports: each group is tangled in itself."""
    known = modules(package)
    direct = {name: imported(file, known) - {name} for name, file in known.items()}
    reached: dict[str, set[str]] = {}
    for name in direct:
        reached[name], ahead = set(), [name]
        while ahead:
            fresh = direct[ahead.pop()] - reached[name]
            reached[name] |= fresh
            ahead += fresh
    return {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in direct
        if name in reached[name]
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    tangled = {name for circle in circles(PACKAGE) for name in circle}
    assert tangled <= KNOWN


def test_a_circle_is_found_through_functions_and_not_through_types(tmp_path: Path) -> None:
    package = tmp_path / "house"
    package.mkdir()
    for name, text in {
        "__init__": "",
        "roof": "from house.wall import stone\nfrom house import chimney",
        "wall": "def build():\n    import house.floor\n    return house.floor",
        "floor": "from house import roof",
        "chimney": (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.roof import tile"
        ),
    }.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    assert circles(package) == {frozenset({"house.roof", "house.wall", "house.floor"})}
