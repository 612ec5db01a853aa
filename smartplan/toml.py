"""TOML tables that know their name, so that whatever is wrong in them can be told."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from smartplan.errors import UsageError


class Table(Struct, frozen=True):
    """A table with its name, for messages."""

    file: Path
    name: str
    items: Mapping[str, object]

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are none of these. Raises ``UsageError``, as every method does."""
        for key in self.items:
            if key not in set(known):
                import difflib

                near = difflib.get_close_matches(key, list(known), 1)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                raise self.wrong(key, "is not a setting", hint)

    def wrong(self, key: str, what: str, hint: str | None = None) -> UsageError:
        """What to raise about a key."""
        address = f"{self.name}.{key}" if self.name else key
        return UsageError(f"{self.file}: `{address}` {what}", hint=hint)

    def table(self, key: str) -> "Table":
        """A table in this one; empty where it is missing."""
        value = self.items.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Table(self.file, f"{self.name}.{key}" if self.name else key, value)

    def text(self, key: str, default: str) -> str:
        """A text."""
        value = self.items.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "must be text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        value = self.items.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "must be a list of texts")
        return tuple(value)

    def money(self, key: str, default: Decimal | None = None) -> Decimal:
        """A finite number, not below 0."""
        value = self.items.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.wrong(key, "must be a number")
        number = Decimal(value)
        if not number.is_finite() or number < 0:
            raise self.wrong(key, "must be a finite number, not below 0")
        return number


def read_table(file: Path) -> Table:
    """The whole of a file. Raises ``UsageError``."""
    try:
        items = tomllib.loads(_bounded(file), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}", hint=_CORRECT) from None
    except RecursionError:
        raise UsageError(f"{file}: lists or tables nested too deep", hint=_CORRECT) from None
    except ValueError:  # what Python says of thousands of digits
        raise UsageError(f"{file}: a number of too many digits", hint=_CORRECT) from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    return Table(file, "", items)


_MOST = 64 << 10
_DOTS = 64
_CORRECT = "correct the file; it is TOML"


def _bounded(file: Path) -> str:
    """The text; tomllib takes a time that grows with the square of what a key is made of."""
    with file.open("rb") as stream:
        content = stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise UsageError(f"{file}: larger than {_MOST >> 10} KiB", hint="keep to what is a setting")
    text = content.decode("utf-8")
    if any(line.count(".") > _DOTS for line in text.split("\n") if not line.startswith("#")):
        raise UsageError(f"{file}: more than {_DOTS} dots in a line", hint=_CORRECT)
    return text.replace("\r\n", "\n")
