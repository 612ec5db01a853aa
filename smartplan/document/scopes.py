"""What a template says that it does not mean: checked on its tree, before anything is computed.

Conditions are marked, to be looked at when they are computed; a `set` in a loop that would be lost
is refused.
"""

from collections.abc import Collection, Iterable, Iterator

from jinja2 import TemplateSyntaxError, nodes

CONDITION = "(condition)"
"""The filter that conditions go through; nobody can write this name."""
NO_ELSE = "no_else()"
"""What the environment has for an inline `if` that has no `else`, and is false."""

_DECIDED = (nodes.Not, nodes.Compare, nodes.Test)
"""What is true or false by itself."""
_OWN = (nodes.Macro, nodes.CallBlock, nodes.With, nodes.Block, nodes.FilterBlock, nodes.For)
"""What has variables of its own."""


class LostValue(TemplateSyntaxError):
    """A `set` in a loop whose value is gone with the next pass."""

    def __init__(self, variable: str, line: int, name: str | None, file: str | None) -> None:
        said = f"`{variable}` keeps its old value: what is set inside a loop is lost after each"
        super().__init__(f"{said} pass", line, name, file)
        self.hint = (
            f"`{{% set ns = namespace({variable}=…) %}}` before the loop, and "
            f"`{{% set ns.{variable} = … %}}` in it; or another name, if it is another thing"
        )


CONDITIONAL = (nodes.If, nodes.CondExpr, nodes.For, nodes.Not, nodes.And, nodes.Or)
"""What has a condition."""


def mark(node: nodes.Node) -> None:
    """Let the conditions of a node be looked at."""
    if isinstance(node, nodes.If | nodes.CondExpr):
        node.test = _condition(node.test)
    if isinstance(node, nodes.For) and node.test is not None:
        node.test = _condition(node.test)
    if isinstance(node, nodes.Not):
        node.node = _condition(node.node)
    if isinstance(node, nodes.And | nodes.Or):
        node.left = _condition(node.left)
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        node.expr2 = nodes.EnvironmentAttribute(NO_ELSE, lineno=node.lineno)


def _condition(node: nodes.Node) -> nodes.Expr:
    assert isinstance(node, nodes.Expr)  # noqa: S101  # whatever Jinja's annotations say
    if isinstance(node, _DECIDED):
        return node
    if isinstance(node, nodes.And | nodes.Or):
        node.left, node.right = _condition(node.left), _condition(node.right)
        return node
    if isinstance(node, nodes.Filter) and node.name == CONDITION:
        return node
    name = nodes.Const(_name_of(node), lineno=node.lineno)
    return nodes.Filter(node, CONDITION, [name], [], None, None, lineno=node.lineno)


def _name_of(node: nodes.Node) -> str:
    """``coin.hedged``, as far as it is a name."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        above = _name_of(node.node)
        return f"{above}.{node.attr}" if above else ""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        above = _name_of(node.node)
        return f"{above}.{node.arg.value}" if above else ""
    return ""


def check(template: nodes.Template, given: Collection[str], name: str | None) -> None:
    """Raises ``LostValue``. ``given`` are the variables that come from outside."""
    for variable, line in _lost(template.body, frozenset(), set(), given, in_loop=False):
        raise LostValue(variable, line, name, name)


def _lost(
    body: Iterable[nodes.Node],
    outside: frozenset[str],
    here: set[str],
    given: Collection[str],
    *,
    in_loop: bool,
) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            names = set(_targets(node.target))
            if in_loop:
                meant = outside | (_read_by(node) & {*given})
                yield from ((one, node.lineno) for one in sorted(names & meant - here))
            here |= names
        elif isinstance(node, nodes.Import):
            here.add(node.target)
        elif isinstance(node, nodes.FromImport):
            here |= {one if isinstance(one, str) else one[1] for one in node.names}
        elif isinstance(node, _OWN):
            loop = isinstance(node, nodes.For)
            own = set(_own_names(node))
            above = outside | here
            yield from _lost(_statements(node), above - own, own, given, in_loop=loop)
        elif isinstance(node, nodes.If):
            yield from _lost(_statements(node), outside, here, given, in_loop=in_loop)


def _statements(node: nodes.Node) -> list[nodes.Node]:
    """The statements inside one, without its expressions."""
    return [
        statement
        for part in ("body", "elif_", "else_")
        for statement in getattr(node, part, None) or ()
    ]


def _own_names(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.For):
        yield from _targets(node.target)
    elif isinstance(node, nodes.Macro | nodes.CallBlock):
        for argument in node.args:
            yield from _targets(argument)
    elif isinstance(node, nodes.With):
        for target in node.targets:
            yield from _targets(target)


def _targets(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        yield node.name
    elif isinstance(node, nodes.Tuple):
        for item in node.items:
            yield from _targets(item)


def _read_by(node: nodes.Node) -> set[str]:
    return {found.name for found in node.find_all(nodes.Name) if found.ctx == "load"}
