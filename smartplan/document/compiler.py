"""How templates compile: Decimal literals, bounded length and depth, and every step weighed."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import Decimal
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from jinja2 import TemplateSyntaxError, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.compiler import CodeGenerator, Frame, operators
from jinja2.lexer import Lexer, Token
from jinja2.parser import Parser

from smartplan.document import scopes
from smartplan.document.scalars import MAX_DIGITS
from smartplan.text import MAX_VALUE

if TYPE_CHECKING:
    from jinja2.environment import Environment

MAX_WORDS = 50_000
"""Names, numbers, texts and signs inside the tags of one file."""
MAX_DEPTH = 50
MAX_STEPS = 3 * (MAX_DEPTH + 2)
"""How deep the parser may go: three steps for a bracket, one for a block or a sign."""
MAX_LOOPS = 12
"""Loops within one another; Python itself takes twenty."""

EACH = "(each)"
"""The filter that every loop goes through; nobody can write this name."""

_HASHED_AS_IT_IS = 60
"""Bits of a whole number."""

_NOTHING = frozenset({"data", "whitespace", "comment", "comment_begin", "comment_end"})
_REPEATED = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block, nodes.Template)
_Visit = TypeVar("_Visit", bound=Callable[..., None])
_Parse = TypeVar("_Parse", bound=Callable[..., Any])


class PlanLexer(Lexer):
    """Float literals become Decimal from their own text: later they would be binary already."""

    def wrap(
        self,
        stream: Iterable[tuple[int, str, str]],
        name: str | None = None,
        filename: str | None = None,
    ) -> Iterator[Token]:
        """The tokens of one template. Raises ``TemplateSyntaxError`` where there are too many."""
        numbers: deque[Decimal] = deque()

        def listen() -> Iterator[tuple[int, str, str]]:
            words = 0
            for line, kind, text in stream:
                if kind not in _NOTHING:
                    words += 1
                    long = words > MAX_WORDS or len(text) > MAX_DIGITS
                    if long and (problem := _too_much(words, kind, text)):
                        raise TemplateSyntaxError(problem, line, name, filename)
                if kind == "float":
                    numbers.append(Decimal(text.replace("_", "")))
                    if abs(numbers[-1].adjusted()) > MAX_DIGITS:
                        problem = "a number far beyond any price or amount"
                        raise TemplateSyntaxError(problem, line, name, filename)
                yield line, kind, text

        for token in super().wrap(listen(), name, filename):
            if token.type == "float":
                yield Token(token.lineno, "float", numbers.popleft())  # type: ignore[arg-type]  # floats are no str either
            else:
                yield token


def _too_much(words: int, kind: str, text: str) -> str | None:
    if words > MAX_WORDS:
        return f"more than {MAX_WORDS:,} words and signs inside tags"
    if kind in {"integer", "float"} and len(text) > MAX_DIGITS:
        return f"a number of {len(text)} digits"
    if len(text) > MAX_VALUE:
        return f"a name or text longer than {MAX_VALUE:,} characters"
    return None


class CodeCache(BytecodeCache):
    """The latest compiled includes: plans share their macros, and compiling is what takes time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its template was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, and forget the oldest."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code
        if len(self._codes) > self._most:
            del self._codes[next(iter(self._codes))]


def _counted(parse: _Parse) -> _Parse:
    """A step of the parser that counts how deep it has gone."""

    def parse_and_count(self: "PlanParser", *arguments: Any, **options: Any) -> Any:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooDeep(self.stream.current.lineno)
        node = parse(self, *arguments, **options)
        self.steps -= 1
        return node

    return parse_and_count  # type: ignore[return-value]  # the same step


class PlanParser(Parser):
    """Jinja's parser, which descends by calling itself, ended before Python ends it.

    That it takes a RecursionError does not help: from Python 3.12 on the generators of its lexer
    complain on stderr when they are let go of so deep.
    """

    steps = 0
    opened: list[Token]
    subparse = _counted(Parser.subparse)
    parse_condexpr = _counted(Parser.parse_condexpr)
    parse_not = _counted(Parser.parse_not)
    parse_unary = _counted(Parser.parse_unary)

    def parse_statement(self) -> nodes.Node | list[nodes.Node]:
        """One tag with all that belongs to it, remembered as long as it is open."""
        self.opened = [*getattr(self, "opened", ()), self.stream.current]
        parsed = super().parse_statement()
        self.opened.pop()
        return parsed

    def fail_eof(
        self, end_tokens: tuple[str, ...] | None = None, lineno: int | None = None
    ) -> NoReturn:
        """Say which tag is never closed, where it stands."""
        if not getattr(self, "opened", ()):
            super().fail_eof(end_tokens, lineno)
        tag = self.opened[-1]
        raise UnclosedTag(tag, f"`{{% {tag.value} %}}` is never closed", self.name, self.filename)

    def fail_unknown_tag(self, name: str, lineno: int | None = None) -> NoReturn:
        """Say of an end that does not fit what is open."""
        *opened, _ = self.opened
        if not opened and name.startswith("end"):
            closes = f"`{{% {name} %}}` closes nothing: no `{{% {name[3:]} %}}` is open here"
            self.fail(closes, lineno)
        if opened and name.startswith("end"):
            tag = opened[-1]
            said = f"`{{% {tag.value} %}}` is still open where `{{% {name} %}}` stands, on line"
            raise UnclosedTag(tag, f"{said} {lineno}", self.name, self.filename)
        self.fail(f"there is no tag `{name}`", lineno)


