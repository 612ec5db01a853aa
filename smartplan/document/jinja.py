"""The sandboxed environment: Decimal arithmetic, allow-lists, limits.

Only imported for files that hold a template tag.
"""

import builtins
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from types import TracebackType
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.ext import Extension
from jinja2.lexer import Lexer, Token
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from smartplan.document import expressions
from smartplan.document.expressions import Block, bounded, plain, to_number
from smartplan.document.template import Source
from smartplan.document.tree import MAX_BYTES

MAX_RANGE = 1_000
MAX_STEPS = 200_000
"""Loop passes and macro calls of one render: a bound on time that does not depend on a clock."""


class TemplateProblem(Exception):
    """A template that does not render: message, file, line and the way out."""

    def __init__(self, message: str, file: str, line: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.file, self.line, self.hint = file, line, hint


def render(source: Source, *extensions: type[Extension]) -> str:
    """The rendered text. Raises ``TemplateProblem``, and nothing else."""
    environment = _PlanEnvironment(source, extensions)
    try:
        template = environment.get_template(source.file)
        return environment.collect(template.generate(dict(source.values)))
    except TemplateSyntaxError as error:
        file = error.filename or error.name or source.file
        raise TemplateProblem(_sentence(error), file, error.lineno, None) from None
    except TemplateNotFound as error:
        file, line = _place(error.__traceback__, environment, source.file)
        hint = "includes and imports come from the workspace's `templates/` folder"
        raise TemplateProblem(f"no template `{error}`", file, line, hint) from None
    except Exception as error:  # noqa: BLE001  # whatever a template provokes is a finding
        file, line = _place(error.__traceback__, environment, source.file)
        raise TemplateProblem(_sentence(error), file, line, _hint(error)) from None


def _sentence(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "templates, macros or brackets nest without end"
    if isinstance(error, SyntaxError):
        return "nested too deep: at most 20 blocks inside one another"
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, ArithmeticError):
        return "a number without a value: an impossible or far too large calculation"
    if isinstance(error, KeyError):
        return f"no such key: {error}"
    return str(error) or type(error).__name__


def _hint(error: BaseException) -> str | None:
    if isinstance(error, SecurityError):
        return "templates may only compute; see docs/plan-format.md for what they can call"
    if isinstance(error, UndefinedError):
        return "define it with {% set %}, in values.yaml, with --values or with --set"
    return None


def _place(
    traceback: TracebackType | None, environment: "_PlanEnvironment", main: str
) -> tuple[str, int]:
    """The innermost template frame: Jinja rewrites tracebacks to template lines."""
    place = (main, 1)
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file in environment.files:
            place = (file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place


class _DecimalLexer(Lexer):
    """Float literals become Decimal from their own text: later they would be binary already."""

    def wrap(
        self,
        stream: Iterable[tuple[int, str, str]],
        name: str | None = None,
        filename: str | None = None,
    ) -> Iterator[Token]:
        written: deque[str] = deque()

        def listen() -> Iterator[tuple[int, str, str]]:
            for line, token, text in stream:
                if token == "float":  # noqa: S105  # a token of the language, no password
                    written.append(text)
                yield line, token, text

        for token in super().wrap(listen(), name, filename):
            if token.type == "float":
                number = Decimal(written.popleft().replace("_", ""))
                yield Token(token.lineno, "float", number)  # type: ignore[arg-type]  # floats are no str either
            else:
                yield token


class _PlanCode(CodeGenerator):
    """Generated code that knows Decimals, bounds concatenation and names what macros return."""

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        value = node.as_const(frame.eval_ctx)
        if isinstance(value, Decimal):
            self.write(f"environment.decimal({str(value)!r})")
        else:
            super().visit_Const(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        self.write("environment.concatenate((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        self.write("environment.macro(")
        super().macro_def(macro_ref, frame)
        self.write(")")


class _BlockMacro(Macro):
    def _invoke(self, arguments: list[Any], autoescape: bool) -> str:
        self._environment.count_step()  # type: ignore[attr-defined]  # only _PlanEnvironment makes these
        return Block(super()._invoke(arguments, autoescape))


class _WorkspaceLoader(BaseLoader):
    """The plan itself, and the files of the workspace's ``templates/`` folder, nothing else."""

    def __init__(self, source: Source, files: dict[str, str]) -> None:
        self._source = source
        self._files = files

    def get_source(
        self, _environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        if template == self._source.file:
            text = self._source.text
            self._files[template] = text
            return text, template, lambda: True
        path = self._inside(template)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise TemplateNotFound(template) from None
        if len(text) > MAX_BYTES:
            raise SecurityError(f"the template `{template}` is larger than 1 MiB")
        name = self._source.shown(path)
        self._files[name] = text
        return text, name, lambda: True

    def _inside(self, template: str) -> FilePath:
        folder, root = self._source.templates, self._source.root
        parts = FilePath(template).parts
        if folder is None or root is None:
            raise TemplateNotFound(template)
        if not parts or FilePath(template).is_absolute() or ".." in parts or "\\" in template:
            raise SecurityError(f"the template path `{template}` leaves the workspace")
        path = folder.joinpath(*parts)
        if not path.is_file():
            raise TemplateNotFound(template)
        if not path.resolve().is_relative_to(root.resolve()):
            raise SecurityError(f"the template `{template}` is a link out of the workspace")
        return path


class _PlanEnvironment(ImmutableSandboxedEnvironment):
    """Jinja as a calculator: see the module's docstring."""

    code_generator_class = _PlanCode
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, source: Source, extensions: tuple[type[Extension], ...] = ()) -> None:
        self.files: dict[str, str] = {}
        self._steps = 0
        self._lexer: Lexer | None = None
        super().__init__(
            loader=_WorkspaceLoader(source, self.files),
            undefined=StrictUndefined,
            finalize=plain,
            keep_trailing_newline=True,
            extensions=extensions,
            auto_reload=False,
        )
        helpers = source.helpers()
        allowed = {name: self.filters[name] for name in _FILTERS}
        self.filters = {**allowed, **expressions.FILTERS, **helpers.filters}
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.globals = {
            "range": self._range,
            "dict": self.globals["dict"],
            "namespace": self.globals["namespace"],
            **helpers.functions,
        }

    @property
    def lexer(self) -> Lexer:
        """Jinja's lexer with Decimal literals."""
        if self._lexer is None:
            self._lexer = _DecimalLexer(self)
        return self._lexer

    decimal = staticmethod(Decimal)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for loop in template.find_all(nodes.For):
            step = nodes.Call(nodes.EnvironmentAttribute("count_step"), [], [], None, None)
            loop.body.insert(0, nodes.ExprStmt(step).set_lineno(loop.lineno))
        return template

    def macro(self, made: Macro) -> Macro:
        """The same macro, whose result may hold line breaks."""
        return _BlockMacro(
            made._environment,
            made._func,
            made.name,
            list(made.arguments),
            made.catch_kwargs,
            made.catch_varargs,
            made.caller,
            made._default_autoescape,
        )

    def concatenate(self, parts: tuple[object, ...]) -> str:
        """The ``~`` operator, bounded: doubling in a loop is how memory is eaten."""
        joined = bounded([plain(part) for part in parts])
        return Block(joined) if any(isinstance(part, Block) for part in parts) else joined

    def collect(self, pieces: Iterator[str]) -> str:
        """All output, stopped at 1 MiB."""
        out: list[str] = []
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > MAX_BYTES * 2:
                raise SecurityError("the rendered plan is larger than 1 MiB")
            out.append(piece)
        return "".join(out)

    def count_step(self) -> None:
        """Refuse templates that would run without end."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise SecurityError(f"more than {MAX_STEPS:,} loop passes and macro calls")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Keys of mappings, fields of loops and namespaces, and a few methods of text."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, Mapping):
            return attr in {"items", "keys", "values", "get"}
        if isinstance(obj, LoopContext):
            return attr in _LOOP_FIELDS
        return not isinstance(obj, (list, tuple, Decimal, int))

    def call_binop(self, _context: Any, operator: str, left: Any, right: Any) -> Any:
        """Exact arithmetic on numbers; no powers, no repetition, no formatting of text."""
        return expressions.arithmetic(operator, left, right)

    def call_unop(self, _context: Any, operator: str, arg: Any) -> Any:
        """``-x`` and ``+x`` on numbers."""
        number = to_number(arg, operator)
        if isinstance(number, Decimal):
            return expressions.ARITHMETIC.minus(number) if operator == "-" else number
        return -number if operator == "-" else number

    def _range(self, *bounds: object) -> builtins.range:
        whole = [int(to_number(bound, "range")) for bound in bounds]
        numbers = builtins.range(*whole)
        if len(numbers) > MAX_RANGE:
            raise SecurityError(f"a range of more than {MAX_RANGE:,}")
        return numbers


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _names("""
    abs count d default dictsort first groupby items last length list map max min reject rejectattr
    reverse select selectattr sort unique
""")
_TESTS = _names("""
    == != < <= > >= boolean defined divisibleby eq equalto even false ge greaterthan gt in integer
    iterable le lessthan lt mapping ne none number odd sequence string true undefined
""")
_TEXT_METHODS = _names("""
    endswith lower lstrip removeprefix removesuffix rstrip split startswith strip title upper
""")
_LOOP_FIELDS = _names("""
    changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0
""")
