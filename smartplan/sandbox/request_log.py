"""What a sandbox remembers of the requests it saw."""

from msgspec import Struct

CHARACTERS = 32_000_000
"""What is kept in memory, paths and bodies together: beyond that the oldest go."""


class LoggedRequest(Struct, frozen=True):
    """A request the exchange saw, and when (ISO, UTC); never its headers."""

    time: str
    method: str
    path: str
    body: str


class RequestLog(list[LoggedRequest]):
    """Every request so far, oldest first; of very many the latest."""

    def __init__(self) -> None:
        super().__init__()
        self._characters = 0

    def append(self, received: LoggedRequest) -> None:
        """Add one, and let go of the oldest where it is too much."""
        super().append(received)
        self._characters += _size(received)
        if self._characters > CHARACTERS:
            self._forget()

    def clear(self) -> None:
        """Forget them all."""
        super().clear()
        self._characters = 0

    def _forget(self) -> None:
        """Down to three quarters, so that this is done once in a while only."""
        number = 0
        while number < len(self) - 1 and self._characters > CHARACTERS * 3 // 4:
            self._characters -= _size(self[number])
            number += 1
        del self[:number]


def _size(received: LoggedRequest) -> int:
    # What a line takes beside its texts, so that empty ones are not free.
    return len(received.path) + len(received.body) + 200
