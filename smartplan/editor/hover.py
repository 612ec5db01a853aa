"""What an editor shows of what the pointer is on, as Markdown."""

import re
from collections.abc import Callable, Sequence

from smartplan.document.literals import Holder
from smartplan.document.tree import Document
from smartplan.editor import plan_keys
from smartplan.editor.cursor import Cursor
from smartplan.editor.template_names import by_environment, callables
from smartplan.lint.registry import RULES
from smartplan.report import drawings, figures
from smartplan.report.appearance import UNICODE
from smartplan.report.levels import levels
from smartplan.report.outlook_text import scenario_lines
from smartplan.report.risk_text import risk_line
from smartplan.report.trade_text import trade_line
from smartplan.settings import Settings
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow.reconciliation import risk_as_planned

LayersOf = Callable[[str], Sequence[Document]]
"""The documents that values come from, by environment."""

_MOST = 12
"""Places that are shown of a name that stands for many things."""
_CODE = re.compile(r"\bSP[0-9]{3}\b")


def of_rule(line: str, column: int) -> str:
    """The page of the rule whose code stands at a column, from 1."""
    for found in _CODE.finditer(line):
        if found.start() < column <= found.end() + 1 and found[0] in RULES:
            rule = RULES[found[0]]
            page = rule.documentation
            return (
                f"**{rule.code}** ({rule.severity.value}): {page.what}\n\n{page.why}\n\n"
                f"Bad:\n```yaml\n{page.bad}\n```\nGood:\n```yaml\n{page.good}\n```"
            )
    return ""


def of_trade(trade: PlannedTrade, settings: Settings) -> str:
    """Its prices as a ladder, its risk and how it may end, in the figures of `diff --risk full`."""
    plan = trade.trade
    risk = risk_as_planned(settings, trade)
    rungs = drawings.ladder(levels(plan, risk), UNICODE)
    drawn = "\n".join(rungs)
    ends = "\n".join(scenario_lines(risk))
    shown = f"\n\n```text\n{ends}\n```" if ends else ""
    return (
        f"**{trade.name}**  {plan.pair}  {trade_line(plan)}\n\n```text\n{drawn}\n```\n\n"
        f"{risk_line(risk, settings.risk.equity)}{shown}\n\n"
        f"{figures.costs_text([risk], settings.risk.fee)}"
    )


def of_key(cursor: Cursor, *, template: bool) -> str:
    """What the key at the cursor means, or the key that its value belongs to."""
    if cursor.key is None:
        return ""
    path = cursor.path if not cursor.at_key else (*cursor.path, cursor.key)
    if path in {("defaults",), ("trades",)}:
        return f"**`{path[0]}`**\n\n{plan_keys.file_keys()[str(path[0])]}"
    shape = plan_keys.shape_at(path, template=template)
    return plan_keys.documentation(shape) if shape else ""


def of_places(name: str, holders: Sequence[Holder]) -> str:
    """What a name stands for in each pass of a loop, or each call of a macro."""
    if not holders:
        return ""
    rows = [f"| `{one.text}` | {one.file}:{one.line} |" for one in holders[:_MOST]]
    more = [f"and {len(holders) - _MOST} more"] if len(holders) > _MOST else []
    return "\n".join([f"**`{name}`**", "", "| value | from |", "|---|---|", *rows, "", *more])


def of_name(name: str, layers_of: LayersOf, local: Sequence[tuple[str, str]] = ()) -> str:
    """What a name in a tag is: a function, or a variable with its value in each environment."""
    function = callables().get(name)
    if function is not None:
        return f"```text\n{function.signature}\n```\n\n{function.text}"
    for known, text in local:
        if known == name:
            return f"**`{name}`** = `{text}`"
    said = [
        f"| {environment} | `{value}` | {place} |"
        for environment, value, place in by_environment(name, layers_of)
    ]
    if not said:
        return ""
    head = [f"**`{name}`**", "", "| environment | value | from |", "|---|---|---|"]
    return "\n".join([*head, *said])
