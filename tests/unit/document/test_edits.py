"""Edits change a span of a file's bytes, and nothing outside of it."""

import pytest

from smartplan.document.edits import Edit, StaleEdit, edited


def test_line_ends_and_byte_order_mark_stay_as_they_are() -> None:
    content = b"\xef\xbb\xbfa: 1\r\nb: 2 # \xc3\xa9\r\nc: 3"
    after = edited(content, [Edit("p", 1, 4, "1", "10"), Edit("p", 2, 4, "2", "20")])
    assert after == b"\xef\xbb\xbfa: 10\r\nb: 20 # \xc3\xa9\r\nc: 3"


def test_columns_count_characters_and_not_bytes() -> None:
    assert edited("é🙂: 1\n".encode(), [Edit("p", 1, 5, "1", "2")]) == "é🙂: 2\n".encode()


def test_what_is_put_in_has_the_line_ends_of_the_file() -> None:
    assert edited(b"a:\r\n  b: 1\r\n", [Edit("p", 2, 3, "", "c: 2\n  ")]) == (
        b"a:\r\n  c: 2\r\n  b: 1\r\n"
    )


@pytest.mark.parametrize(
    "edits",
    [
        [Edit("p", 1, 4, "2", "3")],
        [Edit("p", 1, 1, "a: 1", "x"), Edit("p", 1, 4, "1", "2")],
    ],
)
def test_a_file_that_says_something_else_is_left_alone(edits: list[Edit]) -> None:
    with pytest.raises(StaleEdit):
        edited(b"a: 1\n", edits)
