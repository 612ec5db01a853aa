"""Where a value of a plan is really written, through names, loops, macros and values files.

What is found are candidates: places that hold the value as a literal and are handed on, unchanged,
to where the plan shows it. Whoever changes one renders again and looks whether that changed what
it should, and nothing else; so a name that stands for two things misleads nobody.
"""

from smartplan.diagnostics import Path
from smartplan.document.literals import Computed, Holder, part_of
from smartplan.document.tree import Document


def places_of(document: Document, path: Path) -> tuple[Holder, ...] | Computed | None:
    """The candidates that hold the scalar at ``path``; None where there is no scalar there."""
    span = document.span(path)
    if span is None or not span.scalar or span.start[0] != span.end[0]:
        return None
    line, column = span.start
    length = span.end[1] - column
    if document.rendered is None:
        text = part_of(document.text, line, column, length)
        return (Holder(document.file, line, column, text),)
    place = document.rendered.written(line, column, length)
    if place is not None and place.literal:
        text = part_of(document.rendered.files[place.file], place.line, place.column, length)
        return (Holder(place.file, place.line, place.column, text),)
    shown = document.place(line, column)
    from smartplan.document.named_values import Names, tag_at  # only for what is a template

    tag = tag_at(document, shown)
    if tag is None:
        return Computed(shown, part_of(document.text, line, column, length))
    names = Names(document)
    holders = names.holders(tag) if place is not None else ()
    return holders or Computed(shown, tag.text, names.inputs(tag))
