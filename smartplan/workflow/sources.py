"""Paths and values to plan sources: which files are meant, what they say, who else is there."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from glob import escape, glob, has_magic
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from msgspec import Struct, field

from smartplan.boundary import leads_out
from smartplan.diagnostics import Finding, Location, Severity
from smartplan.errors import UsageError
from smartplan.settings import Settings, find_file
from smartplan.text import MAX_BYTES, normal

STDIN = "-"
STDIN_NAME = "<stdin>"
"""What messages call it."""
_SUFFIXES = (".yaml", ".yml")
_VALUES = re.compile(r"values(\.(sandbox|paper|real))?\.ya?ml", re.ASCII | re.IGNORECASE)


class Inputs(Struct, frozen=True):
    """What the user named: paths, values files (later wins) and ``--set`` assignments.

    ``began`` is told the name of each plan before it is read. ``optional``: where no path is named,
    a workspace without any plan will do, too. ``unsaved`` are texts by the name messages use, which
    stand for what lies on the disk; ``asked`` is told each template that a plan looks for.
    """

    paths: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    stdin: Callable[[], bytes] = lambda: b""
    began: Callable[[str], None] = lambda _: None
    optional: bool = False
    unsaved: Mapping[str, bytes] = field(default_factory=dict)
    asked: Callable[[Path], None] = lambda _: None


class PlanFile(Struct, frozen=True):
    """A plan's text under the name messages use; or the finding that it cannot be read."""

    name: str
    text: str
    finding: Finding | None = None


def start_folder(paths: Sequence[str], working: Path) -> Path:
    """Where to look for ``smartplan.toml``: at the first path, else the working folder.

    Of a pattern it is the folder that all it fits lie below. Raises ``UsageError`` for a path that
    does not lead where it says.
    """
    named = [(path, _named_by(path, working)) for path in paths if path != STDIN]
    for path, file in named:
        if not _is_pattern(path, working) and _is_link_out(file, working):
            raise UsageError(
                f"{path}: a link out of the workspace",
                hint=f"name the place itself, if you mean it: {os.path.realpath(_place(file))}",
            )
    for path, file in named:
        if not (_is_pattern(path, working) and _is_link_out(file, working)):
            return _place(file)
    return working


def _is_pattern(path: str, working: Path) -> bool:
    return has_magic(path) and not (working / path).exists()


def _named_by(path: str, working: Path) -> Path:
    """The file or folder of this name; of a pattern the part before its first wildcard."""
    if not _is_pattern(path, working):
        return working / path
    folder = Path(working.anchor) if Path(path).is_absolute() else working
    for part in Path(path).parts:
        if has_magic(part) and not (folder / part).exists():
            break
        folder = folder / part
    return folder


def _place(file: Path) -> Path:
    return file if file.is_dir() else file.parent


def _is_link_out(file: Path, working: Path) -> bool:
    """``file`` itself may be a link: that is a finding of its own, as it is when it was found."""
    place = _place(file)
    settings = find_file(Path(os.path.abspath(place)).parent)  # noqa: PTH100  # follows no link
    folders = (working, *([settings.parent] if settings else []))
    return any(leads_out(place, folder) for folder in folders)


def shown_from(working: Path) -> Callable[[Path], str]:
    """How files are named in messages: relative to the working folder where that is shorter."""

    below = f"{working}{os.sep}"

    def shown(path: Path) -> str:
        text = os.fspath(path)
        if text.startswith(below) and os.pardir not in text:
            return text[len(below) :].replace(os.sep, "/")
        relative = os.path.relpath(path, working)
        return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()

    return shown


def find(inputs: Inputs, settings: Settings, working: Path) -> tuple[Path | str, ...]:
    """The files that the paths mean, in order, each once. Raises ``UsageError`` for none."""
    none_will_do = inputs.optional and not inputs.paths and settings.file is not None
    if none_will_do and not (settings.root / "plans").is_dir():
        return ()
    found: dict[str, Path | str] = {}
    for path in inputs.paths or _default(settings):
        for file in _expand(path, working):
            found[str(file)] = file
    if not found and not none_will_do:
        raise UsageError(
            "there is no plan in " + ", ".join(inputs.paths or _default(settings)),
            hint="a plan is a .yaml or .yml file",
        )
    return tuple(found.values())


def _default(settings: Settings) -> tuple[str, ...]:
    folder = settings.root / "plans"
    if not folder.is_dir():
        raise UsageError(
            f"no path given, and there is no folder {folder}",
            hint="name a plan, or a folder of plans",
        )
    if _is_link_out(folder, settings.root):
        raise UsageError(
            f"{folder}: a link out of the workspace",
            hint=f"name the place itself, if you mean it: {os.path.realpath(folder)}",
        )
    return (str(folder),)


def _expand(path: str, working: Path) -> Iterator[Path | str]:
    if path == STDIN:
        yield STDIN
        return
    named = working / path
    if named.is_dir():
        yield from plans_below(named)
    elif named.exists() or not has_magic(path):
        if not named.is_file():
            raise UsageError(f"{path}: there is no such file", hint="check the spelling")
        yield named
    else:
        for match in sorted(set(_matches(_pattern(path, working)))):
            if Path(match).is_dir():
                yield from plans_below(Path(match))
            else:
                yield Path(match)


