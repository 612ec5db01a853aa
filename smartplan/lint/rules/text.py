"""SP0: the file itself. The reader, the template and the schema judge most of it."""

import re
from collections.abc import Iterator
from decimal import Decimal

from smartplan.diagnostics import Path, Respell, Severity
from smartplan.document.scalars import number_text, unmistakable
from smartplan.document.tree import Document
from smartplan.lint.context import Context
from smartplan.lint.engine import ROUNDED
from smartplan.lint.keywords import decimals, nearest
from smartplan.lint.registry import Problem, Remark, rule, structural, text_rule
from smartplan.trade.parse import PlannedTrade

_MOST_DECIMALS = 8

structural(
    "SP001",
    "project",
    """The template does not render.

    Why:
        A plan with an undefined variable or a template error has no meaning, and a plan without
        meaning must not become an order.

    Bad:
        {% set entry = 60000 %}
        price: {value: {{ entri }}}

    Good:
        {% set entry = 60000 %}
        price: {value: {{ entry }}}
    """,
)

structural(
    "SP002",
    "project",
    """The file is not the YAML a plan is written in.

    One document of at most 1 MiB in UTF-8, without duplicate keys, explicit tags, recursive
    aliases or characters that do not show.

    Why:
        Most readers of YAML let the second of two equal keys win in silence. In a plan that is a
        second stop loss nobody sees.

    Bad:
        stop_loss: {enabled: true}
        stop_loss: {enabled: false}

    Good:
        stop_loss: {enabled: true}
    """,
)

structural(
    "SP003",
    "documented",
    """The trade does not fit the schema: an unknown or missing key, a wrong type, a wrong value.

    Why:
        The service drops keys it does not know. A misspelt `stop_los` would be a position without
        a stop.

    Bad:
        stop_los: {enabled: true}

    Good:
        stop_loss: {enabled: true}
    """,
)


@text_rule("SP004", Severity.WARNING, "project")
def yaml_traps(document: Document) -> Iterator[Remark]:
    """A YAML 1.1 trap: `yes`, `12:30`, `017`, `1_000`, `1e-5`, and what it was read as.

    Why:
        Readers of YAML disagree on these, and so do people. Nothing is guessed: the message says
        what was read, and how to write what was meant.

    Bad:
        note: yes

    Good:
        note: "yes"
    """
    for found in document.traps:
        yield Remark(
            found.line,
            found.column,
            f"`{found.text}` is read as {found.trap.read_as}",
            found.trap.fix,
            Respell(found.line, found.column, found.text, unmistakable(found.text)),
        )


structural(
    "SP005",
    "project",
    """An ignore comment that waves nothing through, or that cannot.

    Why:
        A comment that outlives its reason will hide the next finding. What makes a trade unreadable
        cannot be ignored at all.

    Bad:
        pair: USDT_BTC  # smartplan: ignore[SP401] target is below the market

    Good:
        pair: USDT_BTC
    """,
    severity=Severity.WARNING,
    binding=False,
)


@rule("SP006", Severity.ERROR, "practice", binding=True)
def too_many_decimals(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A number with more than 8 decimals (warning), or with more than 18 (error).

    Why:
        Hardly a pair is priced finer than a hundred-millionth. Such a number is most often a
        division in a template that was not rounded, and the exchange will refuse it.

    Bad:
        units: {value: 0.016666666667}

    Good:
        units: {value: 0.01666667}
    """
    document = trade.document
    if not (_MANY_DIGITS.search(document.text) or document.traps):  # a trap may be an exponent
        return
    for path, number in _numbers(trade.written, ()):
        if decimals(number) > _MOST_DECIMALS:
            way_out = f"the nearest is `{nearest(number, _MOST_DECIMALS)}`"
            yield Problem(
                path,
                f"more than {_MOST_DECIMALS} decimals: {number_text(number)}",
                f"{ROUNDED}; {way_out}" if document.templated else way_out,
                Severity.WARNING,
            )


_MANY_DIGITS = re.compile(r"\.[0-9]{9}")


def _numbers(node: object, at: Path) -> Iterator[tuple[Path, Decimal]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _numbers(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _numbers(value, (*at, index))
    elif isinstance(node, Decimal):
        yield at, node


structural(
    "SP007",
    "project",
    """A value that no template reads, spelled almost like one that is read.

    Of `values.ENV.yaml`, `--values` and `--set`.

    Why:
        An override that names nothing changes nothing: what was to be a quarter of the risk stays
        the whole of it, and nobody is told.

    Bad:
        # values.real.yaml, beside values.yaml with risk_percent
        risk_pecent: 0.25

    Good:
        # values.real.yaml
        risk_percent: 0.25
    """,
    binding=False,
)
