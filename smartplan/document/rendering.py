"""One rendering, and what went wrong in it as a sentence at the author's line."""

import re
from itertools import islice
from types import TracebackType

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from smartplan.diagnostics import Location
from smartplan.document.compiler import UnclosedTag
from smartplan.document.expressions import kind_of
from smartplan.document.jinja import NO_ELSE, PlanEnvironment
from smartplan.document.loader import UnreadableTemplate
from smartplan.document.mistakes import Mistake
from smartplan.document.scopes import LostValue
from smartplan.document.source import Source
from smartplan.document.syntax_errors import explained
from smartplan.text import position

MAX_MESSAGE = 300


class TemplateProblem(Exception):
    """A template that does not render: message, file, line, column and the way out."""

    def __init__(self, message: str, file: str, line: int, column: int, hint: str | None) -> None:
        super().__init__(message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}…")
        self.file, self.line, self.column, self.hint = file, line, column, hint


def render(source: Source) -> str:
    """The rendered text. Raises ``TemplateProblem``, and nothing else."""
    return rendered_by(PlanEnvironment(source), source)


def rendered_by(environment: PlanEnvironment, source: Source) -> str:
    """The rendered text of an environment. Raises ``TemplateProblem``, and nothing else."""
    try:
        return environment.render()
    except Exception as error:  # noqa: BLE001  # whatever a template provokes is a finding
        if problem := _of_syntax(error, environment, source.file):
            raise problem from None
        message, hint = _sentence(error), _hint(error, environment)
        place = _of_value(error, source) if isinstance(error, Mistake) else None
        if place is not None:
            raise TemplateProblem(message, place.file, place.line, place.column, hint) from None
        file, line = _place(error, environment, source.file)
        if isinstance(error, Mistake):
            line = _set_before(environment.files.get(file, ""), line, error.variable)
        if isinstance(error, UnreadableTemplate):
            column = error.column
        else:
            column = _column(environment.files.get(file, ""), line, message)
        raise TemplateProblem(message, file, line, column, hint) from None


def _of_syntax(error: Exception, environment: PlanEnvironment, main: str) -> TemplateProblem | None:
    """What is no template, in our words; None where Jinja's or our own are there already."""
    if not isinstance(error, TemplateSyntaxError) or isinstance(
        error, UnreadableTemplate | LostValue | UnclosedTag
    ):
        return None
    file, line = _place(error, environment, main)
    text = environment.files.get(file, "")
    found = explained(error.message or "", line, text)
    if found is None:
        return None
    if found.offset is None:
        column = _column(text, line, found.message)
    else:
        line, column = position(text, found.offset)
    return TemplateProblem(found.message, file, line, column, found.hint)


def _of_value(error: Mistake, source: Source) -> Location | None:
    """Where the value to blame stands, if it comes from outside."""
    first = error.variable.partition(".")[0]
    if not first and not error.text:
        return None
    if first and re.search(rf"\{{%[-+]?\s*set\s+{re.escape(first)}\b", source.text):
        return None
    return source.place_of(error.variable, error.text)


def _set_before(text: str, line: int, variable: str) -> int:
    """The line of the last `set` of the variable up to ``line``; else that line."""
    if not variable.isidentifier():
        return line
    above = "\n".join(text.split("\n")[:line])
    sets = list(re.finditer(rf"\{{%[-+]?\s*set\s+{variable}\b", above))
    return above.count("\n", 0, sets[-1].start()) + 1 if sets else line


def _place(error: Exception, environment: PlanEnvironment, main: str) -> tuple[str, int]:
    """The innermost template frame: Jinja rewrites tracebacks to template lines."""
    if isinstance(error, TemplateSyntaxError):
        return (error.filename or error.name or main, error.lineno)
    places = [(main, 1)]
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file in environment.files:
            places.append((file, traceback.tb_lineno))
        traceback = traceback.tb_next
    # What a macro was not given is missing at its call.
    called = isinstance(error, UndefinedError) and _PARAMETER.match(error.message or "")
    return places[-2] if called and len(places) > 2 else places[-1]


_NAMED = re.compile(
    r"'(\w+)' is undefined|no attribute '(\w+)'|no (?:filter|test) `(\w+)`|^(\w+): "
    r"|^`(\w+)[`.]|no tag `(\w+)`|^macro '(\w+)'"
)
_TAG = re.compile(r"\{[{%#]")


def _column(text: str, line: int, message: str) -> int:
    """Where the name that the message is about stands in that line; else its first tag."""
    written = text.split("\n", line)[line - 1] if 0 < line <= text.count("\n") + 1 else ""
    tag = _TAG.search(written)
    start = tag.start() if tag else len(written) - len(written.lstrip())
    named = _NAMED.search(message)
    if named:
        name = next(filter(None, named.groups()))
        found = re.compile(rf"\b{re.escape(name)}\b").search(written, start)
        start = found.start() if found else start
    return start + 1


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "templates or macros call one another without end"
    if isinstance(error, TemplateNotFound):
        return f"there is no template `{error}`"
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, ArithmeticError):
        return "a number far beyond any price or amount, or no number at all"
    if isinstance(error, MemoryError):
        return "the template needs too much memory"
    if isinstance(error, TemplateError) and (unknown := _UNKNOWN.search(error.message or "")):
        return f"there is no {unknown[1]} `{unknown[2]}`"
    if isinstance(error, TemplateSyntaxError):
        return error.message or "not a template"
    if isinstance(error, ValueError | TypeError) and _UNPACKED.match(str(error)):
        return "there are not as many values as names for them"
    if isinstance(error, KeyError):
        return f"no such key: {kind_of(error.args[0])}"
    return str(error) or type(error).__name__


