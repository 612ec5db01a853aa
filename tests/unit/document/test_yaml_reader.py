"""What the reader makes of YAML, and where it says that something is wrong."""

from decimal import Decimal

import pytest

from smartplan.document.tree import Node, parse
from smartplan.document.yaml_reader import MAX_DEPTH, MAX_NODES
from smartplan.text import MAX_BYTES, MAX_VALUE

CORE = "tag:yaml.org,2002:"
TAB = "a tab in the indentation: YAML allows only spaces there"


def data(text: str) -> Node:
    parsed = parse(text, "plan.yaml")
    assert parsed.document is not None, parsed.findings
    return parsed.document.data


def problems(text: str) -> list[tuple[str, int, int]]:
    """Message, line and column of every finding."""
    parsed = parse(text, "plan.yaml")
    assert parsed.document is None
    assert {finding.code for finding in parsed.findings} == {"SP002"}
    return [(f.message, f.location.line, f.location.column) for f in parsed.findings]


def problem(text: str) -> tuple[str, int, int]:
    (found,) = problems(text)
    return found


def test_a_plan_becomes_mappings_lists_text_and_exact_numbers() -> None:
    text = 'a: {b: [1, 2.50, "3", x, true, null]}\nc:\n  - d: |\n      one\n      two\n'
    assert data(text) == {
        "a": {"b": [1, Decimal("2.50"), "3", "x", True, None]},
        "c": [{"d": "one\ntwo\n"}],
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n...\n", "~"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert data(text) is None


def test_keys_are_text_whatever_they_look_like() -> None:
    assert data("1: a\ntrue: b\nnull: c\n0.5: d\n") == {
        "1": "a",
        "true": "b",
        "null": "c",
        "0.5": "d",
    }


def test_json_is_yaml() -> None:
    assert data('{"a": [1, {"b": "c\\u0041"}], "d": false}') == {"a": [1, {"b": "cA"}], "d": False}


def test_aliases_and_merges_are_expanded() -> None:
    text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: *b\nthree: {<<: [{x: 9}, *b]}\n"
    assert data(text) == {
        "base": {"x": 1, "y": 2},
        "one": {"x": 1, "y": 3},
        "two": {"x": 1, "y": 2},
        "three": {"x": 9, "y": 2},
    }


def test_a_key_before_its_merge_wins_too() -> None:
    assert data("base: &b {x: 1}\none:\n  x: 2\n  <<: *b\n")["one"] == {"x": 2}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert data('"<<": {a: 1}') == {"<<": {"a": 1}}


def test_a_merge_of_a_merge_keeps_the_nearest_value() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n"
    assert data(text)["c"] == {"x": 1, "y": 2}


def test_windows_line_ends_and_plain_ones_read_alike() -> None:
    assert data("a: 1\r\nb: |\r\n  x\r\n  y\r\n") == data("a: 1\nb: |\n  x\n  y\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ("the key `a` stands here twice", 3, 1)),
        ("x: {a: 1, a: 2}\n", ("the key `a` stands here twice", 1, 11)),
        ('x: {a: 1, "a": 2}\n', ("the key `a` stands here twice", 1, 11)),
        ("b: &b {}\nx:\n  <<: *b\n  <<: *b\n", ("the key `<<` stands here twice", 4, 3)),
        ("a: !<tag:x,1:y> 1\n", ("the tag 'tag:x,1:y' is not allowed", 1, 4)),
        ("a: !!python/x\n", (f"the tag '{CORE}python/x' is not allowed", 1, 4)),
        ("a: !mine 1\n", ("the tag '!mine' is not allowed", 1, 4)),
        ("a: !!str 1\n", (f"the tag '{CORE}str' is not allowed", 1, 4)),
        ("a: !!set {x}\n", (f"the tag '{CORE}set' is not allowed", 1, 4)),
        ("!!str a: 1\n", ("a key can carry neither tag nor anchor", 1, 1)),
        ("&x a: 1\n", ("a key can carry neither tag nor anchor", 1, 1)),
        ("? {a: 1}\n: 2\n", ("a key must be plain text", 1, 3)),
        ("? [a]\n: 2\n", ("a key must be plain text", 1, 3)),
        ("b: &b x\n*b : 2\n", ("a key must be plain text", 2, 1)),
        ("a: *nowhere\n", ("the alias *nowhere has no anchor above it", 1, 4)),
        ("a: &a [*a]\n", ("the alias *a contains itself", 1, 8)),
        ("a: &a {b: {c: *a}}\n", ("the alias *a contains itself", 1, 15)),
        ("a: {<<: 3}\n", ("`<<` merges mappings only", 1, 9)),
        ("a: {<<: [{}, 3]}\n", ("`<<` merges mappings only", 1, 9)),
        ("a: 1\n---\nb: 2\n", ("a second YAML document begins here", 2, 1)),
        ("a: 1\n... \n--- b\n", ("a second YAML document begins here", 3, 1)),
        ("a:\n\tb: 1\n", (TAB, 2, 1)),
        ("a:\n  b: 1\n \t c: 1\n", (TAB, 3, 2)),
        ("a: " + "9" * 61, ("a number of 61 characters is no price, amount or percent", 1, 4)),
        ("a: 1e999", ("a number with the exponent 999 is no price, amount or percent", 1, 4)),
        ("a: \x07\n", ("the character U+0007 is not allowed: it would not show", 1, 4)),
        ("a: x\u202ey\n", ("the character U+202E is not allowed: it would not show", 1, 5)),
        ("# ok\n# \u2066 h\n", ("the character U+2066 is not allowed: it would not show", 2, 3)),
        ("a: 1\nb: x\ufeffy\n", ("the character U+FEFF is not allowed: it would not show", 2, 5)),
        ("a: x\u2028y\n", ("the character U+2028 is not allowed: it would not show", 1, 5)),
        ("a: \ud800\n", ("the character U+D800 is not allowed: it would not show", 1, 4)),
        ('a: "\\u202e"\n', ("the character U+202E is not allowed: it would not show", 1, 4)),
        ('"\\u0000": 1\n', ("the character U+0000 is not allowed: it would not show", 1, 1)),
        ('a: "\\0"\n', ("the character U+0000 is not allowed: it would not show", 1, 4)),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_where_it_stands(
    text: str, expected: tuple[str, int, int]
) -> None:
    assert problem(text) == expected


def test_every_duplicate_key_is_reported() -> None:
    assert [line for _, line, _ in problems("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n")] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\n b: 2\n", 2, 3),
        ("a: b: c\n", 1, 5),
        ("a: 1\nb\nc: 2\n", 2, 1),
        ("a: @x\n", 1, 4),
        ("- a\nb: 1\n", 2, 1),
        ("a: ]\n", 1, 4),
        ("%YAML 9.9\n---\na: 1\n", 1, 1),
    ],
)
def test_broken_yaml_is_named_where_it_breaks(text: str, line: int, column: int) -> None:
    message, *place = problem(text)
    assert message.startswith("not YAML: ")
    assert place == [line, column]


