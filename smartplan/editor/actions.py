"""What an editor offers about findings: the fixes of `lint --fix`, and a comment that ignores."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from smartplan.diagnostics import Finding
from smartplan.document.edits import Edit
from smartplan.lint.registry import RULES, is_binding
from smartplan.workflow.fixes import Fixing, certain_edits
from smartplan.workflow.live_lint import LiveLint

REASON = "why"
"""What the author replaces with a reason."""


class Offer(Struct, frozen=True):
    """Something to do about a finding: its title, and the edits it makes."""

    title: str
    finding: Finding
    edits: tuple[Edit, ...]
    preferred: bool = False


def offers(lint: LiveLint, findings: Sequence[Finding], at: tuple[str, int]) -> Iterator[Offer]:
    """What can be done about the findings of a line; none that leaves a doubt.

    Nothing where the text has changed since: the findings are those of another line.
    """
    if lint.awaits(at[0]):
        return
    for finding in findings:
        place = finding.location
        if (place.file, place.line) != at or place.rendered:
            continue
        if finding.fix is not None:
            yield from _fixes(lint, finding)
        rule = RULES.get(finding.code)
        if rule is not None and not is_binding(finding) and finding.code != "SP005":
            line = lint.text_of(place.file).split("\n")[place.line - 1]
            comment = f"  # smartplan: ignore[{finding.code}] {REASON}"
            edit = Edit(place.file, place.line, len(line.rstrip()) + 1, "", comment)
            yield Offer(f"Ignore {finding.code} here, with a reason", finding, (edit,))


def _fixes(lint: LiveLint, finding: Finding) -> Iterator[Offer]:
    fixing = Fixing(lint.workspace, lint.now())
    for name in lint.plans_that_say(finding):
        edits = certain_edits(fixing, lint.files[name], finding)
        if not isinstance(edits, str):
            title = f"Fix {finding.code}: write `{', '.join(edit.new.strip() for edit in edits)}`"
            yield Offer(title, finding, tuple(edits), preferred=True)
            return
