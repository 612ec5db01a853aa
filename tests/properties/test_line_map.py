"""Whatever a template does, each visible piece of its output is traced to where it was written."""

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartplan.document.template import Rendered, Source, render

LITERAL = re.compile("⟨[0-9]+⟩")
VALUE = re.compile("⟪[0-9]+⟫")
WHOLE = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Author:
    """Writes templates whose every piece of text is unlike any other."""

    draw: st.DrawFn
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def tag(self, content: str) -> str:
        return f"{{%{self.pick('', '-', '')} {content} {self.pick('', '-', '')}%}}"

    def output(self, content: str) -> str:
        inner = f"{{{{{self.pick('', '-', '')} {content} {self.pick('', '-', '')}}}}}"
        return inner if self.draw(st.booleans()) else inner.replace(" ", "\n ", 1)

    def gap(self) -> str:
        return self.pick("", " ", "\n", "\n", "\n  ", "\n\n    ", "  \n", "\t", ": ", "- ", "{a: ")

    def text(self) -> str:
        return f"{self.gap()}⟨{self.number()}⟩{self.gap()}"

    def value(self) -> str:
        token = f"⟪{self.number()}⟫"
        return self.pick(
            self.output(f"'{token}'"),
            self.output(f"['{token}'] | first | upper"),
            self.output(f"{{'k': '{token}'}}.k ~ ''"),
            self.output(f"['{token}', 1]"),
            self.tag(f"print '{token}'"),
        )

    def body(self, depth: int) -> str:
        count = self.draw(st.integers(1, 3))
        return "".join(self.part(depth) for _ in range(count))

    def part(self, depth: int) -> str:
        simple = (self.text, self.text, self.value, self.comment, self.raw)
        nested = (
            self.loop, self.choice, self.set_block, self.macro, self.call,
            self.filtered, self.include, self.imported, self.indented, self.recursive, self.scope,
        )  # fmt: skip
        if depth <= 0:
            return self.draw(st.sampled_from(simple))()
        making = self.draw(st.sampled_from((*simple[:3], *nested)))
        return making(depth - 1) if making in nested else making()  # type: ignore[operator]

    def comment(self) -> str:
        return f"{{#{self.pick('', '-')} no{self.gap()}thing {self.pick('', '-')}#}}"

    def raw(self) -> str:
        return f"{{% raw %}}{self.text()}{{{{ {self.text()}{{% endraw %}}"

    def loop(self, depth: int) -> str:
        name = f"i{self.number()}"
        head = self.pick(f"for {name} in range(3)", f"for {name} in [1, 2] if {name} > 1")
        return f"{self.tag(head)}{self.body(depth)}{self.tag('endfor')}"

    def recursive(self, depth: int) -> str:
        head, again = self.tag("for i in [[[]], []] recursive"), self.output("loop(i)")
        return f"{head}{self.text()}{again}{self.body(depth)}{self.tag('endfor')}"

    def choice(self, depth: int) -> str:
        test = self.pick("1", "0", "'a' in 'abc'", "1.5 < 1.4")
        first, second = self.body(depth), self.body(depth)
        return f"{self.tag(f'if {test}')}{first}{self.tag('else')}{second}{self.tag('endif')}"

    def scope(self, depth: int) -> str:
        name = f"w{self.number()}"
        head = self.tag(f"with {name} = '⟪{self.number()}⟫'")
        return f"{head}{self.body(depth)}{self.tag('endwith')}"

    def set_block(self, depth: int) -> str:
        name = f"s{self.number()}"
        change = self.pick("", " | trim", " | upper")
        head, body = self.tag(f"set {name}{change}"), self.body(depth)
        return f"{head}{body}{self.tag('endset')}{self.text()}{self.written(name)}"

    def macro(self, depth: int) -> str:
        name = f"m{self.number()}"
        head, body = self.tag(f"macro {name}()"), self.body(depth)
        uses = self.written(f"{name}()") + self.text() + self.written(f"{name}()")
        return f"{head}{body}{self.tag('endmacro')}{uses}"

    def written(self, made: str) -> str:
        change = self.pick("", " | indent(2)", " | indent(3, true)", " | trim", " | upper | trim")
        length = self.pick("", f"{self.tag(f'if {made} | length > 5 and 1')}x{self.tag('endif')}")
        return self.output(made + change) + length

    def call(self, depth: int) -> str:
        name = f"c{self.number()}"
        head, outer = self.tag(f"macro {name}()"), self.body(0)
        macro = f"{head}{outer}{self.output('caller()')}{self.body(0)}{self.tag('endmacro')}"
        return f"{macro}{self.tag(f'call {name}()')}{self.body(depth)}{self.tag('endcall')}"

    def filtered(self, depth: int) -> str:
        change = self.pick("indent(2)", "upper", "trim", "indent(4, true) | trim")
        return f"{self.tag(f'filter {change}')}{self.body(depth)}{self.tag('endfilter')}"

    def indented(self, depth: int) -> str:
        return (
            f"\n  key: |\n{self.tag('filter indent(4, true)')}{self.body(depth)}{{% endfilter %}}"
        )

    def include(self, depth: int) -> str:
        name = f"part{self.number()}.yaml"
        self.files[name] = self.body(depth)
        return f"{self.tag(f'include {name!r}')}"

    def imported(self, depth: int) -> str:
        name = f"lib{self.number()}.yaml"
        lines = "\n" * self.draw(st.integers(0, 3))
        self.files[name] = f"{lines}{{% macro made() %}}{self.body(depth)}{{% endmacro %}}"
        use = self.written("lib.made()")
        return f"{self.tag(f'import {name!r} as lib')}{use}"


@st.composite
def templates(draw: st.DrawFn) -> dict[str, str]:
    """A plan and what it includes, by the names messages use."""
    author = Author(draw)
    main = author.body(3)
    return {"plan.yaml": main, **author.files}


def rendered(files: dict[str, str], folder: Path) -> Rendered:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    source = Source(files["plan.yaml"], "plan.yaml", folder, folder, shown=lambda path: path.name)
    output, findings = render(source)
    assert output is not None, findings
    return output


def place(files: dict[str, str], token: str) -> tuple[str, int, int]:
    """Where a token stands, or the tag that writes it."""
    (file,) = (name for name, text in files.items() if token in text)
    at = files[file].index(token)
    if token.startswith("⟪"):
        at = max(files[file].rfind(mark, 0, at) for mark in ("{{", "{% print", "{%- print"))
    before = files[file][:at]
    return file, before.count("\n") + 1, at - before.rfind("\n")


@given(templates())
@WHOLE
def test_every_piece_of_text_is_traced_to_its_file_line_and_column(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        output = rendered(files, Path(folder))
        assert output.text == rendered(files, Path(folder)).text
        for number, line in enumerate(output.text.split("\n"), 1):
            for found in (*LITERAL.finditer(line), *VALUE.finditer(line)):
                location = output.locate(number, found.start() + 1)
                assert not location.rendered
                here = (location.file, location.line, location.column)
                assert here == place(files, found[0])
            for column in (1, len(line) + 1):
                location = output.locate(number, column)
                lines = files[location.file].split("\n")
                assert 1 <= location.line <= len(lines)
                assert 1 <= location.column <= len(lines[location.line - 1]) + 1
