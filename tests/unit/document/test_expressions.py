"""What templates compute and write: exact numbers, one line of YAML a value."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.document.expressions import arithmetic, plain
from smartplan.document.template import Source, render
from smartplan.document.tree import Node, parse
from tests.unit.document.conftest import Refuse, Render

D = Decimal
PRICES = st.decimals("-1e12", "1e12", allow_nan=False, allow_infinity=False, places=8)
NUMBERS = PRICES | st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("0.1 + 0.2", "0.3"),
        ("60000 * 1.1", "66000"),
        ("60000 * 1.10", "66000"),
        ("0.1 * 3", "0.3"),
        ("1.1 + 2.2 - 3.3", "0"),
        ("1e-7", "0.0000001"),
        ("1e3", "1000"),
        ("0.00000001 * 1", "0.00000001"),
        ("1e-9 * 1e-9", "0.000000000000000001"),
        ("-0.0", "0"),
        ("0 * -1.5", "0"),
        ("-5", "-5"),
        ("+0.50", "0.5"),
        ("10 / 2", "5"),
        ("10 / 4", "2.5"),
        ("1 / 8", "0.125"),
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("7 % 3", "1"),
        ("-7 % 3", "2"),
        ("-7.5 // 2", "-4"),
        ("-7.5 % 2", "0.5"),
        ("7.5 % -2", "-0.5"),
        ("0.3 // 0.1", "3"),
        ("12345678901234567890 * 10", "123456789012345678900"),
        ("10000000000000000 + 0.0000000000000001", "10000000000000000.0000000000000001"),
        ("1_000.5", "1000.5"),
        ("0x1F", "31"),
        ("(0.1).__class__ is defined", "false"),
        ("0.1 == 0.10", "true"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("1 == 1.0", "true"),
        ("0.1 < 0.2 < 0.3", "true"),
        ("[0.1, 0.2] | sum", "0.3"),
        ("[0.3, 0.1] | sort | first", "0.1"),
        ("[0.3, 0.1] | max", "0.3"),
        ("-0.12345678901234567890123456789012345 | abs", "0.12345678901234567890123456789012345"),
        ("1.005 | round(2)", "1.01"),
        ("2.5 | round", "3"),
        ("1.999 | round(1, 'floor')", "1.9"),
        ("1.91 | round(1, 'ceil')", "2"),
        ("'0.10' | decimal", "0.1"),
        ("'0.1' | float + 0.2", "0.3"),
        ("'12' | int", "12"),
        ("12.9 | int", "12"),
        ("0.1 | string ~ 'x'", "0.1x"),
        ("1e-7 ~ ''", "0.0000001"),
        ("1 ~ none ~ true", "1nulltrue"),
        ("[1, 2] + [3]", "[1, 2, 3]"),
        ("none", "null"),
        ("not true", "false"),
        ("[1.50, 'a: b', none, {'k': [1e-7]}]", '[1.5, "a: b", null, {"k": [0.0000001]}]'),
        ("(1, 2)", "[1, 2]"),
        ("range(3)", "[0, 1, 2]"),
        ("range(7 // 2) | list | length", "3"),
        ("[5, 6, 7][3 // 2]", "6"),
        ("{'a': 1}.a", "1"),
        ("{'items': 2}['items'] + {'items': 2}.items", "4"),
        ("'usdt_btc'.split('_') | last | upper", "BTC"),
    ],
)  # fmt: skip
def test_expressions_are_exact_and_written_plainly(
    text_of: Render, expression: str, written: str
) -> None:
    assert text_of(f"{{{{ {expression} }}}}") == written


def test_values_from_yaml_stay_exact(text_of: Render) -> None:
    document = parse("entry: 0.1\nunits: 3\n", "values.yaml").document
    assert document is not None
    assert isinstance(document.data, dict)
    assert text_of("{{ entry * 1.1 }} {{ entry * units }}", **document.data) == "0.11 0.3"


@given(NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_sums_and_products_equal_those_of_fractions(
    a: Decimal | int, b: Decimal | int, operator: str
) -> None:
    expected = {
        "+": Fraction(a) + Fraction(b),
        "-": Fraction(a) - Fraction(b),
        "*": Fraction(a) * Fraction(b),
    }[operator]
    result = arithmetic(operator, a, b)
    assert isinstance(result, int | Decimal)
    assert Fraction(result) == expected
    assert Fraction(plain(result)) == expected
    assert "E" not in plain(result).upper()


@given(NUMBERS, NUMBERS.filter(bool))
def test_division_is_exact_to_fifty_digits(a: Decimal | int, b: Decimal | int) -> None:
    exact = Fraction(a) / Fraction(b)
    result = arithmetic("/", a, b)
    assert isinstance(result, int | Decimal)
    assert abs(Fraction(result) - exact) <= abs(exact) / 10**49


@given(NUMBERS, NUMBERS.filter(bool))
def test_floor_and_remainder_are_those_of_fractions(a: Decimal | int, b: Decimal | int) -> None:
    whole, rest = arithmetic("//", a, b), arithmetic("%", a, b)
    assert isinstance(whole, int | Decimal)
    assert isinstance(rest, int | Decimal)
    assert Fraction(whole) == Fraction(a) // Fraction(b)
    assert Fraction(rest) == Fraction(a) % Fraction(b)


SCALARS = st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8"), max_size=20)
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(NESTED, max_size=4) | st.dictionaries(st.text(max_size=5), NESTED, max_size=4))
def test_lists_and_mappings_are_written_as_yaml_that_reads_as_the_same_data(value: Node) -> None:
    output, findings = render(Source("{{ value }}", "plan.yaml", values={"value": value}))
    if output is None:
        assert "line break" in findings[0].message or "would not show" in findings[0].message
        return
    document = parse(output.text, "plan.yaml").document
    assert document is not None
    assert document.data == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("2 ** 8", "powers are not available in templates"),
        ("'x' * 3", "`*` needs numbers, not the text 'x'"),
        ("[1] * 3", "`*` needs numbers, not a list"),
        ("3 * [1]", "`*` needs numbers, not a list"),
        ("'%s' % 3", "`%` needs numbers, not the text '%s'"),
        ("'1' + 1", "`+` needs numbers, not the text '1'"),
        ("'a' + 'b'", "`+` needs numbers, not the text 'a'"),
        ("1 + none", "`+` needs numbers, not null"),
        ("1 + true", "`+` needs numbers, not true"),
        ("1 + {}", "`+` needs numbers, not a mapping"),
        ("-'x'", "`-` needs numbers, not the text 'x'"),
        ("1 + binary", "`+` needs numbers, not a binary float"),
        ("binary", "a binary float cannot be written into a plan"),
        ("[binary]", "a binary float cannot be written into a plan"),
        ("binary ~ ''", "a binary float cannot be written into a plan"),
        ("1 / 0", "division by zero"),
        ("1.5 / 0", "division by zero"),
        ("1 // 0", "division by zero"),
        ("1 % 0.0", "division by zero"),
        ("1e50 * 1e50", "a number far beyond any price or amount"),
        ("1e-50 * 1e-50", "a number far beyond any price or amount"),
        ("1e61", "a number far beyond any price or amount"),
        ("9" * 61, "a number of 61 digits"),
        ("0x" + "f" * 60, "a number of 62 digits"),
        ("'abc' | decimal", "'abc' is no decimal number"),
        ("'1e5' | decimal", "'1e5' is no decimal number"),
        ("'１' | decimal", "'１' is no decimal number"),
        ("1.5 | round(99)", "round takes 0 to 18 places and half_up, floor or ceil"),
        ("'a' | indent(9999)", "indent takes a width from 0 to 64"),
        ("'5' < 3", "`<` needs numbers, not the text '5': texts go by their letters"),
        ("'a' < 3", "'<' not supported between instances of 'str' and 'int'"),
        ("range(1001)", "a range of more than 1,000"),
        ("range(0.5)", "range needs whole numbers, not 0.5"),
        ("range(1e9)", "range needs whole numbers, not 1000000000"),
        ("'a\\nb'", "a value with a line break could add keys to the plan"),
        ("'a\\rb'", "a value with a line break could add keys to the plan"),
        ("'a\\u2028b'", "a value with the character U+2028: it would not show"),
        ("'a\\u202eb'", "a value with the character U+202E: it would not show"),
        ("'a\\x85b'", "a value with the character U+0085: it would not show"),
        ("['a\\nb']", "a value with a line break could add keys to the plan"),
        ("{'a\\nb': 1}", "a value with a line break could add keys to the plan"),
        ("'a' ~ '\\n'", "a value with a line break could add keys to the plan"),
        ("['a', 'b'] | join('\\n')", "a value with a line break could add keys to the plan"),
        ("'a' | replace('a', '\\n')", "a value with a line break could add keys to the plan"),
        ("range", "a function cannot be written into a plan"),
        ("dict", "a function cannot be written into a plan"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    refused: Refuse, expression: str, message: str
) -> None:
    finding = refused(f"a: 1\nb:  {{{{ {expression} }}}}", binary=0.5)
    assert finding.message.startswith(message)
    assert (finding.location.line, finding.location.column) == (2, 5)


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ note }}",
        "a: {{ [note] }}",
        "a: {{ 'x' ~ note }}",
        "a: {{ [note, note] | join }}",
        "a: {{ note | upper }}",
        "a: {{ note | trim }}",
        "a: {{ note | indent }}",
        "a: {{ note | replace('x', 'y') }}",
        "a: {{ 'x' | replace('x', note) }}",
        "a: {{ ['x', 'y'] | join(note) }}",
        "a: {{ note | string }}",
        "a: {{ note | default('x') }}",
        "a: {{ note.strip() }}",
        "a: {{ note.split(',') }}",
        "a: {% print note %}",
        "a: {% filter upper | replace('X', note) %}x{% endfilter %}",
        "a: {% filter default(note, true) %}{% endfilter %}",
        "a: {% set x = note %}{{ x }}",
        "a: {% set x %}{{ note }}{% endset %}{{ x }}",
        "a: {% macro m(x) %}{{ x }}{% endmacro %}{{ m(note) }}",
        "a: {% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ note }}{% endcall %}",
        "a: {% call note.upper() %}{% endcall %}",
    ],
)
def test_a_value_with_a_line_break_never_reaches_the_plan(refused: Refuse, text: str) -> None:
    refused(text, note="x\nmarker: injected")


def test_text_the_template_itself_made_may_hold_line_breaks(text_of: Render) -> None:
    body = "x: {{ 1 }}\ny: 2"
    assert text_of(f"{{% macro m() %}}{body}{{% endmacro %}}{{{{ m() }}}}") == "x: 1\ny: 2"
    assert text_of(f"{{% set s %}}{body}{{% endset %}}{{{{ s }}}}") == "x: 1\ny: 2"
    assert text_of(f"{{% set s | upper %}}{body}{{% endset %}}{{{{ s }}}}") == "X: 1\nY: 2"
    assert text_of(f"{{% filter indent(2) %}}{body}{{% endfilter %}}") == "x: 1\n  y: 2"
    assert text_of(f"{{% set s %}}{body}{{% endset %}}{{{{ s ~ 3 }}}}") == "x: 1\ny: 23"
    assert text_of(f"{{% set s %}}{body}{{% endset %}}{{{{ [s, s] | join(' ') }}}}") == (
        "x: 1\ny: 2 x: 1\ny: 2"
    )


def test_a_macro_can_compute(text_of: Render) -> None:
    text = "{% macro double(x) %}{{ x * 2 }}{% endmacro %}{{ double(0.15) | decimal + 1 }}"
    assert text_of(text) == "1.3"


def test_indent_shifts_what_follows_the_first_line(text_of: Render) -> None:
    head = "{% set s %}a\n\nb{% endset %}"
    assert text_of(head + "{{ s | indent(2) }}") == "a\n\n  b"
    assert text_of(head + "{{ s | indent(2, true) }}") == "  a\n\n  b"
    assert text_of(head + "{{ s | indent(2, blank=true) }}") == "a\n  \n  b"
