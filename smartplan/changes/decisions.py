"""What people decided of single trades, in a file that is reviewed like the plans; pure.

It says what the options of diff and apply say, where nobody can type them, and until when: what
was decided of one move of a stop must not be found decided of the next.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from smartplan.changes.changeset import Blocked, BrokenRail, Changeset
from smartplan.changes.permission import Override
from smartplan.document.tree import Document, Node, parse
from smartplan.errors import UsageError
from smartplan.settings.reading import meant
from smartplan.times import utc_text

FILE_NAME = "decisions.yaml"
LONGEST = timedelta(days=14)
"""How far ahead a decision may reach."""

DRAFT = "…"
"""Stands where a person has to say why."""

_LIFTS = r"--(overwrite-drift|replace|allow-lookalike) ([a-z0-9-]+)"
_NAME = r"[a-z0-9][a-z0-9-]{0,39}"
_MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_A_NAME = "trades are named as in the plans; a number in quotes"
_SCHEMA = "# yaml-language-server: $schema=schemas/decisions.schema.json"
_LISTS = ("override", "overwrite-drift", "replace", "allow-lookalike", "allow-widen")
_KNOWN = ("until", "reason", *_LISTS)


class Decisions(Struct, frozen=True):
    """Names of trades by what was decided; guard rails are ``RULE[:NAME]``, with a ``reason``."""

    until: datetime | None = None
    reason: str = ""
    override: tuple[str, ...] = ()
    overwrite_drift: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    allow_lookalike: tuple[str, ...] = ()
    allow_widen: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was decided at all."""
        return any(getattr(self, _field(name)) for name in _LISTS)

    def written(self) -> str:
        """As the file says it."""
        until = f"{utc_text(self.until).replace(' ', 'T')}Z" if self.until is not None else ""
        head = [_SCHEMA, f"until: {until}", *([f"reason: {self.reason}"] if self.reason else ())]
        listed = ((name, getattr(self, _field(name))) for name in _LISTS)
        return "\n".join([*head, *(f"{n}: [{', '.join(v)}]" for n, v in listed if v)]) + "\n"


def read_decisions(text: str, file: str, now: datetime) -> Decisions:
    """What a file says; nothing of it counts once its ``until`` is over.

    Raises ``UsageError`` with the line of what is wrong.
    """
    parsed = parse(text, file)
    document = parsed.document
    if document is None or parsed.findings:
        found = parsed.findings[0]
        raise UsageError(f"{found.location}: {found.message}", hint=found.hint)
    data = document.data
    if not isinstance(data, dict):
        raise _wrong(document, (), "must be a mapping", "its keys: " + ", ".join(_KNOWN))
    for key in data:
        if key not in _KNOWN:
            raise _wrong(document, (key,), f"{key} is not a decision", meant(key, _KNOWN))
    lists = {_field(name): _names(document, name, data.get(name)) for name in _LISTS}
    until = _until(document, data.get("until"), now)
    reason = data.get("reason", "")
    if not isinstance(reason, str):
        raise _wrong(document, ("reason",), "the reason must be a text", "put it in quotes")
    if reason.strip() == DRAFT:
        raise _wrong(document, ("reason",), f"say why, in the place of {DRAFT}", "it is journaled")
    if lists["override"] and not reason.strip():
        said = "a guard rail is set aside for a reason"
        raise _wrong(document, ("override",), said, "add `reason: …`; it is journaled")
    if until <= now:
        return Decisions(until=until)
    return Decisions(until, reason, **lists)


def needed(changeset: Changeset, given: Iterable[str], now: datetime) -> Decisions:
    """What would have to be decided for everything in it to be done; a draft of the file.

    ``given`` are the guard rails that are set aside already, as ``RULE[:NAME]``.
    """
    lifts: dict[str, list[str]] = {}
    for blocked in changeset.blocked:
        for kind, name in _lifts(blocked):
            lifts.setdefault(_field(kind), []).append(name)
    aside = frozenset(given)
    rails = tuple(dict.fromkeys(map(_override, _stopping(changeset.broken_rails, aside))))
    end = (now + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    return Decisions(
        end, DRAFT if rails else "", override=rails, **{k: tuple(v) for k, v in lifts.items()}
    )


def _lifts(blocked: Blocked) -> Iterator[tuple[str, str]]:
    """The option that lifts it, where there is one."""
    found = (match for way in blocked.ways_out if (match := re.search(_LIFTS, way)))
    first = next(found, None)
    if first is not None:
        yield first[1], first[2]


def _stopping(rails: Iterable[BrokenRail], aside: frozenset[str]) -> Iterator[BrokenRail]:
    for rail in rails:
        if rail.level == "soft" and not {rail.rule, _override(rail)} & aside:
            yield rail


def _override(rail: BrokenRail) -> str:
    return str(Override(rail.rule, rail.name))


def _names(document: Document, key: str, value: Node) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        example = value if isinstance(value, str) and value else "btc-swing"
        raise _wrong(document, (key,), f"{key} must be a list", f"{key}: [{example}]")
    for at, name in enumerate(value):
        if key == "override":
            _check_rail(document, (key, at), name)
        else:
            _check_name(document, (key, at), name)
    return tuple(map(str, value))


def _check_rail(document: Document, path: tuple[str | int, ...], said: Node) -> None:
    if isinstance(said, dict):
        near = ":".join(map(str, next(iter(said.items()), ())))
        raise _wrong(document, path, "a guard rail has no blank in it", f"write {near}")
    try:
        override = Override.read(str(said))
    except UsageError as error:
        raise _wrong(document, path, str(error), error.hint) from None
    if override.name is not None:
        _check_name(document, path, override.name)


def _check_name(document: Document, path: tuple[str | int, ...], name: Node) -> None:
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        shown = name if isinstance(name, str) else "this"
        raise _wrong(document, path, f"{shown} is not the name of a trade", _A_NAME)


def _until(document: Document, value: Node, now: datetime) -> datetime:
    example = f"until: {utc_text(now + timedelta(days=1)).replace(' ', 'T')}Z"
    if value is None:
        raise _wrong(document, (), "until is missing: decisions end", example)
    try:
        until = _moment(str(value))
    except ValueError:
        raise _wrong(document, ("until",), f"{value} is not a moment", example) from None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    if until - now > LONGEST:
        days = LONGEST.days
        raise _wrong(document, ("until",), f"until is more than {days} days away", example)
    return until


def _moment(text: str) -> datetime:
    """Raises ``ValueError`` for another way to write one, as for a 31st of February."""
    if not re.fullmatch(_MOMENT, text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _wrong(
    document: Document, path: tuple[str | int, ...], message: str, hint: str | None
) -> UsageError:
    return UsageError(f"{document.locate(path)}: {message}", hint=hint)


def _field(key: str) -> str:
    return key.replace("-", "_")
