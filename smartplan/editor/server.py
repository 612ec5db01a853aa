"""The server: a desk for each workspace, and the editor's names and places of its files."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types
from msgspec.structs import replace
from pygls import uris
from pygls.lsp.server import LanguageServer

import smartplan
from smartplan import settings as settings_room
from smartplan.diagnostics import Finding, Location, Severity
from smartplan.document.tree import Document
from smartplan.editor import columns
from smartplan.editor.desk import Desk, Shown
from smartplan.errors import FileError, SmartplanError
from smartplan.report.findings import readable
from smartplan.report.findings.json import finding_json
from smartplan.settings import Settings, find_file
from smartplan.text import normal
from smartplan.times import utc_now
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow import values
from smartplan.workflow.live_lint import LiveLint, reads_like_plan
from smartplan.workflow.market_lock import lock_file
from smartplan.workflow.sources import Inputs

NAME = "smartplan"
PAUSE = 0.02
"""Seconds of rest in typing after which a plan is checked."""
_MOST = 1 << 20
"""Bytes of settings, or of a market lock, in which a place is looked up."""
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class PlanServer(LanguageServer):
    """The server, with a desk for each workspace that a file of it was opened of."""

    def __init__(self) -> None:
        super().__init__(
            NAME,
            smartplan.__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.desks: dict[Path, Desk] = {}
        self.environment: str | None = None
        self.pause = PAUSE
        self.lenses = False
        self.options: object = None
        self.editor: int | None = None
        """Its process, where we can see it."""
        self._uris: dict[Path, str] = {}
        self._refused: dict[Path, str] = {}
        """By folder, the document in which it says why a workspace cannot be opened."""
        self._shown_before: dict[Path, Desk] = {}

    def configure(self, options: object) -> None:
        """Take ``environment``, ``pause`` in milliseconds and ``codeLens`` from the editor."""
        given = options if isinstance(options, dict) else {}
        own = given.get(NAME, given)
        if not isinstance(own, dict):
            return
        environment = own.get("environment") or None
        pause, lenses = own.get("pause"), own.get("codeLens")
        if isinstance(pause, int | float) and not isinstance(pause, bool) and 0 <= pause <= 10_000:
            self.pause = pause / 1000
        if isinstance(lenses, bool):
            self.lenses = lenses
        if environment != self.environment:
            self.environment = str(environment) if environment else None
            self.reopen()

    def reopen(self) -> None:
        """Open every workspace again: settings, or the choice of an environment, changed."""
        before = dict(self.desks)
        self.desks.clear()
        for root, desk in before.items():
            desk.close()
            self._shown_before[root] = desk
        for root in [*before, *(root for root in self._refused if root not in before)]:
            self.open(root)
        for uri in list(self.workspace.text_documents):
            self.desk_of(uri)
        for root in [root for root in self._shown_before if root not in self._refused]:
            self._clear(self._shown_before.pop(root))

    def leave(self, folder: Path) -> None:
        """A folder is shown no longer; what has open documents, or is in another, stays."""
        others = [self.path_of(other.uri) for other in self.workspace.folders.values()]
        shown = [*others, *map(self.path_of, self.workspace.text_documents)]
        for root, desk in list(self.desks.items()):
            if root.is_relative_to(folder) and not any(
                root.is_relative_to(other) or other.is_relative_to(root) for other in shown
            ):
                del self.desks[root]
                desk.close()
                self._clear(desk)

    def _clear(self, desk: Desk) -> None:
        self.show(desk, dict.fromkeys(desk.found, ()))

    def open(self, start: Path) -> Desk | None:
        """The desk of the workspace around a folder, or of a plan without one; None for neither."""
        found = find_file(start if start.is_dir() else start.parent)
        root = found.parent if found is not None else start
        if root in self.desks:
            return self.desks[root]
        if found is None and not self._is_plan(start):
            self._accept(root)
            return None
        try:
            settings = settings_room.load(
                root if root.is_dir() else root.parent, os.environ, environment=self.environment
            )
            alone = () if found is not None else (str(start),)
            lint = LiveLint(settings, utc_now, alone, every=self.environment is None)
        except SmartplanError as error:
            self._refuse(root, found, error)
            return None
        self._accept(root)
        desk = Desk(lint, lambda changed: self.show(desk, changed), self.tell, self.pause)
        before = self._shown_before.pop(root, None)
        desk.found = before.found if before is not None else {}
        self.desks[root] = desk
        unsaved = [uri for uri in self.workspace.text_documents if self._belongs(uri, root)]
        for uri in unsaved:
            lint.change(lint.name_of(self.path_of(uri)), self.content_of(uri))
        desk.start([lint.name_of(self.path_of(uri)) for uri in unsaved])
        return desk

    def _is_plan(self, file: Path) -> bool:
        """Whether a file outside of every workspace is a plan, by its name and text."""
        uri = self._uris.get(file)
        if uri is None or uri not in self.workspace.text_documents:
            return False
        named = file.suffix in {".yaml", ".yml"} and file.is_file()
        return named and reads_like_plan(self.content_of(uri))

    def _belongs(self, uri: str, root: Path) -> bool:
        path = self.path_of(uri)
        return path == root or path.is_relative_to(root)

    def path_of(self, uri: str) -> Path:
        """The file of a document; the editor's own name for it is kept.

        What has no place among files that can be looked at, is no file.
        """
        try:
            path = _placed(Path(uris.to_fs_path(uri) or os.devnull))
            path.exists()
        except (OSError, ValueError):
            return Path(os.devnull)
        self._uris[path] = uri
        return path

    def content_of(self, uri: str) -> bytes:
        """What the editor has of a file."""
        return self.workspace.get_text_document(uri).source.encode("utf-8", "surrogatepass")

    def version_of(self, uri: str) -> int | None:
        """The version of a document that is open."""
        document = self.workspace.text_documents.get(uri)
        return document.version if document is not None else None

    def desk_of(self, uri: str) -> Desk | None:
        """The desk that a document belongs to; it is opened where it is not yet."""
        return self.open(self.path_of(uri))

    def name_in(self, desk: Desk, uri: str) -> str:
        """What a document is called at a desk."""
        return desk.lint.name_of(self.path_of(uri))

    def lines_of(self, desk: Desk, name: str) -> list[str]:
        """The lines of a file of a workspace, as the editor has it or as it lies on the disk."""
        uri = self._uris.get(_placed(desk.root / name))
        if uri is not None and uri in self.workspace.text_documents:
            return normal(self.workspace.get_text_document(uri).source).split("\n")
        return desk.lint.text_of(name).split("\n")

    def uri_of(self, desk: Desk, name: str) -> str:
        """The editor's name of a file of a workspace."""
        path = _placed(desk.root / name)
        return self._uris.get(path) or uris.from_fs_path(str(path)) or path.as_uri()

    def location(self, desk: Desk, where: Location, length: int = 0) -> types.Location:
        """A place of ours for the editor; ``length`` characters, or the word that stands there."""
        lines = self.lines_of(desk, where.file)
        codec = self.workspace.position_codec
        if length:
            span = columns.span(lines, where.line, where.column, length, codec)
        else:
            span = columns.word_at(lines, where, codec)
        return types.Location(self.uri_of(desk, where.file), span)

    def show(self, desk: Desk, changed: Shown) -> None:
        """Publish the findings of files."""
        for name, findings in changed.items():
            listed = [self._diagnostic(desk, name, finding) for finding in readable(findings)]
            self._publish(self.uri_of(desk, name), listed)

    def _publish(self, uri: str, listed: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, listed))

    def _diagnostic(self, desk: Desk, file: str, finding: Finding) -> types.Diagnostic:
        place = replace(finding.location, file=file)
        note = f" (line {place.line} of the rendered plan)" if place.rendered else ""
        hint = f"\n{finding.hint}" if finding.hint else ""
        return types.Diagnostic(
            range=self.location(desk, place).range,
            message=f"{finding.message}{note}{hint}",
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source=NAME,
            data=finding_json(finding),
        )

    def report_server_error(self, error: Exception, _source: object) -> None:
        """Say that the editor has sent what is no message of the protocol."""
        self.tell(f"a message of the editor was not understood: {error}")

    def tell(self, sentence: str) -> None:
        """Say something to the author."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, sentence))

    def _refuse(self, root: Path, settings: Path | None, error: SmartplanError) -> None:
        """Say why a workspace cannot be opened, in the file and at the line that it is about."""
        file, line, column, said = settings, None, None, str(error)
        if isinstance(error, FileError):
            file, line, column, said = error.file, error.line, error.column, error.what
        if file is None:
            return
        uri = self._uris.get(file) or file.as_uri()
        if self._refused.get(root) != uri:
            self._accept(root)
        self._refused[root] = uri
        where = Location(str(file), line or 1, column or 1)
        lines = _lines_on_disk(file)  # which is what counts
        span = columns.word_at(lines, where, self.workspace.position_codec)
        severity = types.DiagnosticSeverity.Error
        message = f"{said}\n{error.hint}" if error.hint else said
        self._publish(uri, [types.Diagnostic(span, message, severity=severity, source=NAME)])

    def _accept(self, root: Path) -> None:
        """Nothing stands in the way of opening a workspace any more."""
        if root in self._refused:
            self._publish(self._refused.pop(root), [])

    def layers_of(self, desk: Desk, environment: str) -> tuple[Document, ...]:
        """The documents that values come from in another environment, unsaved ones included."""
        lint = desk.lint
        try:
            settings: Settings = settings_room.load(desk.root, os.environ, environment=environment)
            inputs = Inputs(unsaved=lint.workspace.inputs.unsaved)
            shown = lint.workspace.surroundings.shown
            return values.read(inputs, settings, lint.workspace.working, shown).layers
        except SmartplanError:
            return ()

    def pairs_of(self, desk: Desk) -> Iterator[str]:
        """The pairs that are known: of the market lock, and of the plans."""
        try:
            locked = json.loads(lock_file(desk.settings).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            locked = None
        yield from sorted({*desk.lint.pairs, *_pairs_in(locked)})


def _placed(path: Path) -> Path:
    """A file where its folder really is: a link to another is a file of its own."""
    if path.is_dir():
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent)) / path.name


def _lines_on_disk(file: Path) -> list[str]:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST)
    except OSError:
        return []
    return normal(content.decode("utf-8-sig", errors="replace")).split("\n")


def lives(process: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # there, and not ours
        return True
    return True


def trades_at(desk: Desk) -> Iterator[PlannedTrade]:
    """The trades of all plans that could be read."""
    for plan in list(desk.lint.plans.values()):
        yield from plan.part.trades


def _pairs_in(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "pair" and isinstance(value, str):
                yield value
            elif "_" in key and key == key.upper():
                yield key
            yield from _pairs_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from _pairs_in(item)
