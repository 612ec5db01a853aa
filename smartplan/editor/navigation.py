"""Where names lead: to values, sets, macros, included files and trades, and from where to them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from jinja2 import nodes

from smartplan.diagnostics import Location
from smartplan.document.template_tree import TemplateTree, tree_of
from smartplan.document.tree import Document
from smartplan.trade.parse import entries

_INCLUDED = re.compile(r"(?:include|import|from)\s*['\"]([^'\"\n]*)['\"]?")


def included_at(text: str, offset: int) -> str | None:
    """The template whose name stands in quotes at a place."""
    for found in _INCLUDED.finditer(text):
        if found.start(1) <= offset <= found.end(1):
            return found[1]
    return None


def definitions(
    name: str, file: str, texts: Mapping[str, str], layers: Iterable[Document]
) -> Iterator[Location]:
    """Where a name of a template is given: in its own file, as a macro in another, as a value.

    ``texts`` are the templates by name, the ``file`` among them.
    """
    first, _, last = name.partition(".")
    own = tree_of(file, texts.get(file, ""))
    if own is not None and (not last or not _imported(own, first)):
        yield from _given(own, first)
    for other, text in texts.items():
        tree = tree_of(other, text)
        if tree is None:
            continue
        for macro in tree.root.find_all(nodes.Macro):
            if macro.name in {last or first, first} and (other != file or last):
                yield _behind(tree, macro, macro.name)
    for layer in layers:
        path = tuple(name.split("."))
        while path and not layer.has(path):
            path = path[:-1]
        if path and layer.text:
            yield layer.locate(path, key=True)


def _imported(tree: TemplateTree, name: str) -> bool:
    return any(one.target == name for one in tree.root.find_all(nodes.Import))


def sets(file: str, text: str) -> list[tuple[str, str]]:
    """The names that a template sets, and what it sets them to, as it is written."""
    tree = tree_of(file, text)
    assigns = tree.root.find_all(nodes.Assign) if tree is not None else ()
    return [
        (one.target.name, tree.text_of_set(one))
        for one in assigns
        if tree is not None and isinstance(one.target, nodes.Name)
    ]


def _given(tree: TemplateTree, name: str) -> Iterator[Location]:
    targets: list[nodes.Node] = [one.target for one in tree.root.find_all(nodes.Assign)]
    targets += [one.target for one in tree.root.find_all(nodes.For)]
    for given in targets:
        for target in [given, *given.find_all(nodes.Name)]:
            if isinstance(target, nodes.Name) and target.name == name:
                yield _at(tree, target)
    for macro in tree.root.find_all(nodes.Macro):
        if macro.name == name:
            yield _behind(tree, macro, name)
        for argument in macro.args:
            if argument.name == name:
                yield _behind(tree, macro, name)
    for imported in tree.root.find_all((nodes.Import, nodes.FromImport)):
        if isinstance(imported, nodes.Import) and imported.target == name:
            yield _behind(tree, imported, name)


def _at(tree: TemplateTree, node: nodes.Node) -> Location:
    return Location(tree.file, *tree.position(node))


def _behind(tree: TemplateTree, node: nodes.Node, name: str) -> Location:
    """The name itself, behind the word that the node begins with."""
    found = re.compile(rf"\b{re.escape(name)}\b").search(tree.text, node.lineno)
    line, column = tree.position(node)
    if found is None:
        return Location(tree.file, line, column)
    before = tree.text[: found.start()]
    return Location(tree.file, before.count("\n") + 1, found.start() - before.rfind("\n"))


def references(name: str, texts: Mapping[str, str]) -> Iterator[Location]:
    """Where templates name something in their tags."""
    word = re.compile(rf"(?<![\w.'\"]){re.escape(name)}\b")
    for file, text in texts.items():
        for start, end in _tags(text):
            for found in word.finditer(text, start, end):
                before = text[: found.start()]
                yield Location(file, before.count("\n") + 1, found.start() - before.rfind("\n"))


def _tags(text: str) -> Iterator[tuple[int, int]]:
    """Where tags begin and end; one that never ends is none."""
    closings = {"{{": "}}", "{%": "%}"}
    at = text.find("{")
    while at >= 0:
        closing = closings.get(text[at : at + 2])
        end = text.find(closing, at + 2) if closing else at
        if end < 0:
            return
        if closing:
            yield at, end
        at = text.find("{", end + 1)


def trades_of(documents: Iterable[Document]) -> Iterator[tuple[str, Location]]:
    """The trades of documents, and where each is named."""
    for document in documents:
        for entry in entries(document):
            if entry.at:
                yield entry.name, entry.locate((), key=True)
            else:
                yield entry.name, document.locate(("name",), key=True)
