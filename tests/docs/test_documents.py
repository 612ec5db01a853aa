"""Every terminal session in README.md and docs/*.md is run, and answers what the document says.

A block that starts with three backticks and ``console`` is a session: lines that start with ``$ ``
are commands, the lines below each are what it must answer. The blocks of one document run in order
in one scratch folder, empty at first, with an empty environment and the embedded exchange.

- ``<!-- file: NAME -->`` on the line before a block of any kind: the block is written to NAME.
- ``<!-- files: FOLDER -->`` on a line of its own: the folder of this repository is copied.
- ``<!-- run: COMMAND -->`` on a line of its own: the command is run, unseen by the reader.
- ``<!-- not run: REASON -->`` on the line before a ``console`` block: it is skipped. The reason is
  part of the document's source, so that nobody has to guess.
- ``…`` stands for any text within a line, and alone on a line for any number of lines.
- What is compared is the output and the error stream, in either order. Of a command that succeeds
  the error stream may be left out: it holds progress and warnings.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.sessions import Programs, Terminal

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_REMARK = re.compile(r"<!-- (file|files|run|not run): (.+) -->")
ALONE = frozenset({"files", "run"})
"""Remarks that stand for themselves; the others speak of the block below them."""
_FENCE = re.compile(r"(`{3,})(\w*)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, and the remark on the line before it; ``line`` counts from 1."""

    line: int
    language: str
    text: str
    remark: str = ""
    value: str = ""


def blocks(document: str) -> Iterator[Block]:
    """The fenced blocks of a document; a remark on its own is a block without text."""
    lines = document.splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        before = _REMARK.fullmatch(lines[number - 1]) if number else None
        if remark := _REMARK.fullmatch(lines[number]):
            if remark[1] in ALONE:
                yield Block(number + 1, "", "", remark[1], remark[2])
        elif fence is not None:
            end = next(at for at in range(number + 1, len(lines)) if lines[at] == fence[1])
            text = "".join(f"{line}\n" for line in lines[number + 1 : end])
            alone = before is None or before[1] in ALONE
            kind, value = ("", "") if alone else (before[1], before[2])
            yield Block(number + 1, fence[2], text, kind, value)
            number = end
        number += 1


def commands(session: str) -> list[tuple[str, str]]:
    """Commands and what each must answer."""
    found: list[tuple[str, list[str]]] = []
    for line in session.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif found:
            found[-1][1].append(line.rstrip())
    return [(command, "\n".join(answer).strip("\n")) for command, answer in found]


def fits(expected: str, answer: str) -> bool:
    """Whether the answer is what is expected, with ``…`` for what is left out."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in expected.split("\n")
    )
    lines = [line.rstrip() for line in answer.strip("\n").split("\n")]
    return re.fullmatch(pattern, "\n".join(lines) + "\n") is not None


def problems(document: str, terminal: Terminal) -> Iterator[str]:
    """What a document says that is not so."""
    for block in blocks(document):
        if block.remark == "files":
            shutil.copytree(ROOT / block.value, terminal.folder, dirs_exist_ok=True)
        elif block.remark == "run":
            _, errors, code = terminal.run(block.value)
            if code:
                yield f"line {block.line}: {block.value}\n{errors}"
        elif block.remark == "file":
            file = terminal.folder / block.value
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "console" and block.remark != "not run":
            for command, expected in commands(block.text):
                output, errors, code = terminal.run(command)
                answers = [output + errors, errors + output]
                if code == 0:
                    answers.append(output)
                if not any(fits(expected, answer) for answer in answers):
                    yield f"line {block.line}: $ {command}\n{output}{errors}"


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    started = Programs()
    yield started
    started.close()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_a_document_says_what_is_so(document: Path, tmp_path: Path, programs: Programs) -> None:
    terminal = Terminal(tmp_path, programs)
    assert list(problems(document.read_text(encoding="utf-8"), terminal)) == []


def test_the_tutorial_works_in_a_folder_of_any_name(tmp_path: Path, programs: Programs) -> None:
    terminal = Terminal(tmp_path, programs)
    terminal.folder = tmp_path / "Mein Ordner (2)"
    terminal.folder.mkdir()
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert list(problems(tutorial, terminal)) == []


SAMPLE = """\
# A sample

<!-- file: plans/words.txt -->
```text
one
two
```

```console
$ cat plans/words.txt
one
two
$ cat plans/words.txt plans/words.txt
one
…
two
$ echo "at 12:30, in /tmp/x"
at …, in …
$ ls missing
…missing…
$ true
```

<!-- not run: it never ends -->
```console
$ sleep 1000000
```

````markdown
```console
$ false claims inside another block
```
````

<!-- files: examples/eth-ladder -->
<!-- run: mv plans/eth-ladder.yaml plans/ladder.yaml -->
```console
$ smartplan lint plans/ladder.yaml
No findings in 1 plan (1 trade).
```
"""


def test_a_sample_document_is_so(tmp_path: Path, programs: Programs) -> None:
    assert list(problems(SAMPLE, Terminal(tmp_path, programs))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("one\ntwo\n$ cat plans/words.txt plans", "one\n$ cat plans/words.txt plans"),
        ("one\n…\ntwo", "two\n…\none"),
        ("at …, in …", "at …, on …"),
        ("$ true\n", "$ true\nsomething\n"),
        ("$ ls missing\n…missing…\n", "$ ls missing\n"),
        ("No findings in 1 plan (1 trade).", "No findings in 2 plans (…)."),
        ("<!-- not run: it never ends -->\n```console\n$ sleep 1000000", "```console\n$ exit 3\nx"),
    ],
)
def test_a_false_claim_is_found(old: str, new: str, tmp_path: Path, programs: Programs) -> None:
    assert old in SAMPLE
    found = list(problems(SAMPLE.replace(old, new), Terminal(tmp_path, programs)))
    assert len(found) == 1
