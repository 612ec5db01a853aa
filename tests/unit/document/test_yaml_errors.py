"""What is no YAML is told where it began to be none, with its cause and the way out."""

import pytest

from smartplan.document.tree import parse


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("a: [1, 2\n", 1, 4, "a `[` that is not closed", "`]` is missing"),
        ("a: {b: 1\n\n\n", 1, 4, "a `{` that is not closed", "`}` is missing"),
        ("a: {b: 1\nc: 2\n", 1, 4, "a `{` that is not closed: line 2 is read as a part", "`}`"),
        ("a: [\n", 1, 4, "a `[` that is not closed", "`]` is missing"),
        ("a: {", 1, 4, "a `{` that is not closed", "`}` is missing"),
        ("a: [1,  # two\n\n", 1, 4, "a `[` that is not closed", "`]` is missing"),
        ("a: [b: {c: [\n", 1, 12, "a `[` that is not closed", "`]` is missing"),
        ("n: a [b\na: ['[', \"{\", {x: 1},  # [\n", 2, 4, "a `[` that is not closed", "`]`"),
        ("a: [{b: [1], c:\n  2},\n", 1, 4, "a `[` that is not closed", "`]` is missing"),
        ("a: [,]\n", 1, 5, "a `,` with nothing before it", "take it out"),
        ('a: "open\n\n', 1, 4, "a quote that is not closed", "close it"),
        ("a: 'open\nb: 1\nc: 2\n", 1, 4, "a quote that is not closed", "close it"),
        ("# it's\na: b\nc: \"x\nd: 'y'\n", 3, 4, "a quote that is not closed", "close it"),
        ("a:\n   b: 1\n  c: 2\n", 2, 4, "indented further than line 3", "one column"),
        ("a:\n   b:\n     x: 1\n  c: 2\n", 2, 4, "indented further than line 4", "one column"),
        ("a:\n   b: 1\n   d: 1\n  c: 2\n", 4, 3, "not YAML", "check the indentation"),
        ("a:\n  - 1\n - 2\n", 2, 3, "indented further than line 3", "one column"),
        ("a:\n\tb: 1\n", 2, 1, "a tab in the indentation", "spaces"),
    ],
)
def test_the_place_is_where_it_began(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    (finding,) = parse(text, "plan.yaml").findings
    assert (finding.location.line, finding.location.column) == (line, column)
    assert message in finding.message
    assert hint in (finding.hint or "")


@pytest.mark.parametrize(
    "text",
    ["a: it's\n", 'a: "x\n  y"\n', "a: 'don''t'\n", "a: 5' # it's\n", 'a: "\\"" # "\n'],
)
def test_quotes_that_are_closed_are_no_problem(text: str) -> None:
    assert parse(text, "plan.yaml").findings == ()
