from decimal import Decimal

import pytest

from smartplan.document.scalars import NumberTooLarge, Trap, number_text, read_plain, read_short

D = Decimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60000", 60000),
        ("-1", -1),
        ("+7", 7),
        ("0", 0),
        ("-0", 0),
        ("0.1", D("0.1")),
        ("-.5", D("-0.5")),
        ("1.", D("1")),
        ("1.50", D("1.50")),
        ("1e-5", D("0.00001")),
        ("2.5E+3", D("2500")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "yes", "off", "0x1F", "0o17", "017", "1_000", "12:30", ".inf", "-.Inf", ".nan", "1,000",
        "0,5", "1.2.3", "e5", "-", "+", ".", "1e", "nULL", "tRue", "2026-12-31",
        "USDT_BTC", "٣", "１２",
    ],
)  # fmt: skip
def test_what_is_no_number_or_boolean_in_yaml_1_2_stays_text(text: str) -> None:
    assert read_plain(text) == text


def test_decimals_keep_every_digit_that_was_written() -> None:
    text = "12345678901234567890.123456789012345678901234567890"
    assert str(read_plain(text)) == text


@pytest.mark.parametrize(
    "text", ["1" * 61, "0." + "0" * 60, "1e61", "1e-61", "1e999999999", "-9e+99999999999999999999"]
)
def test_numbers_beyond_any_price_are_refused_instead_of_computed(text: str) -> None:
    with pytest.raises(NumberTooLarge):
        read_plain(text)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        ("yes", Trap("text", "write `true`")),
        ("NO", Trap("text", "write `false`")),
        ("on", Trap("text", "write `true`")),
        ("1_000", Trap("text", "write `1000`")),
        ("017", Trap("text", "write `17`, or quote it if it is text")),
        ("-007.50", Trap("text", "write `-7.50`, or quote it if it is text")),
        ("00", Trap("text", "write `0`, or quote it if it is text")),
        ("00.5", Trap("text", "write `0.5`, or quote it if it is text")),
        ("0x1F", Trap("text", "write the number in decimal digits")),
        ("12:30", Trap("text", "quote it if it is a time; otherwise write a plain number")),
        (".inf", Trap("text", "write a finite number")),
        ("0,5", Trap("text", "write `0.5`")),
        ("1,000", Trap("text", "write `1000`")),
        ("1,000,000.5", Trap("text", "write `1000000.5`")),
        ("1e-5", Trap("the number 0.00001", "write `0.00001`")),
        ("6E4", Trap("the number 60000", "write `60000`")),
    ],
)
def test_what_yaml_1_1_reads_differently_is_named_with_its_fix(text: str, trap: Trap) -> None:
    assert read_short(text)[1] == trap


@pytest.mark.parametrize(
    "text", ["60000", "0.1", "true", "null", "USDT_BTC", "buy", "no-stop", "yesterday", "n/a", "-"]
)
def test_what_everybody_reads_alike_is_no_trap(text: str) -> None:
    assert read_short(text)[1] is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (D("60000.00"), "60000"),
        (D("6E+4"), "60000"),
        (D("1E-7"), "0.0000001"),
        (D("-0.00"), "0"),
        (D("-0.10"), "-0.1"),
        (0, "0"),
        (100, "100"),
        (
            D("1234567890123456789012345678901234567890.5"),
            "1234567890123456789012345678901234567890.5",
        ),
    ],
)
def test_numbers_are_written_without_exponent_or_needless_zeros(number: Decimal, text: str) -> None:
    assert number_text(number) == text
