"""Templates as authors write them: errors at their line, includes, and what stays plain."""

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest

from smartplan.diagnostics import Location
from smartplan.document.template import Rendered, Source, render
from tests.unit.document.conftest import Refuse, Render


def test_a_file_without_tags_is_what_it_is_and_never_reaches_jinja() -> None:
    code = (
        "import sys; from smartplan.document.template import *\n"
        "output, _ = render(Source('a: {b: 1}\\n', 'plan.yaml'))\n"
        "assert output.text == 'a: {b: 1}\\n'\n"
        "assert str(output.locate(1, 4)) == 'plan.yaml:1:4'\n"
        "assert 'jinja2' not in sys.modules\n"
    )
    assert run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_template_is_rendered_a_second_time_only_when_a_place_is_asked_for() -> None:
    code = (
        "import sys; from smartplan.document.template import *\n"
        "output, _ = render(Source('a: {{ 1 }}\\n', 'plan.yaml'))\n"
        "assert 'smartplan.document.line_map' not in sys.modules\n"
        "assert str(output.locate(1, 4)) == 'plan.yaml:1:4'\n"
        "assert 'smartplan.document.line_map' in sys.modules\n"
    )
    assert run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: {{ entry }}\n", 2, 7, "'entry' is undefined"),
        ("entry: 1\nb: {{ 1 + entry }}\n", 2, 11, "'entry' is undefined"),
        ("a: {{ coin.price }}\n", 1, 12, "'dict object' has no attribute 'price'"),
        ("a: 1\n\nb: {{ 1 | nope }}\n", 3, 11, "there is no filter `nope`"),
        ("a: 1\nb: {{ 1 +\n   entry }}\n", 2, 4, "'entry' is undefined"),
        ("a: {{ 1 / 0 }}\n", 1, 4, "division by zero"),
        ("{% for i in [1] %}\n{% if i %}\n  x: {{ y }}\n{% endif %}\n{% endfor %}", 3, 9, "'y' is"),
        ("{% macro m() %}\n\n  x: {{ y }}\n{% endmacro %}\n{{ m() }}", 3, 9, "'y' is undefined"),
        ("{% set x = y + 1 %}\n", 1, 12, "'y' is undefined"),
        ("a:\n{% for i in y %}{% endfor %}", 2, 13, "'y' is undefined"),
        ("a: {{ 1 }\n", 1, 4, "`{{` is never closed"),
        ("a: 1\nb: {{ 1 + }}\n", 2, 11, "something is missing before `}}`"),
        ("a: 1\n{% endif %}\n", 2, 1, "`{% endif %}` closes nothing"),
        ("a: 1\n{% if 1 %}\nb: 2\n", 2, 1, "`{% if %}` is never closed"),
        ("a: 1\n{# open\n", 2, 1, "`{#` is never closed"),
        ("a: 1\nb: {{ é! }}\n", 2, 8, "`!` means nothing in a template"),
        ("a: 1\nb: {{ 1 }}\u202e\n", 2, 11, "the character U+202E is not allowed"),
        ("a: {% include 'nope.yaml' %}\n", 1, 4, "there is no template `nope.yaml`"),
    ],
)  # fmt: skip
def test_a_template_error_is_shown_where_it_was_written(
    refused: Refuse, text: str, line: int, column: int, message: str
) -> None:
    finding = refused(text, coin={"entry": 1})
    assert finding.message.startswith(message)
    assert finding.location == Location("plan.yaml", line, column)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("a: {{ entri }}", "entry"),
        ("{% set stop_price = 1 %}{{ stop_pric }}", "stop_price"),
        ("{{ rnge(3) }}", "range"),
        ("{% macro target(x) %}{% endmacro %}{{ targt(1) }}", "target"),
    ],
)
def test_a_misspelt_name_is_told_its_nearest(refused: Refuse, text: str, near: str) -> None:
    hint = refused(text, entry=1).hint
    assert hint is not None
    assert f"did you mean `{near}`?" in hint


