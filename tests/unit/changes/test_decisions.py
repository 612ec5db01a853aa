"""The file of decisions: read with the line of what is wrong, and over when it says so."""

from datetime import UTC, datetime

import pytest

from smartplan.changes.decisions import Decisions, read_decisions
from smartplan.errors import UsageError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHOLE = """\
until: 2026-11-24T12:00:00Z
reason: agreed with the desk
override: [max_creates, max_notional:btc-swing]
overwrite-drift: [eth-range]
replace: []
allow-lookalike: [btc-swing]
"""


def test_it_says_what_the_options_say() -> None:
    decided = read_decisions(WHOLE, "decisions.yaml", NOW)
    assert decided == Decisions(
        until=datetime(2026, 11, 24, 12, tzinfo=UTC),
        reason="agreed with the desk",
        override=("max_creates", "max_notional:btc-swing"),
        overwrite_drift=("eth-range",),
        allow_lookalike=("btc-swing",),
    )
    assert read_decisions(decided.written(), "decisions.yaml", NOW) == decided


def test_nothing_of_it_counts_once_it_is_over() -> None:
    later = datetime(2026, 11, 25, tzinfo=UTC)
    assert not read_decisions(WHOLE, "decisions.yaml", later).any


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("overwrite-drift: [a]\n", "decisions.yaml:1:1: until is missing: decisions end"),
        ("until: 2027-01-01\n", "decisions.yaml:1:8: until is more than 14 days away"),
        ("until: soon\n", "decisions.yaml:1:8: soon is not a moment"),
        (WHOLE + "prune: true\n", "decisions.yaml:7:8: prune is not a decision"),
        (WHOLE.replace("[eth-range]", "eth-range"), "overwrite-drift must be a list"),
        (WHOLE.replace("[eth-range]", "[--yes]"), "4:19: --yes is not the name of a trade"),
        (WHOLE.replace("max_creates", "max_create"), "there is no such guard rail"),
        (WHOLE.replace("agreed with the desk", "…"), "say why, in the place of …"),
        (WHOLE.replace("reason: agreed with the desk\n", ""), "--override needs --reason"),
        ("until: [\n", "decisions.yaml:"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_what_is_wrong_has_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_decisions(text, "decisions.yaml", NOW)
    assert said in str(refused.value)
