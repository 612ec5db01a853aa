"""The keys of a plan as an editor needs them: which may stand where, and what they mean."""

from collections.abc import Iterator
from functools import cache

from smartplan.diagnostics import Path
from smartplan.lint.schema import PLAN, load
from smartplan.lint.shape import Schema, Shape, flow, known_keys, shown

_FILE_KEYS = ("defaults", "trades")


def shape_at(path: Path, *, template: bool) -> Shape | None:
    """The place of a path among the keys of a trade; None where it is no place of one.

    What a ``template`` is included under is not known: any place that ends like its path will do.
    """
    if path[:1] == ("defaults",):
        inside = path[1:]
    elif path[:1] == ("trades",):
        if len(path) == 1:
            return None
        inside = path[2:]
    else:
        inside = path
    shape = tuple(step for step in inside if isinstance(step, str))
    if not shape or shape in known_keys():
        return shape
    fitting = [known for known in known_keys() if known[-len(shape) :] == shape]
    return min(fitting, key=len) if template and fitting else None


def schema_of(shape: Shape) -> Schema:
    """What the schema says of a key."""
    return known_keys().get(shape, {})


def children(shape: Shape) -> Iterator[tuple[str, Schema]]:
    """The keys that may stand directly below a place."""
    for known, schema in known_keys().items():
        if known[:-1] == shape:
            yield known[-1], schema


def choices(schema: Schema) -> list[str]:
    """The values that a key can have, where they are listed."""
    allowed = schema.get("enum")
    if not isinstance(allowed, list):
        return []
    return ["true", "false"] if True in allowed else [str(one) for one in allowed]


def documentation(shape: Shape) -> str:
    """What a key means, as Markdown; empty for one that is not known."""
    schema = schema_of(shape)
    if not schema:
        return ""
    lines = [f"**`{shown(shape)}`**", str(schema.get("description", ""))]
    lines.append(f"Wanted: {schema['title']}." if "title" in schema else "")
    if listed := choices(schema):
        lines.append("One of " + ", ".join(f"`{choice}`" for choice in listed) + ".")
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        lines.append(f"```yaml\n{shape[-1]}: {flow(examples[0])}\n```")
    return "\n\n".join(line for line in lines if line)


@cache
def file_keys() -> dict[str, str]:
    """The keys around the trades, and what they mean."""
    properties = load(PLAN)["$defs"]
    found: dict[str, str] = {}
    if isinstance(properties, dict):
        file = properties["file"]
        known = file["properties"] if isinstance(file, dict) else {}
        for key in _FILE_KEYS:
            schema = known[key] if isinstance(known, dict) else {}
            found[key] = str(schema["description"]) if isinstance(schema, dict) else ""
    return found
