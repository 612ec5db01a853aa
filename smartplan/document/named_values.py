"""The names of templates: what they lead to, through sets, loops, macros and values files.

Only imported for files that hold a template tag.
"""

from collections.abc import Iterator

from jinja2 import nodes
from msgspec import Struct

from smartplan.diagnostics import Location, Path
from smartplan.document.literals import Holder, part_of
from smartplan.document.scalars import Node
from smartplan.document.template_tree import TemplateTree, looped_over, tree_of
from smartplan.document.tree import Document

_EACH = "*"
"""Any item of a list or value of a mapping, in a path."""
_DEEPEST = 20
_DEEPEST_INPUT = 4
_MOST = 200
"""Candidates and inputs that anybody looks at."""


class Tag(Struct, frozen=True):
    """What a tag writes out: its expression in the tree of its file, and the expression's text."""

    tree: TemplateTree
    expression: nodes.Expr
    text: str


def tag_at(document: Document, shown: Location) -> Tag | None:
    """The tag at a place of a template, or the first behind it on its line."""
    texts = document.rendered.files if document.rendered is not None else {}
    text = texts.get(shown.file)
    tree = tree_of(shown.file, text) if text is not None else None
    if text is None or tree is None:
        return None
    start = sum(len(line) + 1 for line in text.split("\n")[: shown.line - 1]) + shown.column - 1
    end = text.find("\n", start)
    begin = text.find("{{", start, end if end >= 0 else len(text))
    found = tree.expression_at(begin) if begin >= 0 else None
    return Tag(tree, *found) if found is not None else None


class Names:
    """Literals that names lead to, in the templates of one rendering and in its values."""

    def __init__(self, document: Document) -> None:
        assert document.rendered is not None  # noqa: S101  # there was a tag in it
        self._layers = document.rendered.source.layers
        trees = (tree_of(file, text) for file, text in document.rendered.files.items())
        self._trees = [tree for tree in trees if tree is not None]
        self._seen: set[tuple[str, int, Path]] = set()

    def holders(self, tag: Tag) -> tuple[Holder, ...]:
        """The literals that a tag's value may come from, unchanged."""
        self._seen.clear()
        return tuple(dict.fromkeys(self._held(tag.tree, tag.expression, ())))[:_MOST]

    def said_of(self, file: str, name: str) -> tuple[Holder, ...]:
        """The literals that a name with dots can stand for in a template, one a pass."""
        tree = next((tree for tree in self._trees if tree.file == file), None)
        if tree is None:
            return ()
        first, *rest = name.split(".")
        expression: nodes.Expr = nodes.Name(first, "load")
        for step in rest:
            expression = nodes.Getattr(expression, step, "load")
        self._seen.clear()
        return tuple(dict.fromkeys(self._held(tree, expression, ())))[:_MOST]

    def inputs(self, tag: Tag) -> tuple[tuple[str, str, str], ...]:
        """The names an expression is made of, what they say and where."""
        return tuple(dict.fromkeys(self._inputs(tag.tree, tag.expression, 0)))

    def _inputs(
        self, tree: TemplateTree, expr: nodes.Node, depth: int
    ) -> Iterator[tuple[str, str, str]]:
        for node in _names_in(expr) if depth < _DEEPEST_INPUT else ():
            self._seen.clear()
            holder = next(self._held(tree, node, ()), None)
            if holder is not None:
                yield node.name, holder.text, f"{holder.file}:{holder.line}"
                continue
            assigned = False
            for assign in tree.root.find_all(nodes.Assign):
                if isinstance(assign.target, nodes.Name) and assign.target.name == node.name:
                    assigned = True
                    line, _ = tree.position(assign)
                    yield node.name, tree.text_of_set(assign), f"{tree.file}:{line}"
                    yield from self._inputs(tree, assign.node, depth + 1)
            given = [one for one in self._layers if one.has((node.name,))]
            if given and not assigned and "\n" not in given[-1].text:
                yield node.name, given[-1].text, given[-1].file  # of the command line

    def _held(
        self, tree: TemplateTree, expr: nodes.Node, path: Path, depth: int = 0
    ) -> Iterator[Holder]:
        """The literals that may stand behind ``path`` of an expression's value."""
        key = (tree.file, id(expr), path)
        if depth > _DEEPEST or key in self._seen:
            return
        self._seen.add(key)
        match expr:
            case nodes.Const() if not path:
                yield _literal(tree, expr)
            case nodes.Name():
                yield from self._named(tree, expr.name, path, depth)
            case nodes.Getattr():
                yield from self._held(tree, expr.node, (expr.attr, *path), depth + 1)
            case nodes.Getitem(arg=nodes.Const() as key_node):
                yield from self._held(tree, expr.node, (key_node.value, *path), depth + 1)
            case _:
                for part, rest in _parts(expr, path):
                    yield from self._held(tree, part, rest, depth + 1)

    def _named(self, tree: TemplateTree, name: str, path: Path, depth: int) -> Iterator[Holder]:
        for assign in tree.root.find_all(nodes.Assign):
            if isinstance(assign.target, nodes.Name) and assign.target.name == name:
                yield from self._held(tree, assign.node, path, depth + 1)
        for loop in tree.root.find_all(nodes.For):
            yield from self._looped(tree, loop, name, path, depth)
        for macro in tree.root.find_all(nodes.Macro):
            yield from self._handed(tree, macro, name, path, depth)
        yield from self._in_values((name, *path))

    def _looped(
        self, tree: TemplateTree, loop: nodes.For, name: str, path: Path, depth: int
    ) -> Iterator[Holder]:
        target, through = loop.target, looped_over(loop)
        if isinstance(through, nodes.Call) and isinstance(through.node, nodes.Getattr):
            through = through.node.node  # the items or values of a mapping
        if isinstance(target, nodes.Name) and target.name == name:
            yield from self._held(tree, through, (_EACH, *path), depth + 1)
        if isinstance(target, nodes.Tuple):
            for index, item in enumerate(target.items):
                if isinstance(item, nodes.Name) and item.name == name:
                    yield from self._held(tree, through, (_EACH, index, *path), depth + 1)
                    yield from self._held(tree, through, (_EACH, *path), depth + 1)

    def _handed(
        self, tree: TemplateTree, macro: nodes.Macro, name: str, path: Path, depth: int
    ) -> Iterator[Holder]:
        """What a macro is called with as its argument ``name``, wherever that is."""
        names = [argument.name for argument in macro.args]
        if name not in names:
            return
        index = names.index(name)
        behind = index - len(names) + len(macro.defaults)
        if behind >= 0:
            yield from self._held(tree, macro.defaults[behind], path, depth + 1)
        for other in self._trees:
            for call in other.root.find_all(nodes.Call):
                if _called(call) != macro.name:
                    continue
                if index < len(call.args):
                    yield from self._held(other, call.args[index], path, depth + 1)
                for given in call.kwargs:
                    if given.key == name:
                        yield from self._held(other, given.value, path, depth + 1)

    def _in_values(self, path: Path) -> Iterator[Holder]:
        """The scalars at ``path`` of the values files; the last file that has it wins."""
        for layer in reversed(self._layers):
            found = [at for at in _expanded(layer.data, path, ()) if layer.text]
            for at in found:
                span = layer.span(at)
                if span is not None and span.scalar and span.start[0] == span.end[0]:
                    line, column = span.start
                    text = part_of(layer.text, line, column, span.end[1] - column)
                    yield Holder(layer.file, line, column, text)
            if found:
                return


