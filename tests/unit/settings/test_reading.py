"""What is wrong in ``smartplan.toml`` is told with its line and column."""

from decimal import Decimal
from pathlib import Path

import pytest

from smartplan import settings
from smartplan.errors import UsageError
from smartplan.settings import ContractTerms
from smartplan.workflow.lint_scope import selection_of

REALISTIC = """\
# our desk
workspace = "desk"

[environments.real.accounts]
main = 32455218
[environments.paper.accounts]
main = 32199203

[risk.fee_model]
futures = "quote"
"""


def load(folder: Path, text: str) -> settings.Settings:
    (folder / "smartplan.toml").write_bytes(text.encode())
    loaded = settings.load(folder, {})
    selection_of(loaded)
    return loaded


def refused(folder: Path, text: str) -> tuple[str, str]:
    """The message without the folder, and the hint."""
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    return str(caught.value).replace(f"{folder}/", ""), caught.value.hint or ""


@pytest.mark.parametrize(
    ("text", "place", "key"),
    [
        ('workspase = "desk"', "1:1", "workspase"),
        ("\n\n  environment = 3", "3:3", "environment"),
        ("[policy]\nfreeze = true\nmax_leverge = 3", "3:1", "policy.max_leverge"),
        ("policy.max_leverage = -1", "1:8", "policy.max_leverage"),
        (
            'policy = { freeze = true, max_leverage = { level = "hard", limit = "5" } }',
            "1:60",
            "policy.max_leverage.limit",
        ),
        ('[policy]\nallowed_pairs = [\n  "USDT_BTC",\n  3,\n]', "2:1", "policy.allowed_pairs"),
        ('[lint]\nignore = [\n  "SP310",\n]\n"severity" = 3', "5:1", "lint.severity"),
        ('[lint]\nseverity = { SP310 = "loud" }', "2:14", "lint.severity.SP310"),
        ('[lint]\nselect = ["SP999"]', "2:1", "lint.select"),
        ('[lint]\nseverity = {SP4 = "error"}', "2:1", "lint.severity"),
        ("[risk]\nequity = {USDT = -1}", "2:11", "risk.equity.USDT"),
        ('[risk]\nfee = 0.1\n[state]\n\turl = "postgresql://x/y"', "4:2", "state.url"),
        (
            "[environments.real.accounts]\na = 3\n[environments.paper.accounts]\nb = 3",
            "2:1",
            "environments.real.accounts.a",
        ),
        ('[policy]\nmax_open_risk = "2%"', "2:1", "policy.max_open_risk"),
        ('[policy]\nfreeze = true\ndenied_pairs = ["USDT/DOGE"]', "3:1", "policy.denied_pairs"),
        (
            '[policy]\ndenied_pairs = {level = "hard", limit = ["^USDT_DOGE$"]}',
            "2:33",
            "policy.denied_pairs.limit",
        ),
        ('[policy]\nallowed_pairs = [""]', "2:1", "policy.allowed_pairs"),
        ('[policy]\nallowed_pairs = ["USDT_BTC", "USDT_ETH "]', "2:1", "policy.allowed_pairs"),
        ('[policy]\nallowed_pairs = [" "]', "2:1", "policy.allowed_pairs"),
        ('[policy]\ndenied_pairs = ["USDTDOGE"]', "2:1", "policy.denied_pairs"),
        ('[policy]\ndenied_pairs = ["_DOGE"]', "2:1", "policy.denied_pairs"),
        ("[environments]\nreal = 3", "2:1", "environments.real"),
        ("[[environments.real]]", "1:16", "environments.real"),
    ],
)
def test_what_is_wrong_has_its_line_and_column(
    tmp_path: Path, text: str, place: str, key: str
) -> None:
    message, _ = refused(tmp_path, text)
    assert message.startswith(f"smartplan.toml:{place}: `{key}` ")


@pytest.mark.parametrize(
    ("pattern", "right"),
    [
        ("DOGE_USDT", "USDT_DOGE"),
        ("doge_usdt", "USDT_DOGE"),
        ("BTC_USDT", "USDT_BTC"),
        ("SOL_BTC", "BTC_SOL"),
        ("SOL*_USDC", "USDC_SOL*"),
        ("ADA_EUR", "EUR_ADA"),
    ],
)
def test_a_pair_the_wrong_way_round_is_no_guard_rail(
    tmp_path: Path, pattern: str, right: str
) -> None:
    message, hint = refused(
        tmp_path, f'[policy]\ndenied_pairs = {{limit = ["USDT_ADA", "{pattern}"], level = "hard"}}'
    )
    assert message.startswith("smartplan.toml:2:17: `policy.denied_pairs.limit` ")
    assert f"has `{pattern}`, which matches no pair" in message
    assert hint == f"write `{right}`"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ('environment = "Sandbox"', "must be sandbox, paper or real", "write `sandbox`"),
        ('[environments.real.accounts]\nmain = "32"', "an account id", "write 32, without quotes"),
        ('[risk]\nfee = "0.1%"', "must be a number", "as a fraction, 0.1 % is 0.001"),
        ('[policy]\nmax_leverage = "5"', "must be a number", "write 5, without quotes"),
        ("[policy]\nmax_leverage = {max = 5}", "names no limit", "{limit = LIMIT"),
    ],
)
def test_what_is_wrong_says_what_to_write(tmp_path: Path, text: str, said: str, hint: str) -> None:
    message, way_out = refused(tmp_path, text)
    assert said in message
    assert hint in way_out