def test_an_unknown_name_is_told_where_to_define_it(refused: Refuse) -> None:
    hint = refused("a: {{ zzz }}", entry=1).hint
    assert hint == "define it with {% set %}, in values.yaml, with --values or with --set"


@pytest.mark.parametrize(
    ("include", "line", "column"),
    [
        ("x: 1\n\ny: {{ missing }}\n", 3, 7),
        ("x: 1\n{% if %}\n", 2, 7),
        ("x: 1\ny: {{ 1 | nope }}\n", 2, 11),
        ("x: \u202e\n", 1, 4),
        ("{% macro m() %}\n{{ missing }}{% endmacro %}{{ m() }}\n", 2, 4),
    ],
)
@pytest.mark.parametrize("tag", ["include", "import", "deeper"])
def test_an_error_in_an_include_is_shown_in_the_include(
    refused: Refuse, tag: str, include: str, line: int, column: int
) -> None:
    files = {"part.yaml": include, "deeper.yaml": "\n{% include 'part.yaml' %}"}
    tags = {
        "include": "a: 1\n{% include 'part.yaml' %}\n",
        "import": "a: 1\n{% import 'part.yaml' as part with context %}\n",
        "deeper": "a: 1\n{% include 'deeper.yaml' %}\n",
    }
    assert refused(tags[tag], files).location == Location("templates/part.yaml", line, column)


def test_an_error_in_a_macro_is_shown_in_the_file_of_the_macro(refused: Refuse) -> None:
    files = {"lib.yaml": "{# exits #}\n{% macro stop(x) %}\n  {{ x + missing }}\n{% endmacro %}"}
    text = "{% from 'lib.yaml' import stop %}\na: {{ stop(1) }}\n"
    assert refused(text, files).location == Location("templates/lib.yaml", 3, 10)


def test_includes_imports_and_inheritance_work(text_of: Render) -> None:
    files = {
        "part.yaml": "part: {{ entry }}",
        "lib/exits.yaml": "{% macro stop(p) %}{value: {{ p * 0.9 }}}{% endmacro %}",
        "base.yaml": "a: {% block a %}1{% endblock %}\nb: {% block b %}2{% endblock %}",
    }
    assert text_of("{% include 'part.yaml' %}", files, entry=5) == "part: 5"
    assert text_of("{% import 'lib/exits.yaml' as lib %}{{ lib.stop(10) }}", files) == "{value: 9}"
    assert text_of("{% from 'lib/exits.yaml' import stop %}{{ stop(10) }}", files) == "{value: 9}"
    child = "{% extends 'base.yaml' %}{% block b %}{{ super() }}3{% endblock %}"
    assert text_of(child, files) == "a: 1\nb: 23"
    assert text_of("{% include 'nope.yaml' ignore missing %}x", files) == "x"


def test_inherited_text_is_traced_to_the_file_it_stands_in(
    rendered: Callable[..., Rendered],
) -> None:
    base = "a: 1\n{% block b %}\nb: 2\n{% endblock %}\nc: 3\n"
    child = "{% extends 'base.yaml' %}\n\n{% block b %}{{ super() }}\nown: 4\n{% endblock %}"
    output = rendered(child, {"base.yaml": base})
    places = {
        line: str(output.locate(number, 1))
        for number, line in enumerate(output.text.split("\n"), 1)
    }
    assert places["a: 1"] == "templates/base.yaml:1:1"
    assert places["b: 2"] == "templates/base.yaml:3:1"
    assert places["own: 4"] == "plan.yaml:4:1"
    assert places["c: 3"] == "templates/base.yaml:5:1"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.yaml", "a/../../secret.yaml", "/etc/passwd", "..", ".", "", "/", "a\\..\\b.yaml",
        "plan.yaml", "nul\x00byte.yaml", "folder", "x" * 5000, "~/secret.yaml", "file:///etc/passwd",
    ],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["include name", "import name as x", "extends name"])