def _names_in(expr: nodes.Node) -> list[nodes.Name]:
    own = [expr] if isinstance(expr, nodes.Name) else []
    return [*own, *expr.find_all(nodes.Name)][:_MOST]


def _parts(expr: nodes.Node, path: Path) -> Iterator[tuple[nodes.Node, Path]]:
    """What a choice chooses from, and the items of a literal list or mapping."""
    match expr:
        case nodes.CondExpr():
            yield expr.expr1, path
            if expr.expr2 is not None:
                yield expr.expr2, path
        case nodes.Dict() if path:
            for pair in expr.items:
                if path[0] == _EACH or _constant(pair.key) == path[0]:
                    yield pair.value, path[1:]
        case nodes.List() | nodes.Tuple() if path:
            for index, item in enumerate(expr.items):
                if path[0] in {_EACH, index}:
                    yield item, path[1:]
        case _:
            return


def _called(call: nodes.Call) -> str | None:
    """The name that a call calls, with or without the name of an import before it."""
    if isinstance(call.node, nodes.Getattr):
        return call.node.attr
    return call.node.name if isinstance(call.node, nodes.Name) else None


def _constant(node: nodes.Node) -> object:
    return node.value if isinstance(node, nodes.Const) else None


def _literal(tree: TemplateTree, const: nodes.Const) -> Holder:
    """The text of a constant, from its first character to its last."""
    start, text = const.lineno, tree.text
    quote = text[start]
    end = start + 1
    if quote in {"'", '"'}:
        while end < len(text) and text[end] != quote:
            end += 1 + (text[end] == "\\")
        end += 1
    else:
        while end < len(text) and (text[end].isalnum() or text[end] in "._"):
            end += 1
    line, column = tree.position(const)
    return Holder(tree.file, line, column, text[start:end], template=True)


def _expanded(data: Node, path: Path, at: Path) -> Iterator[Path]:
    """The addresses in ``data`` that a path with wildcards stands for."""
    if not path:
        yield at
        return
    step, rest = path[0], path[1:]
    items: list[tuple[str | int, Node]] = []
    if isinstance(data, dict):
        items = [*data.items()]
    elif isinstance(data, list):
        items = [*enumerate(data)]
    for key, value in items:
        if step in {_EACH, key}:
            yield from _expanded(value, rest, (*at, key))
