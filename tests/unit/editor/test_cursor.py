"""What stands at the cursor, in texts that need not be right."""

import pytest

from smartplan.editor.cursor import Cursor, tag_cursor, yaml_cursor
from smartplan.editor.navigation import references
from smartplan.editor.template_names import local_names


def cursor(text: str) -> Cursor:
    before = text.partition("¦")[0]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return yaml_cursor(text.replace("¦", ""), line, column)


@pytest.mark.parametrize(
    ("text", "path", "at_key"),
    [
        ("¦", (), True),
        ("pa¦", (), True),
        ("pair: ¦", ("pair",), False),
        ("pair: USDT_¦BTC", ("pair",), False),
        ("a:\n  b:\n    ¦", ("a", "b"), True),
        ("a:\n  b: 1\n  ¦", ("a",), True),
        ("a:\n  b: 1\n¦", (), True),
        ("a: {b: {c: 1, ¦", ("a", "b"), True),
        ("a: {b: {c: ¦}}", ("a", "b", "c"), False),
        ("a: {b: {c: 1}, ¦}", ("a",), True),
        ("a: {\n  b: 1,\n  ¦\n}", ("a",), True),
        ("a:\n  - b: 1\n  - c: ¦", ("a", 1, "c"), False),
        ("a:\n- b: 1\n- ¦", ("a", 1), True),
        ("a: [{b: 1}, {c: ¦", ("a", 1, "c"), False),
        ("a:\n  # b:\n  c: ¦ # d: e", ("a", "c"), False),
        ("a:\n{% if x %}\n  b: {{ y: ¦", ("a", "b"), False),
        ("{% for c in coins %}\n  {{ c.name }}:\n    pa¦", ("xxxxxxxxxxxx",), True),
        ("a: 'b: {' \nc: ¦", ("c",), False),
    ],
)
def test_the_path_at_the_cursor(text: str, path: tuple[str | int, ...], at_key: bool) -> None:
    found = cursor(text)
    assert (found.path, found.at_key) == (path, at_key)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ entry¦ }}", ("{{", "entry")),
        ("{{ btc.ti¦ck | round }}", ("{{", "btc.tick")),
        ("{% set x = y¦ %}", ("{%", "y")),
        ("{{ entry }}¦", None),
        ("a: ¦ {{ b }}", None),
        ("{{¦", ("{{", "")),
    ],
)
def test_the_tag_at_the_cursor(text: str, expected: tuple[str, str] | None) -> None:
    found = tag_cursor(text.replace("¦", ""), text.index("¦"))
    assert (found and (found.kind, found.name)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{" + " " * 300_000,
        "{" + "a" * 300_000,
        "{" + "a " * 150_000,
        "{{ " + "a." * 150_000 + "!",
        "{% for" + " " * 300_000,
        "{{" * 150_000,
        "{" * 300_000,
        "- " * 150_000,
        "'" * 300_000,
    ],
    ids=lambda text: text[:8],
)
def test_harmful_texts_take_no_longer_than_they_are_long(text: str) -> None:
    yaml_cursor(text, 1, len(text) + 1)
    found = tag_cursor(text, len(text))
    assert found is None or len(found.before) <= 500
    assert list(references("a", {"p": text})) == []
    assert list(local_names(text)) == []