def test_includes_cannot_leave_the_templates_folder(
    refused: Refuse, tmp_path: Path, tag: str, name: str
) -> None:
    (tmp_path / "secret.yaml").write_text("secret: 1\n")
    (tmp_path / "plan.yaml").write_text("plan: 1\n")
    (tmp_path / "templates" / "folder").mkdir()
    finding = refused(f"a: 1\n{{% {tag} %}}\n", name=name)
    assert finding.location.line == 2
    assert len(finding.message) < 400


def test_a_link_out_of_the_workspace_is_refused(
    refused: Refuse, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("secret: 1\n")
    (tmp_path / "templates" / "link.yaml").symlink_to(outside)
    (tmp_path / "templates" / "folder").symlink_to(outside.parent)
    for name in ("link.yaml", "folder/secret.yaml"):
        finding = refused(f"{{% include '{name}' %}}")
        assert finding.message == f"the template '{name}' is a link out of the workspace"


def test_a_link_within_the_workspace_is_followed(text_of: Render, tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text("shared: 1")
    (tmp_path / "templates" / "link.yaml").symlink_to(tmp_path / "shared.yaml")
    assert text_of("{% include 'link.yaml' %}") == "shared: 1"


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": "{% include 'a.yaml' %}"},
        {"a.yaml": "{% include 'b.yaml' %}", "b.yaml": "{% include 'a.yaml' %}"},
        {"a.yaml": "{% import 'a.yaml' as a %}"},
        {"a.yaml": "{% extends 'a.yaml' %}"},
    ],
)
def test_includes_without_end_are_a_finding(refused: Refuse, files: dict[str, str]) -> None:
    finding = refused("{% include 'a.yaml' %}", files)
    assert finding.message == "templates or macros call one another without end"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x" * ((1 << 20) + 1), "the template 'bad.yaml' is larger than 1 MiB"),
        (b"\xff\xfe", "the template 'bad.yaml' is not UTF-8 text"),
        (b"a: \x00", "the character U+0000 is not allowed: it would not show"),
    ],
)
def test_an_include_that_is_no_text_is_a_finding(
    refused: Refuse, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "templates" / "bad.yaml").write_bytes(content)
    assert refused("{% include 'bad.yaml' %}").message == message


def test_an_include_from_windows_reads_like_any_other(text_of: Render, tmp_path: Path) -> None:
    (tmp_path / "templates" / "win.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: {{ 2 }}\r\n")
    assert text_of("{% include 'win.yaml' %}") == "a: 1\nb: 2\n"


def test_without_a_workspace_there_is_nothing_to_include() -> None:
    output, findings = render(Source("{% include 'a.yaml' %}", "plan.yaml"))
    assert output is None
    assert findings[0].message == "there is no template `a.yaml`"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: {{ m() ~ '!' }}", "the tag"),
        ("a: {{ m() | replace('o', '0') }}", "the macro"),
        ("a: {{ m() | replace('one', 'two') }}", "the macro"),
        ("a: {{ [m(), 'x'] | join }}", "the tag"),
        ("a: {{ ['x', m()] | join }}", "the tag"),
        ("a: {{ m().upper() }}", "the tag"),
        ("a: {{ [m()] }}", "the tag"),
        ("a: {{ m()[0:2] }}", "the tag"),
        ("{% if m() == 'one' %}a: {{ m() }}{% endif %}", "the macro"),
    ],
)
def test_what_is_made_of_a_macro_is_traced_to_the_macro_or_to_its_tag(
    rendered: Callable[..., Rendered], text: str, place: str
) -> None:
    output = rendered(f"{{% macro m() %}}one{{% endmacro %}}\n\n{text}")
    location = output.locate(3, 4)
    column = text.index("{{", text.index("a: ")) + 1
    expected = {
        "the macro": Location("plan.yaml", 1, 16),
        "the tag": Location("plan.yaml", 3, column),
    }
    assert location == expected[place]


def test_more_lines_than_there_are_marks_have_no_map_and_say_so(
    rendered: Callable[..., Rendered],
) -> None:
    location = rendered("a\n" * 140_000 + "{{ 1 }}").locate(70_000, 1)
    assert location == Location("plan.yaml", 70_000, 1, rendered=True)
    assert "rendered line" in str(location)
