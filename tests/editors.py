"""An editor without a screen: it starts the language server and speaks to it over stdio.

The client is the one that pygls brings; it lives in a thread, so that a test reads from top to
bottom. (pytest-lsp would bring a second plugin for asynchronous tests into every run.)
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Self

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.process import environment

PATIENCE = 15
"""Seconds that a test waits for the server on a machine with much else to do."""


class Editor:
    """One session; ``roots`` are the folders that are open, ``options`` what a user has set.

    ``document_changes``: edits may name the version of the document that they are for.
    """

    def __init__(self, *roots: Path, document_changes: bool = False, **options: object) -> None:
        self.roots = roots
        self._edits = types.WorkspaceEditClientCapabilities(document_changes=document_changes)
        self.said: list[str] = []
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.published: list[tuple[float, str]] = []
        self._options = options
        self._versions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._client = LanguageClient("tests", "1")
        for feature, told in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._publish),
            (types.WINDOW_SHOW_MESSAGE, self._say),
            (types.CLIENT_REGISTER_CAPABILITY, lambda _: None),
        ):
            self._client.feature(feature)(lambda params, told=told: told(params))

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _begin(self) -> None:
        command = [sys.executable, "-m", "smartplan", "lsp"]
        await self._client.start_io(*command, env=environment(), cwd=self.roots[0])
        folders = [types.WorkspaceFolder(root.as_uri(), root.name) for root in self.roots]
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        await self._client.initialize_async(
            types.InitializeParams(
                types.ClientCapabilities(
                    workspace=types.WorkspaceClientCapabilities(
                        did_change_watched_files=watching, workspace_edit=self._edits
                    )
                ),
                workspace_folders=folders,
                initialization_options=self._options or None,
            )
        )
        self._client.initialized(types.InitializedParams())

    async def _end(self) -> None:
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()

    def _publish(self, params: types.PublishDiagnosticsParams) -> None:
        self.diagnostics[params.uri] = list(params.diagnostics)
        self.published.append((time.monotonic(), params.uri))

    def _say(self, params: types.ShowMessageParams) -> None:
        self.said.append(params.message)

    # What a person does

    def open(self, file: Path, text: str | None = None) -> None:
        """Show a file, with ``text`` in it that nobody has saved."""
        content = file.read_bytes().decode("utf-8-sig") if text is None else text
        self.open_uri(file.as_uri(), content)

    def open_uri(self, uri: str, text: str) -> None:
        """Show something that has a name of its own."""
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri, "yaml", 1, text)
        self._do(self._client.text_document_did_open, types.DidOpenTextDocumentParams(document))

    def type(self, file: Path, text: str) -> None:
        """Let a document say ``text``."""
        uri = file.as_uri()
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        params = types.DidChangeTextDocumentParams(document, [change])
        self._do(self._client.text_document_did_change, params)

    def close(self, file: Path) -> None:
        """Show a file no longer."""
        self.close_uri(file.as_uri())

    def close_uri(self, uri: str) -> None:
        """The same of what has a name of its own."""
        document = types.TextDocumentIdentifier(uri)
        self._do(self._client.text_document_did_close, types.DidCloseTextDocumentParams(document))

    def saved(self, file: Path) -> None:
        """Save a file, which has its text already."""
        document = types.TextDocumentIdentifier(file.as_uri())
        self._do(self._client.text_document_did_save, types.DidSaveTextDocumentParams(document))

    def folders(self, added: Iterable[Path] = (), removed: Iterable[Path] = ()) -> None:
        """Show more folders, or fewer."""
        event = types.WorkspaceFoldersChangeEvent(
            *(
                [types.WorkspaceFolder(one.as_uri(), one.name) for one in some]
                for some in (added, removed)
            )
        )
        params = types.DidChangeWorkspaceFoldersParams(event)
        self._do(self._client.workspace_did_change_workspace_folders, params)

    def changed_on_disk(
        self, file: Path, kind: types.FileChangeType = types.FileChangeType.Changed
    ) -> None:
        """Notice that another program wrote, made or deleted a file."""
        event = types.FileEvent(file.as_uri(), kind)
        params = types.DidChangeWatchedFilesParams([event])
        self._do(self._client.workspace_did_change_watched_files, params)

    def _do(self, notify: Callable[[Any], None], params: object) -> None:
        async def call() -> None:
            notify(params)

        self._wait(call())

    # What a person sees

    def findings(self, file: Path) -> list[tuple[str, int]]:
        """The codes and lines, from 1, of what is underlined in a file."""
        found = self.diagnostics.get(file.as_uri(), [])
        return sorted((str(one.code), one.range.start.line + 1) for one in found)

    def sees(self, file: Path, *expected: tuple[str, int]) -> None:
        """Wait until exactly these codes and lines are underlined."""
        self.until(lambda: self.findings(file) == sorted(expected), lambda: self.findings(file))

    def until(
        self, true: Callable[[], bool], shown: Callable[[], object] = lambda: "not so"
    ) -> None:
        """Wait for something."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, shown()
            time.sleep(0.005)

    def ask(self, what: str, file: Path, at: tuple[int, int] | None = None, **more: object) -> Any:
        """A request about a document, at a line and unit from 0: ``hover``, ``completion`` …"""
        params: dict[str, object] = {"text_document": types.TextDocumentIdentifier(file.as_uri())}
        if at is not None:
            params["position"] = types.Position(*at)
        kinds = {"hover": types.HoverParams, "completion": types.CompletionParams}
        kinds |= {
            "signature_help": types.SignatureHelpParams,
            "definition": types.DefinitionParams,
            "references": types.ReferenceParams,
            "rename": types.RenameParams,
            "document_symbol": types.DocumentSymbolParams,
            "code_action": types.CodeActionParams,
            "code_lens": types.CodeLensParams,
        }
        request = getattr(self._client, f"text_document_{what}_async")
        return self._wait(request(kinds[what](**params, **more)))

    def run(self, command: str, *arguments: object) -> Any:
        """A command of the server."""
        params = types.ExecuteCommandParams(command, list(arguments))
        return self._wait(self._client.workspace_execute_command_async(params))


def at(text: str, word: str, after: int = 0) -> tuple[int, int]:
    """Line and UTF-16 unit, from 0, of a word in a text, so many characters behind its start."""
    offset = text.index(word)
    line = text.count("\n", 0, offset)
    before = text[text.rfind("\n", 0, offset) + 1 : offset + after]
    return line, len(before.encode("utf-16-le")) // 2


def after(text: str, edits: list[types.TextEdit]) -> str:
    """A text with the edits of the server made in it."""
    lines = text.split("\n")

    def offset(where: types.Position) -> int:
        written = lines[where.line].encode("utf-16-le")[: where.character * 2]
        return sum(len(line) + 1 for line in lines[: where.line]) + len(written.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        start, end = offset(edit.range.start), offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text
