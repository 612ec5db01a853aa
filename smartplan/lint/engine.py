"""Plans against the schema: jsonschema-rs accepts, jsonschema explains.

The two always agree; ``lint.explaining_engine`` (jsonschema) is imported for what was refused.
"""

from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Path
from smartplan.document.tree import Document, Node
from smartplan.lint.keywords import KEYWORDS, Judge
from smartplan.lint.registry import Problem, finding, is_binding
from smartplan.lint.schema import BASE, COMPLETE_ENTRY, CREATE, PLAN, SINGLE, load
from smartplan.trade.parse import NAME, Entry, entries

if TYPE_CHECKING:
    from jsonschema_rs import Registry, Validator

TOO_FINE = "SP006"
ROUNDED = "round it in the template: `| lot(0.00001)` for units, `| round(8)` for a price"
"""What to do about a number of too many decimals that was computed."""
MOST_FINDINGS = 200
"""Beyond so many findings in one document, trades are only counted."""


class SchemaResult(Struct, frozen=True):
    """What the schema says of a document: findings, its entries, and those that fit."""

    findings: tuple[Finding, ...]
    written: tuple[Entry, ...]
    fit: tuple[Entry, ...]


@cache
def accepts_by(reference: str) -> "Validator":
    """The fast engine for a schema such as ``plan.schema.json`` or one of its ``$defs``."""
    import jsonschema_rs

    needed = frozenset({reference.partition("#")[0], PLAN, CREATE})
    return jsonschema_rs.validator_for(
        {"$ref": BASE + reference},
        registry=_registry(needed),
        keywords={name: _fast_keyword(judge) for name, judge in KEYWORDS.items()},
        offline=True,
    )


@cache
def _registry(names: frozenset[str]) -> "Registry":
    import jsonschema_rs

    return jsonschema_rs.Registry([(BASE + name, load(name)) for name in sorted(names)])


def _fast_keyword(judge: Judge) -> type:
    class Keyword:
        def __init__(self, _schema: object, argument: object, _path: object) -> None:
            self.argument = argument

        def validate(self, instance: object) -> None:
            for flaw in judge(self.argument, instance):
                raise ValueError(flaw.message)

    return Keyword


def prepare() -> None:
    """Build the engine that accepts: once, before there are processes."""
    accepts_by(PLAN)


def check(document: Document) -> list[Finding]:
    """What does not fit the plan schema: one finding per real cause, at the author's line."""
    return list(examine(document).findings)


def examine(document: Document) -> SchemaResult:
    """``check``, and which entries may be read on."""
    written = entries(document)
    # Without defaults the schema of the file looks at whole trades itself.
    whole = all(map(_is_named, written)) and (
        not document.has(("defaults",)) or all(map(_is_complete, written))
    )
    if accepts_by(PLAN).is_valid(document.data) and whole:
        return SchemaResult((), written, written)
    findings = list(_around_entries(document, written))
    fit, left = [], []
    for entry in written:
        if _is_complete(entry):
            fit.append(entry)
        elif len(findings) >= MOST_FINDINGS:
            left.append(entry)
        else:
            found = tuple(_of_entry(entry))
            findings += found
            if not any(is_binding(one) for one in found):
                fit.append(entry)
    if left:
        message = f"{len(left)} more trades, from here on, do not fit the schema"
        problem = Problem((), message, "correct what is listed; then these are explained", key=True)
        findings.append(finding("SP003", problem, left[0], trade=left[0].name, prefix=left[0].at))
    # What stands in `defaults` is wrong once, not once for every trade.
    once = {(one.location, one.code, one.message): one for one in reversed(findings)}
    return SchemaResult(tuple(reversed(once.values())), written, tuple(fit))


def _is_complete(entry: Entry) -> bool:
    # The same as COMPLETE_ENTRY, with the engine that is there already.
    return _is_named(entry) and accepts_by(PLAN).is_valid({"trades": {"it": entry.body}})


def _is_named(entry: Entry) -> bool:
    """A trade that is named by its file is named by none of its keys."""
    return bool(entry.at) or entry.document.has(("name",)) or bool(NAME.fullmatch(entry.name))


def _of_entry(entry: Entry) -> Iterator[Finding]:
    from smartplan.lint.explain import explain

    if not _is_named(entry):
        message = f"the file's name gives `{entry.name}`, and digits alone are an id, not a name"
        problem = Problem((), message, "add a line such as `name: btc-swing`")
        yield finding("SP003", problem, entry, trade=entry.name, prefix=entry.at)
    for code, problem in explain(COMPLETE_ENTRY, entry.body):
        if code == TOO_FINE and entry.document.templated:
            problem = replace(problem, hint=f"{ROUNDED}; {problem.hint}")
        yield finding(code, problem, entry, trade=entry.name, prefix=entry.at)


def _around_entries(document: Document, written: tuple[Entry, ...]) -> Iterator[Finding]:
    """What is wrong outside the entries, and with what looks like none."""
    from smartplan.lint.explain import explain

    single = bool(written) and not written[0].at
    names = {entry.name for entry in written}

    def outside(path: Path) -> bool:
        if single:
            return path[:1] == ("name",)
        return not (path[:1] == ("trades",) and len(path) > 1 and path[1] in names)

    alone = isinstance(document.data, dict) and _looks_single(document.data)
    data = _without(document.data, names, single=single)
    for code, problem in explain(SINGLE if alone else PLAN, data, outside):
        yield finding(code, problem, document, trade=None)


def _without(data: Node, names: Collection[str], *, single: bool) -> Node:
    """The data without the entries, which are explained on their own; odd names stay."""
    if not isinstance(data, dict):
        return data
    if single:
        return {key: value for key, value in data.items() if key == "name"}
    trades = data.get("trades")
    if not isinstance(trades, dict):
        return data
    return {
        **data,
        "trades": {
            name: {} if name in names else trade
            for name, trade in trades.items()
            if name not in names or not NAME.fullmatch(name)
        },
    }


def _looks_single(data: dict[str, Node]) -> bool:
    if "trades" in data or "defaults" in data:
        return "pair" in data
    return bool(data.keys() & {"pair", "position", "account", "account_id", "stop_loss"})
