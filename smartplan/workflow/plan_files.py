"""The files of a workspace as they would be, until they are written: bytes in, bytes out."""

import difflib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from smartplan.document.edits import Edit, edited
from smartplan.errors import UsageError
from smartplan.text import normal
from smartplan.workflow import sources, values
from smartplan.workflow.lint_plans import PlanSet

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class PlanFiles:
    """Files by the name messages use; nothing is written before ``write``."""

    def __init__(self, workspace: PlanSet) -> None:
        self._workspace = workspace
        self._before: dict[str, bytes] = {}
        self._now: dict[str, bytes] = {}

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that are not as they lie on the disk."""
        return tuple(name for name in sorted(self._now) if self._now[name] != self._before[name])

    def edit(self, edits: Iterable[Edit]) -> None:
        """Make these edits. Raises ``StaleEdit`` where a file says something else."""
        by_file: dict[str, list[Edit]] = {}
        for one in edits:
            by_file.setdefault(one.file, []).append(one)
        made = {name: edited(self._content(name), found) for name, found in by_file.items()}
        self._now |= made

    def _content(self, name: str) -> bytes:
        if name not in self._now:
            unsaved = self._workspace.inputs.unsaved.get(name)
            content = self._path(name).read_bytes() if unsaved is None else unsaved
            self._before[name] = self._now[name] = content
        return self._now[name]

    def _path(self, name: str) -> Path:
        return Path(os.path.realpath(self._workspace.working / name))

    def copy(self) -> "PlanFiles":
        """The same files, on which edits of these bear no longer."""
        other = PlanFiles(self._workspace)
        other.restore(self)
        return other

    def restore(self, other: "PlanFiles") -> None:
        """Say what the other files say."""
        self._before, self._now = dict(other._before), dict(other._now)

    def seen_by(self, workspace: PlanSet, edits: Iterable[Edit] = ()) -> PlanSet:
        """The workspace with the files as they are here, and with more edits if there are any."""
        tried = self.copy()
        tried.edit(edits)
        inputs = replace(workspace.inputs, unsaved={**workspace.inputs.unsaved, **tried._now})
        shown = sources.shown_from(workspace.working)
        given = values.read(inputs, workspace.settings, workspace.working, shown)
        return replace(workspace, inputs=inputs, values=given)

    def diff(self) -> str:
        """What would be written, as a patch."""
        return "".join(line for name in self.changed for line in self._patch(name))

    def _patch(self, name: str) -> Iterator[str]:
        """Line ends are shown alike: they are what a file keeps."""
        before, after = (
            normal(content.decode("utf-8-sig")).split("\n")
            for content in (self._before[name], self._now[name])
        )
        for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm=""):
            yield f"{line}\n"

    def write(self) -> tuple[str, ...]:
        """Write what changed: all of it, or nothing as far as can be known before.

        Each file whole or not at all. Raises ``UsageError``.
        """
        names, done = self.changed, list[str]()
        parts: dict[str, Path] = {}
        name = ""
        try:
            for name in names:
                parts[name] = self._prepared(name)
            for name in names:
                parts[name].replace(self._path(name))
                self._before[name] = self._now[name]
                done.append(name)
        except OSError as error:
            written = f"; written before: {', '.join(done)}" if done else ""
            raise UsageError(f"{name}: {error.strerror}{written}") from None
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
        return names

    def _prepared(self, name: str) -> Path:
        """The new content beside the file, which must be as it was read, and not read-only."""
        path = self._path(name)
        if path.read_bytes() != self._before[name]:
            raise UsageError(f"{name} was changed meanwhile: nothing is written")
        if not path.stat().st_mode & _WRITABLE or not os.access(path, os.W_OK):
            raise UsageError(f"{name}: it is read-only, so nothing is written")
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(self._now[name])
            shutil.copymode(path, part)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        return part