def test_a_common_slip_comes_with_its_cure() -> None:
    (finding,) = parse("note: stop: here\n", "plan.yaml").findings
    assert finding.hint is not None
    assert "needs quotes" in finding.hint


def test_nesting_is_limited() -> None:
    assert data("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None
    deep = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    assert problem(deep) == (f"nested deeper than {MAX_DEPTH} levels", 1, MAX_DEPTH + 1)


def nested(kind: str, levels: int) -> tuple[str, tuple[int, int]]:
    """A text that nests ``levels`` deep, and where its level 33 begins, line and column."""
    match kind:
        case "flow lists":
            return "[" * levels + "]" * levels, (1, 33)
        case "flow mappings":
            return "{a: " * levels + "1" + "}" * levels, (1, 32 * 4 + 1)
        case "flow over many lines":
            return "[\n" * levels + "]" * levels, (33, 1)
        case "flow never closed":
            return "[" * levels, (1, 33)
        case "block mappings":
            # A mapping begins where its first key does.
            return "".join(f"{' ' * n}a:\n" for n in range(levels)), (33, 33)
        case "block lists":
            return "- " * levels + "x", (1, 32 * 2 + 1)
        case "flow in block":
            return "a:\n  b:\n    - " + "[" * levels, (3, 7 + 29)
        case "a text before it":
            return "note: wöchentlich 🚀 [support]\nmore: " + "[" * levels, (2, 7 + 31)
        case _:
            raise AssertionError(kind)


NESTED = (
    "flow lists",
    "flow mappings",
    "flow over many lines",
    "flow never closed",
    "block mappings",
    "block lists",
    "flow in block",
    "a text before it",
)


@pytest.mark.parametrize("levels", [40, 999, 1_001, 20_000])
@pytest.mark.parametrize("kind", NESTED)
def test_too_deep_is_one_message_at_one_place_whoever_finds_it(kind: str, levels: int) -> None:
    """PyYAML has a limit of its own, far behind ours, which it may reach before we reach ours."""
    if kind == "block mappings" and levels > 1_400:
        levels = 1_400  # a text of 1 MiB indents no deeper
    text, place = nested(kind, levels)
    (found,) = parse(text, "plan.yaml").findings
    assert found.message == "nested deeper than 32 levels"
    assert (found.location.line, found.location.column) == place
    assert (
        found.hint
        == "a plan needs fewer than ten: a bracket is left open, or a line indented too far"
    )


def test_what_is_wrong_before_it_gets_too_deep_is_told_first() -> None:
    assert problem("a: [!!str x, " + "[" * 5_000)[0].startswith("the tag")


def test_values_are_counted_as_if_aliases_were_written_out() -> None:
    many = "a: &a [" + "1, " * 999 + "1]\n"
    within = many + "b: [" + "*a, " * 47 + "*a]\n"
    beyond = many + "b: [" + "*a, " * 49 + "*a]\n"
    assert data(within) is not None
    message, line, _ = problem(beyond)
    assert message == f"more than {MAX_NODES:,} values once aliases and merges are expanded"
    assert line == 2


def test_merges_are_counted_as_if_they_were_written_out() -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(1000))
    bomb = f"a: &a {{{keys}}}\nb:\n  <<: [" + "*a, " * 30 + "*a]\n"
    message, line, _ = problem(bomb)
    assert message.startswith(f"more than {MAX_NODES:,} values")
    assert line == 3


