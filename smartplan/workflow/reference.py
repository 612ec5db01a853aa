"""What smartplan says of itself: its rules and its published schemas."""

from pathlib import Path

from smartplan.errors import UsageError
from smartplan.lint import schema as published
from smartplan.lint.registry import RULES, Rule
from smartplan.settings.reading import meant

TOPICS = (
    "assumptions", "ci", "commands", "conformance", "editors", "lifecycle", "operations",
    "performance", "plan-format", "python", "reliability", "risk", "rules", "sandbox", "security",
    "settings", "simulate", "store", "tutorial",
)  # fmt: skip
"""The pages that a wheel has; what is about this repository stays there."""

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


def schema_names() -> tuple[str, ...]:
    """The names of the published schemas."""
    return tuple(name.removesuffix(_SUFFIX) for name in published.NAMES)


def topics() -> tuple[str, ...]:
    """The pages of the documentation, by their names."""
    return TOPICS


def page(topic: str) -> str:
    """The text of a page. Raises ``UsageError``."""
    if topic not in topics():
        raise UsageError(f"there is no page {topic}", hint=meant(topic, topics()))
    return (_pages() / f"{topic}.md").read_text(encoding="utf-8")


def _pages() -> Path:
    """Inside the wheel the pages lie in the package; in a checkout beside it."""
    package = Path(__file__).parents[1]
    installed = package / "docs"
    return installed if installed.is_dir() else package.parent / "docs"


def schema(name: str) -> str:
    """The text of a JSON Schema, by its name or its file's. Raises ``UsageError``."""
    file = name if name.endswith(_SUFFIX) else name + _SUFFIX
    if file not in published.NAMES:
        raise UsageError(f"there is no schema {name}", hint=meant(name, schema_names()))
    return published.read(file)