def _hint(error: Exception, environment: PlanEnvironment) -> str | None:
    if isinstance(error, SecurityError):
        return "templates may only compute; `smartplan docs plan-format` says what they can call"
    if isinstance(error, TemplateNotFound):
        return _nearest_template(str(error), environment)
    if isinstance(error, Mistake | LostValue | UnclosedTag):
        return error.hint
    if isinstance(error, TemplateError) and (unknown := _UNKNOWN.search(error.message or "")):
        return _nearest_word(unknown[1], unknown[2], environment)
    if isinstance(error, ValueError | TypeError) and _UNPACKED.match(str(error)):
        return (
            "a comma separates values: a decimal is written `140.5`; in a loop each value is a"
            " group, `[(140, 125), (150, 130)]`"
        )
    if isinstance(error, UndefinedError) and error.message == NO_ELSE:
        return "say what it is otherwise: `… if … else …`"
    if isinstance(error, UndefinedError):
        if parameter := _PARAMETER.match(error.message or ""):
            return f"give it where the macro is called: `{parameter[1]}=…`"
        if way_out := _where_it_is(error, environment):
            return way_out
        near = _nearest(error, environment)
        define = "define it with {% set %}, in values.yaml, with --values or with --set"
        return f"did you mean `{near}`? Else {define}" if near else define
    return None


_UNPACKED = re.compile(r"(?:too many|not enough) values to unpack|cannot unpack non-iterable")
_PARAMETER = re.compile(r"parameter '(\w+)' was not provided")
_UNKNOWN = re.compile(r"[Nn]o (filter|test|tag) (?:named )?['`](\w+)['`]")
_OPENING = ("for", "if", "set", "macro", "with", "call", "filter")
_TAGS = (*_OPENING, "elif", "else", "include", "import", "from", *(f"end{tag}" for tag in _OPENING))


def _nearest_word(kind: str, word: str, environment: PlanEnvironment) -> str | None:
    """The tag, filter or test that is spelled almost like the unknown one."""
    import difflib

    if len(word) > _LONGEST:
        return None
    if kind == "filter" and word in environment.globals:
        return f"it is a function: `{word}(…)`"
    words = {"tag": _TAGS, "filter": environment.filters, "test": environment.tests}[kind]
    turned = [one for one in words if sorted(one) == sorted(word)]
    known = [one for one in words if one.isidentifier()]
    near = turned or difflib.get_close_matches(word, known, 1)
    return f"did you mean `{near[0]}`?" if near else None


def _nearest_template(name: str, environment: PlanEnvironment) -> str:
    """The file of ``templates/`` that was meant, by its name from there."""
    import difflib

    there = environment.includes.list_templates()
    file = name.rpartition("/")[2]
    same = [one for one in there if one.rpartition("/")[2] == file]
    near = same or difflib.get_close_matches(name[:_LONGEST], there, 1)
    counted = "names are counted from the workspace's `templates/` folder"
    return f"did you mean `{near[0]}`? {counted}" if near else counted


def _where_it_is(error: UndefinedError, environment: PlanEnvironment) -> str | None:
    """How to get at what is not a variable, but is there."""
    named = _NAMED.search(error.message or "")
    name = named[1] if named else None
    if name is None:
        return None
    if name == "values":
        return "what `values.yaml` holds is there by its own name: `{{ equity }}`"
    if name in environment.filters:
        return f"it is a filter: `… | {name}`"
    includes = environment.includes
    for template in includes.list_templates():
        if f"macro {name}(" in includes.text_of(template):
            return f'`{{% from "{template}" import {name} %}}` brings it in'
    return None


_NAMING = re.compile(r"\{%-?\s*(?:set|for|macro|import\b[^%]{1,80}?\bas)\s+(\w+)")
_MANY, _LONGEST = 1_000, 40
"""Names, and characters of a name, that are worth comparing: time grows with its square."""


def _nearest(error: UndefinedError, environment: PlanEnvironment) -> str | None:
    """A known variable or function that is spelled almost like the undefined one."""
    import difflib

    named = _NAMED.search(error.message or "")
    if named is None or not named[1] or len(named[1]) > _LONGEST:
        return None
    written = (name for text in environment.files.values() for name in _NAMING.findall(text))
    names = dict.fromkeys([*environment.variables, *environment.globals, *written])
    known = list(islice((name for name in names if len(name) <= _LONGEST), _MANY))
    return next(iter(difflib.get_close_matches(named[1], known, 1)), None)
