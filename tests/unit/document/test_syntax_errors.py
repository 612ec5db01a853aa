"""What is no template is told where it stands, with what to write."""

from pathlib import Path

import pytest

from smartplan.document.rendering import TemplateProblem, render
from smartplan.document.source import Source


def problem_of(text: str, folder: Path | None = None, **values: object) -> TemplateProblem:
    source = Source(
        file="plan.yaml",
        text=text,
        values=values,
        templates=folder / "templates" if folder else None,
        root=folder,
        shown=lambda path: path.name,
    )
    with pytest.raises(TemplateProblem) as caught:
        render(source)
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("{% set a = 1 %\n{% set b = 2 %}", (1, 1), "`{%` is never closed", "write `%}`"),
        ("x\n{% set a = 1\n{% set b = 2 %}", (2, 1), "`{%` is never closed", "write `%}`"),
        ("a: {{ 1 }\nb: {{ 2 }}", (1, 4), "`{{` is never closed", "write `}}`"),
        ("a: {{ 1\n", (1, 4), "`{{` is never closed", "write `}}`"),
        ("a\n{# b", (2, 1), "`{#` is never closed", "write `#}`"),
        ("{a: {{ 1, b: {{ 2 }}}", (1, 5), "`{{` is never closed", "write `}}`"),
        ("{a: {{ 1, b: 2}}", (1, 12), "`:` is no part of a value", "write `{{ 1 }}`"),
        ("{% set a = (1 + 2 %}", (1, 12), "a `(` is not closed", "write `)`"),
        ("{{ [1, 2 }}", (1, 4), "a `[` is not closed", "write `]`"),
        ("{% set a = 1) %}", (1, 13), "a `)` closes nothing", "leave it out"),
        ("{% set a = 1 + %}", (1, 16), "something is missing before `%}`", "other side"),
        ("a: {{ }}", (1, 7), "something is missing before `}}`", "a value"),
        ("{% if %}\n{% endif %}", (1, 7), "something is missing before `%}`", "a value"),
        ("{% set a = 5% %}", (1, 15), "a `%` divides", "`* 10 / 100`"),
        ("{% set a == 1 %}", (1, 10), "`==` compares", "write `=`"),
        ("{% if 1 = 1 %}{% endif %}", (1, 9), "`=` gives a name its value", "write `==`"),
        ("{% if 1 %}{% else if 2 %}{% endif %}", (1, 19), "`else if` is no tag", "{% elif"),
        ("{% for a of [1] %}{% endfor %}", (1, 10), "`for` needs `in`", "{% for x in"),
        ("{% set my stop = 1 %}", (1, 11), "a name is one word", "write `my_stop`"),
        ("{{ 1 2 }}", (1, 1), "a number does not belong here", "an operator or a comma"),
        ("{{ 1, : }}", (1, 7), "`:` does not belong here", ""),
        ('{% set a = "1 %}', (1, 12), "a text that is not closed", 'write the second `"`'),
        ("{% if 1 && 2 %}{% endif %}", (1, 9), "`&` means nothing", "write `and`"),
        ("x: 1\n{{ 2 ^ 3 }}", (2, 6), "`^` means nothing", "`**`"),
        ("{{ $5 }}", (1, 4), "`$` is no part of a number", "the pair"),
        ("{{ “5” }}", (1, 4), "`“` means nothing", 'write `"`'),
        ("{{ 1 | rond }}", (1, 8), "there is no filter `rond`", "did you mean `round`?"),
        ("{{ 1 is evn }}", (1, 9), "there is no test `evn`", "did you mean `even`?"),
        ("{% set a, b = 1 %}", (1, 1), "not as many values as names", "`[(140, 125)"),
        ("{% set a, b = 1,5, 2 %}", (1, 1), "not as many values as names", "`140.5`"),
        ("{% for a, b in [1] %}{% endfor %}", (1, 1), "not as many values", "a group"),
        ("{{ values.equity }}", (1, 4), "'values' is undefined", "by its own name"),
        ("{{ round(1.5) }}", (1, 4), "'round' is undefined", "it is a filter: `… | round`"),
    ],
)
def test_a_mistake_in_a_template(
    text: str, place: tuple[int, int], message: str, hint: str
) -> None:
    problem = problem_of(text, equity=1)
    assert message in str(problem)
    assert hint in (problem.hint or "")
    assert (problem.line, problem.column) == place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "shared").mkdir(parents=True)
    macro = "{% macro scale_out(entry) %}{{ entry }}{% endmacro %}"
    (tmp_path / "templates" / "shared" / "exits.jinja").write_text(macro)
    return tmp_path


def test_a_macro_that_was_not_brought_in(folder: Path) -> None:
    problem = problem_of("a: {{ scale_out(1) }}", folder)
    assert str(problem) == "'scale_out' is undefined"
    assert problem.hint == '`{% from "shared/exits.jinja" import scale_out %}` brings it in'


@pytest.mark.parametrize("name", ["templates/shared/exits.jinja", "exits.jinja", "shared/exit.j"])
def test_a_template_by_another_name(folder: Path, name: str) -> None:
    problem = problem_of(f'{{% include "{name}" %}}', folder)
    assert str(problem) == f"there is no template `{name}`"
    assert (problem.hint or "").startswith("did you mean `shared/exits.jinja`?")


@pytest.mark.parametrize(
    "text",
    [
        "{{ {'a': {'b': 1}}.a.b }}",
        '{% set a = {"b": {"c": "%}"}} %}{{ a.b.c }}',
        "{# {{ {% #}{{ 1 }}",
        "{{ '}}' }}{% set a = \"{{\" %}",
    ],
)
def test_what_is_closed_is_no_mistake(text: str) -> None:
    shown = render(Source(file="p", text=text, values={}, shown=str))
    assert shown
    problem = problem_of(f"{text}\n{{{{ 1 + }}}}")
    assert (problem.line, str(problem)) == (2, "something is missing before `}}`")
