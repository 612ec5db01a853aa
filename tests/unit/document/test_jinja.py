"""What a template may not do: leave the sandbox, or wear the machine out."""

import pytest

from smartplan.diagnostics import Location
from smartplan.document.compiler import MAX_DEPTH, MAX_LOOPS
from smartplan.document.template import Source, render
from smartplan.text import MAX_BYTES
from smartplan.trade.template_functions import HELPERS
from tests.unit.document.conftest import Refuse, Render


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "''['__class__']",
        "''.__class__.__mro__[1].__subclasses__()",
        "{}.__class__",
        "{}['__class__']",
        "(1).__class__",
        "(1).real",
        "(0.1).as_tuple()",
        "(0.1).__class__.from_float",
        "[].append(1)",
        "[1].index(1)",
        "[1]['append']",
        "{'a': 1}.update({})",
        "{'a': 1}.pop('a')",
        "{'a': 1}['pop']",
        "range.__self__",
        "range(1).start",
        "dict.fromkeys([1])",
        "namespace.__init__.__globals__",
        "namespace().__dict__",
        "self.__init__",
        "self._TemplateReference__context",
        "lipsum",
        "cycler(1)",
        "joiner()",
        "tp.__globals__",
        "[''] | map(attribute='__class__') | list",
        "[{}] | map(attribute='__class__') | first",
        "[{}] | selectattr('__class__') | list",
        "[{}] | groupby('__class__')",
        "[{}, {}] | sort(attribute='__class__')",
        "'{0.__class__}'.format(1)",
        "'{}'.format(1)",
        "'{:>1000000000}'.format('x')",
        "'{:>1000000000}'['format']('x')",
        "'{a:>1000000000}'.format_map({'a': 'x'})",
        "'x'.center(1000000000)",
        "'x'.ljust(1000000000)",
        "'x'.zfill(1000000000)",
        "'x'.encode()",
        "'x'.join(['a'])",
        "'x'.replace('x', 'y')",
        "'x'.translate({})",
        "'x'.expandtabs(1000000000)",
        "loop.index",
        "caller()",
        "undefined_name",
        "undefined_name.attribute",
        "{'a': 1}.b",
        "{'a': 1}['b']",
        "[1][5]",
        "'abc'[7]",
        "[1] | first.x",
        "none.x",
        "5()",
        "'x'()",
    ],
)
def test_no_way_out_of_the_sandbox(refused: Refuse, expression: str) -> None:
    finding = refused(f"a: {{{{ {expression} }}}}")
    assert finding.location.line == 1
    assert "Traceback" not in finding.message


@pytest.mark.parametrize(
    "name",
    [
        "attr", "batch", "center", "e", "escape", "filesizeformat", "forceescape", "format",
        "pprint", "random", "safe", "slice", "striptags", "title", "tojson", "truncate",
        "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr",
    ],
)  # fmt: skip
def test_filters_beyond_the_list_do_not_exist(refused: Refuse, name: str) -> None:
    assert refused(f"a: {{{{ 'x' | {name} }}}}").message == f"there is no filter `{name}`"
    message = refused(f"a: {{{{ ['x'] | map('{name}') | list }}}}").message
    assert message == f"there is no filter `{name}`"


@pytest.mark.parametrize("name", ["callable", "escaped", "filter", "sameas", "test"])
def test_tests_beyond_the_list_do_not_exist(refused: Refuse, name: str) -> None:
    assert refused(f"a: {{{{ 'x' is {name} }}}}").message == f"there is no test `{name}`"


@pytest.mark.parametrize("tag", ["do 1", "debug", "trans", "break", "continue"])
def test_tags_of_extensions_do_not_exist(refused: Refuse, tag: str) -> None:
    assert refused(f"{{% for i in [1] %}}{{% {tag} %}}{{% endfor %}}").location.line == 1


