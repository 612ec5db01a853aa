"""An entity broken anywhere is read or shown as unreadable; it is never opened a second time."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path as FilePath

import pytest

from smartplan.changes.changeset import Create
from smartplan.changes.manual import proposals
from smartplan.changes.reconcile.inputs import Desired, MarketView, Memory
from smartplan.changes.reconcile.matching import Matching
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.changes.reconcile.renames import Renames
from smartplan.changes.status import StatusQuery
from smartplan.errors import SmartplanError
from smartplan.report import TRADES
from smartplan.report.changes import ReportContext
from smartplan.report.changes.text import diff_text
from smartplan.report.outlook_text import heat_lines
from smartplan.report.risk_json import risk_json
from smartplan.report.trades.details import details
from smartplan.settings import Settings
from smartplan.trade.contract import NOTHING_SAID
from smartplan.trade.listing import read_rows
from smartplan.trade.plan_entry import adopting_entry
from smartplan.workflow.reconciliation import risk_of_live
from tests.changesets import SCOPE
from tests.trades import ENTERED, FIRST_TARGET_HIT, SWING, entity, note_of, plan

MISSING = object()
DESK = Settings(FilePath(), workspace="desk")
BROKEN = (MISSING, None, [], {}, "", 0, -1, True, "x", "NaN", "9" * 40, [None], Decimal("1E-30"))
Path = tuple[str | int, ...]


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    """Every group and every leaf."""
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, item in pairs:
        yield (*at, key)
        yield from paths(item, (*at, key))


def broken(whole: dict, path: Path, value: object) -> dict:
    made = copy.deepcopy(whole)
    group = made
    for key in path[:-1]:
        group = group[key]
    if value is MISSING:
        del group[path[-1]]
    else:
        group[path[-1]] = value
    return made


@pytest.mark.parametrize("edits", [{}, ENTERED, FIRST_TARGET_HIT], ids=["waits", "open", "reduced"])
def test_every_value_of_an_entity_may_be_missing_or_wrong(edits: dict) -> None:
    planned = plan()
    note = note_of(planned)
    whole = entity({"note": note, "note_raw": note, **edits})
    seen = 0
    for path in paths(whole):
        for value in BROKEN:
            found = read_rows([broken(whole, path, value)])
            assert len(found) == 1
            everything_about(found, planned, (path, value))
            seen += 1
    assert seen > 1000


UNUSABLE = (MISSING, None, [], {}, "", "x", "NaN", [None])


def test_no_position_is_cancelled_for_a_value_that_is_missing() -> None:
    planned = plan(SWING + "lifecycle: {state: cancelled}\n")
    note = note_of(planned)
    whole = entity({"note": note, "note_raw": note, **ENTERED})
    for path in paths(whole):
        for value in UNUSABLE:
            found = read_rows([broken(whole, path, value)])
            view = MarketView(found.trades, (), unreadable=found.unreadable)
            changeset = reconcile(Desired([planned], 1), view, SCOPE)
            assert changeset.mutations == (), (path, value)


def everything_about(found, planned, why) -> None:
    view = MarketView(found.trades, (), unreadable=found.unreadable)
    changeset = reconcile(Desired([planned], 1), view, SCOPE)
    assert changeset.count(Create) == 0, why
    assert changeset.mutations == (), why
    diff_text(changeset, ReportContext("service", Decimal("0.001")), full=True)
    matching = Matching("desk", [1, 2], view, Memory(), {planned.name})
    renames = Renames([planned], matching, {planned.name})
    assert StatusQuery([planned], frozenset(), matching, renames, Memory(), "paper").rows()
    for format_ in TRADES.formats:
        assert TRADES.render(found, format_)
    for live in found.trades:
        risk = risk_of_live(DESK, live)
        details(live, NOTHING_SAID, risk)
        heat_lines({"a": risk}, {})
        assert risk_json(risk)
        adopting_entry(live, "main", "note")
        for propose in (proposals.cancel, proposals.close, proposals.force_start):
            with suppress(SmartplanError):
                propose(live)
