"""The reader of ``smartplan.toml`` and its published schema take the same files."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path, PurePosixPath

import jsonschema_rs
from hypothesis import example, given
from hypothesis import strategies as st

from smartplan.errors import UsageError
from smartplan.lint.schema import SETTINGS, load
from smartplan.settings.environments import from_file
from smartplan.settings.toml import read_text
from smartplan.trade.policy import Policy, read_policy
from smartplan.workflow.lint_scope import selection_of

SCHEMA = jsonschema_rs.validator_for(load(SETTINGS), validate_formats=True)
WORDS = (
    "sandbox", "real", "soft", "hard", "loud", "base", "error", "desk", "Desk", "2%", "2.5 %", "%",
    "2026-11-22", "2026-13-01", "20261122", "SP4", "SP409", "SP999", "sp4", "sqlite:///a.db", "x://y",
    "USDT_*", "",
)  # fmt: skip
# What one key says of another is beyond a schema: the aliases are known, no account has two owners.
ALIASES = ("main", "futures")
numbers = st.one_of(
    st.integers(-1, 3),
    st.sampled_from([10**18, 10**18 + 1]),
    st.sampled_from([Decimal(text) for text in ("0.5", "1.0", "-0.1", "2.50", "0.0")]),
)
PARTS = ("a", ".", "..", "/", "...", "..b", ".smartplan", "é")
paths = st.lists(st.sampled_from(PARTS), max_size=6).map("".join)
urls = paths.map(lambda path: f"sqlite:///{path}")
values = st.one_of(
    st.booleans(),
    numbers,
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), max_size=2),
    st.just([1]),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.just(datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)),
    st.just(time(1, 2, 3)),
)
amounts = st.dictionaries(st.sampled_from(("USDT", "BTC", "limit")), numbers, max_size=2)
rails = st.one_of(
    values,
    amounts,
    st.fixed_dictionaries({}, optional={"limit": values | amounts, "level": values, "lvl": values}),
)


def table(**keys: st.SearchStrategy) -> st.SearchStrategy:
    """Some of the keys, seldom one that is none, seldom no table at all."""
    return st.fixed_dictionaries({}, optional=keys) | st.fixed_dictionaries(
        {}, optional={**keys, "unknown": values}
    )


def accounts(first: int) -> st.SearchStrategy:
    ids = st.sampled_from((first, Decimal(f"{first + 1}.0"), 0, -1, True, "1", Decimal("1.5")))
    return table(accounts=st.dictionaries(st.sampled_from(ALIASES), ids, max_size=1) | numbers)


FILES = table(
    workspace=values,
    environment=values,
    since=values,
    environments=table(sandbox=accounts(10), paper=accounts(20), real=accounts(30)),
    risk=table(
        fee=values,
        fee_model=st.dictionaries(st.sampled_from(ALIASES), values) | values,
        contracts=st.lists(st.sampled_from(ALIASES))
        | st.dictionaries(
            st.sampled_from(ALIASES), table(size=values, inverse=values | st.booleans()) | values
        )
        | numbers,
    ),
    lint=table(
        select=values,
        ignore=values,
        severity=st.dictionaries(st.sampled_from(("SP409", "SP4", "x")), values) | values,
        far_stop=values,
        least_reward_risk=values,
    ),
    policy=table(**dict.fromkeys(Policy.__struct_fields__, rails)) | values,
    state=table(url=values | urls, ephemeral=values, settle_window=values),
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def as_editors_see_it(value: object) -> object:
    if isinstance(value, dict):
        return {key: as_editors_see_it(below) for key, below in value.items()}
    return value.isoformat() if isinstance(value, date | time) else value


def reads(text: str) -> bool:
    try:
        settings = from_file(read_text(text, Path("smartplan.toml")))
        read_policy(settings.policy, equity=settings.risk.equity)
        selection_of(settings)
    except UsageError:
        return False
    return True


@given(paths)
def test_the_store_lies_in_the_workspace(path: str) -> None:
    inside = bool(path) and not path.startswith("/") and ".." not in PurePosixPath(path).parts
    assert reads(f'state = {{url = "sqlite:///{path}"}}') is inside


@given(FILES, amounts)
@example({"state": {"settle_window": 60}}, {})
@example({"policy": {"denied_pairs": {"limit": ["usdt_doge"], "level": "hard"}}}, {})
@example({"policy": {"max_notional": {"limit": {"USDT": 5}}}}, {})
@example({"lint": {"severity": {"SP4": "error"}}}, {})
@example({"since": "2026-11-22"}, {})
def test_the_reader_takes_what_the_schema_takes(file: dict, equity: dict) -> None:
    # A percentage needs an equity, which no schema can say of two tables.
    known = {"USDT": 1} if "policy" in file else equity
    file = {**file, "risk": {**file.get("risk", {}), "equity": known}}
    text = "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in file.items())
    assert reads(text) is SCHEMA.is_valid(as_editors_see_it(file)), text