def test_values_cannot_be_changed_for_the_next_plan(refused: Refuse) -> None:
    values = {"coins": {"btc": 1}, "list": [1]}
    refused("{% set coins.btc = 2 %}", **values)
    refused("{{ list.append(2) }}", **values)
    assert values == {"coins": {"btc": 1}, "list": [1]}


@pytest.mark.parametrize(
    ("values", "expression", "written"),
    [
        ({"coin": {"items": 1, "pop": 2}}, "coin.items + coin.pop", "3"),
        ({"coin": {"a": 1}}, "coin.items() | first | last", "1"),
        ({"coin": {"a": 1}}, "coin.get('b', 5)", "5"),
        ({"coin": {"a": {"b": [7]}}}, "coin.a.b[0]", "7"),
        ({"coins": [{"p": 2}, {"p": 1}]}, "coins | map(attribute='p') | sort", "[1, 2]"),
        ({"name": "BTC"}, "name.lower()", "btc"),
        ({"name": " x "}, "name.strip() ~ '.'", "x."),
    ],
)  # fmt: skip
def test_what_plans_need_is_there(
    text_of: Render, values: dict[str, object], expression: str, written: str
) -> None:
    assert text_of(f"{{{{ {expression} }}}}", **values) == written


NESTED_LOOPS = "{% for i in range(1000) %}" * 3 + "{{ i }}" + "{% endfor %}" * 3
DOUBLING = (
    "{{% set s = namespace(v={start}) %}}"
    "{{% for i in range(1000) %}}{{% set s.v = {again} %}}{{% endfor %}}"
)
TWO_CALLS = "".join(
    f"{{% macro m{n}() %}}{{{{ m{n + 1}() }}}}{{{{ m{n + 1}() }}}}{{% endmacro %}}"
    for n in range(40)
)
BIG = "{% set big %}" + "a" * 500_000 + "{% endset %}"
BUSY = "{{% for i in range(1000) %}}{{% for j in range(1000) %}}{}{{% endfor %}}{{% endfor %}}"


