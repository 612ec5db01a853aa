"""The page about the architecture says what the import graph says, and rooms stay small."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from docs.picture import rooms

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "smartplan"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES = sorted(PACKAGE.rglob("*.py"))
LIBRARIES = ("click", "flask", "httpx", "psycopg", "pygls", "sqlite3", "waitress")
LONGEST_MODULE, LONGEST_FUNCTION = 350, 50


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        "smartplan", include_external_packages=True, exclude_type_checking_imports=True
    )


def test_no_arrow_of_the_picture_leads_back(graph: grimp.ImportGraph) -> None:
    left = rooms(graph)
    while ground := {box for box, below in left.items() if not below & left.keys()}:
        left = {box: below for box, below in left.items() if box not in ground}
    assert left == {}


def rooms_on_the_page() -> list[list[str]]:
    """The rooms from top to bottom; those of one line are neighbours."""
    table = PAGE.partition("| room | holds |\n|---|---|\n")[2].partition("\n\n")[0]
    return [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()]


def room_of(module: str) -> str:
    return module.split(".")[1]


def importers(graph: grimp.ImportGraph, library: str) -> set[str]:
    assert library in graph.modules
    return set(graph.find_modules_that_directly_import(library))


def test_the_page_names_every_room() -> None:
    listed = sorted(room for line in rooms_on_the_page() for room in line)
    own = {file.relative_to(PACKAGE).with_suffix("").parts[0] for file in MODULES}
    assert listed == sorted(own - {"__init__", "__main__"})


def test_imports_go_down_the_page_only_and_never_sideways(graph: grimp.ImportGraph) -> None:
    height = {room: -number for number, line in enumerate(rooms_on_the_page()) for room in line}
    wrong = [
        (module, imported)
        for module in graph.modules
        if "." in module and room_of(module) in height
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.startswith("smartplan.") and room_of(imported) != room_of(module)
        if height[room_of(imported)] >= height[room_of(module)]
    ]
    assert wrong == []


def test_the_checks_enforce_the_order_of_the_page() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    enforced = [sorted(layer.replace("smartplan.", "").split(" | ")) for layer in layers]
    assert enforced == [["__main__"], *(sorted(line) for line in rooms_on_the_page())]


def test_each_library_is_where_the_page_says(graph: grimp.ImportGraph) -> None:
    assert "Only `api.http_library` imports httpx, only `cli` imports click" in PAGE
    assert "only `sandbox` imports Flask, only `state` imports a database driver" in PAGE
    assert "only `editor`\nimports pygls" in PAGE
    assert importers(graph, "httpx") == {"smartplan.api.http_library"}
    found = {name: {room_of(by) for by in importers(graph, name)} for name in LIBRARIES}
    assert found == {
        "click": {"cli"},
        "flask": {"sandbox"},
        "httpx": {"api"},
        "psycopg": {"state"},
        "pygls": {"editor"},
        "sqlite3": {"state"},
        "waitress": {"sandbox"},
    }


def test_the_sandbox_is_an_independent_witness(graph: grimp.ImportGraph) -> None:
    assert "sandbox imports none of `trade`, `changes`, `api`, `lint`" in PAGE
    sandbox = [module for module in graph.modules if module.startswith("smartplan.sandbox")]
    imported = {
        room_of(other)
        for module in sandbox
        for other in graph.find_modules_directly_imported_by(module)
        if other.startswith("smartplan.")
    }
    assert not imported & {"trade", "changes", "api", "lint"}


def test_every_module_that_the_page_names_exists(graph: grimp.ImportGraph) -> None:
    named = {name for name in re.findall(r"`([a-z_]+\.[a-z_]+)[.`]", PAGE) if ".toml" not in name}
    assert len(named) > 15
    assert {f"smartplan.{name}" for name in named} <= graph.modules


def functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield f"{file.stem}.{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_modules_and_functions_are_small_and_named_for_what_they_hold() -> None:
    sizes = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert {file.name: size for file, size in sizes.items() if size > LONGEST_MODULE} == {}
    long = [one for file in MODULES for one in functions(file) if one[1] > LONGEST_FUNCTION]
    assert long == []
    assert not {file.stem for file in MODULES} & {"utils", "helpers", "common", "manager"}


def dependencies() -> set[str]:
    """What users install; of httpx's own, only the lowest versions are ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = (extra for name, extra in project["optional-dependencies"].items() if name != "dev")
    named = [*project["dependencies"], *(one for extra in extras for one in extra)]
    return {re.split(r"[\[>]", one)[0] for one in named} - {"anyio", "h11", "idna"}


def test_every_dependency_has_a_decision_that_says_why_how_healthy_and_at_what_cost() -> None:
    pages = {page.stem[5:]: page for page in (ROOT / "docs" / "decisions").glob("*.md")}
    assert dependencies() <= pages.keys()
    for name in dependencies():
        text = pages[name].read_text(encoding="utf-8")
        said = re.findall(r"^\*\*(.+?)\.\*\* \S", text, re.MULTILINE)
        assert said == ["Decided", "Why", "Health", "Cost at import", "Instead of"]


def test_no_class_name_stands_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for file in MODULES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}