@pytest.mark.parametrize(
    "pattern",
    [
        *("USDT_DOGE", "BTC_ETH", "ETH_BTC", "TRY_USDT", "EUR_USDT", "USDT_USDC", "USDC_USDT"),
        *("*_USDT", "*_BTC", "[A-Z]*_EUR", "DOGE_USD", "USD_MATIC-PERP", "BTC_TUSD", "USDT_*"),
    ],
)
def test_a_pair_that_may_be_right_is_taken(tmp_path: Path, pattern: str) -> None:
    rails = load(tmp_path, f'[policy]\ndenied_pairs = ["{pattern}"]').policy
    assert rails["denied_pairs"].limit == (pattern,)


def test_it_has_them_with_windows_line_ends(tmp_path: Path) -> None:
    message, _ = refused(tmp_path, 'workspace = "desk"\r\n\r\n[risk]\r\nfee = 3\r\n')
    assert message.startswith("smartplan.toml:4:1: `risk.fee` is a fraction")


@pytest.mark.parametrize(
    ("text", "place"),
    [('workspace = "desk"\nsince = yesterday', "2:9"), ('workspace = "desk', "1:18")],
)
def test_what_is_not_toml_has_its_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    message, hint = refused(tmp_path, text)
    assert message.startswith(f"smartplan.toml:{place}: ")
    assert 'write "yesterday"' in hint or "it is TOML" in hint


def test_what_is_not_utf_8_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_bytes(b'workspace = "desk"\n# \xff\n')
    with pytest.raises(UsageError, match="toml:2: not UTF-8 text"):
        settings.load(tmp_path, {})


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert load(tmp_path, f"\ufeff{REALISTIC}").workspace == "desk"
    message, _ = refused(tmp_path, '\ufeffworkspace = "Desk"')
    assert message.startswith("smartplan.toml:1:1: `workspace`")


@pytest.mark.parametrize(
    ("risk", "hint"),
    [
        ('fee_model = {mian = "quote"}', "did you mean `main`?"),
        ('contracts = ["futres"]', "did you mean `futures`?"),
        ('fee_model = {zzz = "base"}', "known: futures, main"),
    ],
)
def test_an_account_that_is_none_is_refused(tmp_path: Path, risk: str, hint: str) -> None:
    message, said = refused(tmp_path, f"[risk]\n{risk}")
    assert "names no account: " in message
    assert said == hint


@pytest.mark.parametrize(
    ("contracts", "terms"),
    [
        ('["futures"]', {"futures": ContractTerms()}),
        ("{futures = {size = 0.0001}}", {"futures": ContractTerms(size=Decimal("0.0001"))}),
        ("{main = {size = 100, inverse = true}}",
         {"main": ContractTerms(size=Decimal(100), inverse=True)}),
        ('{USDT_BTC_USDT = {size = 1}, "futures/USDT_ETH" = {}}',
         {"USDT_BTC_USDT": ContractTerms(size=Decimal(1)), "futures/USDT_ETH": ContractTerms()}),
    ],
)  # fmt: skip
def test_contracts_per_account_and_pair(
    tmp_path: Path, contracts: str, terms: dict[str, ContractTerms]
) -> None:
    assert load(tmp_path, f"[risk]\ncontracts = {contracts}").risk.contracts == terms


@pytest.mark.parametrize(
    ("contracts", "wrong"),
    [
        ("{futures = {size = 0}}", "must be above 0"),
        ("{futures = {size = -1}}", "must be a finite number, not below 0"),
        ("{futures = {sise = 1}}", "is not a setting"),
        ("{futures = 1}", "must be a table"),
        ("{futures = {inverse = 1}}", "must be true or false"),
        ('{"futres/USDT_BTC" = {}}', "names no account: futres"),
        ("7", "must be a table"),
    ],
)
def test_what_contracts_cannot_be(tmp_path: Path, contracts: str, wrong: str) -> None:
    message, _ = refused(tmp_path, f"[risk]\ncontracts = {contracts}")
    assert wrong in message


def test_a_statement_of_many_lines_is_found_soon(tmp_path: Path) -> None:
    pairs = '  "USDT_BTC",\n' * 3000
    message, _ = refused(tmp_path, f"[policy]\nallowed_pairs = [\n{pairs}]\nfrezze = true")
    assert message.startswith("smartplan.toml:3004:1: `policy.frezze`")
