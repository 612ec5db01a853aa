"""The file of decisions: read with the line of what is wrong, and over when it says so."""

from datetime import UTC, datetime

import pytest

from smartplan.changes.decisions import Decisions, read_decisions
from smartplan.changes.guard_rails import OVER_ALL_TRADES, RULES
from smartplan.document.tree import parse
from smartplan.errors import UsageError
from tests.schemas import validator

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
        (WHOLE.replace("max_creates", "max_create"), "3:12: max_create: there is no such guard"),
        (WHOLE.replace("max_creates", "max_creates:a"), "3:12: max_creates:a: max_creates is abou"),
        (WHOLE.replace("l:btc-swing", "l: btc-swing"), "3:25: a guard rail has no blank in it"),
        (WHOLE.replace("l:btc-swing", "l:BTC"), "3:25: BTC is not the name of a trade"),
        (WHOLE.replace("overwrite-drift", "overwrite_drift"), "4:18: overwrite_drift is not a de"),
        (WHOLE.replace("[eth-range]", "[2026]"), "4:19: this is not the name of a trade"),
        (WHOLE.replace("[eth-range]", "[eth\u200b-range]"), "4:22: the character U+200B is not"),
        (WHOLE.replace("[eth-range]", '["eth\\u200b"]'), "4:19: the character U+200B is not allo"),
        ("until: 20261124\n", "1:8: 20261124 is not a moment"),
        ("until: 2026-11-31\n", "1:8: 2026-11-31 is not a moment"),
        (WHOLE.replace("agreed with the desk", "…"), "say why, in the place of …"),
        (
            WHOLE.replace("reason: agreed with the desk\n", ""),
            "2:11: a guard rail is set aside for a",
        ),
        ("until: [\n", "decisions.yaml:"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_what_is_wrong_has_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_decisions(text, "decisions.yaml", NOW)
    assert said in str(refused.value)


FITTING = [
    WHOLE,
    "until: 2026-11-24\n",
    "until: 2026-11-24 12:00\nreplace:\n",
    "until: 2026-11-24T12:00:00+01:00\nallow-widen: [a, 0-1]\n",
    "until: 2026-11-24\noverride: []\n",
    *(f"until: 2026-11-24\nreason: r\noverride: [{rule}]\n" for rule in sorted(RULES)),
    *(
        f"until: 2026-11-24\nreason: r\noverride: [{r}:a]\n"
        for r in sorted(RULES - OVER_ALL_TRADES)
    ),
]
MISFITS = [
    "{}",
    "until: tomorrow\n",
    "until: 2026-11-24T12\n",
    "until: 2026-11-24\noverride: [max_creates]\n",
    "until: 2026-11-24\nreason: …\noverride: [max_creates]\n",
    "until: 2026-11-24\nreason: 3\n",
    "until: 2026-11-24\nreplace: a\n",
    "until: 2026-11-24\nreplace: [A]\n",
    "until: 2026-11-24\nreplace: [3]\n",
    "until: 2026-11-24\nreplace: ['']\n",
    "until: 2026-11-24\nprune: true\n",
    "until: 2026-11-24\nreason: r\noverride: [max_notional:A]\n",
    "until: 2026-11-24\nreason: r\noverride: [hidden]\n",
    *(f"until: 2026-11-24\nreason: r\noverride: [{rule}:a]\n" for rule in sorted(OVER_ALL_TRADES)),
]


def data_of(text: str) -> object:
    document = parse(text, "decisions.yaml").document
    assert document is not None
    return document.data


@pytest.mark.parametrize("text", FITTING)
def test_what_is_read_fits_the_schema(text: str) -> None:
    validator("decisions").validate(data_of(text))
    read_decisions(text, "decisions.yaml", NOW)


@pytest.mark.parametrize("text", MISFITS)
def test_what_the_schema_refuses_is_refused(text: str) -> None:
    assert not validator("decisions").is_valid(data_of(text))
    with pytest.raises(UsageError, match=r"^decisions\.yaml:\d+:\d+: ") as refused:
        read_decisions(text, "decisions.yaml", NOW)
    assert refused.value.hint


def test_the_draft_in_a_comment_names_its_schema() -> None:
    drafted = Decisions(until=NOW, replace=("a",)).written()
    assert drafted.startswith("# yaml-language-server: $schema=schemas/decisions.schema.json\n")
