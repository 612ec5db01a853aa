"""What trading costs, as ``[risk]`` may say it, and what it may not."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from smartplan import settings
from smartplan.errors import UsageError
from smartplan.settings.reading import MakerTaker

D = Decimal
SCHEMA = Path(__file__).parents[3] / "schemas" / "settings.schema.json"
ACCOUNTS = "[environments.sandbox.accounts]\nmain = 1\nfutures = 2\n[risk]\n"


def load(folder: Path, text: str) -> settings.RiskSettings:
    (folder / "smartplan.toml").write_text(ACCOUNTS + text)
    return settings.load(folder, {}).risk


def published(text: str) -> bool:
    """Whether the published schema takes it."""
    found = Draft202012Validator(json.loads(SCHEMA.read_text()))
    return found.is_valid(tomllib.loads(ACCOUNTS + text))


@pytest.mark.parametrize(
    ("text", "main", "futures"),
    [
        ("fee = 0.002", ("0.002", "0.002"), ("0.002", "0.002")),
        ("fee = {maker = 0.0002, taker = 0.0005}", ("0.0002", "0.0005"), ("0.0002", "0.0005")),
        ("fee = {futures = 0.0005}", ("0.001", "0.001"), ("0.0005", "0.0005")),
        (
            "fee = {main = 0.002, futures = {maker = 0, taker = 0.0005}}",
            ("0.002", "0.002"),
            ("0", "0.0005"),
        ),
        ("", ("0.001", "0.001"), ("0.001", "0.001")),
    ],
)
def test_a_fee_is_one_number_or_two_for_all_or_per_account(
    tmp_path: Path, text: str, main: tuple[str, str], futures: tuple[str, str]
) -> None:
    found = load(tmp_path, text)
    assert found.fees_of("main") == MakerTaker(*map(D, main))
    assert found.fees_of("futures") == MakerTaker(*map(D, futures))
    assert published(text)


def test_slippage_funding_and_maintenance(tmp_path: Path) -> None:
    text = (
        "slippage = 0.05\nfunding = {futures = 0.01}\n"
        'maintenance = {futures = 0.01, USDT_BTC = 0.004, "futures/USDT_ETH" = 0.005}\n'
    )
    found = load(tmp_path, text)
    assert found.slippage_of("main") == found.slippage_of(None) == D("0.05")
    assert (found.funding_of("futures"), found.funding_of("main")) == (D("0.01"), None)
    assert found.maintenance["futures/USDT_ETH"] == D("0.005")
    assert published(text)
    one = load(tmp_path, "maintenance = 0.02")
    assert one.maintenance == {"": D("0.02")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fee = 1", "`risk.fee` is a fraction"),
        ("fee = {maker = 0.1}", "`risk.fee` names no taker"),
        ("fee = {maker = 0.1, taker = 0.1, main = 0.1}", "`risk.fee.main` is no part of a fee"),
        ("fee = {main = {maker = 0.1, taker = 2}}", "`risk.fee.main.taker` is a fraction"),
        ("fee = {mian = 0.1}", "names no account: mian"),
        ("slippage = 100", "`risk.slippage` is in percent"),
        ("slippage = {futurs = 1}", "names no account: futurs"),
        ("funding = {main = -1}", "`risk.funding.main` must be a finite number, not below 0"),
        ("maintenance = {nobody = 0.01}", "names no account: nobody"),
        ('fee = "0.1 %"', "`risk.fee` must be a number"),
    ],
)
def test_what_is_wrong_is_told_at_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        load(tmp_path, text)
    assert said in str(refused.value)
    assert "names no account" in said or not published(text)
