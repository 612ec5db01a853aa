"""What is rendered: the text of a template and its surroundings."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

from msgspec import Struct, field

from smartplan.diagnostics import Location
from smartplan.document.scalars import Node
from smartplan.document.tree import Document


class Helpers(Struct, frozen=True):
    """What templates may call: functions by name, and filters by name."""

    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)


class Source(Struct, frozen=True):
    """A template before it is rendered: its text, its name for messages, its surroundings.

    ``templates`` is the folder that includes and imports come from, ``root`` bounds what may be
    read, ``shown`` makes the name of an included file for messages; ``values`` are the variables,
    merged from ``layers``, of which later ones win. ``helpers`` is asked only when there is
    something to render. ``unsaved`` are texts by the name messages use, read instead of what lies
    on the disk; ``asked`` is told each template that is looked for, whether it is there or not.
    ``place_of`` tells where the variable of a name (``coin.entry``), or else a value of this text,
    was written.
    """

    text: str
    file: str
    root: FilePath | None = None
    templates: FilePath | None = None
    shown: Callable[[FilePath], str] = str
    values: Mapping[str, Node] = field(default_factory=dict)
    helpers: Callable[[], Helpers] = Helpers
    layers: tuple[Document, ...] = ()
    unsaved: Mapping[str, bytes] = field(default_factory=dict)
    asked: Callable[[FilePath], None] = lambda _: None
    place_of: Callable[[str, str], Location | None] = lambda _name, _text: None
