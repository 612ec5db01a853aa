"""Which names the plans have that are not linted now: remembered by what the files hold.

Nothing of it is taken over unless the file, and for a template all that it may read, is byte for
byte what it was; and only a lint of names rests on it, never what is applied.
"""

import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path

from msgspec import DecodeError, ValidationError
from msgspec.json import decode, encode

from smartplan import __version__
from smartplan.boundary import leads_out
from smartplan.trade.parse import entries
from smartplan.workflow import sources
from smartplan.workflow.lint_plans import PlanSet, read_plan

Names = Sequence[tuple[Path, Sequence[str]]]
"""The files of plans, with the names of the trades in each."""

_DIGEST = 16
_VERSION = __version__.encode()
_MOST = 4
"""How many times as much as is needed now is kept: several environments, a branch or two."""
_LARGEST = 32 << 20


def of(sets: Sequence[PlanSet], files: Sequence[Path], memory: Path | None) -> list[Names]:
    """The names in each of the files, for each set of variables.

    ``memory`` is the folder they are remembered in.
    """
    root = sets[0].settings.root
    place = memory / f"names-{_digest(os.fsencode(root))}.json" if memory is not None else None
    known = _remembered(place) if place is not None else {}
    now: dict[str, Sequence[str]] = {}
    around = [cache(partial(_surroundings, one)) for one in sets]
    found: list[list[tuple[Path, Sequence[str]]]] = [[] for _ in sets]
    content_of = _content_reader(root)
    for file in files:
        content = content_of(file)
        template = content is not None and _is_template(content)
        for number, one in enumerate(sets):
            if content is None:
                found[number].append((file, ()))
                continue
            more = around[number]() if template else b""
            key = _digest(os.fsencode(file.name), more, content)
            if key not in now:
                now[key] = known[key] if key in known else _read(one, file)
            found[number].append((file, now[key]))
    if place is not None and now.keys() - known.keys():
        kept = known if len(known) <= _MOST * len(now) else {}
        _remember(place, {**kept, **now})
    return list(found)


def _content_reader(root: Path) -> Callable[[Path], bytes | None]:
    """What gives the bytes of many files as ``sources.read`` takes them; ``None`` for the refused.

    Folders are looked at once; a file that is a link is looked at as ``read`` does.
    """
    sound: dict[str, bool] = {}
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    quick = hasattr(os, "O_NOFOLLOW")

    def content_of(file: Path) -> bytes | None:
        path = os.fspath(file)
        folder = path.rpartition(os.sep)[0]
        if folder not in sound:
            sound[folder] = quick and not leads_out(Path(folder), root)
        return (_opened(path, flags) if sound[folder] else None) or sources.content_or_none(
            file, root
        )

    return content_of


def _opened(path: str, flags: int) -> bytes | None:
    """The bytes of a plain file that is not too large; ``None`` for anything else."""
    try:
        number = os.open(path, flags)
    except OSError:
        return None
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size >= _AT_ONCE:
            return None
        content = os.read(number, status.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(number)
    return content if len(content) == status.st_size else None


_AT_ONCE = 1 << 16
"""What is surely read as a whole by one call; larger plans are rare."""


def _read(workspace: PlanSet, file: Path) -> tuple[str, ...]:
    """A plan that cannot be read has none to give."""
    document = read_plan(workspace, file).document
    return tuple(entry.name for entry in entries(document)) if document is not None else ()


def _is_template(content: bytes) -> bool:
    return b"{{" in content or b"{%" in content or b"{#" in content


def _surroundings(workspace: PlanSet) -> bytes:
    """What a template may read besides itself."""
    parts = [repr(sorted(workspace.values.merged.items())).encode()]
    root = workspace.settings.root
    templates, content_of = root / "templates", _content_reader(root)
    for file in sorted(templates.rglob("*")) if templates.is_dir() else ():
        if not file.is_dir():
            content = content_of(file)
            parts += [os.fsencode(file), b"?" if content is None else content]
    return _digest(*parts).encode()


def _digest(*parts: bytes) -> str:
    whole = b"".join([_VERSION, *(b"%d:" % len(part) for part in parts), *parts])
    return blake2b(whole, digest_size=_DIGEST).hexdigest()


def _remembered(place: Path) -> dict[str, list[str]]:
    """What an earlier run wrote, if nobody else could."""
    try:
        with place.open("rb") as stream:
            status = os.fstat(stream.fileno())
            shared = sys.platform != "win32" and (
                status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077
            )
            if shared or status.st_size > _LARGEST:
                return {}
            return decode(stream.read(), type=dict[str, list[str]])
    except (OSError, DecodeError, ValidationError):
        return {}


def _remember(place: Path, names: Mapping[str, Sequence[str]]) -> None:
    """Whole or not at all; what cannot be remembered is read again."""
    from tempfile import mkstemp

    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, written = mkstemp(dir=place.parent, prefix=place.name)
        with os.fdopen(number, "wb") as stream:
            stream.write(encode(names))
        Path(written).replace(place)
    except OSError:
        return
