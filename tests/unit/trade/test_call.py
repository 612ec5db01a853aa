"""A helper that is called wrong says how it is called, in the words of the author."""

import pytest

from smartplan.document.template import Source, render
from smartplan.trade.template_functions import HELPERS


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("ladder(1, 2)", "ladder: `n` is missing; it is `ladder(a, b, n, kind='linear')`"),
        ("ladder(1)", "ladder: `b`, `n` are missing; it is `ladder(a, b, n, kind='linear')`"),
        ("pct(1, p=2, q=3)", "pct: it has no argument `q`; it is `pct(price, p)`"),
        ("pct(1, 2, 3)", "pct: 3 arguments are too many; it is `pct(price, p)`"),
        ("pct(1, price=3)", "pct: `price` is given twice; it is `pct(price, p)`"),
        ("5 | lot", "lot: `step` is missing; it is `x | lot(step)`"),
        (
            "liquidation(5)",
            (
                "liquidation: `leverage` is missing; it is "
                "`liquidation(entry, leverage, side='buy', fee=none, mmr=none, account=none,"
                " pair=none)`"
            ),
        ),
        (
            "sl()",
            (
                "sl: `trigger` is missing; it is `sl(trigger, limit=none, price_type='bid', "
                "trailing=none, timeout=none, breakeven=false)`"
            ),
        ),
    ],
)
def test_the_signature_stands_at_the_call(expression: str, message: str) -> None:
    source = Source(
        f"a: 1\nb: {{{{ 5 - 4 }}}} {{{{ {expression} }}}}", "x", helpers=lambda: HELPERS
    )
    output, (finding,) = render(source)
    assert output is None
    assert finding.message == message
    assert finding.location.line == 2
    name = message.partition(":")[0]
    assert finding.location.column == source.text.split("\n")[1].index(name) + 1