def _pattern(path: str, working: Path) -> str:
    """The pattern from the root on; folders that exist mean themselves, brackets and all."""
    folder = Path(working.anchor) if Path(path).is_absolute() else working
    *between, last = Path(path).parts
    pattern = escape(str(folder))
    for part in (*between, last):
        folder = folder / part
        pattern = os.path.join(pattern, escape(part) if folder.exists() else part)  # noqa: PTH118
    return pattern


def _matches(pattern: str) -> Iterator[str]:
    """What fits the pattern; ``**`` follows no links, which could lead round and round."""
    before, doubled, after = pattern.partition("**")
    if not doubled:
        yield from glob(pattern)  # noqa: PTH207  # absolute patterns too
        return
    rest = after.lstrip("/")
    for top in glob(before) if has_magic(before) else [before]:  # noqa: PTH207
        for current, folders, _ in os.walk(top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if rest:
                yield from _matches(os.path.join(escape(current), rest))  # noqa: PTH118
            else:
                yield current


def plans_below(folder: Path) -> Iterator[Path]:
    """The plan files of a folder and those below it, sorted; hidden ones and templates left out."""
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != "templates")
        here = Path(current)
        yield from (here / name for name in sorted(files) if is_plan_name(name))


def is_plan_name(name: str) -> bool:
    """Whether a file of this name may be a plan: not a hidden one, and no values."""
    plan = name.lower().endswith(_SUFFIXES) and not name.startswith(".")
    return plan and not _VALUES.fullmatch(name)


def neighbours(settings: Settings, selected: Iterable[Path | str]) -> tuple[Path, ...]:
    """The plans of the workspace that were not selected.

    Without a ``smartplan.toml`` the workspace is the folder the selected files are in.
    """
    real = _RealPaths()
    chosen = {real.of(file) for file in selected if isinstance(file, Path)}
    if settings.file is not None:
        folder = settings.root / "plans"
        candidates = list(plans_below(folder)) if folder.is_dir() else []
    else:
        folders = sorted({Path(file).parent for file in chosen})
        candidates = [
            path
            for folder in folders
            for path in sorted(folder.iterdir())
            if path.is_file() and is_plan_name(path.name)
        ]
    names = {file.rpartition(os.sep)[2] for file in chosen}
    return tuple(
        path
        for path in candidates
        if not (path.name in names or path.is_symlink()) or real.of(path) not in chosen
    )


class _RealPaths:
    """Where files really lie; a folder is resolved once, however many plans are in it."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def folder_of(self, file: Path) -> str:
        return os.path.dirname(self.of(file))  # noqa: PTH120  # a Path for each is slower

    def of(self, file: Path) -> str:
        path = os.fspath(file)
        if os.path.islink(path):  # noqa: PTH114  # Path.is_symlink is slower
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return f"{self._folders[folder]}{os.sep}{name}"


class _Refused(Exception):
    """Why a file is not read."""


def read(
    file: Path | str, inputs: Inputs, shown: Callable[[Path], str], root: Path | None = None
) -> PlanFile:
    """A plan's text; at most one byte more than a plan may have is ever read.

    A link that leads out of ``root`` is not followed: a plan from a stranger could show, in what
    is said about it, a file that is none of theirs.
    """
    if isinstance(file, str):
        name, content = STDIN_NAME, inputs.stdin()
    else:
        name = shown(file)
        try:
            unsaved = inputs.unsaved.get(name)
            content = _content(file, root) if unsaved is None else unsaved
        except _Refused as reason:
            return _unreadable(name, str(reason))
    if len(content) > MAX_BYTES:
        return _unreadable(name, "larger than 1 MiB", hint="split it into several files")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable(name, "not UTF-8 text", line, "save the file as UTF-8")
    return PlanFile(name, normal(text))


def _content(file: Path, root: Path | None) -> bytes:
    try:
        if root and leads_out(file, root):
            raise _Refused("a link out of the workspace")
        status = os.lstat(file)
        if S_ISLNK(status.st_mode):
            if root and not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(root)):
                raise _Refused("a link out of the workspace")
            status = os.stat(file)  # noqa: PTH116  # Path.stat is slower
        if not S_ISREG(status.st_mode):  # opening anything else could wait for ever
            raise _Refused("not a file with text")
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123  # Path.open is slower
            return stream.read(min(status.st_size, MAX_BYTES) + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise _Refused("not a file with text") from None
    except OSError as error:
        raise _Refused(f"cannot be read: {error.strerror}") from None


def content_or_none(file: Path, root: Path) -> bytes | None:
    """The bytes of a plan, as ``read`` would take them; ``None`` for what it refuses."""
    try:
        content = _content(file, root)
    except _Refused:
        return None
    return content if len(content) <= MAX_BYTES else None


def _unreadable(name: str, message: str, line: int = 1, hint: str | None = None) -> PlanFile:
    finding = Finding("SP002", Severity.ERROR, message, Location(name, line), hint=hint)
    return PlanFile(name, "", finding)


def outside_workspace(files: Iterable[Path | str], settings: Settings) -> Path | None:
    """A selected file that belongs to another workspace, if there is one."""
    if settings.file is None:
        return None
    real, inside = _RealPaths(), {os.fspath(settings.root)}
    for file in files:
        if isinstance(file, str) or (folder := real.folder_of(file)) in inside:
            continue
        if leads_out(file, settings.root):
            continue  # which is what is said of it
        owner = find_file(Path(folder))
        if owner is not None and owner.parent != settings.root:
            return file
        inside.add(folder)
    return None
