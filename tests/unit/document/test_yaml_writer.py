"""What is written as YAML is read back as the same data, through the template engine too."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.document.scalars import Node
from smartplan.document.template import Source, render
from smartplan.document.tree import parse
from smartplan.document.yaml_writer import yaml_text


def shown(text: str) -> str:
    """What a plan may hold: characters that show, and white space."""
    return "".join(c for c in text if c.isprintable() or c in " \t\n\r\x85\u2028\u2029\xa0")


NUMBERS = st.decimals(Decimal("-1e12"), Decimal("1e12"), places=18, allow_nan=False)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    NUMBERS,
    st.text(max_size=40).map(shown),
    st.sampled_from(
        ["yes", "No", "null", "~", "", "1e5", "0x1F", "017", "12:30", "1_000", "true", ".inf",
         "a: b", "a #b", "- x", "{{ x }}", "{% x %}", "{# x #}", "{{{", "\\", '"', "'", "\n",
         "a\tb", "# smartplan: ignore[SP101] no", "%TAG", "@", "`", "|", ">",
         "&a", "*a", "!t", "=", "<<"]
    ),
)  # fmt: skip
KEYS = st.sampled_from(["trades", "note", "btc-1", "4711", "price", "x" * 40])
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(DATA, st.integers(1, 4))
def test_it_reads_back_as_the_same_data(data: dict[str, Node], blocks: int) -> None:
    text = yaml_text(data, blocks=blocks)
    rendered, findings = render(Source(text, "plan.yaml"))
    assert findings == ()
    assert rendered is not None
    parsed = parse(rendered.text, "plan.yaml")
    assert parsed.findings == ()
    assert parsed.document is not None
    assert parsed.document.traps == ()
    assert (parsed.document.data or {}) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"note": "weekly support"}, "note: weekly support\n"),
        ({"note": "no"}, 'note: "no"\n'),
        ({"value": Decimal("0.0100")}, "value: 0.01\n"),
        ({"value": Decimal("1E-8")}, "value: 0.00000001\n"),
        ({"note": "{{ x }}"}, 'note: "\\x7b{ x }}"\n'),
        ({"a": {"b": {"c": 1}}}, "a: {b: {c: 1}}\n"),
        ({"steps": [{"volume": 50}]}, "steps:\n  - {volume: 50}\n"),
    ],
)
def test_it_is_written_as_a_person_would(data: dict[str, Node], text: str) -> None:
    assert yaml_text(data, blocks=1) == text
