"""A document as it would be with edits made: rendered and read again, nothing written."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from smartplan.diagnostics import Path
from smartplan.document.edits import Edit, edited
from smartplan.document.template import render
from smartplan.document.tree import Document, Node, merged, parse


def rewritten(document: Document, edits: Iterable[Edit]) -> Document | None:
    """The document with these edits in its template, what it includes or its values files.

    None where it could not be rendered or read any more.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    if document.rendered is None:
        return parse(_text(document.text, by_file.get(document.file, ())), document.file).document
    source, files = document.rendered.source, document.rendered.files
    layers = tuple(_layer(layer, by_file.get(layer.file, ())) for layer in source.layers)
    changed = {name: _text(files[name], found) for name, found in by_file.items() if name in files}
    after = replace(
        source,
        text=changed.get(source.file, source.text),
        unsaved=_unsaved(source.unsaved, changed),
        values=source.values if layers == source.layers else merged(layers),
        layers=layers,
    )
    rendered, _ = render(after)
    found = parse(rendered.text, source.file, rendered.locate).document if rendered else None
    return replace(found, rendered=rendered) if found is not None else None


def _unsaved(before: Mapping[str, bytes], changed: Mapping[str, str]) -> dict[str, bytes]:
    return {**before, **{name: text.encode() for name, text in changed.items()}}


def _layer(layer: Document, edits: Iterable[Edit]) -> Document:
    listed = list(edits)
    after = parse(_text(layer.text, listed), layer.file).document if listed else layer
    return after if after is not None else replace(layer, data={})


def _text(text: str, edits: Iterable[Edit]) -> str:
    return edited(text.encode(), edits).decode()


def differences(before: Node, after: Node, at: Path = ()) -> Iterator[Path]:
    """The addresses at which two documents say something else."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            if key in before and key in after:
                yield from differences(before[key], after[key], (*at, key))
            else:
                yield (*at, key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, (*at, index))
    elif before != after or type(before) is not type(after):
        yield at
