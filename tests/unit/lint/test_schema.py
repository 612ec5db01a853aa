"""The schemas as editors and other tools see them."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from smartplan.lint.engine import accepts_by
from smartplan.lint.registry import RULES
from smartplan.lint.schema import NAMES, SETTINGS, load, read
from smartplan.trade.policy import Policy

FOLDER = Path(__file__).parents[3] / "schemas"


def test_every_file_of_the_folder_is_published() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(NAMES)


def walk(node: object) -> Iterator[dict]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def test_every_schema_of_ours_is_published() -> None:
    assert sorted(NAMES) == sorted(file.name for file in FOLDER.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_fits_the_2020_12_metaschema(name: str) -> None:
    Draft202012Validator.check_schema(load(name))
    assert load(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", NAMES)
def test_every_property_a_person_may_write_has_a_description(name: str) -> None:
    closed = [node for node in walk(load(name)) if "additionalProperties" in node]
    lacking = [
        key
        for node in closed
        if node["additionalProperties"] is False
        for key, value in node["properties"].items()
        if not value.get("description")
    ]
    assert closed
    assert lacking == []


@pytest.mark.parametrize("name", NAMES)
def test_references_are_relative_so_that_editors_find_the_files(name: str) -> None:
    for node in walk(load(name)):
        assert "$id" not in node
        reference = node.get("$ref", "#")
        file, _, pointer = reference.partition("#")
        target = json.loads((FOLDER / (file or name)).read_text())
        for step in pointer.split("/")[1:]:
            target = target[step]


@pytest.mark.parametrize("name", NAMES)
def test_patterns_read_alike_in_every_regular_expression_dialect(name: str) -> None:
    patterns = [
        node["pattern"] for node in walk(load(name)) if isinstance(node.get("pattern"), str)
    ]
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert not any(escape in pattern for escape in ("\\d", "\\w", "\\s", "\\b", "(?"))


@pytest.mark.parametrize("name", NAMES)
def test_every_code_named_in_a_schema_is_a_documented_rule(name: str) -> None:
    assert {node["x-code"] for node in walk(load(name)) if "x-code" in node} <= RULES.keys()


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        read("../pyproject.toml")


def test_our_own_settings_fit_their_schema() -> None:
    ours = list(FOLDER.parent.glob("examples/*/smartplan.toml"))
    assert ours
    for file in (FOLDER.parent / "smartplan.toml", *ours):
        assert accepts_by(SETTINGS).is_valid(settings_of(file.read_text())), file


@pytest.mark.parametrize(
    ("toml", "fits"),
    [
        ("since = 2026-11-22", True),
        ('[policy]\nrequire_stop_loss = "hard"\nmax_leverage = 5', True),
        ('[policy]\nmax_notional = {limit = {USDT = 10.5}, level = "warn"}', True),
        ('[policy]\nmax_loss_at_stop = "2%"\nallowed_pairs = ["USDT_*"]', True),
        ('[policy]\nmax_loss_at_stop = {limit = "2 %", level = "soft"}', True),
        ('[policy]\nmax_leverage = {limit = 5, levle = "hard"}', False),
        ("[policy]\nmax_leverag = 5", False),
        ('[policy]\nmax_loss_at_stop = "2"', False),
        ('api_key = "x"', False),
        ('[environments.real.accounts]\nmain = "1"', False),
    ],
)
def test_settings_are_told_apart(toml: str, *, fits: bool) -> None:
    assert accepts_by(SETTINGS).is_valid(settings_of(toml)) is fits


def test_the_schema_knows_the_guard_rails_that_exist() -> None:
    known = load(SETTINGS)["properties"]["policy"]["properties"]
    assert known.keys() == set(Policy.__struct_fields__)


def settings_of(toml: str) -> object:
    """As editors see a TOML file: dates as text."""
    table = tomllib.loads(toml, parse_float=Decimal)
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in table.items()}


def test_editors_and_other_tools_judge_defaults_and_trades_by_their_shape(tmp_path: Path) -> None:
    trade = "position: {type: buy, order_type: market, units: {value: 0.01}}"
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(f"defaults: {{account: main, instant: true}}\ntrades: {{a: {{{trade}}}}}\n")
    bad.write_text(f"defaults: {{acount: main}}\ntrades: {{a: {{{trade}}}}}\n")

    def verdict(file: Path) -> subprocess.CompletedProcess[str]:
        schema = FOLDER / "plan.schema.json"
        tool = [sys.executable, "-m", "check_jsonschema", "--schemafile", schema, file]
        return subprocess.run(tool, capture_output=True, text=True, timeout=60)

    assert verdict(good).returncode == 0
    assert "'acount' was unexpected" in verdict(bad).stdout
