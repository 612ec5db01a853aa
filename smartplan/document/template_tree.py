"""The tree of a template whose nodes know where they stand: their line numbers are offsets.

Jinja's nodes carry one number, the line of the token they begin with. A lexer that counts
characters instead of lines makes the same tree with places in it, by the same parser.
"""

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import TemplateError, nodes
from jinja2.lexer import Lexer

from smartplan.document import compiler
from smartplan.document.compiler import EACH, PlanLexer
from smartplan.document.jinja import PlanEnvironment
from smartplan.document.source import Source
from smartplan.text import position


class TemplateTree:
    """A template's text and its tree; ``lineno`` of each node is an offset in the text."""

    def __init__(self, file: str, text: str, root: nodes.Template) -> None:
        self.file = file
        self.text = text
        self.root = root

    def position(self, node: nodes.Node) -> tuple[int, int]:
        """Line and column, from 1, of the token a node begins with."""
        return position(self.text, node.lineno)

    def text_of_set(self, assign: nodes.Assign) -> str:
        """What stands behind the `=` of a `set`, up to the end of its tag."""
        end = self.text.find("%}", assign.lineno)
        return self.text[assign.lineno : end].partition("=")[2].strip(" -+\t\n")

    def expression_at(self, offset: int) -> tuple[nodes.Expr, str] | None:
        """What is written out by the tag that begins at an offset, and its text."""
        end = self.text.find("}}", offset)
        if not self.text.startswith("{{", offset) or end < 0:
            return None
        for output in self.root.find_all(nodes.Output):
            for child in output.nodes:
                if offset < _begins(child) < end:
                    return child, self.text[offset + 2 : end].strip(" -+\t\n")
        return None


def _begins(expr: nodes.Expr) -> int:
    """Where the first token of an expression stands; text between tags has none."""
    if isinstance(expr, nodes.TemplateData):
        return -1
    # Some nodes, such as the operands of a comparison, have no place of their own.
    return min([expr.lineno, *(node.lineno or expr.lineno for node in expr.find_all(nodes.Node))])


def tree_of(file: str, text: str) -> TemplateTree | None:
    """The tree of a template; None for one that cannot be compiled."""
    return _tree(file, text)


@lru_cache(maxsize=64)
def _tree(file: str, text: str) -> TemplateTree | None:
    try:
        root = compiler.parse(_PlacingEnvironment(Source("", file)), text, file, file)
    except TemplateError:
        return None
    return TemplateTree(file, text, root)


def looped_over(loop: nodes.For) -> nodes.Node:
    """What a loop goes through, as it was written."""
    inner = loop.iter
    filtered = inner.node if isinstance(inner, nodes.Filter) and inner.name == EACH else None
    return filtered if filtered is not None else inner


class _PlacingEnvironment(PlanEnvironment):
    compiled = None  # nothing that is parsed here is ever run

    def _new_lexer(self) -> Lexer:
        return _PlacingLexer(self)


class _PlacingLexer(PlanLexer):
    """Offsets in the place of line numbers."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Jinja's tokens, found again in the source."""
        end = 0
        for _, kind, text in super().tokeniter(source, name, filename, state):
            start = source.index(text, end)
            yield start, kind, text
            end = start + len(text)
