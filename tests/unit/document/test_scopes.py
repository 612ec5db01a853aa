"""What is set inside a loop and lost there is refused; what is meant to be local is not."""

from collections.abc import Callable

import pytest

from smartplan.diagnostics import Finding

Render = Callable[..., str]
Refuse = Callable[..., Finding]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{% set left = 9 %}\n{% for i in [1] %}\n{% set left = left - 4 %}\n{% endfor %}", 3),
        ("{% set found = false %}{% for i in [1] %}\n{% set found = true %}{% endfor %}", 2),
        ("{% set a, b = 1, 2 %}{% for i in [1] %}\n\n{% set b, c = i, i %}{% endfor %}", 3),
        ("{% set x = 1 %}{% for i in [1] %}{% if i %}\n{% set x = 2 %}{% endif %}{% endfor %}", 2),
        ("{% for i in a %}{% set n=0 %}{% for j in a %}\n{% set n=2 %}{% endfor %}{% endfor %}", 2),
        ("{% macro m(n) %}{% for j in [2] %}\n{% set n = j %}{% endfor %}{% endmacro %}", 2),
        ("{% for i in [1] %}\n{% set equity = equity - 1 %}{% endfor %}", 2),
        ("{% set x = 1 %}{% for i in [1] %}\n{% set x %}2{% endset %}{% endfor %}", 2),
    ],
)  # fmt: skip
def test_a_set_that_is_lost_after_each_pass(refused: Refuse, text: str, line: int) -> None:
    finding = refused(text, equity=5)
    assert "lost after each pass" in finding.message
    assert "namespace(" in (finding.hint or "")
    assert finding.location.line == line


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in [1, 2] %}{% set stop = i %}{{ stop }}{% endfor %}",
        "{% for i in [1] %}{% set s=1 %}{% endfor %}{% for i in [2] %}{% set s=2 %}{% endfor %}",
        "{% set ns = namespace(x=1) %}{% for i in [1] %}{% set ns.x = ns.x + i %}{% endfor %}",
        "{% for i in [1] %}{% set x = 1 %}{% set x = x + 1 %}{{ x }}{% endfor %}",
        "{% for i in [1] %}{% set equity = 7 %}{{ equity }}{% endfor %}",
        "{% macro m(x) %}{% set x = x + 1 %}{{ x }}{% endmacro %}{% set x = 1 %}{{ m(x) }}",
        "{% set x = 1 %}{% set x = x + 1 %}{{ x }}",
        "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    ],
)
def test_what_is_local_on_purpose(text_of: Render, text: str) -> None:
    assert text_of(text, equity=5) is not None


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("a:\n{% for i in [1] %}\nb: 1\n", 2, "`{% for %}` is never closed", "{% endfor %}"),
        (
            "a:\n{% for i in [1] %}\n{% if i %}\nb: 1\n{% endfor %}\n",
            3,
            "`{% if %}` is still open where `{% endfor %}` stands, on line 5",
            "{% endif %}",
        ),
        ("{% macro m() %}\nx\n", 1, "`{% macro %}` is never closed", "{% endmacro %}"),
        ("a: 1\n{% fro i in [1] %}\n", 2, "there is no tag `fro`", "did you mean `for`?"),
        ("a: 1\n{% endfor %}\n", 2, "`{% endfor %}` closes nothing", ""),
    ],
)
def test_what_is_not_closed_is_shown_where_it_opens(
    refused: Refuse, text: str, line: int, message: str, hint: str
) -> None:
    finding = refused(text)
    assert finding.location.line == line
    assert finding.message.startswith(message)
    assert hint in (finding.hint or "")


def test_a_macro_without_its_argument_says_where_to_give_it(refused: Refuse) -> None:
    finding = refused("{% macro m(entry) %}{{ entry }}{% endmacro %}{{ m() }}")
    assert finding.hint == "give it where the macro is called: `entry=…`"
