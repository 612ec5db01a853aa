"""What smartplan says of itself: its rules and its published schemas."""

from smartplan.errors import UsageError
from smartplan.lint import schema as published
from smartplan.lint.registry import RULES, Rule

_SUFFIX = ".schema.json"


def rules() -> tuple[Rule, ...]:
    """Every rule, by its code."""
    return tuple(sorted(RULES.values(), key=lambda rule: rule.code))


def rule(code: str) -> Rule:
    """The rule of a code, in whatever case. Raises ``UsageError``."""
    found: Rule | None = RULES.get(code.upper())
    if found is None:
        raise UsageError(f"there is no rule {code}", hint="`smartplan rules` lists them")
    return found


def schema(name: str) -> str:
    """The text of a JSON Schema, by its name or its file's. Raises ``UsageError``."""
    file = name if name.endswith(_SUFFIX) else name + _SUFFIX
    if file not in published.NAMES:
        known = ", ".join(known.removesuffix(_SUFFIX) for known in published.NAMES)
        raise UsageError(f"there is no schema {name}", hint=f"known: {known}")
    return published.read(file)