def test_the_largest_file_is_one_mebibyte_of_utf_8() -> None:
    assert data("# " + "x" * (MAX_BYTES - 2)) is None
    assert problem("# " + "x" * (MAX_BYTES - 1)) == ("larger than 1 MiB", 1, 1)
    assert problem("# " + "é" * (MAX_BYTES // 2)) == ("larger than 1 MiB", 1, 1)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_single_text_is_limited(quote: str) -> None:
    assert data(f"a: {quote}{'x' * MAX_VALUE}{quote}") == {"a": "x" * MAX_VALUE}
    long = f"a: {quote}{'x' * (MAX_VALUE + 1)}{quote}"
    assert problem(long) == (f"a text longer than {MAX_VALUE:,} characters", 1, 4)


def test_a_trap_is_noted_under_an_anchor_and_in_a_list_too() -> None:
    document = parse("a: &x yes\nb: [no, *x]", "plan.yaml").document
    assert document is not None
    assert [(t.text, t.line, t.column) for t in document.traps] == [("yes", 1, 4), ("no", 2, 5)]


def test_traps_are_noted_where_they_stand() -> None:
    document = parse("a: yes\nb: [1, 12:30]\nc: 'yes'\n", "plan.yaml").document
    assert document is not None
    assert [(t.text, t.line, t.column) for t in document.traps] == [("yes", 1, 4), ("12:30", 2, 8)]
