"""A fix takes its finding away, brings no other, and changes no byte outside of its span."""

import difflib
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.settings import Settings
from smartplan.workflow.fixes import Fixing, fix
from smartplan.workflow.lint_plans import check, open_workspace
from smartplan.workflow.sources import Inputs
from tests.properties.plans import plans

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLES = settings() if os.environ.get("EXPLORE") else settings(max_examples=30)
SLIPS = (
    (r"\bstop_loss:", "stop_los:"),
    (r"\btake_profit:", "take_proft:"),
    (r"\bposition:", "postion:"),
    (r"\bpair:", "symbol:"),
    (r"\benabled: true", "enabled: yes"),
    (r"\benabled: false", "enabled: No"),
    (r", type: (?:bid|ask)\}", "}"),
    (r"\btype: buy", "type: long"),
    (r"\btype: sell", "type: Short"),
    (r"\bvolume: (?:33|34)\b", "volume: 33"),
    (r"\border_type: limit", "order_type: LIMIT"),
)


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A sound plan, and the same with one slip of the pen that leaves no doubt."""
    text = draw(plans())
    found = [(match, to) for slip, to in SLIPS for match in re.finditer(slip, text)]
    match, to = draw(st.sampled_from(found))
    broken = text[: match.start()] + to + text[match.end() :]
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return tuple((mark + one).replace("\n", ends) for one in (text, broken))  # type: ignore[return-value]


@EXAMPLES
@given(slips())
def test_a_slip_is_undone_and_nothing_else_moves(pair: tuple[str, str]) -> None:
    sound, broken = pair
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plans").mkdir()
        file = folder / "plans" / "p.yaml"
        loaded = Settings(root=folder, file=folder / "smartplan.toml", accounts={"main": 1})

        def kinds(text: str) -> list[tuple[str, object]]:
            file.write_bytes(text.encode())
            checked = check(open_workspace(Inputs(), loaded, folder), NOW)
            return sorted((found.code, found.path) for found in checked.findings)

        before, slipped = kinds(sound), kinds(broken)
        fixes = fix(Fixing(open_workspace(Inputs(), loaded, folder), NOW))
        fixes.files.write()
        written = file.read_bytes()
        if slipped != before:
            assert fixes.done or fixes.refused
        assert kinds(written.decode()) == before if fixes.done else written == broken.encode()
        matcher = difflib.SequenceMatcher(None, broken.encode(), written, autojunk=False)
        changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
        assert sum(max(two - one, four - three) for _, one, two, three, four in changed) <= 24
