"""Files that a command is asked to write, with the folder they stand in."""

from pathlib import Path

from smartplan.errors import UsageError


def write_file(option: str, file: Path, text: str) -> None:
    """Write it; ``option`` is how it was asked for. Raises ``UsageError``."""
    try:
        ready_folder(file)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritten(option, error) from None


def write_new_file(option: str, file: Path, text: str) -> None:
    """The same, and never over another file. Raises ``UsageError``."""
    try:
        ready_folder(file)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise _unwritten(option, error) from None


def write_private_file(option: str, file: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only. Raises ``UsageError``."""
    part = file.with_name(f"{file.name}.part")
    try:
        ready_folder(file)
        part.write_text(text, encoding="utf-8")
        part.chmod(0o600)
        part.replace(file)
    except OSError as error:
        raise _unwritten(option, error) from None


def ready_folder(file: Path) -> None:
    """The folder that a file is going to stand in."""
    file.parent.mkdir(parents=True, exist_ok=True)


def _unwritten(option: str, error: OSError) -> UsageError:
    return UsageError(f"{option}: {error.strerror}")
