"""What is rendered: the text of a template and its surroundings."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

from msgspec import Struct, field

from smartplan.diagnostics import Location
from smartplan.document.scalars import Node


class Helpers(Struct, frozen=True):
    """What templates may call: functions by name, and filters by name."""

    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)


class Source(Struct, frozen=True):
    """A template before it is rendered: its text, its name for messages, its surroundings.

    ``templates`` is the folder that includes and imports come from, ``root`` bounds what may be
    read, ``shown`` makes the name of an included file for messages; ``values`` are the variables,
    ``helpers`` is asked only when there is something to render. ``place_of`` tells where the
    variable of a name (``coin.entry``), or else a value of this text, was written.
    """

    text: str
    file: str
    root: FilePath | None = None
    templates: FilePath | None = None
    shown: Callable[[FilePath], str] = str
    values: Mapping[str, Node] = field(default_factory=dict)
    helpers: Callable[[], Helpers] = Helpers
    place_of: Callable[[str, str], Location | None] = lambda _name, _text: None
