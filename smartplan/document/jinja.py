"""The sandboxed environment: exact arithmetic, allow-lists, limits.

Only imported for files that hold a template tag.
"""

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from types import BuiltinMethodType, MethodType
from typing import Any, ClassVar

from jinja2 import StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.filters import ignore_case, make_attrgetter
from jinja2.lexer import Lexer
from jinja2.runtime import BlockReference, Context, LoopContext, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as DEFAULT_TESTS
from jinja2.utils import Namespace

from smartplan.document import compiler, expressions, mistakes
from smartplan.document.budget import CHARACTERS, Budget, PaidFunctions
from smartplan.document.compiler import EACH, CodeCache, PlanCode, PlanLexer
from smartplan.document.expressions import ARITHMETIC, Block, joined, kind_of, to_number, yaml_text
from smartplan.document.filters import FILTERS, TESTS
from smartplan.document.loader import WorkspaceLoader
from smartplan.document.scopes import CONDITION
from smartplan.document.source import Source
from smartplan.document.yaml_reader import MAX_NODES
from smartplan.text import MAX_BYTES

NO_ELSE = "an inline `if` without `else` yields nothing where its condition is false"
MAX_RANGE = 1_000
INCLUDED = 8
"""What a character of an included file weighs, for its compilation."""
CALL = 20
"""What a call weighs by itself."""
ACCESS = 4
"""What looking up an attribute or an item weighs."""
HELPER = 50
"""What an item weighs for the helpers of ``trade``: a Decimal power takes its time."""


class PlanContext(Context):
    """The variables of a template; handing them on to an included one copies them."""

    def get_all(self) -> dict[str, Any]:
        """All of them. Jinja asks when it explains an error, too."""
        budget: Budget = self.environment.budget  # type: ignore[attr-defined]  # ours
        budget.note(len(self.parent) + len(self.vars))
        return super().get_all()


class PlanUndefined(StrictUndefined):
    """What there is not; its message shows no value that could be large."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name: object = self._undefined_name
        if name is None or isinstance(name, (str, int, Decimal)):
            return super()._undefined_message
        return f"{kind_of(self._undefined_obj)} has no element that is {kind_of(name)}"


class PlanEnvironment(ImmutableSandboxedEnvironment):
    """Jinja as a calculator, for one rendering of one plan."""

    code_generator_class = PlanCode
    context_class = PlanContext
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})
    decimal = staticmethod(Decimal)
    integer = staticmethod(int)
    compiled: ClassVar[CodeCache | None] = CodeCache(64)

    def __init__(self, source: Source) -> None:
        self.files: dict[str, str] = {source.file: source.text}
        self.variables = source.values
        self._source = source
        self.budget = Budget()
        self.spend = self.budget.spend
        self.weigh = self.budget.surface
        self.whole = self.budget.whole
        self.key = self.budget.key
        self._lexer: Lexer | None = None
        self.includes = WorkspaceLoader(
            source, self.files, lambda size: self.spend(INCLUDED * size)
        )
        super().__init__(
            loader=self.includes,
            bytecode_cache=self.compiled,
            undefined=PlanUndefined,
            finalize=self._finalize,
            keep_trailing_newline=True,
            optimized=False,  # what is constant is computed where it is weighed: in the rendering
        )
        helpers = source.helpers()
        whole, surface, each = self.whole, self.budget.surface, self.budget.each
        self.filters = PaidFunctions(  # type: ignore[assignment]  # only read from here on
            self.budget,
            (_SHALLOW, surface, 1),
            (_DEEP, whole, 1),
            (_BY_LINES, each, 1),
            ({"unique": self._unique}, whole, 1),
            (helpers.filters, whole, HELPER),
            free={EACH: each, CONDITION: mistakes.condition},
        )
        self.tests = PaidFunctions(  # type: ignore[assignment]
            self.budget, (_LOOKING, surface, 1), (_COMPARING, whole, 1)
        )
        self.globals = {
            "range": self._range,
            "dict": self._dict,
            "namespace": self._namespace,
            **PaidFunctions(self.budget, (helpers.functions, whole, HELPER)),
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
        return compiler.parse(self, source, name, filename, self.variables)

    def _finalize(self, value: object) -> str:
        if not isinstance(value, str):
            self.whole(value)
        text = yaml_text(value)
        self.spend(1 + len(text) // CHARACTERS)
        return text

    def concat(self, pieces: Iterable[str]) -> str:
        """What a macro, a set block or a filter block gathered."""
        return Block.of(self.weigh("".join(pieces)))

    def joined(self, parts: tuple[object, ...]) -> str:
        """The ``~`` operator."""
        for part in parts:
            self.whole(part)
        text: str = self.weigh(joined(parts))
        return text

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what the template may call, and weigh what goes in and what comes out."""
        self.spend(CALL + len(args) + len(kwargs))
        if isinstance(function, BuiltinMethodType):
            self.weigh(function.__self__)
            if args and isinstance(function.__self__, dict):
                self.key(args[0])
        if isinstance(function, (BuiltinMethodType, MethodType)):
            for argument in (*args, *kwargs.values()):
                self.whole(argument)
        return self.weigh(super().call(context, function, *args, **kwargs))

    def select_template(self, names: Any, *args: Any, **kwargs: Any) -> Template:
        """The first of several templates that there is."""
        return super().select_template(self.whole(names), *args, **kwargs)

    def _load_template(self, name: Any, globals: Any) -> Template:  # noqa: A002  # Jinja's
        self.spend(CALL)
        if not isinstance(name, str):
            raise TypeError(f"the name of a template is text, not {kind_of(name)}")
        return super()._load_template(name, globals)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``a.b``: the key of a mapping, or one of few attributes; never ``str.format``."""
        self.spend(ACCESS)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, str) and attribute not in _TEXT_METHODS:
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """What stands for an attribute that templates do not have; using it raises."""
        message = f"templates have no `{attribute}` of {kind_of(obj)}"
        return self.undefined(message, obj=obj, name=attribute, exc=SecurityError)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``a["b"]``: an item, and where there is none what ``getattr`` allows."""
        self.spend(ACCESS)
        if isinstance(obj, str) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, Mapping):
            self.key(argument)
        else:
            self.whole(argument)
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

    def ordered(self, value: Any, operator: str) -> Any:
        """An operand of ``<`` and the like, weighed."""
        return mistakes.ordered(self.whole(value), operator)

    def equal(self, left: Any, right: Any) -> bool:
        """``==``, weighed."""
        return mistakes.equal(self.whole(left), self.whole(right))

    def no_else(self) -> Any:
        """What an inline ``if`` without ``else`` yields where it is false."""
        return self.undefined(NO_ELSE)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002  # Jinja's signature
        """``-x`` and ``+x`` on numbers."""
        number = to_number(arg, operator)
        if operator == "+":
            return number
        return ARITHMETIC.minus(number) if isinstance(number, Decimal) else -number

    def _unique(
        self, values: Iterable[Any], case_sensitive: bool = False, attribute: Any = None
    ) -> list[Any]:
        """The first of each: of the items, or of what they have as ``attribute``."""
        of = make_attrgetter(self, attribute, None if case_sensitive else ignore_case)
        first: dict[Any, Any] = {}
        for value in values:
            first.setdefault(self.key(of(value)), value)
        return list(first.values())

    def _dict(self, /, *pairs: Any, **items: Any) -> dict[Any, Any]:
        made: dict[Any, Any] = dict(*map(self.budget.each, pairs), **items)
        for key in made:
            self.key(key)
        return made

    def _namespace(self, /, *pairs: Any, **items: Any) -> Namespace:
        return Namespace(self._dict(*pairs, **items))

    def _range(self, *bounds: object) -> builtins.range:
        whole = [_whole(bound) for bound in bounds]
        numbers = builtins.range(*whole)
        if len(numbers) > MAX_RANGE:
            raise SecurityError(f"a range of more than {MAX_RANGE:,}")
        return numbers


