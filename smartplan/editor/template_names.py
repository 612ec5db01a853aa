"""What a tag may name: functions and filters with their signatures, variables and their values."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from smartplan.document.filters import FILTERS
from smartplan.document.scalars import Node
from smartplan.document.tree import Document
from smartplan.lint.shape import flow
from smartplan.settings import ENVIRONMENTS
from smartplan.trade.template_functions import HELPERS

STATEMENTS = (
    "set", "if", "elif", "else", "endif", "for", "endfor", "macro", "endmacro", "import", "from",
    "include",
)  # fmt: skip
_OF_JINJA = ("default", "first", "last", "length", "list", "map", "max", "min", "sort", "unique")
_LONGEST = 200

_NAMED = re.compile(
    r"\{%-?\s{0,9}(?:set\s{1,9}(?P<set>\w+)|for\s{1,9}(?P<loop>[\w ,]{1,99}?) in\b|"
    r"import\b[^%]{1,80}?\bas\s{1,9}(?P<import>\w+)|"
    r"from\b[^%]{1,80}?\bimport\s{1,9}(?P<from>[\w ,]{1,99})|"
    r"macro\s{1,9}(?P<macro>\w+)\s{0,9}\((?P<arguments>[^)]{0,500})\))"
)


class TemplateFunction(Struct, frozen=True):
    """A function or filter of templates: its parameters as written, and what it does."""

    name: str
    parameters: tuple[str, ...]
    text: str
    filter: bool = False

    @property
    def signature(self) -> str:
        """``ladder(a, b, n, kind='linear')``; a filter's first argument stands before it."""
        if self.filter:
            return f"{self.parameters[0]} | {self.name}({', '.join(self.parameters[1:])})"
        return f"{self.name}({', '.join(self.parameters)})"


@cache
def callables() -> Mapping[str, TemplateFunction]:
    """Every function and filter, by name."""
    found = {
        name: _described(name, one, is_filter=False) for name, one in HELPERS.functions.items()
    }
    filters = {**FILTERS, **HELPERS.filters}
    found |= {name: _described(name, one, is_filter=True) for name, one in filters.items()}
    text = "Whole numbers in a row."
    found["range"] = TemplateFunction("range", ("start", "stop", "step=1"), text)
    return found


def filter_names() -> list[str]:
    """Every filter."""
    ours = [name for name, one in callables().items() if one.filter]
    return sorted({*ours, *_OF_JINJA})


def function_names() -> list[str]:
    """Every function."""
    return [name for name, one in callables().items() if not one.filter]


def _described(name: str, function: Callable[..., object], *, is_filter: bool) -> TemplateFunction:
    parameters = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is inspect.Parameter.empty:
            parameters.append(parameter.name)
        else:
            parameters.append(f"{parameter.name}={_default(parameter.default)}")
    return TemplateFunction(name, tuple(parameters), inspect.getdoc(function) or "", is_filter)


def _default(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return repr(value) if isinstance(value, str) else str(value)


def called_at(before: str) -> tuple[str, int] | None:
    """The function whose arguments are being typed, and which of them: from 0."""
    depth = argument = 0
    quote = ""
    for index in range(len(before) - 1, -1, -1):
        character = before[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in {'"', "'"}:
            quote = character
        elif character in ")]}":
            depth += 1
        elif character in "([{":
            if depth == 0:
                name = re.search(r"(\w+)\s*$", before[:index])
                return (name[1], argument) if character == "(" and name else None
            depth -= 1
        elif character == "," and depth == 0:
            argument += 1
    return None


def local_names(text: str) -> Iterator[str]:
    """The names that a template gives to values, loops, imports and macros."""
    for found in _NAMED.finditer(text):
        for group in ("set", "loop", "import", "from", "macro"):
            yield from re.findall(r"\w+", found[group] or "")
        for argument in (found["arguments"] or "").split(","):
            yield from re.findall(r"^\s*(\w+)", argument)


def value_at(values: Mapping[str, Node], name: str) -> tuple[bool, Node]:
    """Whether there is a value of a name with dots, and which."""
    node: Node = dict(values)
    for step in name.split("."):
        if not isinstance(node, dict) or step not in node:
            return False, None
        node = node[step]
    return True, node


def shown_value(node: Node) -> str:
    """A value on one line, cut short."""
    text = flow(node)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def said_by(layers: Sequence[Document], name: str) -> str:
    """The file and line that a value comes from; empty where none has it."""
    path = tuple(name.split("."))
    for layer in reversed(layers):
        if layer.has(path):
            place = layer.locate(path, key=True)
            return f"{place.file}:{place.line}"
    return ""


def by_environment(
    name: str, layers_of: Callable[[str], Sequence[Document]]
) -> Iterator[tuple[str, str, str]]:
    """What a variable is in each environment that has it, and where that is said."""
    from smartplan.document.tree import merged

    for environment in ENVIRONMENTS:
        layers = layers_of(environment)
        known, node = value_at(merged(layers), name)
        if known:
            yield environment, shown_value(node), said_by(layers, name)
