"""Plain text is read without a YAML parser, exactly as the parser reads it, or not at all."""

import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartplan.document import plain, reader
from smartplan.document.scalars import Node
from smartplan.document.text import Unreadable, check

ROOT = Path(__file__).parents[3]
PLANS = [
    path.read_text(encoding="utf-8")
    for folder in ("examples", "plans", "smartplan/scaffold", "tests/data", "tests/rules")
    for path in sorted((ROOT / folder).rglob("*.y*ml"))
]


def plainly(text: str) -> tuple[Node] | None:
    """What is read without a parser, if anything is."""
    try:
        check(text)
        return (plain.read(text),)
    except (Unreadable, plain.NotPlain):
        return None


def assert_the_parser_agrees(text: str) -> bool:
    """Whether it was plain; ``repr`` tells 1 from True and 1.0, and the order of keys."""
    data = plainly(text)
    if data is None:
        return False
    read = reader.read(text)
    assert not read.problems, text
    assert not read.traps, text
    assert repr(read.data) == repr(data[0]), text
    return True


KEYS = st.sampled_from(
    ["a", "b", "key", "x-1", "true", "null", "y", "_", "<<", "1", "a b", "- a", ""]
)
VALUES = st.sampled_from([
    "", "1", "-1", "+1", "1.50", ".5", "-.5", "0", "-0", "1e3", "1_000", "01", "0x1f",
    "12:30", "1,5",
    "yes", "no", "on", "N",
    "true", "True", "tRue", "null", "~", "~x", "-", "--", "---", "...", "- a",
    "text", "two words", "two  words", "a, b", "a: b", "a:b", "a :b",
    "a:", ":a", "a #b", "a#b", "#a",
    "50%", "%50", "@x", "`x", "!x", "!!str 1", "&x 1", "*x", "|", ">", "| x", "? a", "?a", "a?",
    '"quoted"', "'single'", '""', "''", "'it''s'", '"a\\nb"', '"a" b', '"a": 1', '"a # b"',
    "'# {a}'",
    "{}", "[]", "{a: 1}", "{a: 1, b: {c: [1, x, 'y z']}}", "{a:1}", "{a: 1,}", "{, a: 1}", "[a, b]",
    "[a b]", "[1,2]", "[a,]", "[,a]", "[a: 1]", "{a: 1} x", "{a: 1", "[1]]", "{a: 1}}", "{a: b: c}",
    "{a: }", "{a}", "{a: -}", "{a: - b}", "{a: 'x, y'}", '{a: "}"}', "[[1], [2]]", "{a: 1, a: 2}",
    "{'a': 1}", "{a: 1 # c}", "{a: 1} # c", "{a: yes}", "{a: 50%}", "{a: [}", "[{]}", "{ a: 1 }",
    "{a : 1}",
    "[-1, +2, .5, ~]", "[a-b, 1.2.3]", "[a/b]", "[http://x]", "[a?]", "[a*]", "2026-01-01",
    "2026-01-01T00:00:00Z", "9" * 61, "1e99", "x" * 200, "é", "né", '"é"', "[né]", "a\u00a0b",
    "a 😀", "a::b", "a:/b", "http://x:80/y?z", "a:,b", "a:]", "a :", "::",
    "a\tb", "\ta", "a\r", "\x85", "\u2028", "\ufeff",
])  # fmt: skip
COMMENTS = st.sampled_from(["", "", "", " ", " # c", "  # c: d", "#c", " #", "# c", " # — é"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line that is plain, or nearly."""
    indent = " " * draw(st.sampled_from([0, 0, 2, 2, 4, 4, 6, 1, 3]))
    dash = draw(st.sampled_from(["", "", "", "- ", "-  ", "-", "- - "]))
    key = draw(st.sampled_from(["{}: ", "{}:  ", "{}: ", "{}:", "{}", "{} : ", '"{}": ']))
    key = key.format(draw(KEYS)) if draw(st.integers(0, 4)) else ""
    return indent + dash + key + draw(VALUES) + draw(COMMENTS)


@settings(max_examples=1500)
@given(st.lists(lines(), max_size=7).map("\n".join))
@example("a:\n- b\n- c\nd: 1")
@example("a: text\n  more")
@example("a: text\n  b: 1")
@example("a: text\n- b")
@example("- a: 1\n  b:\n  - c\n- d")
@example("- a:\n   - b\n  c: 1")
@example("a:\n    b: 1\n  c: 2")
@example("a:\n  - b\n - c")
@example("a: 1\n---\nb: 2")
@example("a: 1\n...")
@example("%YAML 1.1\n---\na: 1")
@example("---\na: 1")
@example("---\n")
@example("---\n---\n")
@example("--- \na: 1")
@example("---\n  a: 1")
@example("---\n...\na: 1")
def test_what_is_read_as_plain_the_parser_reads_alike(text: str) -> None:
    assert_the_parser_agrees(text)


NOISE = " \n:#-'\"{}[],&*!|>%@`?~.0123456789abyesno\t\r\\é"


def mutant(chance: random.Random, text: str) -> str:
    """The text with one to four slips of the hand."""
    for _ in range(chance.randint(1, 4)):
        at, rows = chance.randrange(len(text) + 1), text.split("\n")
        row = chance.randrange(len(rows))
        match chance.randrange(6):
            case 0:
                text = text[:at] + chance.choice(NOISE) + text[at:]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at] + chance.choice(NOISE) + text[at + 1 :]
            case 3:
                rows[row] = chance.choice(["  ", " ", "- "]) + rows[row]
                text = "\n".join(rows)
            case 4:
                rows[row] = rows[row][chance.choice([1, 2]) :]
                text = "\n".join(rows)
            case _:
                rows.insert(chance.randrange(len(rows)), rows.pop(row))
                text = "\n".join(rows)
    return text


def test_mutated_plans_are_read_as_the_parser_reads_them_or_not_at_all() -> None:
    chance = random.Random(20261122)
    whole = [text for text in PLANS if plainly(text)]
    were_plain = [
        assert_the_parser_agrees(mutant(chance, chance.choice(whole))) for _ in range(3000)
    ]
    assert 500 < sum(were_plain) < 2500  # else one side of the question was hardly asked


@pytest.mark.parametrize(
    "file",
    [
        "plans/eth-range.yaml",
        "examples/eth-ladder/plans/eth-ladder.yaml",
        "examples/futures-short/plans/btc-short.yaml",
    ],
)
def test_the_plans_we_ship_are_plain(file: str) -> None:
    assert plainly(Path(ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "a: {" * 40 + "}" * 40,
        "a: " + "[" * 5000 + "]" * 5000,
        "a: " + "{" * 60000,
        "a: [" + "1," * 30000,
        "- " * 5000 + "a",
        "".join(f"{' ' * depth}a:\n" for depth in range(300)),
        "a: " + "b " * 30000 + ": c",
        "a: " + "x:" * 30000,
        "a: " + "'" * 60001,
        " " * 60000 + ":",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_deep_or_endless_is_not_plain(text: str) -> None:
    assert plainly(text) is None
