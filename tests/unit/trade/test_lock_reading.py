"""What is wrong with a lock of the markets is told with its place and a way out."""

from pathlib import Path

import pytest

from smartplan.errors import UsageError
from smartplan.trade.lock_reading import WAY_OUT, read_lock

LOCK = """\
{
  "environments": {
    "real": {
      "main": {
        "fetched": "2026-11-22T12:00:00Z",
        "market": "binance",
        "pairs": {
          "USDT_BTC": {
            "lot": "0.00001",
            "tick": "0.01"
          }
        }
      }
    }
  },
  "format": "smartplan-markets-lock",
  "format_version": 1
}
"""
FILE = Path("markets.lock.json")


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        (
            '"tick": "0.01"',
            '"tick": "-1"',
            "10:13",
            "tick of USDT_BTC is -1, not a number in quotes from 0 on",
        ),
        ('"tick": "0.01"', '"tick": "NaN"', "10:13", "tick of USDT_BTC is NaN, not a number"),
        ('"tick": "0.01"', '"tick": "0,01"', "10:13", "tick of USDT_BTC is 0,01, not a number"),
        ('"tick": "0.01"', '"tick": 0.01', "10:13", "tick of USDT_BTC is 0.01"),
        ('"tick": "0.01"', '"tick": true', "10:13", "tick of USDT_BTC is True, not a number"),
        ('"tick"', '"tik"', "8:11", "unknown field `tik`"),
        ('"market": "binance"', '"market": 3', "6:9", "Expected `str`, got `int`"),
        ('        "market": "binance",\n', "", "4:7", "missing required field `market`"),
        ("2026-11-22T12:00:00Z", "yesterday", "5:9", "Invalid RFC3339 encoded datetime"),
        ('"real"', '"rael"', "3:5", "there is no environment rael: sandbox, paper, real"),
        ('"format_version": 1', '"format_version": 2', "17:3", "smartplan-markets-lock 2, not"),
        ("smartplan-markets-lock", "other", "16:3", "it is other 1, not"),
        ('"pairs": {', '"pairs": [', "8:21", "it is not JSON"),
        ("USDT_BTC", "USDT_\u200bBTC", "8:17", "U+200B is not allowed: it would not show"),
        ("USDT_BTC", "USDT_\\u200bBTC", "8:11", "U+200B is not allowed: it would not show"),
        ('"main"', '"ma\\u00adin"', "4:7", "U+00AD is not allowed: it would not show"),
    ],
)
def test_what_is_wrong_has_its_line_and_column(old: str, new: str, place: str, said: str) -> None:
    assert old in LOCK
    with pytest.raises(UsageError) as caught:
        read_lock(LOCK.replace(old, new, 1).encode(), FILE)
    assert str(caught.value).startswith(f"markets.lock.json:{place}: ")
    assert said in str(caught.value)
    assert caught.value.hint


def test_what_git_left_of_two_branches_has_its_own_way_out() -> None:
    ours, theirs = '            "tick": "0.01"\n', '            "tick": "0.1"\n'
    both = f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"
    with pytest.raises(UsageError, match=r"json:10:1: it is not JSON") as caught:
        read_lock(LOCK.replace(ours, both).encode(), FILE)
    assert "take one side whole" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "json:1:1: a lock of markets is a JSON object"),
        (b"", "json:1:1: it is not JSON"),
        (b'{"format": "a", "format": "b"}', "json: the key `format` stands twice"),
        (b'{\n"environments": {"real": 3}}', "json:2:18: must be an object"),
        (b'{"environments": {"real": {"main": {\n"pairs": []}}}}', "json:1:28: "),
        (b'{\n"\xff": 1}', "json:2: not UTF-8 text"),
        (b"[" * 100_000, "json: "),
    ],
)
def test_what_is_no_lock_at_all_says_why(content: bytes, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_lock(content, FILE)
    assert said in str(caught.value)
    assert caught.value.hint == WAY_OUT


def test_a_lock_is_read_whatever_its_line_ends() -> None:
    lock = read_lock(LOCK.encode(), FILE)
    assert str(lock.of("real")["main"].pairs["USDT_BTC"].tick) == "0.01"
    assert read_lock(b"\xef\xbb\xbf" + LOCK.replace("\n", "\r\n").encode(), FILE) == lock