def parse(
    environment: "Environment",
    text: str,
    name: str | None,
    file: str | None,
    given: Collection[str] = (),
) -> nodes.Template:
    """The tree of a template, each repeated part of which first says what one pass weighs.

    ``given`` are the variables that come from outside.
    """
    parser = PlanParser(environment, text, name, file)
    try:
        template = parser.parse()
        scopes.check(template, given, file)
        _prepare(template, 0, 0)
    except RecursionError:
        line = parser.stream.current.lineno
        raise TemplateSyntaxError(_TOO_DEEP, line, name, file) from None
    except _TooDeep as error:
        raise TemplateSyntaxError(_TOO_DEEP, error.line, name, file) from None
    return template


_TOO_DEEP = f"blocks or brackets nested too deep: at most {MAX_LOOPS} loops, {MAX_DEPTH} levels"


class UnclosedTag(TemplateSyntaxError):
    """A tag whose end is missing; it is where the author has to look."""

    def __init__(self, tag: Token, message: str, name: str | None, file: str | None) -> None:
        super().__init__(message, tag.lineno, name, file)
        self.hint = f"write `{{% end{tag.value} %}}` where it ends"


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _prepare(node: nodes.Node, depth: int, loops: int) -> int:
    """Check the nesting below ``node``, let it say what it weighs, and count its nodes."""
    if depth > MAX_DEPTH or loops > MAX_LOOPS:
        raise _TooDeep(node.lineno)
    if isinstance(node, scopes.CONDITIONAL):
        scopes.mark(node)
    loops += isinstance(node, nodes.For)
    if isinstance(node, nodes.If):
        depth += len(node.elif_)  # to Python, each `elif` is an `if` inside the one before
    weight = 2 + sum(_prepare(child, depth + 1, loops) for child in node.iter_child_nodes())
    if isinstance(node, nodes.For):
        node.iter = nodes.Filter(node.iter, EACH, [], [], None, None, lineno=node.iter.lineno)
    if isinstance(node, _REPEATED):
        # Generated code names an attribute by `environment.` and its name: this one is a call.
        step = nodes.EnvironmentAttribute(f"spend({weight})")
        node.body.insert(0, nodes.ExprStmt(step).set_lineno(node.lineno))
    return weight


def _weighed(visit: _Visit) -> _Visit:
    """Generated code whose value passes ``environment.weigh``."""

    def visit_and_weigh(self: CodeGenerator, node: nodes.Node, frame: Frame) -> None:
        self.write("environment.weigh(")
        visit(self, node, frame)
        self.write(")")

    return visit_and_weigh  # type: ignore[return-value]  # the same call, in two more words


class PlanCode(CodeGenerator):
    """Generated code that knows Decimals, and weighs what Jinja gives no hook for."""

    visit_Getitem = _weighed(CodeGenerator.visit_Getitem)  # noqa: N815  # Jinja's

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Write a value; for filter blocks, call blocks and recursive loops Jinja forgets this."""
        super().start_write(frame, node)
        self.write("environment.finalize(")

    def end_write(self, frame: Frame) -> None:
        """End what ``start_write`` began."""
        self.write(")")
        super().end_write(frame)

    def simple_write(self, s: str, frame: Frame, node: nodes.Node | None = None) -> None:
        """Write a piece of an include or of a block: it has been through all this already."""
        super().start_write(frame, node)
        self.write(s)
        super().end_write(frame)

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        value = node.as_const(frame.eval_ctx)
        if isinstance(value, Decimal):
            self.write(f"environment.decimal({str(value)!r})")
        elif isinstance(value, int) and value.bit_length() > _HASHED_AS_IT_IS:
            # Python keeps constants by their hash, and larger ones can all be made to hash alike.
            self.write(f"environment.integer({str(value)!r})")
        else:
            super().visit_Const(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        alone = node.ops[0] if len(node.ops) == 1 else None
        if alone is not None and alone.op in {"eq", "ne"}:
            self.write("environment.equal(" if alone.op == "eq" else "(not environment.equal(")
            self.visit(node.expr, frame)
            self.write(", ")
            self.visit(alone.expr, frame)
            self.write(")" if alone.op == "eq" else "))")
            return
        first = next((operand.op for operand in node.ops if operand.op in _ORDERS), None)
        self.write("(")
        self._operand(node.expr, frame, first)
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        self.write(f" {operators[node.op]} ")
        self._operand(node.expr, frame, node.op)

    def _operand(self, node: nodes.Expr, frame: Frame, operator: str | None) -> None:
        sign = operators.get(operator) if operator in _ORDERS else None
        self.write("environment.whole(" if sign is None else "environment.ordered(")
        self.visit(node, frame)
        self.write(")" if sign is None else f", {sign!r})")

    def visit_Pair(self, node: nodes.Pair, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        if isinstance(node.key, nodes.Const) and isinstance(node.key.value, str):
            self.visit(node.key, frame)
        else:
            self.write("environment.key(")
            self.visit(node.key, frame)
            self.write(")")
        self.write(": ")
        self.visit(node.value, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: D102, N802  # Jinja's
        self.write("{")
        for pair in node.items:
            self.visit(pair, frame)
            self.write(", ")
        self.write("}")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: object) -> str:  # noqa: ARG002  # Jinja's
        """Only the text between tags is known before the template runs."""
        if isinstance(node, nodes.TemplateData):
            return str(node.as_const(frame.eval_ctx))
        raise nodes.Impossible


_ORDERS = frozenset({"lt", "lteq", "gt", "gteq"})
