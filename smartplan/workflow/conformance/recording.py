"""The requests and answers of a check, without what says whose they are."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from smartplan.document.scalars import number_text

_WHOSE = frozenset({"name", "link", "exchange_name", "account_name"})


def redacted(
    rows: Iterable[Mapping[str, object]], workspace: str, ours: Collection[int]
) -> tuple[dict[str, object], ...]:
    """The same rows: accounts are number 0 and have no name, the workspace is ``desk``.

    Of lists the trades of the check alone are kept. Keys, secrets and signatures were never in
    them: ``api.http`` takes them out of every answer.
    """
    return tuple(
        {key: _plain(_kept(value, ours), key, workspace) for key, value in row.items()}
        for row in rows
    )


def _kept(value: object, ours: Collection[int]) -> object:
    if not isinstance(value, list):
        return value
    return [row for row in value if isinstance(row, Mapping) and row.get("id") in ours]


def _plain(value: object, key: str, workspace: str) -> object:
    match value:
        case Mapping():
            return {name: _hidden(name, item, key, workspace) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item, key, workspace) for item in value]
        case str():
            return value.replace(f":{workspace}/", ":desk/")
        case Decimal():
            return number_text(value)
        case _:
            return value


def _hidden(name: str, value: object, inside: str, workspace: str) -> object:
    if name == "account_id" or (inside == "account" and name == "id"):
        return 0
    if name in _WHOSE and inside in {"account", "answer"}:
        return ""
    return _plain(value, name, workspace)
