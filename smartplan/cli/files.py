"""Files that a command is asked to write, with the folder they stand in."""

from pathlib import Path

from smartplan.boundary import leads_out
from smartplan.errors import UsageError


def write_file(option: str, file: Path, text: str) -> None:
    """Write it; ``option`` is how it was asked for. Raises ``UsageError``."""
    try:
        _ready(option, file)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritten(option, error) from None


def write_new_file(option: str, file: Path, text: str) -> None:
    """The same, and never over another file. Raises ``UsageError``."""
    try:
        _ready(option, file)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise _unwritten(option, error) from None


def write_private_file(option: str, file: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only. Raises ``UsageError``."""
    part = file.with_name(f"{file.name}.part")
    try:
        _ready(option, file)
        part.unlink(missing_ok=True)
        with part.open("x", encoding="utf-8") as stream:
            stream.write(text)
        part.chmod(0o600)
        part.replace(file)
    except OSError as error:
        raise _unwritten(option, error) from None


def ready_folder(file: Path) -> None:
    """The folder that a file is going to stand in."""
    file.parent.mkdir(parents=True, exist_ok=True)


def _ready(option: str, file: Path) -> None:
    """Raises ``UsageError`` for a file that would be written elsewhere than where it is named."""
    working = Path.cwd()
    if leads_out(working / file, working):
        raise UsageError(
            f"{option}: a link out of the working folder", hint="name the file where it lies"
        )
    ready_folder(file)


def _unwritten(option: str, error: OSError) -> UsageError:
    return UsageError(f"{option}: {error.strerror}")
