"""Texts that are taken for a switch or for a number are refused; other texts are not."""

from collections.abc import Callable

import pytest

from smartplan.diagnostics import Finding, Location
from smartplan.document.template import Source, render

Render = Callable[..., str]
Refuse = Callable[..., Finding]

WORDS = ("no", "No", "off", "n", "N", "false", "False", "0", "none", "yes", "on", "y", "true", "1")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "template",
    [
        "{% if hedged %}a{% endif %}",
        "{% if 1 > 2 %}{% elif hedged %}a{% endif %}",
        "{% if not hedged %}a{% endif %}",
        "{% if hedged and 1 %}a{% endif %}",
        "{% if 0 or hedged %}a{% endif %}",
        "{{ 'a' if hedged else 'b' }}",
        "{% for i in [1] if hedged %}a{% endfor %}",
        "{{ hedged or 'main' }}",
        "{{ [hedged] | select | list }}",
        "{{ [hedged] | reject | list }}",
        "{{ [{'on': hedged}] | selectattr('on') | list }}",
    ],
)
def test_a_text_that_reads_as_a_switch_is_no_condition(
    refused: Refuse, template: str, word: str
) -> None:
    finding = refused(template, hedged=word)
    assert f"the text `{word}`" in finding.message
    assert "condition" in finding.message
    wanted = "true" if word.lower() in {"yes", "on", "y", "true", "1"} else "false"
    assert f"write `{wanted}` without quotes" in (finding.hint or "")


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{% if hedged == 'no' %}a{% endif %}", "a"),
        ("{% if hedged is defined %}a{% endif %}", "a"),
        ("{% if 'x' in hedged %}a{% else %}b{% endif %}", "b"),
        ("{{ hedged }}", "no"),
        ("{{ 'a' if note else 'b' }}", "a"),
        ("{{ 'a' if empty else 'b' }}", "b"),
        ("{{ 'a' if off else 'b' }}", "b"),
        ("{{ missing | default('no') }}", "no"),
    ],
)
def test_other_texts_and_real_switches_are_conditions(
    text_of: Render, template: str, written: str
) -> None:
    assert text_of(template, hedged="no", note="weekly", empty="", off=False) == written


def test_the_finding_stands_at_the_set_that_wrote_it(refused: Refuse) -> None:
    finding = refused("{% set hedged = 'no' %}\n\na: 1\n{% if hedged %}b: 2{% endif %}\n")
    assert (finding.location.line, finding.location.column) == (1, 8)


def test_the_finding_stands_where_the_value_was_written(source: Callable[..., Source]) -> None:
    from msgspec.structs import replace

    asked = []

    def place_of(name: str, text: str) -> Location:
        asked.append((name, text))
        return Location("values.yaml", 7, 3)

    text = "a: 1\n{% for coin in coins %}{% if coin.hedged %}x{% endif %}{% endfor %}"
    made = replace(source(text, coins=[{"hedged": "off"}]), place_of=place_of)
    output, (finding,) = render(made)
    assert output is None
    assert finding.location == Location("values.yaml", 7, 3)
    assert asked == [("coin.hedged", "off")]


@pytest.mark.parametrize(
    ("expression", "operator"),
    [
        ("targets | max", "max"),
        ("targets | min", "min"),
        ("targets | sort", "sort"),
        ("steps | max(attribute='price')", "max"),
        ("steps | sort(attribute='price')", "sort"),
        ("steps | map(attribute='price') | max", "max"),
        ("[targets] | map('max') | list", "max"),
        ("{'a': '2', 'b': '10'} | dictsort(by='value')", "dictsort"),
        ("targets[0] < targets[1]", "<"),
        ("targets[0] >= 5", ">="),
        ("5 > targets[0]", ">"),
        ("1 < targets[0] < 3", "<"),
        ("targets | select('>', 5) | list", ">"),
        ("targets | select('lessthan', 5) | list", "lessthan"),
    ],
)
def test_numbers_in_quotes_are_not_ordered_by_their_letters(
    refused: Refuse, expression: str, operator: str
) -> None:
    steps = [{"price": "99000"}, {"price": "100000"}]
    finding = refused(f"{{{{ {expression} }}}}", targets=["99000", "100000"], steps=steps)
    assert finding.message.startswith(f"`{operator}` needs numbers, not the text ")
    assert "| decimal" in (finding.hint or "")


@pytest.mark.parametrize("text", ["0,5", "1_000", "1'000", "5 %", "$5", ".5", "-3", "1e3", " 7 "])
def test_whatever_reads_as_a_number_is_one_in_quotes(refused: Refuse, text: str) -> None:
    assert "needs numbers" in refused("{{ [x] | max }}", x=text).message


@pytest.mark.parametrize("expression", ["size == 5", "5 == size", "size != 5", "size is eq(5)"])
def test_a_number_in_quotes_never_equals_one_and_that_is_said(
    refused: Refuse, expression: str
) -> None:
    assert "never equals a number" in refused(f"{{{{ {expression} }}}}", size="5").message


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("['b', 'a'] | sort", '["a", "b"]'),
        ("[99000, 100000] | max", "100000"),
        ("targets | map('decimal') | max", "100000"),
        ("'a' < 'b'", "true"),
        ("'5' == '5'", "true"),
        ("'5' != '6'", "true"),
        ("'btc' == 5", "false"),
        ("{'b': 1, 'a': 2} | dictsort", '[["a", 2], ["b", 1]]'),
    ],
)
def test_words_and_numbers_compare_as_ever(text_of: Render, expression: str, written: str) -> None:
    assert text_of(f"{{{{ {expression} }}}}", targets=["99000", "100000"]) == written


def test_an_inline_if_without_else_says_so(refused: Refuse) -> None:
    finding = refused("a: 1\nb: {{ 50 if false }}\n")
    assert finding.message.startswith("an inline `if` without `else` yields nothing")
    assert finding.location.line == 2
    assert "else" in (finding.hint or "")


def test_an_inline_if_without_else_that_holds_is_its_value(text_of: Render) -> None:
    assert text_of("{{ 50 if true }} {{ (50 if false) | default(3) }}") == "50 3"
