"""What an editor tells of its documents: opened, typed in, saved, closed, or changed behind it."""

from collections.abc import Callable, Mapping

from lsprotocol import types

from smartplan.editor.server import PlanServer, lives
from smartplan.settings import FILE_NAME
from smartplan.trade.market_lock import FILE_NAME as LOCK

_SETTLED = (FILE_NAME, LOCK)
"""What a workspace is opened with."""
_WATCHED = ("**/*.yaml", "**/*.yml", "**/templates/**", *(f"**/{name}" for name in _SETTLED))


def begun(ls: PlanServer, params: types.InitializeParams) -> None:
    """What the editor is set to, and which process it is."""
    ls.options = params.initialization_options
    process = params.process_id
    if process is not None and process > 0 and lives(process):
        ls.editor = process


def initialized(ls: PlanServer, _: types.InitializedParams) -> None:
    """Watch the files, and open the workspaces of the folders."""
    ls.configure(ls.options)
    workspace = ls.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched is not None and watched.dynamic_registration:
        watchers = [types.FileSystemWatcher(glob) for glob in _WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        kind = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        ls.client_register_capability(
            types.RegistrationParams([types.Registration("files", kind, options)])
        )
    for folder in ls.workspace.folders.values():
        ls.desk_of(folder.uri)


def opened(ls: PlanServer, params: types.DidOpenTextDocumentParams) -> None:
    """A document is shown: its text counts from now on."""
    _changed(ls, params.text_document.uri)


def changed(ls: PlanServer, params: types.DidChangeTextDocumentParams) -> None:
    """Somebody types."""
    _changed(ls, params.text_document.uri)


def closed(ls: PlanServer, params: types.DidCloseTextDocumentParams) -> None:
    """What lies on the disk counts again."""
    desk = ls.desk_of(params.text_document.uri)
    if desk is not None:
        desk.change(ls.name_in(desk, params.text_document.uri), None)


def saved(ls: PlanServer, params: types.DidSaveTextDocumentParams) -> None:
    """Settings count once they are saved."""
    if params.text_document.uri.endswith(_SETTLED):
        ls.reopen()


def watched(ls: PlanServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed behind the editor: by Git, or another program."""
    again = any(
        change.type is not types.FileChangeType.Changed or change.uri.endswith(_SETTLED)
        for change in params.changes
    )
    if again:
        ls.reopen()
        return
    for change in params.changes:
        desk = ls.desk_of(change.uri)
        if desk is not None and change.uri not in ls.workspace.text_documents:
            desk.change(ls.name_in(desk, change.uri), None)


def configured(ls: PlanServer, params: types.DidChangeConfigurationParams) -> None:
    """The settings of the editor changed."""
    ls.configure(params.settings)


def folders(ls: PlanServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Folders were added, or taken away."""
    for folder in params.event.removed:
        ls.leave(ls.path_of(folder.uri))
    for folder in params.event.added:
        ls.desk_of(folder.uri)


def _changed(ls: PlanServer, uri: str) -> None:
    desk = ls.desk_of(uri)
    if desk is not None and not uri.endswith(FILE_NAME):
        desk.change(ls.name_in(desk, uri), ls.content_of(uri))


NOTIFICATIONS: Mapping[str, Callable[..., None]] = {
    types.INITIALIZE: begun,
    types.INITIALIZED: initialized,
    types.TEXT_DOCUMENT_DID_OPEN: opened,
    types.TEXT_DOCUMENT_DID_CHANGE: changed,
    types.TEXT_DOCUMENT_DID_CLOSE: closed,
    types.TEXT_DOCUMENT_DID_SAVE: saved,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: watched,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: configured,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: folders,
}
"""By the method of the protocol."""
