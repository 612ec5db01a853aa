"""Every example with one slip in it: a line deleted, a key misspelled, a bracket lost …

What each slip is about stands with it: the line, and words of which the message must have one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KEY = re.compile(r"(?<![\w-])([a-z_]{4,})(?=[\"']?:(?: |$))")
_NUMBER = re.compile(r"(?<![\w.\"'-])(\d+\.\d+)(?![\w.\"'])")
_WHOLE = re.compile(r"(?<=: )(\d+)(?![\w.\"'-])")
_FLAG = re.compile(r"(?<=: )(true|false)\b")
_WORD = re.compile(r"(?<=: )(limit|market|conditional|bid|ask)\b")
_SIDE = re.compile(r"(?<=type: )\"?(buy|sell)\"?")
_LONE = re.compile(r" *\"?(pair|account|account_id|order_type|volume|type|value|enabled)\"?: ")
_ANYWHERE = frozenset({"deleted", "turned", "no end", "unclosed"})
_OWN = frozenset({"trades", "defaults", "note", "ada-pullback", "name"})


@dataclass(frozen=True)
class Mutant:
    """A plan with a slip on ``line``; a true message has one of ``words``.

    ``anywhere``: what is missing has no line; what contradicts it stands elsewhere.
    """

    kind: str
    file: str
    text: str
    line: int
    words: tuple[str, ...]
    anywhere: bool = False


def examples() -> list[tuple[str, str]]:
    """The plans of the project, by their names."""
    files = sorted([*ROOT.glob("plans/*.yaml"), *ROOT.glob("examples/*/plans/*.yaml")])
    return [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


def mutants() -> Iterator[Mutant]:
    """All of them, always the same."""
    for file, text in examples():
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            for kind, changed, words in _slips(line):
                made = [*lines[: number - 1], *changed, *lines[number:]]
                yield Mutant(kind, file, "\n".join(made), number, words, kind in _ANYWHERE)


Slip = tuple[str, list[str], tuple[str, ...]]
"""Its kind, the lines instead of the one, and the words of a true message."""


def _slips(line: str) -> Iterator[Slip]:
    yield from _of_keys(line)
    yield from _of_values(line)
    if "{%" in line or "{{" in line:
        yield from _of_templates(line)
    else:
        yield from _of_layout(line)


def _of_keys(line: str) -> Iterator[Slip]:
    for match in _KEY.finditer(line):
        key = match[1]
        if key not in _OWN and "(" not in line[: match.start()]:
            wrong = key[:2] + key[3:]
            yield "misspelled", [_cut(line, match, wrong)], (f"`{wrong}`",)
    if (lone := _LONE.match(line)) and "{" not in line:
        key = lone[1]
        more = ("account",) if key.startswith("account") else ("empty", "neither", "list")
        yield "deleted", [], (f"`{key}`", *more)


def _of_values(line: str) -> Iterator[Slip]:
    for match in [*_FLAG.finditer(line), *_WORD.finditer(line)]:
        yield "mistyped", [_cut(line, match, "maybe")], ("`maybe`",)
    for match in _SIDE.finditer(line):
        other = {"buy": "sell", "sell": "buy"}[match[1]]
        yield "turned", [_cut(line, match, other)], ("long", "short")
    if "{%" in line or "{{" in line or "note" in line:
        return
    for match in _NUMBER.finditer(line):
        yield "comma", [_cut(line, match, match[1].replace(".", ","))], ("comma", match[1])
        yield "mistyped", [_cut(line, match, "abc")], ("`abc`",)
    for match in _WHOLE.finditer(line):
        yield "mistyped", [_cut(line, match, "abc")], ("`abc`",)
        yield "negative", [_cut(line, match, "-5")], ("-5", "above zero", "account")


def _of_layout(line: str) -> Iterator[Slip]:
    for bracket in "}]":
        if bracket in line:
            at = line.rindex(bracket)
            words = ("not closed", "missing", "expected")
            yield "unclosed", [line[:at] + line[at + 1 :]], words
    if '"' in line:
        at = line.rindex('"')
        yield "unquoted", [line[:at] + line[at + 1 :]], ("quote",)
    if line.startswith(" ") and ":" in line:
        yield "tab", ["\t" + line.lstrip()], ("tab",)
        yield "indented", [" " + line], ("indent", "column", "no key", "`:` too many")


def _of_templates(line: str) -> Iterator[Slip]:
    end = line.replace("{% endfor %}", "").replace("{% endif %}", "")
    if end != line:
        yield "no end", [end], ("never closed",)
    if "{% set" in line:
        yield "no tag", [line.replace("{% set", "{% ste")], ("no tag `ste`",)
    if "{{" in line:
        words = ("never closed", "no part of a value", "not closed")
        yield "brace", [line.replace("}}", "}", 1)], words
    for call in re.findall(r"\{\{\s*(?:[a-z]+\.)?([a-z_]+)\(", line):
        yield "misnamed", [line.replace(f"{call}(", f"{call}x(")], (f"{call}x",)
        bare = re.sub(rf"\b{call}\([^()]*(\([^()]*\)[^()]*)*\)", f"{call}()", line)
        yield "no argument", [bare], ("missing", "not provided")


def _cut(line: str, match: re.Match[str], new: str) -> str:
    return line[: match.start(1)] + new + line[match.end(1) :]
