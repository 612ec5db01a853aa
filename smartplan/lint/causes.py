"""What the schema refuses, and what a refusal is really about."""

from msgspec import Struct

from smartplan.diagnostics import Path, format_path
from smartplan.document.tree import Node
from smartplan.lint import shape
from smartplan.lint.examples import Likeness
from smartplan.lint.registry import Problem


class FlawCause(Struct, frozen=True):
    """One thing wrong; ``about`` is what is judged (two judgements of it say the same).

    ``missing`` is the place of a key that is not there, ``alone`` that nothing else is there.
    """

    code: str
    problem: Problem
    about: tuple[Path, str]
    missing: shape.Shape | None = None
    meant: tuple[shape.Shape, ...] = ()
    alone: bool = False


class SchemaError(Struct, frozen=True):
    """A validation error with what our schema says about the branch it came from."""

    keyword: str
    argument: Node
    value: Node
    path: Path
    schema: shape.Schema
    code: str
    says: str | None
    is_key: bool
    like: Likeness

    @property
    def name(self) -> str:
        """The value's address for a message."""
        path = shape.in_trade(self.path)
        if path:
            return f"`{format_path(path)}`"
        return f"`{self.path[-1]}`" if self.path else "the plan"

    @property
    def wanted(self) -> str:
        """What the schema calls that which may stand there."""
        title = self.schema.get("title")
        return title if isinstance(title, str) else "something else"
