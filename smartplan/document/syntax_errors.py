"""What Jinja says of a text that is no template, in the author's words and where it stands."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

_JINJA = re.compile("(?i)(un)?expected |missing end ")
"""How its own sentences begin; ours are clear as they are."""
_CLOSERS = {"{%": "%}", "{{": "}}", "{#": "#}"}
_TAG = re.compile(r"\{[%{#]")
_PIECE = re.compile(r"""\{[%{#]|[%}#]\}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}]""")
_SIGNS = {
    "&": "write `and`",
    "^": "a power is `**`",
    "!": "write `not`, or `!=` for unequal",
    "?": "write `… if … else …`",
    ";": "leave it out",
    "“": 'write `"`',
    "”": 'write `"`',
    "’": "write `'`",
}
_KINDS = {"integer": "a number", "float": "a number", "string": "a text"}
_MONEY = frozenset("$€£")


class TagSpan(NamedTuple):
    """A tag of a text: where it starts, where it ends (None: nowhere), and what is between."""

    start: int
    end: int | None
    body: str


class Explained(NamedTuple):
    """A mistake: what it is, its offset in the text (None: unknown), the way out."""

    message: str
    offset: int | None = None
    hint: str | None = None


def explained(said: str, line: int, text: str) -> Explained | None:
    """What Jinja has ``said`` of ``line``, from 1; None where that says it well enough."""
    if not _JINJA.match(said):
        return None
    begin, end = _line_of(line, text)
    tags = []
    for tag in takewhile(lambda tag: tag.start < end, _tags(text)):
        # No further: each tag behind it would be looked through to the end of the text.
        if tag.end is None:
            opener = text[tag.start : tag.start + 2]
            way_out = f"write `{_CLOSERS[opener]}` where it ends"
            return Explained(f"`{opener}` is never closed", tag.start, way_out)
        tags.append(tag)
    if found := re.fullmatch(r"unexpected char (['\"])(.+)\1 at (\d+)", said):
        return _sign(found[2].removeprefix("\\"), int(found[3]))
    if found := re.fullmatch(r"unexpected '(.)', expected '(.)'", said):
        return _bracket(found[2], _holding(tags, "", begin), text)
    if found := re.fullmatch(r"(?:unexpected|Expected an expression, got) '(end of .+)'", said):
        return _early(_holding(tags, "", begin), text)
    if found := re.fullmatch(r"expected token '(.+)', got '(.+)'", said):
        return _stranger(found[1], found[2], _holding(tags, found[2], begin), text)
    if found := re.fullmatch(r"unexpected '([)\]}])'", said):
        near = _holding(tags, found[1], begin)
        offset = text.rfind(found[1], near.start, (near.end or 2) - 2) if near else -1
        hint = "leave it out, or open it before"
        return Explained(f"a `{found[1]}` closes nothing", offset if offset >= 0 else None, hint)
    if found := re.fullmatch(r"unexpected '(.+)'", said):
        hint = "is a value or an operator missing before it?"
        place = _place_of(found[1], _holding(tags, found[1], begin), text)
        return Explained(f"`{found[1]}` does not belong here", place, hint)
    return None


def _line_of(number: int, text: str) -> tuple[int, int]:
    """Where a line, from 1, begins and ends."""
    begin = 0
    for _ in range(number - 1):
        begin = text.find("\n", begin) + 1
    end = text.find("\n", begin)
    return begin, end if end >= 0 else len(text) + 1


def _tags(text: str) -> Iterator[TagSpan]:
    at = 0
    while opened := _TAG.search(text, at):
        end = _end(text, opened[0], opened.end())
        at = end or opened.end()
        if end is None:
            yield TagSpan(opened.start(), None, "")
        elif opened[0] != "{#":
            yield TagSpan(opened.start(), end, text[opened.end() : end - 2])


def _end(text: str, opener: str, start: int) -> int | None:
    """Behind the end of a tag; ``None`` where another begins before, or there is none."""
    if opener == "{#":
        end = text.find("#}", start)
        return end + 2 if end >= 0 else None
    depth = 0
    for piece in _PIECE.finditer(text, start):
        if piece[0] == _CLOSERS[opener] and depth <= 0:
            return piece.end()
        if piece[0] in _CLOSERS:
            return None
        depth += (piece[0] == "{") - (piece[0] == "}") - 2 * (piece[0] == "}}")
        if depth < 0:
            return None
    return None


def _holding(tags: list[TagSpan], word: str, begin: int) -> TagSpan | None:
    """The tag that has the word in it, of those that end behind ``begin``."""
    near = [tag for tag in tags if tag.end and tag.end > begin]
    first = near[0] if near else None
    return next((tag for tag in near if word in re.sub(r"^\W*\w+", "", tag.body)), first)


def _sign(character: str, offset: int) -> Explained:
    if character in "\"'":
        return Explained("a text that is not closed", offset, f"write the second `{character}`")
    if character in _MONEY:
        hint = "numbers stand alone: the pair says what they are in"
        return Explained(f"`{character}` is no part of a number", offset, hint)
    hint = _SIGNS.get(character, "leave it out, or put it into quotes")
    return Explained(f"`{character}` means nothing in a template", offset, hint)


def _bracket(expected: str, tag: TagSpan | None, text: str) -> Explained:
    opener = {")": "(", "]": "[", "}": "{"}.get(expected, "(")
    offset = text.rfind(opener, tag.start + 2, tag.end) if tag is not None else -1
    hint = f"write `{expected}` where it ends"
    return Explained(f"a `{opener}` is not closed", offset if offset >= 0 else None, hint)


def _early(tag: TagSpan | None, text: str) -> Explained | None:
    if tag is None or tag.end is None:
        return None
    closer, body = text[tag.end - 2 : tag.end], tag.body.rstrip(" -+")
    if body.endswith("%"):
        hint = "a share is written in numbers, `* 10 / 100`, or as `pct(price, 10)`"
        return Explained("a `%` divides, and nothing stands behind it", tag.end - 2, hint)
    hint = "a value, or the other side of an operator"
    return Explained(f"something is missing before `{closer}`", tag.end - 2, hint)


def _stranger(expected: str, got: str, tag: TagSpan | None, text: str) -> Explained:
    body = tag.body if tag is not None else ""
    kind = (re.findall(r"\w+", body) or [""])[0]
    offset = _place_of(got, tag, text)
    if (kind, got) == ("else", "if"):
        return Explained("`else if` is no tag", offset, "write `{% elif … %}`")
    if kind in {"if", "elif"} and got == "=":
        return Explained("`=` gives a name its value", offset, "to compare, write `==`")
    if (kind, got) == ("set", "=="):
        return Explained("`==` compares", offset, "to give a name its value, write `=`")
    if expected == "in":
        return Explained("`for` needs `in`", offset, "write `{% for x in … %}`")
    words = re.match(r"\W*set\s+(\w+)\s+(\w+)\s*=", body)
    if words and words[2] == got:
        near = f"{words[1]}_{words[2]}"
        return Explained(f"a name is one word, not `{words[1]} {got}`", offset, f"write `{near}`")
    if expected == "end of print statement" and got in {":", ","}:
        before = re.split(r"[,:]", body)[0].strip()
        hint = f"if it ends before that, write `{{{{ {before} }}}}`"
        return Explained(f"`{got}` is no part of a value", offset, hint)
    if expected.startswith("end of "):
        hint = "is an operator or a comma missing before it?"
        return Explained(f"{_KINDS.get(got, f'`{got}`')} does not belong here", offset, hint)
    return Explained(f"`{got}` stands where `{expected}` is expected", offset)


def _place_of(word: str, tag: TagSpan | None, text: str) -> int | None:
    if tag is None or tag.end is None:
        return None
    edge = r"\b" if word[:1].isalnum() else ""
    sign = r"(?<![=!<>])=(?!=)" if word == "=" else re.escape(word)
    found = re.compile(f"{edge}{sign}{edge}").search(text, tag.start + 2, tag.end)
    return found.start() if found else None
