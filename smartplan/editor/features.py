"""What the server answers to each request of the protocol, by the rooms that know."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from lsprotocol import types

from smartplan.diagnostics import Location
from smartplan.document.edits import Edit
from smartplan.editor import columns, completion, hover, navigation
from smartplan.editor.actions import offers
from smartplan.editor.completion import Words
from smartplan.editor.cursor import offset_of, tag_cursor, yaml_cursor
from smartplan.editor.desk import Desk
from smartplan.editor.documents import NOTIFICATIONS
from smartplan.editor.renaming import renamed
from smartplan.editor.server import PlanServer, trades_at
from smartplan.editor.template_names import callables, called_at
from smartplan.errors import SmartplanError
from smartplan.report import figures
from smartplan.settings import FILE_NAME
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow.reconciliation import risk_as_planned

RENDERED = "smartplan.rendered"
"""The command that answers with the rendered text of a plan."""


class At:
    """A place in an open document: the desk, the file's name and text, line and column from 1."""

    def __init__(self, ls: PlanServer, desk: Desk, uri: str, where: types.Position) -> None:
        self.desk = desk
        self.name = ls.name_in(desk, uri)
        self.lines = ls.lines_of(desk, self.name)
        self.text = "\n".join(self.lines)
        self.line, self.column = columns.place(self.lines, where, ls.workspace.position_codec)
        self.offset = offset_of(self.lines, self.line, self.column)
        self.template = self.name not in desk.lint.files
        self.values = self.name in {layer.file for layer in desk.lint.workspace.values.layers}
        self.tag = tag_cursor(self.text, self.offset)

    @property
    def written(self) -> str:
        """The line."""
        return self.lines[self.line - 1] if self.line <= len(self.lines) else ""

    def trade(self) -> PlannedTrade | None:
        """The trade whose name stands here."""
        for trade in trades_at(self.desk):
            place = trade.locate((), key=True)
            ends = place.column + len(trade.name)
            here = (place.file, place.line) == (self.name, self.line) and not place.rendered
            if here and place.column <= self.column <= ends:
                return trade
        return None


def _at(ls: PlanServer, document: types.TextDocumentIdentifier, where: types.Position) -> At | None:
    desk = ls.desk_of(document.uri) if not document.uri.endswith(FILE_NAME) else None
    return At(ls, desk, document.uri, where) if desk is not None else None


def hovered(ls: PlanServer, params: types.HoverParams) -> types.Hover | None:
    """What the pointer is on."""
    at = _at(ls, params.text_document, params.position)
    text = _hover(ls, at) if at is not None else ""
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