@pytest.mark.parametrize(
    "text",
    [
        NESTED_LOOPS,
        NESTED_LOOPS.replace("{{ i }}", ""),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        TWO_CALLS + "{% macro m40() %}{% endmacro %}{{ m0() }}",
        "{% for i in [[]] recursive %}{{ loop([i]) }}{% endfor %}",
        DOUBLING.format(start="'x'", again="s.v ~ s.v"),
        DOUBLING.format(start="'x'", again="[s.v, s.v] | join"),
        DOUBLING.format(start="'x'", again="s.v | replace('x', 'xx')"),
        DOUBLING.format(start="[1]", again="s.v + s.v"),
        DOUBLING.format(start="[1]", again="[s.v, s.v]") + "{{ s.v }}",
        DOUBLING.format(start="[1]", again="[s.v]") + "{{ s.v }}",
        DOUBLING.format(start="{}", again="dict(a=s.v, b=s.v)") + "{{ s.v }}",
        DOUBLING.format(start="[1]", again="[s.v]") + "{{ [s.v, s.v] | sort }}",
        DOUBLING.format(start="3", again="s.v * s.v"),
        DOUBLING.format(start="0.3", again="s.v * s.v"),
        BIG + BUSY.format("{% set x = 'ab' in big %}"),
        BIG + BUSY.format("{% set x = big == big ~ '' %}"),
        BIG + BUSY.format("{% set x = big[1:] %}"),
        BIG + BUSY.format("{% set x = big | upper | lower %}"),
        BIG + BUSY.format("{% set x = big.split('a') %}"),
        BIG + BUSY.format("{{ big }}"),
        BIG + "{{ big }}{{ big }}{{ big }}",
        BUSY.format("{% set x = range(1000) | list | sort | unique | list %}"),
        BUSY.format("{% set x = [range(1000) | list] | map('list') | list %}"),
        BUSY.format("{% include 'part.yaml' %}"),
        "{{ 'a' | indent(10 ** 9) }}",
        "{{ range(10 ** 9) }}",
        "{{ range(0, 1000000000000) }}",
        "{{ (1, 2) * 1000000000 }}",
        "{% set x %}" + "{{ 'xxxxxxxxxx' }}" * 3000 + "{% endset %}" + "{{ x }}" * 50,
        "{{" + "(" * 500 + "1" + ")" * 500 + "}}",
        "{{" + "[" * 500 + "]" * 500 + "}}",
        "{{" + "not " * 500 + "1}}",
        "{{" + "-" * 500 + "1}}",
        "{{ 1" + " + 1" * 500 + " }}",
        "{{ 1" + " | abs" * 500 + " }}",
        "{{ a" + ".a" * 500 + " }}",
        "{% if 1 %}" * (MAX_DEPTH + 1) + "{% endif %}" * (MAX_DEPTH + 1),
        "{% if 0 %}" + "{% elif 0 %}" * 10_000 + "{% endif %}",
        "{% for i in [1] %}" * (MAX_LOOPS + 1) + "{% endfor %}" * (MAX_LOOPS + 1),
        "{{1}}" * 20_000,
        "{% set x = 1 %}" * 20_000,
        "{{ [" + "1," * 30_000 + "] }}",
        "{{ " + "9" * 500_000 + " }}",
        "{{ 0x" + "f" * 500_000 + " }}",
        "{{ '" + "x" * 500_000 + "' | length }}",
        "{{ " + "x" * 500_000 + " }}",
        "{{" * 200_000,
        "{%" * 200_000,
        "{#" * 200_000,
        "{% raw %}" * 50_000,
        "{% " + " " * 900_000,
        "{{ 1 }}" + "x" * MAX_BYTES,
        "{{ 'a' ~ 'b",
        "{{ 1 }}\x00",
        "{{ '\x00' }}",
        "{{ 1 }}\u202e",
        "{# \u2066 #}",
    ],
    ids=lambda text: text[:40] if len(text) > 40 else None,
)
def test_what_would_not_end_or_not_fit_is_a_finding(refused: Refuse, text: str) -> None:
    assert len(refused(text, {"part.yaml": "{{ 1 + 1 }}" * 1000}).message) < 400


def test_limits_leave_room_for_large_plans(text_of: Render) -> None:
    trade = "  t{{ i }}-{{ j }}: {price: {{ 60000 + i * 1.5 }}, volumes: {{ [50, 30, 20] }}}\n"
    text = (
        f"{{% for i in range(100) %}}{{% for j in range(50) %}}{trade}{{% endfor %}}{{% endfor %}}"
    )
    assert text_of(text).count("\n") == 5000


def test_limits_leave_room_for_many_trades_with_the_helpers_of_trade() -> None:
    trade = (
        "t{{ i }}: {tp: {{ tp(ladder(66000, 72000, 8) | tick(10, 'tp'), split_volumes(8)) }}, "
        "r: {{ r_ladder(60000, 55000, [1, 2, 3, 4, 5, 6, 7, 8]) | tick(10, 'tp') }}, "
        "sl: {{ sl(55000) }}, units: {{ size_by_risk(10000, 1, 60000, 55000, 0.001) }}}\n"
    )
    text = f"{{% for i in range(500) %}}{trade}{{% endfor %}}"
    output, findings = render(Source(text, "plan.yaml", helpers=lambda: HELPERS))
    assert findings == ()
    assert output is not None
    assert output.text.count("\n") == 500
    assert output.locate(500, 1) == Location("plan.yaml", 1, 26)


def test_nesting_up_to_the_limit_works(text_of: Render) -> None:
    loops = "{% for i in [1] %}" * MAX_LOOPS + "x" + "{% endfor %}" * MAX_LOOPS
    assert text_of(loops) == "x"
    assert text_of("{% if 1 %}" * 45 + "x" + "{% endif %}" * 45) == "x"
    assert text_of("{{" + "(" * 40 + "1" + ")" * 40 + "}}") == "1"
