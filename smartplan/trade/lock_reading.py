"""``markets.lock.json`` as text: what it says, or what is wrong with it, and where; pure."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, ValidationError, convert

from smartplan.errors import FileError
from smartplan.settings.keys import ENVIRONMENTS
from smartplan.text import UnreadableText, check, each_once, forbidden, position, unshown
from smartplan.trade.market_lock import FORMAT, LockedAccount, MarketLock, PairTerms

WAY_OUT = "delete it; `smartplan markets lock` writes it anew"
_CONFLICT = "take one side whole, then `smartplan markets lock` brings it up to date"
_NUMBER = r"[0-9]+(\.[0-9]+)?"
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\]]')
_SAID = re.compile(r"(?P<what>.*?)(?: - at `\$\.(?P<key>\w+).*`)?", re.DOTALL)


class _Wrong(Struct, frozen=True):
    """What is wrong with what stands under the keys of a path."""

    path: tuple[str, ...]
    message: str
    hint: str | None = WAY_OUT


def read_lock(content: bytes, file: Path) -> MarketLock:
    """The lock that a file holds. Raises ``FileError`` for what is none."""
    try:
        text = content.decode("utf-8-sig")
        check(text)
        data = json.loads(text, object_pairs_hook=each_once)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(file, "not UTF-8 text", line=line, hint=WAY_OUT) from None
    except UnreadableText as error:
        at = {"line": error.line, "column": error.column}
        raise FileError(file, str(error), **at, hint=error.hint) from None
    except json.JSONDecodeError as error:
        hint = _CONFLICT if re.search(r"^<{7} ", content.decode(), re.MULTILINE) else WAY_OUT
        at = {"line": error.lineno, "column": error.colno}
        raise FileError(file, f"it is not JSON: {error.msg}", **at, hint=hint) from None
    except (ValueError, RecursionError) as error:
        raise FileError(file, str(error), hint=WAY_OUT) from None
    for wrong in _wrongs(data):
        line, column = _place_of(text, wrong.path)
        raise FileError(file, wrong.message, line=line, column=column, hint=wrong.hint)
    lock: MarketLock = convert(data, MarketLock)
    return lock


def _wrongs(data: object) -> Iterator[_Wrong]:
    """What is wrong, in the order of the levels."""
    if not isinstance(data, dict):
        yield _Wrong((), "a lock of markets is a JSON object")
        return
    said = (data.get("format", FORMAT), data.get("format_version", 1))
    if said != (FORMAT, 1):
        message = f"it is {said[0]} {said[1]}, not {FORMAT} 1"
        yield _Wrong(("format" if said[0] != FORMAT else "format_version",), message)
    yield from _misfits({**data, "environments": {}}, MarketLock, ())
    for environment, accounts in _table(data.get("environments", {})):
        path = ("environments", environment)
        if environment not in ENVIRONMENTS:
            known = ", ".join(ENVIRONMENTS)
            yield _Wrong(path, f"there is no environment {environment}: {known}")
        if not isinstance(accounts, dict):
            yield _Wrong(path, "must be an object: accounts by alias")
        for alias, account in _table(accounts):
            yield from _in_account(account, (*path, alias))


def _in_account(account: object, path: tuple[str, ...]) -> Iterator[_Wrong]:
    yield from _unshown(path)
    if not isinstance(account, dict):
        yield _Wrong(path, "must be an object: market, fetched and pairs")
        return
    yield from _misfits({**account, "pairs": {}}, LockedAccount, path)
    if not isinstance(account.get("pairs", {}), dict):
        yield _Wrong((*path, "pairs"), "must be an object: terms by pair")
    for pair, terms in _table(account.get("pairs", {})):
        yield from _unshown((*path, "pairs", pair))
        known = frozenset(PairTerms.__struct_fields__)
        for name, term in _table(terms):
            if name in known and not (
                isinstance(term, str) and re.fullmatch(_NUMBER, term, re.ASCII)
            ):
                message = f"{name} of {pair} is {term}, not a number in quotes from 0 on"
                yield _Wrong((*path, "pairs", pair, name), message)
        yield from _misfits(terms, PairTerms, (*path, "pairs", pair))


def _table(node: object) -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        yield from node.items()


def _misfits(node: object, kind: type[Struct], path: tuple[str, ...]) -> Iterator[_Wrong]:
    try:
        convert(node, kind)
    except ValidationError as error:
        said = _SAID.fullmatch(str(error))
        what, key = (said["what"], said["key"]) if said else (str(error), None)
        yield _Wrong((*path, key) if key else path, what)


def _unshown(path: tuple[str, ...]) -> Iterator[_Wrong]:
    """What was escaped in the last key does not show either."""
    character = unshown(path[-1])
    if character is not None:
        problem = forbidden(character, 1, 1)
        yield _Wrong(path, str(problem), problem.hint)


def _place_of(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Line and column, from 1, of the key at ``path``; of the beginning where it is not there."""
    depth = found = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif token[2] and depth == found + 1 and json.loads(token[1]) == path[found]:
            found += 1
            if found == len(path):
                return position(text, token.start())
    return 1, 1