def completed(ls: PlanServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """What can be typed here."""
    at = _at(ls, params.text_document, params.position)
    if at is None:
        return []
    if at.tag is not None:
        return completion.in_tag(at.tag, at.text, _words(ls, at.desk))
    if at.values:
        return []  # whose keys are the author's own
    cursor = yaml_cursor(at.text, at.line, at.column)
    return completion.in_yaml(cursor, _words(ls, at.desk), template=at.template)


def signed(ls: PlanServer, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """The arguments of the helper that is being called."""
    at = _at(ls, params.text_document, params.position)
    called = called_at(at.tag.before) if at is not None and at.tag is not None else None
    known = callables().get(called[0]) if called is not None else None
    if known is None or called is None:
        return None
    behind = known.parameters[1:] if known.filter else known.parameters
    parameters = [types.ParameterInformation(parameter) for parameter in behind]
    signature = types.SignatureInformation(known.signature, known.text, parameters)
    return types.SignatureHelp([signature], 0, min(called[1], max(len(behind) - 1, 0)))


def lens(ls: PlanServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    """The risk of each trade, above its name."""
    desk = ls.desk_of(params.text_document.uri)
    if desk is None or not ls.lenses:
        return []
    name = ls.name_in(desk, params.text_document.uri)
    return list(_lenses(ls, desk, name))


async def rendered(ls: PlanServer, uri: str) -> str:
    """The text that a plan renders to, as it was last right; what was just typed counts."""
    desk = ls.desk_of(uri)
    if desk is None:
        return ""
    name = ls.name_in(desk, uri)
    await desk.caught_up(name)
    plan = desk.lint.last.get(name)
    shown = plan.read.shown if plan is not None else None
    return shown.text if shown is not None else ""


def _hover(ls: PlanServer, at: At) -> str:
    if page := hover.of_rule(at.written, at.column):
        return page
    name = _name_here(at)
    if at.tag is not None or at.values:
        local = navigation.sets(at.name, at.text)
        said = hover.of_name(name, lambda environment: ls.layers_of(at.desk, environment), local)
        return said or hover.of_places(name, at.desk.said_of(at.name, name) if name else ())
    trade = at.trade()
    if trade is not None:
        return hover.of_trade(trade, at.desk.settings)
    cursor = yaml_cursor(at.text, at.line, at.column)
    return hover.of_key(cursor, template=at.template)


def _words(ls: PlanServer, desk: Desk) -> Words:
    return Words(
        accounts=desk.settings.accounts,
        pairs=list(ls.pairs_of(desk)),
        values=desk.lint.workspace.values.merged,
        trades=[trade.name for trade in trades_at(desk)],
        templates=[name.removeprefix("templates/") for name in desk.templates()],
    )


def _lenses(ls: PlanServer, desk: Desk, name: str) -> Iterator[types.CodeLens]:
    for trade in trades_at(desk):
        place = trade.locate((), key=True)
        if place.file != name or place.rendered:
            continue
        risk = risk_as_planned(desk.settings, trade)
        loss = "?" if risk.loss_at_stop is None else f"{figures.loss(risk.loss_at_stop)}"
        ratio = "?" if risk.reward_risk is None else figures.ratio(risk.reward_risk)
        title = f"loss at stop {loss} {risk.quote} · R:R {ratio}"
        span = ls.location(desk, place).range
        yield types.CodeLens(span, types.Command(title, ""))


def defined(ls: PlanServer, params: types.DefinitionParams) -> list[types.Location]:
    """Where the name at the cursor is given."""
    at = _at(ls, params.text_document, params.position)
    if at is None:
        return []
    found = list(dict.fromkeys(_definitions(at)))
    return [ls.location(at.desk, where) for where in found]


def referred(ls: PlanServer, params: types.ReferenceParams) -> list[types.Location]:
    """Where the name at the cursor is used."""
    at = _at(ls, params.text_document, params.position)
    name = _name_here(at) if at is not None else ""
    if at is None or not name:
        return []
    found = navigation.references(name, at.desk.texts())
    return [ls.location(at.desk, where, len(name)) for where in found]


def symbols(ls: PlanServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The trades of a document."""
    desk = ls.desk_of(params.text_document.uri)
    if desk is None:
        return []
    name = ls.name_in(desk, params.text_document.uri)
    documents = [desk.document_of(plan) for plan in desk.lint.files]
    named = navigation.trades_of(one for one in documents if one is not None)
    listed = []
    for trade, where in named:
        if where.file == name and not where.rendered:
            span = ls.location(desk, where).range
            kind = types.SymbolKind.Object
            listed.append(types.DocumentSymbol(trade, kind, span, span))
    return listed


def _definitions(at: At) -> Iterator[Location]:
    included = navigation.included_at(at.text, at.offset)
    if included is not None:
        name = f"templates/{included}"
        if name in at.desk.templates() and (at.desk.root / name).is_file():
            yield Location(name, 1)
        return
    if at.tag is not None and at.tag.name:
        texts = at.desk.texts() | {at.name: at.text}
        layers = at.desk.lint.workspace.values.layers
        yield from navigation.definitions(at.tag.name, at.name, texts, layers)
        for holder in at.desk.said_of(at.name, at.tag.name) if "." in at.tag.name else ():
            yield Location(holder.file, holder.line, holder.column)
        return
    cursor = yaml_cursor(at.text, at.line, at.column)
    if cursor.path[-1:] == ("renamed_from",) or cursor.path[-1:] == ("trades",):
        word = at.written[at.column - 1 - len(cursor.prefix) :].split()
        for trade in trades_at(at.desk):
            if word and trade.name == word[0].strip("'\"}:,"):
                yield trade.locate((), key=True)


def _name_here(at: At) -> str:
    """The name in a tag, or the key of a values file, that the cursor is on."""
    if at.tag is not None:
        return at.tag.name
    cursor = yaml_cursor(at.text, at.line, at.column)
    if at.values and cursor.key is not None:
        path = cursor.path if not cursor.at_key else (*cursor.path, cursor.key)
        return ".".join(str(step) for step in path)
    return ""


def rename(ls: PlanServer, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """A trade gets another name, and keeps its live trade."""
    at = _at(ls, params.text_document, params.position)
    if at is not None and at.desk.lint.awaits(at.name):
        ls.tell("the plan is still being checked: once more, in a moment")
        return None
    trade = at.trade() if at is not None else None
    if at is None or trade is None:
        ls.tell("only trades are renamed: put the cursor on the name of one")
        return None
    taken = frozenset(other.name for other in trades_at(at.desk)) - {trade.name}
    try:
        edits = renamed(trade.document, trade.name, params.new_name, taken)
    except SmartplanError as error:
        ls.tell(str(error))
        return None
    return _workspace_edit(ls, at.desk, edits)


def actions(ls: PlanServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about the findings of these lines."""
    desk = ls.desk_of(params.text_document.uri)
    if desk is None:
        return []
    name = ls.name_in(desk, params.text_document.uri)
    lines = range(params.range.start.line + 1, params.range.end.line + 2)
    found = desk.found.get(name, ())
    return [
        types.CodeAction(
            offer.title,
            types.CodeActionKind.QuickFix,
            is_preferred=offer.preferred,
            edit=_workspace_edit(ls, desk, offer.edits),
        )
        for line in lines
        for offer in offers(desk.lint, found, (name, line))
    ]


def _workspace_edit(ls: PlanServer, desk: Desk, edits: Sequence[Edit]) -> types.WorkspaceEdit:
    """The edits by document; of a version, where the editor can tell that it has another by now."""
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        lines = ls.lines_of(desk, edit.file)
        made = columns.text_edit(lines, edit, ls.workspace.position_codec)
        changes.setdefault(ls.uri_of(desk, edit.file), []).append(made)
    workspace = ls.client_capabilities.workspace
    takes = workspace.workspace_edit if workspace else None
    if takes is None or not takes.document_changes:
        return types.WorkspaceEdit(changes=changes)
    documents = (
        (types.OptionalVersionedTextDocumentIdentifier(uri, ls.version_of(uri)), made)
        for uri, made in changes.items()
    )
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(known, made) for known, made in documents]
    )


_FEATURES: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    (types.TEXT_DOCUMENT_HOVER, hovered, None),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        completed,
        types.CompletionOptions(trigger_characters=[".", "|", " ", "'", '"', "{"]),
    ),
    (
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        signed,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    ),
    (types.TEXT_DOCUMENT_CODE_LENS, lens, None),
    (types.TEXT_DOCUMENT_DEFINITION, defined, None),
    (types.TEXT_DOCUMENT_REFERENCES, referred, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols, None),
    (types.TEXT_DOCUMENT_RENAME, rename, None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        actions,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    ),
)
"""The method of the protocol, what answers it, and what the editor is told of it beforehand."""


def _guarded(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The same; what goes wrong in it is told in a sentence, and the server lives."""

    @wraps(answer)
    def guarded(ls: PlanServer, *asked: Any) -> Any:
        try:
            return answer(ls, *asked)
        except Exception as error:  # noqa: BLE001  # an answer that fails must not end the server
            return _told(ls, error)

    @wraps(answer)
    async def guarded_later(ls: PlanServer, *asked: Any) -> Any:
        try:
            return await answer(ls, *asked)
        except Exception as error:  # noqa: BLE001  # an answer that fails must not end the server
            return _told(ls, error)

    return guarded_later if iscoroutinefunction(answer) else guarded


def _told(ls: PlanServer, error: Exception) -> None:
    if isinstance(error, SmartplanError):
        ls.tell(f"{error}; {error.hint}" if error.hint else str(error))
    else:
        ls.tell(f"internal error: {type(error).__name__}; please report it")


def register(server: PlanServer) -> None:
    """Let the server answer."""
    for method, told in NOTIFICATIONS.items():
        server.feature(method)(_guarded(told))
    for method, answer, options in _FEATURES:
        server.feature(method, options)(_guarded(answer))
    server.command(RENDERED)(_guarded(rendered))
