"""The sandboxed environment: exact arithmetic, allow-lists, limits.

Only imported for files that hold a template tag.
"""

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar

from jinja2 import StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.lexer import Lexer
from jinja2.runtime import BlockReference, Context, LoopContext, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from smartplan.document import compiling, expressions
from smartplan.document.compiling import Compiled, PlanCode, PlanLexer
from smartplan.document.expressions import ARITHMETIC, Block, joined, to_number, written
from smartplan.document.filters import FILTERS
from smartplan.document.loading import WorkspaceLoader
from smartplan.document.reader import MAX_NODES
from smartplan.document.template import Source
from smartplan.document.text import MAX_BYTES

MAX_RANGE = 1_000
MAX_WORK = 4_000_000
"""Parts of the template evaluated, items and characters handled: a bound on time and memory that
does not depend on a clock."""
CHARACTERS = 8
"""How many characters weigh as much as an item of a list."""
INCLUDED = 8
"""What a character of an included file weighs, for its compilation."""
CALL = 20
"""What a call weighs by itself."""
HELPER = 50
"""What an item weighs for the helpers of ``trade``: a Decimal power takes its time."""


class PlanEnvironment(ImmutableSandboxedEnvironment):
    """Jinja as a calculator, for one rendering of one plan."""

    code_generator_class = PlanCode
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})
    decimal = staticmethod(Decimal)
    compiled: ClassVar[Compiled | None] = Compiled(64)

    def __init__(self, source: Source) -> None:
        self.files: dict[str, str] = {source.file: source.text}
        self.variables = source.values
        self._source = source
        self._work = 0
        self._lexer: Lexer | None = None
        super().__init__(
            loader=WorkspaceLoader(source, self.files, lambda size: self.spend(INCLUDED * size)),
            bytecode_cache=self.compiled,
            undefined=StrictUndefined,
            finalize=self._finalize,
            keep_trailing_newline=True,
            optimized=False,  # what is constant is computed where it is weighed: in the rendering
        )
        helpers = source.helpers()
        own = {name: self.filters[name] for name in _FILTERS}
        self.filters = self._weighing(own | FILTERS) | self._weighing(helpers.filters, HELPER)
        self.tests = self._weighing({name: self.tests[name] for name in _TESTS})
        self.globals = {
            "range": self._range,
            "dict": dict,
            "namespace": Namespace,
            **self._weighing(helpers.functions, HELPER),
        }

    def render(self) -> str:
        """The whole output, stopped at 1 MiB. Raises whatever the template provokes."""
        source = self._source
        code = self.compile(source.text, source.file, source.file)
        template = Template.from_code(self, code, self.make_globals(None))
        return "".join(self._limited(template.generate(dict(source.values))))

    def _limited(self, pieces: Iterable[str]) -> Iterator[str]:
        size = 0
        for piece in pieces:
            size += len(expressions.unmarked(piece))
            if size > MAX_BYTES:
                raise SecurityError("the rendered plan is larger than 1 MiB")
            yield piece

    @property
    def lexer(self) -> Lexer:
        """Jinja's lexer with Decimal literals and limits."""
        if self._lexer is None:
            self._lexer = self._new_lexer()
        return self._lexer

    def _new_lexer(self) -> Lexer:
        return PlanLexer(self)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return compiling.parse(self, source, name, filename)

    def spend(self, work: int) -> None:
        """Refuse templates that would run without end, or fill the memory."""
        self._work += work
        if self._work > MAX_WORK:
            raise SecurityError("the template does too much: fewer loop passes, shorter lists")

    def weigh(self, value: Any, factor: int = 1) -> Any:
        """The value itself, once its size is accounted for."""
        if isinstance(value, str):
            self.spend(1 + len(value) // CHARACTERS)
        elif isinstance(value, (list, tuple, dict)):
            self.spend(1 + len(value) * factor)
        return value

    def _weighing(self, functions: Mapping[str, Any], factor: int = 1) -> dict[str, Any]:
        return {name: self._weighed(function, factor) for name, function in functions.items()}

    def _weighed(self, function: Callable[..., Any], factor: int) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.spend(factor)
            for argument in (*args, *kwargs.values()):
                self.weigh(argument, factor)
            return self.weigh(function(*args, **kwargs), factor)

        return call

    def _finalize(self, value: object) -> str:
        text = written(value)
        self.spend(1 + len(text) // CHARACTERS)
        return text

    def concat(self, pieces: Iterable[str]) -> str:
        """What a macro, a set block or a filter block gathered."""
        return Block.of(self.weigh("".join(pieces)))

    def joined(self, parts: tuple[object, ...]) -> str:
        """The ``~`` operator."""
        text: str = self.weigh(joined(parts))
        return text

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what the template may call, and weigh the result."""
        self.spend(CALL)
        return self.weigh(super().call(context, function, *args, **kwargs))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``a.b``: the key of a mapping, or one of few attributes; never ``str.format``."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, str) and attribute not in _TEXT_METHODS:
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """What stands for an attribute that templates do not have; using it raises."""
        message = f"templates have no `{attribute}` of {expressions.kind_of(obj)}"
        return self.undefined(message, obj=obj, name=attribute, exc=SecurityError)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``a["b"]``: an item, and where there is none what ``getattr`` allows."""
        if isinstance(obj, str) and isinstance(argument, str):
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Fields of loops, namespaces and imports, and a few methods of mappings and text."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, Mapping):
            return attr in _MAPPING_METHODS
        if isinstance(obj, LoopContext):
            return attr in _LOOP_FIELDS
        return isinstance(obj, (Namespace, TemplateModule, TemplateReference, BlockReference))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  # Jinja's signature
        """Exact arithmetic on numbers; no powers, no repetition, no formatting of text."""
        return self.weigh(expressions.arithmetic(operator, left, right))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002  # Jinja's signature
        """``-x`` and ``+x`` on numbers."""
        number = to_number(arg, operator)
        if operator == "+":
            return number
        return ARITHMETIC.minus(number) if isinstance(number, Decimal) else -number

    def _range(self, *bounds: object) -> builtins.range:
        whole = [_whole(bound) for bound in bounds]
        numbers = builtins.range(*whole)
        if len(numbers) > MAX_RANGE:
            raise SecurityError(f"a range of more than {MAX_RANGE:,}")
        return numbers


def _whole(bound: object) -> int:
    number = to_number(bound, "range")
    if number % 1 or not -MAX_NODES <= number <= MAX_NODES:
        raise ValueError(f"range needs whole numbers, not {expressions.plain(number)}")
    return int(number)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _names("""
    count d default dictsort first groupby items last length list map max min reject rejectattr
    reverse select selectattr sort unique
""")
_TESTS = _names("""
    == != < <= > >= boolean defined divisibleby eq equalto even false ge greaterthan gt in integer
    iterable le lessthan lt mapping ne none number odd sequence string true undefined
""")
_TEXT_METHODS = _names("""
    endswith lower lstrip removeprefix removesuffix rstrip split startswith strip title upper
""")
_MAPPING_METHODS = _names("items keys values get")
_LOOP_FIELDS = _names("""
    changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0
""")
