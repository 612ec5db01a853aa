"""What is open until somebody closes it: a file, a connection, a port."""

from typing import Protocol, Self


class Resource(Protocol):
    """Closed by the ``with`` that opens it, whatever happens in there."""

    def close(self) -> None:
        """Let go of it; a second time does nothing."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