def _in_order(name: str, test: Any) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> Any:
        return test(mistakes.ordered(left, name), mistakes.ordered(right, name))

    return compare


def _whole(bound: object) -> int:
    number = to_number(bound, "range")
    if number % 1 or not -MAX_NODES <= number <= MAX_NODES:
        raise ValueError(f"range needs whole numbers, not {expressions.plain(number)}")
    return int(number)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHALLOW_FILTERS = _names("""
    count d default first items last length list map reject rejectattr reverse select selectattr
""")
"""Those of Jinja's that look at a value without going through what is in it."""
_CHOOSING = {"select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1}
_FILTERS = _names("dictsort groupby max min sort")
_ORDERING = _names("max min sort")
_SHALLOW_TESTS = _names("""
    boolean defined false integer iterable mapping none number sequence string true undefined
""")
_TESTS = _names("!= in ne")
_EQUAL = _names("== eq equalto")
_ORDERS = _names("< <= > >= ge greaterthan gt le lessthan lt")
_TEXT_METHODS = _names("""
    endswith lower lstrip removeprefix removesuffix rstrip split startswith strip title upper
""")
_MAPPING_METHODS = _names("items keys values get")
_LOOP_FIELDS = _names("""
    changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0
""")

_SHALLOW = {name: DEFAULT_FILTERS[name] for name in _SHALLOW_FILTERS} | {
    name: mistakes.choosing(DEFAULT_FILTERS[name], words) for name, words in _CHOOSING.items()
}
_DEEP = {
    **{name: DEFAULT_FILTERS[name] for name in _FILTERS},
    **{name: mistakes.ordering(name, DEFAULT_FILTERS[name]) for name in _ORDERING},
    "dictsort": mistakes.ordering_pairs(DEFAULT_FILTERS["dictsort"]),
    **FILTERS,
}
_BY_LINES = {name: FILTERS[name] for name in ("indent", "trim")}
_LOOKING: Mapping[str, Any] = {name: DEFAULT_TESTS[name] for name in _SHALLOW_TESTS}
_COMPARING: Mapping[str, Any] = {
    **{name: DEFAULT_TESTS[name] for name in _TESTS},
    **{name: _in_order(name, DEFAULT_TESTS[name]) for name in _ORDERS},
    **dict.fromkeys(_EQUAL, mistakes.equal),
    **TESTS,
}
