"""Macros of several lines that lack an ``indent`` are found, and no others."""

from collections.abc import Callable, Mapping

import pytest

from smartplan.document.macro_calls import unindented
from smartplan.document.template import Rendered

MACRO = "{% macro m() %}a: 1\nb: 2{% endmacro %}\n"
FILES = {"parts.yaml": "{% macro m() %}a: 1\nb: 2{% endmacro %}{% macro one() %}x: 1{% endmacro %}"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MACRO + "t:\n  {{ m() }}\n", 4),
        ("{% import 'parts.yaml' as p %}\nt:\n    {{ p.m() }}\n", 3),
        ("{% from 'parts.yaml' import m %}\nt:\n    {{ m() }}\n", 3),
        (MACRO + "t:\n{% for i in [1] %}\n  {{ m() }}\n{% endfor %}\n", 5),
    ],
)
def test_a_call_that_lacks_it(rendered: Callable[..., Rendered], text: str, line: int) -> None:
    call = unindented(rendered(text, FILES))
    assert call is not None
    assert call.line == line
    assert "indent(" in call.hint


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (MACRO + "t:\n  {{ m() | indent(2) }}\n", {}),
        ("{% macro m() %}a: 1{% endmacro %}\nt:\n  {{ m() }}\n", {}),
        ("{% import 'parts.yaml' as p %}\nt:\n    {{ p.one() }}\n    c: 1\n", FILES),
        (MACRO + "{{ m() }}\n", {}),
    ],
)
def test_a_call_that_does_not(
    rendered: Callable[..., Rendered], text: str, files: Mapping[str, str]
) -> None:
    assert unindented(rendered(text, files)) is None
