"""A workspace to start from: the files of ``smartplan/scaffold``, filled in and written once."""

import re
from datetime import date
from pathlib import Path

from msgspec import Struct

from smartplan.errors import SafetyRefusal, UsageError
from smartplan.workflow.installation import Pin

_FILES = {
    "smartplan.toml": "smartplan.toml",
    "values.yaml": "values.yaml",
    "plans/eth-range.yaml": "plans/eth-range.yaml",
    "plans/btc-swing.yaml": "plans/btc-swing.yaml",
    "templates/exits.jinja": "templates/exits.jinja",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".vscode/settings.json": "vscode-settings.json",
    ".github/workflows/smartplan.yml": "lint.yml",
    ".github/workflows/smartplan-changes.yml": "changes.yml",
    ".github/workflows/smartplan-drift.yml": "drift.yml",
}
"""Where each file goes, and what it is called among ours."""

_SCHEMAS = ("plan", "smart-trade-create", "settings", "decisions")
"""What an editor needs; copies, so that completion works offline and in every clone."""

_LONGEST_NAME = 20


class Scaffold(Struct, frozen=True):
    """What was done: the files written, and those that were there and stay as they are."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def workspace_name(folder: Path) -> str:
    """A workspace's name from its folder's: lower case, anything else a hyphen, at most 20."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name[:_LONGEST_NAME].rstrip("-") or "desk"


def scaffold(
    folder: Path,
    *,
    today: date,
    pin: Pin,
    workspace: str | None = None,
    keep_existing: bool = False,
) -> Scaffold:
    """Write a workspace into ``folder``; no existing file is ever changed.

    Its name is ``workspace``, else that of the folder; the settings take it only where it fits.
    ``today`` is a day in UTC, ``pin`` the smartplan that CI shall install. Unless
    ``keep_existing``, a file in the way refuses the whole: nothing is written. Raises
    ``SafetyRefusal`` then, and ``UsageError`` where files cannot be written.
    """
    texts = _texts(folder, today, pin, workspace or workspace_name(folder))
    kept = tuple(file for file in texts if file.exists() or file.is_symlink())
    if kept and not keep_existing:
        raise SafetyRefusal(
            f"nothing was written: {_listed(kept, folder)} would be overwritten",
            hint="--keep-existing leaves what is there and writes the rest",
        )
    written = tuple(file for file in texts if file not in kept)
    for file in written:
        _write_new(file, texts[file])
    return Scaffold(written, kept)


def _texts(folder: Path, today: date, pin: Pin, workspace: str) -> dict[Path, str]:
    own = Path(__file__).parent.parent / "scaffold"
    words = {
        "__WORKSPACE__": workspace,
        "__SINCE__": today.isoformat(),
        "__PIN_REMARK__": pin.remark,
        "__PIN__": pin.requirement,
    }
    texts = {}
    for target, source in _FILES.items():
        text = (own / source).read_text(encoding="utf-8")
        for word, meaning in words.items():
            text = text.replace(word, meaning)
        texts[folder / target] = text
    return texts | _schemas(folder)


def _schemas(folder: Path) -> dict[Path, str]:
    from smartplan.lint import schema

    names = (f"{name}.schema.json" for name in _SCHEMAS)
    return {folder / "schemas" / name: schema.read(name) for name in names}


def _listed(files: tuple[Path, ...], folder: Path) -> str:
    return ", ".join(file.relative_to(folder).as_posix() for file in files)


def _write_new(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise SafetyRefusal(f"{file}: appeared meanwhile; it stays as it is") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
