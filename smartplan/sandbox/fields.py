"""Reading a request body: coercion, and an error list with the service's bracketed keys."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from smartplan.sandbox.decimals import ZERO, read_decimal

Errors = dict[str, list[str]]
Word = TypeVar("Word", bound=str)

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def mapping_of(value: object) -> Mapping[str, object] | None:
    """The value as an object with string keys, or ``None``."""
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    return None


def read_boolean(value: object) -> bool | None:
    """A JSON boolean, or the strings and digits a form sends for one."""
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(str(value).lower()) if isinstance(value, str | int) else None


class Fields:
    """One object of a request body; what is wrong with it is collected in ``errors``.

    ``null`` counts as absent: clients echo entities, which are full of it.
    """

    def __init__(self, data: Mapping[str, object], address: str, errors: Errors) -> None:
        self._data = data
        self._address = address
        self.errors = errors

    def address(self, *keys: str) -> str:
        """``take_profit[steps][0][price]``: the service's name for a key of this object."""
        head, *tail = (self._address, *keys) if self._address else keys
        return head + "".join(f"[{key}]" for key in tail)

    def fail(self, message: str, *keys: str) -> None:
        """Note what is wrong with the value at ``keys`` below this object."""
        self.errors.setdefault(self.address(*keys), []).append(message)

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self._data.get(key) is not None

    def _given(self, key: str, *, required: bool) -> object:
        value = self._data.get(key)
        if value is None and required:
            self.fail("is missing", key)
        return value

    def child(self, key: str, *, required: bool = False) -> "Fields | None":
        """A nested object."""
        value = self._given(key, required=required)
        if value is None:
            return None
        data = mapping_of(value)
        if data is None:
            self.fail("must be a hash", key)
            return None
        return Fields(data, self.address(key), self.errors)

    def children(self, key: str) -> "list[Fields]":
        """The objects of a nested list."""
        value = self._data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail("must be an array", key)
            return []
        found = []
        for index, item in enumerate(value):
            data = mapping_of(item)
            if data is None:
                self.fail("must be a hash", key, str(index))
            else:
                found.append(Fields(data, self.address(key, str(index)), self.errors))
        return found

    def text(self, key: str, *, required: bool = True) -> str | None:
        """A string."""
        value = self._given(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fail("must be a string", key)
            return None
        return value

    def choice(self, key: str, words: Sequence[Word], *, required: bool = True) -> Word | None:
        """One of the documented words."""
        value = self.text(key, required=required)
        chosen = next((word for word in words if word == value), None)
        if value is not None and chosen is None:
            self.fail("must be one of: " + ", ".join(words), key)
        return chosen

    def decimal(self, key: str, *, required: bool = True, signed: bool = False) -> Decimal | None:
        """A number, given as a number or as a string; positive unless ``signed``."""
        value = self._given(key, required=required)
        if value is None:
            return None
        number = read_decimal(value)
        if number is None:
            self.fail("must be a decimal", key)
        elif number <= ZERO and not signed:
            self.fail("must be greater than 0", key)
        else:
            return number
        return None

    def integer(self, key: str, *, required: bool = True) -> int | None:
        """A positive whole number."""
        number = self.decimal(key, required=required)
        if number is None:
            return None
        if number != number.to_integral_value():
            self.fail("must be an integer", key)
            return None
        return int(number)

    def boolean(self, key: str, *, required: bool = False, default: bool = False) -> bool:
        """A boolean, or one of the strings the documented examples use for it."""
        value = self._given(key, required=required)
        if value is None:
            return default
        flag = read_boolean(value)
        if flag is None:
            self.fail("must be boolean", key)
            return default
        return flag

    def exactly_one(self, first: str, second: str) -> bool:
        """Whether one of two keys is given; the service names both when it is not so."""
        given = self.has(first) + self.has(second)
        if given == 1:
            return True
        message = (
            "are mutually exclusive"
            if given
            else "are missing, exactly one parameter must be provided"
        )
        pair = f"{self.address(first)},{self.address(second)}"
        self.errors.setdefault(pair, []).append(message)
        return False
