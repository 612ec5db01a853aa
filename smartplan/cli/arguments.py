"""Options as values: a group of them is read once, and handed on as one frozen value."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from msgspec import Struct

from smartplan.cli.options import plan_options, workspace_of
from smartplan.workflow.lint_plans import PlanSet


def gathered(
    options: Callable[[Any], Any], kind: type[Struct], name: str
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The decorator ``options``, whose parameters come as one argument of this name and kind."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def called(**given: Any) -> int:
            value = kind(**{field: given.pop(field) for field in kind.__struct_fields__})
            return command(**given, **{name: value})

        decorated: Callable[..., int] = options(called)
        return decorated

    return decorate


class Plans(Struct, frozen=True):
    """PATH…, --env, --values and --set."""

    paths: tuple[str, ...]
    environment: str | None
    values: tuple[str, ...]
    assignments: tuple[str, ...]

    def workspace(self) -> PlanSet:
        """The workspace that they mean. Raises ``UsageError``."""
        return workspace_of(self.paths, self.environment, self.values, self.assignments)


plans_argument = gathered(plan_options, Plans, "plans")
